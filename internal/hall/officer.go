package hall

import (
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// Grant binds an officer to a union and everything below it.
type Grant struct {
	ID        string
	PersonID  string
	UnionID   string
	UnionPath string
	Role      actor.Role
	GivenBy   string
	Given     time.Time
}

// Roles are all roles in the order in which forms offer them.
var Roles = []actor.Role{actor.Lead, actor.Clerk, actor.Auditor}

// Officer is a grant with the person who holds it.
type Officer struct {
	Grant
	Person Person
}

// Audit is one change of what somebody may do or of who may do it. Rows are added, never changed.
type Audit struct {
	ID        string
	At        time.Time
	By        string // person id, or "system"
	What      string // "hall.grant.given"
	UnionPath string // whose leads may read it
	On        string // person, enterprise or union it was done to
	Detail    json.RawMessage
}

// What can stand in an audit.
const (
	AuditFounded     = "hall.founded"
	AuditUnionMade   = "hall.union.created"
	AuditUnionNamed  = "hall.union.renamed"
	AuditUnionMoved  = "hall.union.moved"
	AuditUnionMerged = "hall.union.merged"
	AuditGiven       = "hall.grant.given"
	AuditWithdrawn   = "hall.grant.withdrawn"
	AuditPerson      = "hall.person.created"
	AuditEnterprise  = "hall.enterprise.created"
	AuditContact     = "hall.contact.added"

	AuditEnterpriseClosed   = "hall.enterprise.closed"
	AuditEnterpriseReopened = "hall.enterprise.reopened"
	AuditEnterpriseVerified = "hall.enterprise.verified"
	AuditEnterpriseRefused  = "hall.enterprise.refused"
	AuditContactRemoved     = "hall.contact.removed"

	AuditMaster         = "hall.master.created"
	AuditPassword       = "hall.password.handed-out"
	AuditPasskeyAdded   = "hall.passkey.added"
	AuditPasskeyDropped = "hall.passkey.dropped"
	AuditIdentity       = "hall.identity.linked"
	AuditReset          = "hall.password.reset" // by the person, with a code
	AuditPhone          = "hall.phone.changed"  // by the person
	AuditPhoneCorrected = "hall.phone.corrected"

	AuditImported = "hall.import.begun"
	AuditEnded    = "hall.import.ended"
	AuditUndone   = "hall.import.undone"
)
