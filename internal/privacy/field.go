package privacy

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Field is a kind of sensitive data that is read under a record.
type Field string

// The fields. The first two are kept here, sealed; those that follow are kept by other modules and read through here.
const (
	IdentityField Field = "identity" // an IDNumber
	HealthField   Field = "health"   // a note
	PhoneField    Field = "phone"
	EmailField    Field = "email"
	PeopleField   Field = "people" // a list of people as a file
)

// Fields are all of them, in the order in which they are shown.
var Fields = []Field{IdentityField, HealthField, PhoneField, EmailField, PeopleField}

// purpose is the consent without which the hall does not keep the field.
func (f Field) purpose() string {
	if f == HealthField {
		return Health
	}
	return Identity
}

// kept reports a field that is kept here.
func (f Field) kept() bool { return f == IdentityField || f == HealthField }

const maxNote = 2000

// Value is a sensitive value with how it came here.
type Value struct {
	PersonID string
	Field    Field
	Text     string // whole
	By       string
	At       time.Time
}

// Masked is what may be shown without a record: of a health note only that there is one.
func (v Value) Masked() string {
	if v.Field == IdentityField {
		return IDNumber(v.Text).Masked()
	}
	return strings.Repeat("*", 6)
}

// TakenID is the answer when another person has the identity number. Who that is, is not said.
var TakenID = fault.New(fault.Conflict, "privacy.fault.id-taken")

// check brings a value to the form that is kept.
func (s *Service) check(f Field, text string) (string, error) {
	var c fault.Check
	switch f {
	case IdentityField:
		n, wrong := ParseID(text, s.clock.Now())
		c.That(wrong == "", "content", wrong)
		return string(n), c.Err()
	case HealthField:
		text = strings.TrimSpace(text)
		if c.That(text != "", "content", "privacy.fault.required") {
			c.That(utf8.RuneCountInString(text) <= maxNote, "content", "privacy.fault.long", "max", maxNote)
		}
		return text, c.Err()
	}
	return "", fault.NoSuch()
}

// Set keeps a sensitive value: the person their own, or an officer who works on their union and holds a paper on which
// the person has agreed. agreed keeps that agreement together with the value; without one of now or before nothing is
// kept.
func (s *Service) Set(ctx context.Context, a actor.Actor, personID string, f Field, text string, agreed bool) (err error) {
	defer fault.Wrap(&err, "privacy.Set(%s, %s)", personID, f)
	p, err := s.mayKeep(ctx, a, personID)
	if err != nil {
		return err
	}
	text, err = s.check(f, text)
	if err != nil {
		return err
	}
	purpose, _ := PurposeOf(f.purpose())
	var acts []Act
	if agreed {
		acts = []Act{s.act(p.ID, purpose, true, a.ID)}
	} else if ok, err := s.Consented(ctx, p.ID, purpose.Key); err != nil {
		return err
	} else if !ok {
		var c fault.Check
		c.Add("agreed", "privacy.fault.not-agreed")
		return c.Err()
	}
	return s.store.SetValue(ctx, Value{PersonID: p.ID, Field: f, Text: text, By: a.ID, At: s.clock.Now()}, acts)
}

// Remove forgets a sensitive value: by those who may set it.
func (s *Service) Remove(ctx context.Context, a actor.Actor, personID string, f Field) (err error) {
	defer fault.Wrap(&err, "privacy.Remove(%s, %s)", personID, f)
	if _, err := s.mayKeep(ctx, a, personID); err != nil {
		return err
	}
	return s.store.RemoveValue(ctx, personID, f)
}

// mayKeep gives a person whose values the actor may set: themself, or one in a union that the officer works on.
func (s *Service) mayKeep(ctx context.Context, a actor.Actor, personID string) (Person, error) {
	p, err := s.known(ctx, a, personID)
	if err != nil {
		return p, err
	}
	if a.ID != p.ID && !a.MayAct(p.UnionPath) {
		return p, fault.Refused()
	}
	if p.Closed {
		return p, fault.New(fault.Conflict, "privacy.fault.closed")
	}
	return p, nil
}

// known gives a person whom the actor may know of: themself, or one in a union that the officer reads.
func (s *Service) known(ctx context.Context, a actor.Actor, personID string) (Person, error) {
	if !a.SignedIn() {
		return Person{}, fault.Refused()
	}
	p, err := s.people.Person(ctx, personID)
	if err != nil {
		return p, err
	}
	if a.ID != p.ID && !a.MayRead(p.UnionPath) {
		return Person{}, fault.NoSuch()
	}
	return p, nil
}

// Sheet is what may be shown of a person's sensitive data without a record.
type Sheet struct {
	Person  Person
	Masked  map[Field]string // those that are there
	Since   map[Field]time.Time
	MayShow bool // and set
}

// Sheet gives a person's masked values to those who may know of the person.
func (s *Service) Sheet(ctx context.Context, a actor.Actor, personID string) (out Sheet, err error) {
	defer fault.Wrap(&err, "privacy.Sheet(%s)", personID)
	if out.Person, err = s.known(ctx, a, personID); err != nil {
		return out, err
	}
	out.Masked, out.Since = map[Field]string{}, map[Field]time.Time{}
	if out.Person.Phone != "" {
		out.Masked[PhoneField] = out.Person.Phone
	}
	if out.Person.Email != "" {
		out.Masked[EmailField] = out.Person.Email
	}
	values, err := s.store.Values(ctx, personID)
	for _, v := range values {
		out.Masked[v.Field], out.Since[v.Field] = v.Masked(), v.At
	}
	out.MayShow = a.ID == out.Person.ID || a.MayAct(out.Person.UnionPath)
	return out, err
}

// FindID gives the person with the identity number to an officer who works on their union. Anybody else's is answered as
// nobody's, so that nothing is told by asking.
func (s *Service) FindID(ctx context.Context, a actor.Actor, text string) (_ Person, err error) {
	defer fault.Wrap(&err, "privacy.FindID")
	if !a.Officer() {
		return Person{}, fault.Refused()
	}
	n, wrong := ParseID(text, s.clock.Now())
	var c fault.Check
	if !c.That(wrong == "", "number", wrong) {
		return Person{}, c.Err()
	}
	c.Add("number", "privacy.fault.id-nobody")
	personID, err := s.store.FindValue(ctx, IdentityField, string(n))
	if fault.Is(err, fault.NotFound) {
		return Person{}, c.Err()
	}
	if err != nil {
		return Person{}, err
	}
	p, err := s.people.Person(ctx, personID)
	if err == nil && !a.MayAct(p.UnionPath) {
		return Person{}, c.Err()
	}
	return p, err
}
