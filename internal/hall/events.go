package hall

import (
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/event"
)

// The subjects of this module's events. Data is a Changed.
const (
	UnionChanged      = "hall.union.changed"
	PersonChanged     = "hall.person.changed" // also: sessions ended, grants, contacts
	EnterpriseChanged = "hall.enterprise.changed"
	MasterChanged     = "hall.master.changed"
	PhoneChanged      = "hall.phone.changed" // the number with which a person signs in; beside PersonChanged
)

// Subjects are all subjects this module emits.
var Subjects = []string{UnionChanged, PersonChanged, EnterpriseChanged, MasterChanged, PhoneChanged, RequestChanged, MembershipChanged, DocumentChanged}

// Changed is the data of every event here. Without an ID many rows changed at once, as after
// Store.Load: read them all again.
type Changed struct {
	ID        string `json:"id,omitempty"`
	UnionPath string `json:"union,omitempty"`
}

func changed(subject string, at time.Time, id, path string) event.Event {
	return event.New(subject, at, Changed{ID: id, UnionPath: path})
}

// ChangedIn reads the data of an event of this module.
func ChangedIn(e event.Event) (Changed, error) {
	var c Changed
	err := json.Unmarshal(e.Data, &c)
	return c, err
}

func changedMaster(m Master, at time.Time) []event.Event {
	return []event.Event{changed(MasterChanged, at, m.PersonID, m.UnionPath)}
}
