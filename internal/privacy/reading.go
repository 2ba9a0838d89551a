package privacy

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

// Reading is one time that somebody saw a sensitive value of a person whole.
type Reading struct {
	ID        string
	Once      string // the same for what counts as one reading
	PersonID  string // whose; "" for a list
	ReaderID  string
	Role      string // as what the reader read: "self", a role of officers, "party"
	UnionPath string // the person's at the time
	Field     Field
	Reason    string
	Note      string
	Source    string // where it was read: "engagement/ID", "import/ID", "sheet"
	At        time.Time
}

// Reasons are what an officer may say when asked why.
var Reasons = []string{"verify", "service", "aid", "complaint", "law", "other"}

// The reasons that the hall gives by itself.
const (
	ReasonEngagement = "engagement" // the two sides of an accepted engagement
	ReasonImport     = "import"     // a list that an officer took in
)

// longNumber is what no note may hold: it would put into the record what the record is about.
var longNumber = regexp.MustCompile(`[0-9０-９][0-9０-９ \-]{5,}`)

// Why is the reason that somebody gives.
type Why struct{ Reason, Note string }

func (w *Why) check() error {
	var c fault.Check
	w.Note = strings.TrimSpace(w.Note)
	c.That(slices.Contains(Reasons, w.Reason), "reason", "privacy.fault.reason")
	c.That(w.Reason != "other" || w.Note != "", "note", "privacy.fault.note")
	c.That(utf8.RuneCountInString(w.Note) <= 200, "note", "privacy.fault.long", "max", 200)
	c.That(!longNumber.MatchString(w.Note), "note", "privacy.fault.note-number")
	return c.Err()
}

// Show gives a sensitive value whole: to the person, or to an officer who works on their union and says why. The reading
// is written down first; when that fails there is no value.
func (s *Service) Show(ctx context.Context, a actor.Actor, personID string, f Field, why Why) (_ string, err error) {
	defer fault.Wrap(&err, "privacy.Show(%s, %s)", personID, f)
	p, err := s.known(ctx, a, personID)
	if err != nil {
		return "", err
	}
	own := a.ID == p.ID
	if !own && !a.MayAct(p.UnionPath) {
		return "", fault.Refused()
	}
	if !own {
		if err := why.check(); err != nil {
			return "", err
		}
	}
	value, err := s.whole(ctx, p, f)
	if err != nil {
		return "", err
	}
	if own { // one's own eyes are not recorded
		return value, nil
	}
	r := Reading{ID: id.New(), PersonID: p.ID, ReaderID: a.ID, Role: roleAt(a, p.UnionPath), UnionPath: p.UnionPath, Field: f,
		Reason: why.Reason, Note: why.Note, Source: "sheet", At: s.clock.Now()}
	r.Once = r.ID
	if err := s.store.AddReadings(ctx, []Reading{r}); err != nil {
		return "", err
	}
	return value, nil
}

// whole reads a value, which is shown only after its reading was written down.
func (s *Service) whole(ctx context.Context, p Person, f Field) (string, error) {
	if f == PhoneField || f == EmailField {
		found, err := s.people.Whole(ctx, []string{p.ID}, f)
		if err == nil && found[p.ID].Text == "" {
			err = fault.NoSuch()
		}
		return found[p.ID].Text, err
	}
	if !f.kept() {
		return "", fault.NoSuch()
	}
	values, err := s.store.Values(ctx, p.ID)
	if err != nil {
		return "", err
	}
	for _, v := range values {
		if v.Field == f {
			return v.Text, nil
		}
	}
	return "", fault.NoSuch()
}

// Numbers gives the telephone numbers of others to somebody who deals with them in an engagement, and writes down that
// they were shown: once a day for each pair, since a page is opened often. Who has objected is left out. The caller has
// decided that the actor takes part.
func (s *Service) Numbers(ctx context.Context, a actor.Actor, personIDs []string, source string) (_ map[string]string, err error) {
	defer fault.Wrap(&err, "privacy.Numbers(%d)", len(personIDs))
	agreed, err := s.consented(ctx, personIDs, Contact)
	if err != nil {
		return nil, err
	}
	asked := slices.DeleteFunc(slices.Clone(personIDs), func(id string) bool { return !agreed[id] && id != a.ID })
	found, err := s.people.Whole(ctx, asked, PhoneField)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var rows []Reading
	out := make(map[string]string, len(found))
	for personID, of := range found {
		out[personID] = of.Text
		if personID == a.ID {
			continue
		}
		rows = append(rows, Reading{ID: id.New(), Once: strings.Join([]string{a.ID, string(PhoneField), source, now.In(lang.Zone).Format(time.DateOnly)}, "|"),
			PersonID: personID, ReaderID: a.ID, Role: partOf(a, of.UnionPath), UnionPath: of.UnionPath, Field: PhoneField,
			Reason: ReasonEngagement, Source: source, At: now})
	}
	if err := s.store.AddReadings(ctx, rows); err != nil {
		return nil, err
	}
	return out, nil
}

// NoteList writes down that an officer takes a list with people's data away as a file.
func (s *Service) NoteList(ctx context.Context, a actor.Actor, unionPath, source string) (err error) {
	defer fault.Wrap(&err, "privacy.NoteList(%s)", source)
	r := Reading{ID: id.New(), ReaderID: a.ID, Role: roleAt(a, unionPath), UnionPath: unionPath, Field: PeopleField, Reason: ReasonImport,
		Source: source, At: s.clock.Now()}
	r.Once = r.ID
	return s.store.AddReadings(ctx, []Reading{r})
}

// roleAt is the highest role by which an officer may work on a union.
func roleAt(a actor.Actor, path string) string {
	for _, role := range []actor.Role{actor.Lead, actor.Clerk, actor.Auditor} {
		if slices.ContainsFunc(a.Grants, func(g actor.Grant) bool { return g.Role == role && actor.Within(path, g.Path) }) {
			return string(role)
		}
	}
	return "person"
}

func partOf(a actor.Actor, path string) string {
	if a.MayAct(path) {
		return roleAt(a, path)
	}
	return "party"
}

// Query is what readings are looked for by. Zero fields do not narrow.
type Query struct {
	ReaderID, PersonID string
	Field              Field
	Source             string // the beginning of it
	From, To           time.Time
	Before             string // the id of the last row of the page before
	Limit              int
}

// Found is one page of readings, newest first.
type Found struct {
	Rows   []Reading
	Next   string // for Query.Before; "" at the end
	Total  int
	People int // different persons among all that were found
}

const pageSize = 50

// Readings looks for readings of people in a subtree that the officer reads.
func (s *Service) Readings(ctx context.Context, a actor.Actor, unionID string, q Query) (_ Union, out Found, err error) {
	defer fault.Wrap(&err, "privacy.Readings(%s)", unionID)
	u, err := s.unions.Scope(ctx, a, unionID)
	if err != nil {
		return u, out, err
	}
	if q.Limit <= 0 || q.Limit > 1000 {
		q.Limit = pageSize
	}
	limit := q.Limit
	q.Limit++
	if out.Rows, err = s.store.Readings(ctx, u.Path, q); err != nil {
		return u, out, err
	}
	if len(out.Rows) > limit {
		out.Rows = out.Rows[:limit]
		out.Next = out.Rows[limit-1].ID
	}
	out.Rows = actor.Readable(a, out.Rows, func(r Reading) string { return r.UnionPath })
	out.Total, out.People, err = s.store.CountReadings(ctx, u.Path, q)
	return u, out, err
}

// OwnReadings gives who read the actor's data, newest first, from the one before the id.
func (s *Service) OwnReadings(ctx context.Context, a actor.Actor, before string) (out Found, err error) {
	defer fault.Wrap(&err, "privacy.OwnReadings")
	if !a.SignedIn() {
		return out, fault.Refused()
	}
	out.Rows, err = s.store.ReadingsOf(ctx, a.ID, before, pageSize+1)
	if len(out.Rows) > pageSize {
		out.Rows = out.Rows[:pageSize]
		out.Next = out.Rows[pageSize-1].ID
	}
	return out, err
}
