package hall

import (
	"context"
	"errors"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// Admissions takes rows in many at a time, beside what is there, and takes them out again.
type Admissions interface {
	// Known finds what is there of the keys, in no order.
	Known(ctx context.Context, k Keys) (Known, error)
	// Admit runs fn on what Known finds and, in the same transaction, adds and fills what it returns. fn may run twice.
	Admit(ctx context.Context, k Keys, fn func(Known) (Admission, Trace, error)) error
	// ExpelPeople removes those of the persons whom nothing names: they cannot sign in, hold no office, speak for no
	// enterprise and are no masters. It says whom it removed.
	ExpelPeople(ctx context.Context, ids []string, t Trace) (removed []string, err error)
	// ExpelEnterprises removes those of the enterprises that nobody has worked on: none of their audits is newer than
	// they are. Their contacts end, the persons stay. It says which it removed.
	ExpelEnterprises(ctx context.Context, ids []string, t Trace) (removed []string, err error)
	// EnteredMasters gives the entries of masters that the lines of the record made, of those lines that are there.
	EnteredMasters(ctx context.Context, entries []string) ([]EnteredMaster, error)
	// ExpelMasters runs fn on EnteredMasters and, in the same transaction, removes the entries of the persons it returns. fn
	// may run twice.
	ExpelMasters(ctx context.Context, entries []string, fn func([]EnteredMaster) (gone []string, t Trace)) error
}

// Keys name rows by what must be one row's alone.
type Keys struct {
	Logins   []string // phones and addresses in their normal form
	Licences []string
	Names    []string // of enterprises
	Unions   []string // in which those names count
	Entries  []string // lines of the record
}

// Known is what is there.
type Known struct {
	People      []Person
	Enterprises []Enterprise
	Contacts    []Contact         // of the enterprises
	Masters     []Master          // the people who are some, when lines of the record are asked for
	Entries     map[string]string // of the lines that are there, what they are about
}

// Admission is what a batch of entries comes to.
type Admission struct {
	People      []NewPerson
	Enterprises []Enterprise
	Contacts    []Contact
	Masters     []Master
	Fill        []Person     // their phone or e-mail, which were blank
	FillFirms   []Enterprise // their licence, address or place, which were blank
}

// Standing says what an entry comes to, beside what is there.
type Standing struct {
	State EntryState
	Fills bool // there are blanks that the entry fills
	Err   error
}

// EntryState is what an entry is.
type EntryState string

// The states of an entry. One that cannot be taken in has none of them but an error.
const (
	EntryNew     EntryState = "new"
	EntrySame    EntryState = "same"    // it is there and says the same
	EntryChanged EntryState = "changed" // it is there and says something else, or less
)

// admitting decides about one batch. What it adds counts as there for the entries that follow.
type admitting struct {
	s     *Service
	actor actor.Actor
	scope Union
	fill  bool
	named map[string][]Union // unions of the scope by name; nil until one is asked for

	logins   map[string]*Person
	licences map[string]*Enterprise
	names    map[string]*Enterprise // by union and name
	contacts map[Contact]bool       // by enterprise and person
	masters  map[string]Master      // by person
	entries  map[string]string      // of the record: what each is about
	out      Admission
	audits   []Audit
}

func (s *Service) admitting(ctx context.Context, a actor.Actor, unionID string, fill bool) (*admitting, error) {
	u, err := s.workingUnion(ctx, a, unionID)
	return &admitting{s: s, actor: a, scope: u, fill: fill}, err
}

// begin forgets what an earlier run on other knowledge decided.
func (d *admitting) begin(k Known) {
	d.out, d.audits, d.masters, d.entries = Admission{}, nil, map[string]Master{}, k.Entries
	for _, m := range k.Masters {
		d.masters[m.PersonID] = m
	}
	d.logins, d.licences, d.names, d.contacts = map[string]*Person{}, map[string]*Enterprise{}, map[string]*Enterprise{}, map[Contact]bool{}
	for _, p := range k.People {
		d.knowPerson(p)
	}
	for _, e := range k.Enterprises {
		d.knowFirm(e)
	}
	for _, c := range k.Contacts {
		d.contacts[Contact{EnterpriseID: c.EnterpriseID, PersonID: c.PersonID}] = true
	}
}

func (d *admitting) knowPerson(p Person) {
	for _, v := range []string{string(p.Phone), string(p.Email)} {
		if v != "" {
			d.logins[v] = &p
		}
	}
}

func (d *admitting) knowFirm(e Enterprise) {
	if e.Licence != "" {
		d.licences[e.Licence] = &e
	}
	d.names[e.UnionID+"\x00"+e.Name] = &e
}

// union finds the union that a row names, in the scope and nowhere else: by its name in either language or its path. A
// row that names none belongs to the scope itself.
func (d *admitting) union(ctx context.Context, words string) (Union, string) {
	if words = strings.TrimSpace(words); words == "" {
		return d.scope, ""
	}
	if strings.HasPrefix(words, "/") {
		u, err := d.s.UnionAt(ctx, words)
		if err != nil {
			return Union{}, "hall.fault.no-union"
		}
		if !actor.Within(u.Path, d.scope.Path) {
			return Union{}, "hall.fault.union-outside"
		}
		return u, ""
	}
	if d.named == nil {
		d.named = d.s.unionNames(d.scope.ID)
	}
	switch found := d.named[foldName(words)]; len(found) {
	case 1:
		return found[0], ""
	case 0:
		return Union{}, d.s.elsewhere(ctx, words)
	}
	return Union{}, "hall.fault.union-ambiguous"
}

// elsewhere tells a union of somebody else from one that is not there.
func (s *Service) elsewhere(ctx context.Context, words string) string {
	root, err := s.Root(ctx)
	if err == nil && len(s.unionNames(root.ID)[foldName(words)]) > 0 {
		return "hall.fault.union-outside"
	}
	return "hall.fault.no-union"
}

// unionNames are the unions of a subtree by their names.
func (s *Service) unionNames(unionID string) map[string][]Union {
	out := map[string][]Union{}
	s.tree.walk(unionID, func(u Union) bool {
		zh, en := foldName(u.Name.ZH), foldName(u.Name.EN)
		out[zh] = append(out[zh], u)
		if en != "" && en != zh {
			out[en] = append(out[en], u)
		}
		return true
	})
	return out
}

func foldName(s string) string { return strings.ToLower(strings.Join(strings.Fields(narrow(s)), "")) }

// admit decides and, unless only judging, adds.
func (s *Service) admit(ctx context.Context, d *admitting, k Keys, judge bool, decide func() []Standing) (out []Standing, err error) {
	if judge {
		known, err := s.store.Known(ctx, k)
		if err != nil {
			return nil, err
		}
		d.begin(known)
		return decide(), nil
	}
	err = s.store.Admit(ctx, k, func(known Known) (Admission, Trace, error) {
		d.begin(known)
		out = decide()
		return d.out, Trace{Audits: d.audits, Events: s.admitted(d)}, nil
	})
	if err == nil && len(d.out.Contacts)+len(d.out.Masters) > 0 {
		s.forget("") // who they speak for, and that they are masters
	}
	return out, err
}

// admitted tells of many rows at once, as Load does.
func (s *Service) admitted(d *admitting) (out []event.Event) {
	if len(d.out.People)+len(d.out.Fill)+len(d.out.Contacts)+len(d.out.Masters) > 0 {
		out = append(out, changed(PersonChanged, s.clock.Now(), "", d.scope.Path))
	}
	if len(d.out.Enterprises)+len(d.out.FillFirms)+len(d.out.Contacts) > 0 {
		out = append(out, changed(EnterpriseChanged, s.clock.Now(), "", d.scope.Path))
	}
	return append(out, d.mastersEntered()...)
}

// NoteImport writes into the record that rows were imported, or an import was ended or undone; the module that keeps
// imports calls it, and decides who may.
func (s *Service) NoteImport(ctx context.Context, a actor.Actor, what, path, on string, detail any) (err error) {
	defer fault.Wrap(&err, "hall.NoteImport(%s, %s)", what, on)
	au := s.audit(a, what, path, on, detail)
	return s.store.Admit(ctx, Keys{}, func(Known) (Admission, Trace, error) { return Admission{}, Trace{Audits: []Audit{au}}, nil })
}

// bad is a standing with one wrong field.
func bad(path, msg string) Standing {
	var c fault.Check
	c.Add(path, msg)
	return Standing{Err: c.Err()}
}

// under moves the fields of an error below another name: a contact's phone is not the enterprise's.
func under(err error, prefix string) []fault.Field {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	out := make([]fault.Field, len(f.Fields))
	for i, x := range f.Fields {
		out[i] = fault.Field{Path: prefix + x.Path, Msg: x.Msg, Args: x.Args}
	}
	return out
}
