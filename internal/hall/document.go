package hall

import (
	"context"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// DocumentKind is what a document is to show.
type DocumentKind string

// The kinds: 营业执照, 荣誉证书.
const (
	LicenceDocument DocumentKind = "licence" // of an enterprise
	HonourDocument  DocumentKind = "honour"  // of a master
)

// DocumentState is where a document stands.
type DocumentState string

// The states: 待核, 已确认, 未通过, 已更换.
const (
	DocumentWaiting   DocumentState = "waiting"
	DocumentConfirmed DocumentState = "confirmed"
	DocumentRefused   DocumentState = "refused"
	DocumentReplaced  DocumentState = "replaced" // by a newer one, before anybody looked at it
)

// MaxPapers is how many files one document has at most.
const MaxPapers = 4

// Paper is one file of a document.
type Paper struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"` // as found in its bytes
	Size  int64  `json:"size"`
	Hash  string `json:"hash"`
	Thumb string `json:"thumb,omitempty"`
}

// Document is what was handed in to have something confirmed. It is read by those who hand in such, and by the officers
// who may read the rows of the union of whom it is about.
type Document struct {
	ID        string
	Kind      DocumentKind
	SubjectID string // the enterprise, or the person of the master
	State     DocumentState
	Honour    Honour // of HonourDocument
	Papers    []Paper
	Reason    string // why it was refused
	PersonID  string // who handed it in; "" when they had themself erased
	Given     time.Time
	By        string // the officer who decided
	At        time.Time

	// Read from the subject with each query.
	Subject   string // its name
	Licence   string // of an enterprise, as registered
	UnionID   string
	UnionPath string
}

// AuditLicenceGiven and the others are what handing in and deciding leave.
const (
	AuditLicenceGiven    = "hall.licence.given"
	AuditHonourGiven     = "hall.honour.given"
	AuditHonourConfirmed = "hall.honour.confirmed"
	AuditHonourRefused   = "hall.honour.refused"
	AuditHonourWithdrawn = "hall.honour.withdrawn"
)

// DocumentChanged tells of a document that was handed in, decided or taken back.
const DocumentChanged = "hall.document.changed"

// DocumentMoved is the answer to a decision about a document that is not the one to be decided any more.
var DocumentMoved = fault.New(fault.Conflict, "hall.fault.document-moved")

// Documents keeps what was handed in.
type Documents interface {
	Document(ctx context.Context, id string) (Document, error)
	// DocumentsOf lists what was handed in about the enterprise or master, newest first, without what was replaced.
	DocumentsOf(ctx context.Context, kind DocumentKind, subjectID string) ([]Document, error)
	// GiveLicence adds a document about an enterprise: what waited is replaced, and what an officer found before is
	// withdrawn. Calls for one enterprise do not overlap.
	GiveLicence(ctx context.Context, d Document, t Trace) error
	// GiveHonour runs fn on the master and what was handed in about them, newest first, adds the document that fn
	// returns, and keeps the master as fn returns them. Calls for one master do not overlap.
	GiveHonour(ctx context.Context, personID string, fn func(Master, []Document) (Master, Document, Trace, error)) error
	// DecideHonour runs fn on the document and its master and keeps what fn returns of both. Calls for one master do not
	// overlap.
	DecideHonour(ctx context.Context, documentID string, fn func(Document, Master) (Document, Master, Trace, error)) error
	// WithdrawHonour runs fn on the document and its master and forgets the document unless fn refuses. It does not overlap
	// with DecideHonour.
	WithdrawHonour(ctx context.Context, documentID string, fn func(Document, Master) (Trace, error)) error
	// WaitingDocuments lists what waits for the officers of the subtree, longest first. What is about somebody who is
	// closed waits for nobody.
	WaitingDocuments(ctx context.Context, path string, page Page) (List[Document], error)
}

func checkPapers(c *fault.Check, papers []Paper) {
	c.That(len(papers) > 0, "files", "hall.fault.files-none")
	c.That(len(papers) <= MaxPapers, "files", "hall.fault.many", "max", MaxPapers)
}

// GiveLicence hands in the business licence of an enterprise, by somebody who speaks for it. One that waits is replaced,
// and an enterprise that was verified is so no longer until an officer has looked at the new one: whoever trusts the
// finding must be able to trust what it was found on.
func (s *Service) GiveLicence(ctx context.Context, a actor.Actor, enterpriseID string, papers []Paper) (_ Document, err error) {
	defer fault.Wrap(&err, "hall.GiveLicence(%s)", enterpriseID)
	e, err := s.Enterprise(ctx, a, enterpriseID)
	if err != nil {
		return Document{}, err
	}
	switch {
	case !a.SpeaksFor(e.ID):
		return Document{}, fault.Refused()
	case e.Status == Closed:
		return Document{}, EnterpriseClosed
	}
	var c fault.Check
	checkPapers(&c, papers)
	if err := c.Err(); err != nil {
		return Document{}, err
	}
	d := Document{ID: id.New(), Kind: LicenceDocument, SubjectID: e.ID, State: DocumentWaiting, Papers: papers, PersonID: a.ID, Given: s.clock.Now()}
	t := s.trace(s.audit(a, AuditLicenceGiven, e.UnionPath, e.ID, map[string]string{"name": e.Name}), EnterpriseChanged, e.ID)
	t.Events = append(t.Events, changed(DocumentChanged, d.Given, d.ID, e.UnionPath))
	return d, s.store.GiveLicence(ctx, d, t)
}

// Licence gives the newest business licence that was handed in for an enterprise, to whoever may read the enterprise.
// Without one it is the zero Document.
func (s *Service) Licence(ctx context.Context, a actor.Actor, e Enterprise) (_ Document, err error) {
	defer fault.Wrap(&err, "hall.Licence(%s)", e.ID)
	if !a.SpeaksFor(e.ID) && !a.MayRead(e.UnionPath) {
		return Document{}, nil
	}
	list, err := s.store.DocumentsOf(ctx, LicenceDocument, e.ID)
	if err != nil || len(list) == 0 {
		return Document{}, err
	}
	return list[0], nil
}

// owns reports whether the actor is one of those whom the document is about.
func (d Document) owns(a actor.Actor) bool {
	if d.Kind == LicenceDocument {
		return a.SpeaksFor(d.SubjectID)
	}
	return a.SignedIn() && a.ID == d.SubjectID
}

// Document gives one to those whom it is about and to the officers of their union. For nobody else there is any.
func (s *Service) Document(ctx context.Context, a actor.Actor, documentID string) (_ Document, err error) {
	defer fault.Wrap(&err, "hall.Document(%s)", documentID)
	d, err := s.store.Document(ctx, documentID)
	if err != nil {
		return Document{}, err
	}
	if !d.owns(a) && !a.MayRead(d.UnionPath) {
		return Document{}, fault.NoSuch()
	}
	return d, nil
}

// Paper gives one file of a document to those who may read the document.
func (s *Service) Paper(ctx context.Context, a actor.Actor, documentID, paperID string) (_ Paper, _ Document, err error) {
	d, err := s.Document(ctx, a, documentID)
	if err != nil {
		return Paper{}, Document{}, err
	}
	i := slices.IndexFunc(d.Papers, func(p Paper) bool { return p.ID == paperID })
	if i < 0 {
		return Paper{}, Document{}, fault.NoSuch()
	}
	return d.Papers[i], d, nil
}

// WaitingDocuments lists what waits for the officers of a subtree, longest first.
func (s *Service) WaitingDocuments(ctx context.Context, a actor.Actor, unionID string, q Search) (_ List[Document], err error) {
	defer fault.Wrap(&err, "hall.WaitingDocuments(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Document]{}, err
	}
	return readable(a, func(d Document) string { return d.UnionPath })(s.store.WaitingDocuments(ctx, u.Path, q.sane().Page))
}
