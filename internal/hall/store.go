package hall

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
)

// Trace is what a change leaves beside its rows, in the same transaction.
type Trace struct {
	Audits []Audit
	Events []event.Event
}

// Change makes the new row out of the old one inside the transaction. It may run twice, so it has no
// side effects. An error leaves everything as it was and is returned as it is.
type Change[T any] func(old T) (T, Trace, error)

// Store keeps what the hall knows. All methods are safe for concurrent use. A write is durable when
// its method returns nil, and all it changed (rows, logins, audits, events) became so together. A row
// that does not exist is fault.NoSuch; a value that must be unique and is taken is a fault.Conflict
// whose message names it (see the Taken faults). A store decides no policy.
type Store interface {
	Unions
	Moves
	People
	Phones
	Sessions
	Challenges
	PasskeyStore
	Identities
	Officers
	Enterprises
	Masters
	Memberships
	Documents
	Admissions
	UnionStore

	// Found makes the first union with its first lead, unless there already is any union: then it
	// changes nothing and returns ErrFounded.
	Found(ctx context.Context, u Union, p NewPerson, g Grant, t Trace) error

	// Load adds many rows at once, all or none, with one event for each kind of row and no audits.
	// Logins follow from the people's phones and addresses; paths are taken as given.
	Load(ctx context.Context, b Batch) error

	// Audits lists what was done in the subtree, newest first.
	Audits(ctx context.Context, path string, page Page) (List[Audit], error)
	// AuditsOn lists what was done to one person, enterprise or union at the path, of the kinds named, newest first.
	AuditsOn(ctx context.Context, path, on string, what []string, limit int) ([]Audit, error)
}

// Batch is a set of rows for Load. The caller gives identifiers, paths and ready password hashes.
type Batch struct {
	Unions      []Union
	People      []NewPerson
	Grants      []Grant
	Enterprises []Enterprise
	Contacts    []Contact
	Masters     []Master
}

// Page asks for one page of a list: what follows the cursor After ("" is the beginning).
type Page struct {
	After string
	Limit int
}

// List is one page of rows. Next is the cursor of the following page, "" when this is the last.
// Total counts all rows of the list, not of the page.
type List[T any] struct {
	Rows  []T
	Next  string
	Total int
}

// Unions keeps the tree.
type Unions interface {
	// AllUnions gives every union, parents before children.
	AllUnions(ctx context.Context) ([]Union, error)
	Union(ctx context.Context, id string) (Union, error)
	// CreateUnion fails with TakenCode when a sibling has the code or had it until a move that is under way, and with a
	// fault.Conflict when the parent is no longer where the path says.
	CreateUnion(ctx context.Context, u Union, t Trace) error
	// UpdateUnion changes name, kind and place; identifier, code, level and path stay.
	UpdateUnion(ctx context.Context, id string, fn Change[Union]) (Union, error)
	// Tallies counts what is bound to each union of the subtree, by the union's own path, without
	// what is below it. Paths with nothing are left out; Tally.Unions is not filled.
	Tallies(ctx context.Context, path string) (map[string]Tally, error)
}

// People keeps persons, how they sign in, and nothing of what they may.
type People interface {
	Person(ctx context.Context, id string) (Person, error)
	// People gives those of the persons that exist, in one query, in no order.
	People(ctx context.Context, ids []string) ([]Person, error)
	// Credential finds the person behind the normal form of a phone or an address.
	Credential(ctx context.Context, login string) (Credential, error)
	// CredentialOf is the same by person.
	CredentialOf(ctx context.Context, personID string) (Credential, error)
	// CreatePerson fails with TakenPhone or TakenEmail when somebody signs in with it.
	CreatePerson(ctx context.Context, p NewPerson, t Trace) error
	// UpdatePerson changes all but identifier and union; logins follow phone and e-mail.
	UpdatePerson(ctx context.Context, id string, fn Change[Person]) (Person, error)
	// SetPassword replaces the hash if it still is old, else fails with a fault.Conflict, and ends all
	// sessions of the person but keep.
	SetPassword(ctx context.Context, personID, old, hash, keep string, t Trace) error
	// HandOut gives the person a password, whether they had one or not, and ends all their sessions. One that is
	// first was made for them and is marked as to be changed.
	HandOut(ctx context.Context, personID, hash string, first bool, t Trace) error
	// Rehash replaces the hash if it still is old, and ends no session.
	Rehash(ctx context.Context, personID, old, hash string) error
	// ListPeople lists the people of a subtree by union and name.
	ListPeople(ctx context.Context, path string, s Search) (List[Person], error)
}

// Search narrows a list of the console. Words are looked for in names; a whole phone number finds
// its owner.
type Search struct {
	Words string
	Page
}

// Sessions keeps signed-in devices.
type Sessions interface {
	Session(ctx context.Context, id string) (Session, error)
	// SaveSession creates the session or replaces all but Created.
	SaveSession(ctx context.Context, s Session) error
	// SeeSession moves Seen forward.
	SeeSession(ctx context.Context, id string, at time.Time) error
	// EndSession ends one; there need not be one.
	EndSession(ctx context.Context, id string, t Trace) error
	// SessionsOf lists a person's sessions that have not expired, last seen first.
	SessionsOf(ctx context.Context, personID string, now time.Time) ([]Session, error)
	// EndSessionsOf ends all sessions of the person but keep and says how many.
	EndSessionsOf(ctx context.Context, personID, keep string, t Trace) (int, error)
	// TrimSessions forgets sessions that expired before now or were last seen before idle.
	TrimSessions(ctx context.Context, now, idle time.Time) (int, error)
}

// Officers keeps who may do what where.
type Officers interface {
	// Powers gives what a person may: grants, the enterprises they speak for, whether they are a
	// master. One query.
	Powers(ctx context.Context, personID string) (Powers, error)
	Grant(ctx context.Context, id string) (Grant, error)
	// UpdateGrants runs fn on all grants of the person and makes them what it returns. Calls for one
	// person do not overlap. A grant is added or removed, never changed.
	UpdateGrants(ctx context.Context, personID string, fn Change[[]Grant]) error
	// ListOfficers lists the officers of a subtree by union and name.
	ListOfficers(ctx context.Context, path string, s Search) (List[Officer], error)
}

// Powers is what a person may.
type Powers struct {
	Grants      []actor.Grant
	Enterprises []string
	Master      bool
	Moving      []actor.Moved // the steps of the move under way, whoever the person is
}

// Enterprises keeps enterprises and who speaks for them.
type Enterprises interface {
	Enterprise(ctx context.Context, id string) (Enterprise, error)
	// Enterprises gives those that exist, in one query, in no order.
	Enterprises(ctx context.Context, ids []string) ([]Enterprise, error)
	// FirmsNamed gives those that have one of the licences, and those of the subtree that have one of the names, in one
	// query, in no order.
	FirmsNamed(ctx context.Context, path string, licences, names []string) ([]Enterprise, error)
	// CreateEnterprise fails with TakenLicence when another has the licence.
	CreateEnterprise(ctx context.Context, e Enterprise, t Trace) error
	// UpdateEnterprise changes all but identifier, licence, union and when it was entered.
	UpdateEnterprise(ctx context.Context, id string, fn Change[Enterprise]) (Enterprise, error)
	// Verifications gives what was found about those of the enterprises that an officer looked at.
	Verifications(ctx context.Context, enterpriseIDs []string) ([]Verification, error)
	// Verify runs fn on the enterprise, what was found about it last and the newest licence handed in (the zero values
	// if there is none) and keeps what fn returns; the licence is decided with it. A verified enterprise without a licence gets the one found; it fails with TakenLicence
	// when another has it. Calls for one enterprise do not overlap. Without a Trace nothing changes.
	Verify(ctx context.Context, enterpriseID string, fn func(Enterprise, Verification, Document) (Verification, Trace, error)) error
	// ContactsOf lists those who speak for the enterprises, longest first.
	ContactsOf(ctx context.Context, enterpriseIDs []string) ([]Contact, error)
	// AddContact adds a contact, together with the person when newcomer is not nil. It fails with
	// TakenContact when the person already is one.
	AddContact(ctx context.Context, c Contact, newcomer *NewPerson, t Trace) error
	// RemoveContact removes a contact; without one it is fault.NoSuch. The person stays.
	RemoveContact(ctx context.Context, enterpriseID, personID string, t Trace) error
	// ListEnterprises lists the enterprises of a subtree by union and name.
	ListEnterprises(ctx context.Context, path string, s Search) (List[Enterprise], error)
}

// Masters keeps the entries of masters.
type Masters interface {
	Master(ctx context.Context, personID string) (Master, error)
	// Masters gives those that exist, in one query, in no order.
	Masters(ctx context.Context, personIDs []string) ([]Master, error)
	// CreateMaster adds the entry, together with the person when newcomer is not nil. It fails with
	// TakenMaster when the person already is one.
	CreateMaster(ctx context.Context, m Master, newcomer *NewPerson, t Trace) error
	// UpdateMaster changes all but person and union.
	UpdateMaster(ctx context.Context, personID string, fn Change[Master]) (Master, error)
	// FindMasters lists masters who are not closed, the most honoured first.
	FindMasters(ctx context.Context, s MasterSearch) (List[Master], error)
	// MasterCities gives the cities in which there are masters, those with the most first.
	MasterCities(ctx context.Context) ([]string, error)
	// ListMasters lists all masters of a subtree by union and name.
	ListMasters(ctx context.Context, path string, s Search) (List[Master], error)
}

// MasterSearch is what the public looks for. Empty fields do not narrow.
type MasterSearch struct {
	Trade string
	City  string
	Name  string // a part of the master's name; Words are looked for in the whole entry
	Search
}
