package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// KindStatus is where a kind stands: a draft is seen by officers only, an open kind takes needs and
// offers, a retired one takes none while its cases run on.
type KindStatus string

// The states of a kind.
const (
	KindDraft   KindStatus = "draft"
	KindOpen    KindStatus = "open"
	KindRetired KindStatus = "retired"
)

// MayBecome reports whether a kind may go from this state to that one: a draft opens, an open kind retires, and
// a retired one may open again. Nothing becomes a draft again, since cases may run under it.
func (s KindStatus) MayBecome(next KindStatus) bool {
	return s == next || s == KindDraft && next == KindOpen || s == KindOpen && next == KindRetired || s == KindRetired && next == KindOpen
}

// Party is who stands on a side of a kind.
type Party string

// The parties.
const (
	ByEnterprise Party = "enterprise" // a contact of an enterprise
	ByMaster     Party = "master"
	ByWorker     Party = "worker" // any signed-in person
)

// Kind says what is exchanged. It is data: officers make and change kinds while the hall runs. Version
// counts its changes; a case keeps running under the kind as it now is.
type Kind struct {
	ID         string      `json:"id"` // a slug, also in addresses
	Version    int         `json:"version"`
	Status     KindStatus  `json:"status"`
	UnionID    string      `json:"union_id,omitempty"`
	UnionPath  string      `json:"union_path,omitempty"` // offered to this union and everything below
	Name       lang.Text   `json:"name"`
	Summary    lang.Text   `json:"summary"`
	Need       Form        `json:"need"`
	Offer      Form        `json:"offer"`
	Lists      []List      `json:"lists"`
	Conditions []Condition `json:"conditions"`
	Steps      Steps       `json:"steps"`
	Weights    Weights     `json:"weights"`
	Updated    time.Time   `json:"-"`
}

// Form is what one side fills in.
type Form struct {
	By     Party     `json:"by"`
	Label  lang.Text `json:"label"` // what one such entry is called: 技术难题, 工匠服务
	Fields []Field   `json:"fields"`
}

// FieldType says what a field takes. The types in the second group stand at most once in a form, because
// the hall itself works with them.
type FieldType string

// The types of field.
const (
	Line    FieldType = "line" // one line of text
	Prose   FieldType = "text" // several lines
	Choice  FieldType = "choice"
	Choices FieldType = "choices"
	Number  FieldType = "number"
	Date    FieldType = "date"
	YesNo   FieldType = "yesno"

	Title   FieldType = "title"
	Place   FieldType = "place"   // where: an address with a point
	Days    FieldType = "days"    // when: from and to
	Urgency FieldType = "urgency" // how soon somebody must answer
	Gauge   FieldType = "measure" // what success would measure: name, before, target, unit
	Files   FieldType = "files"
)

// Field is one question of a form. Weight is how much its words count in matching; 0 takes the default of its type.
type Field struct {
	Key      string    `json:"key"`
	Type     FieldType `json:"type"`
	Label    lang.Text `json:"label"`
	Help     lang.Text `json:"help,omitzero"`
	Required bool      `json:"required,omitempty"`
	List     string    `json:"list,omitempty"` // for choice and choices
	Unit     string    `json:"unit,omitempty"`
	Min      *float64  `json:"min,omitempty"` // for number
	Max      *float64  `json:"max,omitempty"`
	Limit    int       `json:"limit,omitempty"` // longest text in characters
	From     Profile   `json:"from,omitempty"`  // filled from the master's entry in the hall
	Weight   float64   `json:"weight,omitempty"`
}

// Profile names a part of a master's entry in the hall. A kind whose offer form takes its title from there
// has an offer of every master without anybody filling in a form.
type Profile string

// The parts.
const (
	FromTitle   Profile = "title"
	FromCraft   Profile = "craft"
	FromBio     Profile = "bio"
	FromHonours Profile = "honours"
)

// List is what a choice chooses from, such as the trades.
type List struct {
	Key   string    `json:"key"`
	Name  lang.Text `json:"name"`
	Terms []Term    `json:"terms"`
}

// Term is one entry of a list. Also are other words for the same thing; matching reads them as well.
type Term struct {
	Code  string    `json:"code"`
	Name  lang.Text `json:"name"`
	Group lang.Text `json:"group,omitzero"`
	Also  []string  `json:"also,omitempty"`
}

// ConditionKind names a hard condition. A match never breaks one, however well its text fits.
type ConditionKind string

// The hard conditions.
const (
	Same     ConditionKind = "same"     // the two fields share a choice
	Reach    ConditionKind = "reach"    // the need's place lies within the offer's reach
	Free     ConditionKind = "free"     // the offer's owner has time in the days wanted
	Capacity ConditionKind = "capacity" // the offer carries less than it can
	AtLeast  ConditionKind = "at-least" // the offer's number is at least the need's
	AtMost   ConditionKind = "at-most"
)

// Condition is a hard condition between a field of the need and one of the offer.
type Condition struct {
	Kind  ConditionKind `json:"kind"`
	Need  string        `json:"need,omitempty"`
	Offer string        `json:"offer,omitempty"`
}

// Steps says what an engagement goes through.
type Steps struct {
	Masters   int   `json:"masters"`             // how many may be engaged on one need at once
	Advice    bool  `json:"advice"`              // messages between the two sides
	Visit     bool  `json:"visit"`               // a date on site
	Outcome   bool  `json:"outcome"`             // both close with a result, measured where the form has a measure
	Rating    bool  `json:"rating"`              // both rate
	Toolbox   bool  `json:"toolbox"`             // the provider writes down what was learned
	FollowUps []int `json:"follow_ups"`          // days after closing on which the hall asks whether the gain holds
	TellFirst int   `json:"tell_first"`          // how many fitting providers are told of a new need
	Waits     Waits `json:"waits,omitzero"`      // after how many hours something has waited too long
	Anonymous bool  `json:"anonymous,omitempty"` // ratings are shown without the rater's name
}

// Waits gives, in hours, when the officer is to be shown that something waits too long. Zero takes the
// default.
type Waits struct {
	AnswerUrgent int `json:"answer_urgent,omitempty"` // a need posted as urgent, without a first answer
	Answer       int `json:"answer,omitempty"`
	Advice       int `json:"advice,omitempty"`  // accepted, and nobody has written
	Closing      int `json:"closing,omitempty"` // one side has closed, the other has not
}

// Weights of the score's terms. They need not sum to one.
type Weights struct {
	Text      float64 `json:"text"`
	Distance  float64 `json:"distance"`
	Freshness float64 `json:"freshness"`
	Quality   float64 `json:"quality"`
	Load      float64 `json:"load"`
}

// FieldOf gives the form's field with the key.
func (f Form) FieldOf(key string) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(x Field) bool { return x.Key == key })
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}

// Of gives the form's only field of a singular type.
func (f Form) Of(t FieldType) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(x Field) bool { return x.Type == t })
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}

// ListOf gives the list with the key.
func (k Kind) ListOf(key string) (List, bool) {
	i := slices.IndexFunc(k.Lists, func(l List) bool { return l.Key == key })
	if i < 0 {
		return List{}, false
	}
	return k.Lists[i], true
}

// TermOf gives the term of a list by its code.
func (k Kind) TermOf(list, code string) (Term, bool) {
	l, _ := k.ListOf(list)
	i := slices.IndexFunc(l.Terms, func(t Term) bool { return t.Code == code })
	if i < 0 {
		return Term{}, false
	}
	return l.Terms[i], true
}

// Trade gives the fields that the Same condition joins first: what both sides are sorted by. Needs, offers
// and toolbox entries are filtered and labelled by it.
func (k Kind) Trade() (need, offer Field, ok bool) {
	for _, c := range k.Conditions {
		if c.Kind == Same {
			n, ok1 := k.Need.FieldOf(c.Need)
			o, ok2 := k.Offer.FieldOf(c.Offer)
			return n, o, ok1 && ok2
		}
	}
	return Field{}, Field{}, false
}

// sortNeed and sortOffer fill in what lists and searches read from the values.
func (k Kind) sortNeed(n *Need) {
	f, _, _ := k.Trade()
	n.Title, n.Trades = n.Values[titleKey(k.Need)].Text, n.Values[f.Key].chosen()
}

func (k Kind) sortOffer(o *Offer) {
	_, f, _ := k.Trade()
	o.Title, o.Trades = o.Values[titleKey(k.Offer)].Text, o.Values[f.Key].chosen()
}

// Has reports whether the kind sets the condition.
func (k Kind) Has(c ConditionKind) bool {
	return slices.ContainsFunc(k.Conditions, func(x Condition) bool { return x.Kind == c })
}

var (
	slug    = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$`)
	keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
)

// Validate checks that the kind can work: every fault names the part by a path such as
// "need.fields[2].list".
func (k Kind) Validate() error {
	var c fault.Check
	c.That(slug.MatchString(k.ID), "id", "exchange.kind.id-form")
	c.That(k.Name.ZH != "", "name.zh", "field.required")
	c.That(k.Name.EN != "", "name.en", "field.required")
	c.That(slices.Contains([]KindStatus{KindDraft, KindOpen, KindRetired}, k.Status), "status", "field.choice")
	k.checkLists(&c)
	k.checkForm(&c, "need", k.Need)
	k.checkForm(&c, "offer", k.Offer)
	k.checkConditions(&c)
	c.That(k.Steps.Masters >= 1 && k.Steps.Masters <= 20, "steps.masters", "field.range", "min", 1, "max", 20)
	c.That(k.Steps.TellFirst >= 0 && k.Steps.TellFirst <= 100, "steps.tell_first", "field.range", "min", 0, "max", 100)
	last := 0
	for i, d := range k.Steps.FollowUps {
		if c.That(d > last && d <= 1095, at("steps.follow_ups", i, ""), "exchange.kind.followups") {
			last = d
		}
	}
	for name, w := range map[string]float64{"text": k.Weights.Text, "distance": k.Weights.Distance,
		"freshness": k.Weights.Freshness, "quality": k.Weights.Quality, "load": k.Weights.Load} {
		c.That(w >= 0 && w <= 100, "weights."+name, "field.range", "min", 0, "max", 100)
	}
	return c.Err()
}

func (k Kind) checkLists(c *fault.Check) {
	seen := map[string]bool{}
	for i, l := range k.Lists {
		c.That(keyForm.MatchString(l.Key) && !seen[l.Key], at("lists", i, "key"), "exchange.kind.key-form")
		seen[l.Key] = true
		c.That(len(l.Terms) > 0 && len(l.Terms) <= 2000, at("lists", i, "terms"), "exchange.kind.list-empty")
		codes := map[string]bool{}
		for j, t := range l.Terms {
			ok := slug.MatchString(t.Code) && !codes[t.Code] && t.Name.ZH != "" && t.Name.EN != ""
			c.That(ok, at(at("lists", i, "terms"), j, ""), "exchange.kind.term")
			codes[t.Code] = true
		}
	}
}

func (k Kind) checkForm(c *fault.Check, name string, f Form) {
	parties := []Party{ByEnterprise, ByMaster, ByWorker}
	c.That(slices.Contains(parties, f.By), name+".by", "field.choice")
	c.That(f.Label.ZH != "" && f.Label.EN != "", name+".label", "field.required")
	c.That(len(f.Fields) <= 60, name+".fields", "exchange.kind.too-many-fields")
	keys, types := map[string]bool{}, map[FieldType]bool{}
	for i, x := range f.Fields {
		path := at(name+".fields", i, "")
		c.That(keyForm.MatchString(x.Key) && !keys[x.Key], path+".key", "exchange.kind.key-form")
		keys[x.Key] = true
		c.That(x.Label.ZH != "" && x.Label.EN != "", path+".label", "field.required")
		switch x.Type {
		case Line, Prose, Number, Date, YesNo:
		case Choice, Choices:
			_, ok := k.ListOf(x.List)
			c.That(ok, path+".list", "exchange.kind.no-list")
		case Title, Place, Days, Urgency, Gauge, Files:
			c.That(!types[x.Type], path+".type", "exchange.kind.once")
			types[x.Type] = true
		default:
			c.Add(path+".type", "field.choice")
		}
		c.That(x.Weight >= 0 && x.Weight <= 10, path+".weight", "field.range", "min", 0, "max", 10)
		c.That(x.Min == nil || x.Max == nil || *x.Min <= *x.Max, path+".min", "exchange.kind.min-max")
	}
	c.That(types[Title], name+".fields", "exchange.kind.needs-title")
}

func (k Kind) checkConditions(c *fault.Check) {
	for i, x := range k.Conditions {
		path := at("conditions", i, "")
		n, okN := k.Need.FieldOf(x.Need)
		o, okO := k.Offer.FieldOf(x.Offer)
		switch x.Kind {
		case Same:
			choice := func(f Field) bool { return f.Type == Choice || f.Type == Choices }
			c.That(okN && okO && choice(n) && choice(o) && n.List == o.List, path, "exchange.kind.same-list")
		case AtLeast, AtMost:
			c.That(okN && okO && n.Type == Number && o.Type == Number, path, "exchange.kind.two-numbers")
		case Reach:
			_, ok := k.Need.Of(Place)
			c.That(ok, path, "exchange.kind.needs-place")
		case Free:
			_, ok := k.Need.Of(Days)
			c.That(ok, path, "exchange.kind.needs-days")
		case Capacity:
		default:
			c.Add(path+".kind", "field.choice")
		}
	}
}

// at names a place in a list: at("lists", 2, "key") is "lists[2].key".
func at(list string, i int, rest string) string {
	if rest != "" {
		rest = "." + rest
	}
	return fmt.Sprintf("%s[%d]%s", list, i, rest)
}
