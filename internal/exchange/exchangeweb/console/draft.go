package console

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// draft is a kind as the editor's form holds it: every value as typed, so that a form that is shown again shows
// what was typed. draftOf and kind are each other's inverse for every kind that a form can say.
type draft struct {
	ID      string
	Version int    // that the officer saw; 0 for a new kind
	Union   string // the union of a new kind
	Name    words
	Summary words
	Need    formDraft
	Offer   formDraft
	Lists   []listDraft
	Conds   []condDraft
	Steps   stepsDraft
	Weights weightsDraft
}

type words struct{ ZH, EN string }

type formDraft struct {
	By     string
	Label  words
	Fields []fieldDraft
}

type fieldDraft struct {
	Key, Type                          string
	Label, Help                        words
	Required                           bool
	List, Unit, Min, Max, Limit, Weigh string
	From                               string
	Open                               bool // the rarely used part of the row is shown
}

type listDraft struct {
	Key   string
	Name  words
	Terms string // one term a line, see termsOf
}

type condDraft struct{ Kind, Need, Offer string }

type stepsDraft struct {
	Masters, FollowUps, TellFirst                   string
	Advice, Visit, Outcome, Rating, Toolbox, Anonym bool
	WaitUrgent, WaitAnswer, WaitAdvice, WaitClosing string
}

type weightsDraft struct{ Text, Distance, Freshness, Quality, Load string }

func wordsOf(t lang.Text) words { return words{t.ZH, t.EN} }
func (w words) text() lang.Text { return lang.Text{ZH: w.ZH, EN: w.EN} }
func whole(n int) string        { return strconv.Itoa(n) }
func decimal(f float64) string  { return strconv.FormatFloat(f, 'f', -1, 64) }
func wholeOr(n int, zero string) string {
	if n == 0 {
		return zero
	}
	return whole(n)
}

func bound(f *float64) string {
	if f == nil {
		return ""
	}
	return decimal(*f)
}

// draftOf fills the form with a kind.
func draftOf(k exchange.Kind) draft {
	d := draft{ID: k.ID, Version: k.Version, Union: k.UnionID, Name: wordsOf(k.Name), Summary: wordsOf(k.Summary),
		Need: formOf(k.Need), Offer: formOf(k.Offer)}
	for _, l := range k.Lists {
		d.Lists = append(d.Lists, listDraft{l.Key, wordsOf(l.Name), termLines(l.Terms)})
	}
	for _, c := range k.Conditions {
		d.Conds = append(d.Conds, condDraft{string(c.Kind), c.Need, c.Offer})
	}
	s := k.Steps
	var after []string
	for _, n := range s.FollowUps {
		after = append(after, whole(n))
	}
	d.Steps = stepsDraft{Masters: whole(s.Masters), FollowUps: strings.Join(after, ", "), TellFirst: whole(s.TellFirst),
		Advice: s.Advice, Visit: s.Visit, Outcome: s.Outcome, Rating: s.Rating, Toolbox: s.Toolbox, Anonym: s.Anonymous,
		WaitUrgent: wholeOr(s.Waits.AnswerUrgent, ""), WaitAnswer: wholeOr(s.Waits.Answer, ""),
		WaitAdvice: wholeOr(s.Waits.Advice, ""), WaitClosing: wholeOr(s.Waits.Closing, "")}
	w := k.Weights
	d.Weights = weightsDraft{decimal(w.Text), decimal(w.Distance), decimal(w.Freshness), decimal(w.Quality), decimal(w.Load)}
	return d
}

func formOf(f exchange.Form) formDraft {
	d := formDraft{By: string(f.By), Label: wordsOf(f.Label)}
	for _, x := range f.Fields {
		weigh := ""
		if x.Weight != 0 {
			weigh = decimal(x.Weight)
		}
		d.Fields = append(d.Fields, fieldDraft{Key: x.Key, Type: string(x.Type), Label: wordsOf(x.Label), Help: wordsOf(x.Help),
			Required: x.Required, List: x.List, Unit: x.Unit, Min: bound(x.Min), Max: bound(x.Max), Limit: wholeOr(x.Limit, ""),
			Weigh: weigh, From: string(x.From)})
	}
	return d
}

// kind reads the form. What cannot be read is noted under the control's name; the rest is read all the same, so
// that every fault is found at once.
func (d draft) kind(c *fault.Check) exchange.Kind {
	k := exchange.Kind{ID: d.ID, Version: d.Version, Name: d.Name.text(), Summary: d.Summary.text(),
		Need: d.Need.form(c, "need"), Offer: d.Offer.form(c, "offer")}
	for i, l := range d.Lists {
		at := fmt.Sprintf("lists[%d].terms", i)
		k.Lists = append(k.Lists, exchange.List{Key: l.Key, Name: l.Name.text(), Terms: termsOf(c, at, l.Terms)})
	}
	for _, x := range d.Conds {
		k.Conditions = append(k.Conditions, exchange.Condition{Kind: exchange.ConditionKind(x.Kind), Need: x.Need, Offer: x.Offer})
	}
	k.Steps = d.Steps.steps(c)
	w := d.Weights
	k.Weights = exchange.Weights{Text: number(c, "weights.text", w.Text), Distance: number(c, "weights.distance", w.Distance),
		Freshness: number(c, "weights.freshness", w.Freshness), Quality: number(c, "weights.quality", w.Quality), Load: number(c, "weights.load", w.Load)}
	return k
}

func (f formDraft) form(c *fault.Check, name string) exchange.Form {
	out := exchange.Form{By: exchange.Party(f.By), Label: f.Label.text()}
	for i, x := range f.Fields {
		at := fmt.Sprintf("%s.fields[%d].", name, i)
		out.Fields = append(out.Fields, exchange.Field{Key: x.Key, Type: exchange.FieldType(x.Type), Label: x.Label.text(),
			Help: x.Help.text(), Required: x.Required, List: x.List, Unit: x.Unit, Min: numberOrNone(c, at+"min", x.Min),
			Max: numberOrNone(c, at+"max", x.Max), Limit: count(c, at+"limit", x.Limit), Weight: number(c, at+"weight", x.Weigh),
			From: exchange.Profile(x.From)})
	}
	return out
}

func (s stepsDraft) steps(c *fault.Check) exchange.Steps {
	out := exchange.Steps{Masters: count(c, "steps.masters", s.Masters), Advice: s.Advice, Visit: s.Visit, Outcome: s.Outcome,
		Rating: s.Rating, Toolbox: s.Toolbox, Anonymous: s.Anonym, TellFirst: count(c, "steps.tell_first", s.TellFirst),
		Waits: exchange.Waits{AnswerUrgent: count(c, "steps.waits.answer_urgent", s.WaitUrgent), Answer: count(c, "steps.waits.answer", s.WaitAnswer),
			Advice: count(c, "steps.waits.advice", s.WaitAdvice), Closing: count(c, "steps.waits.closing", s.WaitClosing)}}
	for _, part := range strings.FieldsFunc(s.FollowUps, func(r rune) bool { return strings.ContainsRune(",，、;； \t\n", r) }) {
		out.FollowUps = append(out.FollowUps, count(c, "steps.follow_ups", part))
	}
	return out
}

// number reads a number; an empty one is zero.
func number(c *fault.Check, name, typed string) float64 {
	if typed == "" {
		return 0
	}
	f, ok := exchange.ParseNumber(typed)
	c.That(ok, name, "field.number")
	return f
}

func numberOrNone(c *fault.Check, name, typed string) *float64 {
	if typed == "" {
		return nil
	}
	f := number(c, name, typed)
	return &f
}

// count reads a whole number that is not negative; an empty one is zero.
func count(c *fault.Check, name, typed string) int {
	f := number(c, name, typed)
	if !c.That(f >= 0 && f <= 1_000_000 && f == float64(int(f)), name, "console.editor.whole") {
		return 0
	}
	return int(f)
}

// readDraft reads what the form sent, and gives keys to what was named since.
func readDraft(v url.Values) draft {
	in := reader{v}
	d := draft{ID: in.line("id"), Union: in.line("union"), Name: in.words("name"), Summary: in.words("summary"),
		Need: in.form("need"), Offer: in.form("offer")}
	d.Version, _ = strconv.Atoi(in.line("version"))
	for i := range in.count("lists") {
		at := fmt.Sprintf("lists[%d].", i)
		d.Lists = append(d.Lists, listDraft{in.line(at + "key"), in.words(at + "name"), in.lines(at + "terms")})
	}
	for i := range in.count("conditions") {
		at := fmt.Sprintf("conditions[%d].", i)
		d.Conds = append(d.Conds, condDraft{in.line(at + "kind"), in.line(at + "need"), in.line(at + "offer")})
	}
	d.Steps = stepsDraft{Masters: in.line("steps.masters"), FollowUps: in.line("steps.follow_ups"), TellFirst: in.line("steps.tell_first"),
		Advice: in.on("steps.advice"), Visit: in.on("steps.visit"), Outcome: in.on("steps.outcome"), Rating: in.on("steps.rating"),
		Toolbox: in.on("steps.toolbox"), Anonym: in.on("steps.anonymous"), WaitUrgent: in.line("steps.waits.answer_urgent"),
		WaitAnswer: in.line("steps.waits.answer"), WaitAdvice: in.line("steps.waits.advice"), WaitClosing: in.line("steps.waits.closing")}
	d.Weights = weightsDraft{in.line("weights.text"), in.line("weights.distance"), in.line("weights.freshness"), in.line("weights.quality"), in.line("weights.load")}
	d.nameKeys(false)
	return d
}

// reader takes values of a form, tidied.
type reader struct{ v url.Values }

func (in reader) line(name string) string {
	return strings.Join(strings.Fields(exchange.Tidy(in.v.Get(name))), " ")
}
func (in reader) lines(name string) string { return exchange.Tidy(in.v.Get(name)) }
func (in reader) on(name string) bool      { return in.v.Get(name) != "" }
func (in reader) words(name string) words  { return words{in.line(name + ".zh"), in.line(name + ".en")} }

// rowsMost bounds what a form may make us look for.
const rowsMost = 200

// count is how many rows of a name were sent: a row is there when its hidden mark is.
func (in reader) count(name string) int {
	n := 0
	for n < rowsMost && in.v.Has(fmt.Sprintf("%s[%d]", name, n)) {
		n++
	}
	return n
}

func (in reader) form(name string) formDraft {
	f := formDraft{By: in.line(name + ".by"), Label: in.words(name + ".label")}
	for i := range in.count(name + ".fields") {
		at := fmt.Sprintf("%s.fields[%d].", name, i)
		f.Fields = append(f.Fields, fieldDraft{Key: in.line(at + "key"), Type: in.line(at + "type"), Label: in.words(at + "label"),
			Help: in.words(at + "help"), Required: in.on(at + "required"), List: in.line(at + "list"), Unit: in.line(at + "unit"),
			Min: in.line(at + "min"), Max: in.line(at + "max"), Limit: in.line(at + "limit"), Weigh: in.line(at + "weight"), From: in.line(at + "from"), Open: in.on(at + "open")})
	}
	return f
}

// nameKeys gives fields and lists without a key one, so that nobody has to think of any: conditions and kept
// answers refer to it, and nobody reads it. Those without a name wait for it, unless all must have one.
func (d *draft) nameKeys(all bool) {
	for _, f := range []*formDraft{&d.Need, &d.Offer} {
		var taken []string
		for _, x := range f.Fields {
			taken = append(taken, x.Key)
		}
		for i := range f.Fields {
			if x := &f.Fields[i]; x.Key == "" && (all || x.Label != words{}) {
				x.Key = freeKey(taken, keyFor(*x))
				taken = append(taken, x.Key)
			}
		}
	}
	var taken []string
	for _, l := range d.Lists {
		taken = append(taken, l.Key)
	}
	for i := range d.Lists {
		if l := &d.Lists[i]; l.Key == "" && (all || l.Name != words{}) {
			l.Key = freeKey(taken, keyFrom(l.Name.EN, "list"))
			taken = append(taken, l.Key)
		}
	}
}

func keyFor(x fieldDraft) string {
	switch exchange.FieldType(x.Type) {
	case exchange.Title, exchange.Place, exchange.Days, exchange.Urgency, exchange.Gauge, exchange.Files:
		return x.Type
	}
	return keyFrom(x.Label.EN, "field")
}

// keyFrom makes a key of English words: "Batch size" is batch_size.
func keyFrom(english, otherwise string) string {
	words := strings.FieldsFunc(strings.ToLower(english), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	key := ""
	for _, w := range words {
		if len(key)+len(w) > 27 { // leaves room for a number
			break
		}
		key = strings.TrimPrefix(key+"_"+w, "_")
	}
	if key == "" || key[0] < 'a' {
		return otherwise
	}
	return key
}

func freeKey(taken []string, key string) string {
	free := key
	for n := 2; slices.Contains(taken, free); n++ {
		free = fmt.Sprintf("%s_%d", key, n)
	}
	return free
}
