// Package notice keeps what the hall has to tell a person until they have seen it: a fitting need, an
// answer, a visit that is due. Other modules say what happened by message id and arguments; the
// sentence is made when it is read, in the reader's language.
package notice

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/event"
)

// Keep is how long a notice is kept, read or not.
const Keep = 180 * 24 * time.Hour

// The subjects this module emits. Both carry the people whose notices changed and nothing else.
const (
	Told = "notice.told" // something new for these people
	Read = "notice.read" // these people have read something
)

// Subjects is what a live page of a person's notices listens to.
var Subjects = []string{Told, Read}

// New is one notice to be told.
type New struct {
	PersonID string
	EventID  string   // the event that it tells of; telling of it again changes nothing
	Msg      string   // message id in the language files of the module that tells
	Args     []string // name, value pairs for the message
	Link     string   // where it leads: a path of this hall
	First    bool     // not to be told to whom something with the same link was told before
}

// Item is one notice as it is kept.
type Item struct {
	ID       string
	PersonID string
	EventID  string
	Msg      string
	Args     []string
	Link     string
	First    bool       // only of what is to be added, see New
	Out      []Delivery // likewise: what leaves the hall of it

	CreatedAt time.Time
	ReadAt    time.Time // zero while unread
}

// Unread reports whether the person has yet to open it.
func (i Item) Unread() bool { return i.ReadAt.IsZero() }

// People gives the ids of those whose notices an event of this module is about.
func People(e event.Event) []string {
	var d people
	if json.Unmarshal(e.Data, &d) != nil {
		return nil
	}
	return d.People
}

type people struct {
	People []string `json:"people"`
}

// local reports whether link stays in the hall wherever it is followed: a path from the root that no
// browser takes for another host.
func local(link string) bool {
	return strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") &&
		!strings.ContainsFunc(link, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f })
}
