package hall

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/fault"
)

// Status says whether a row takes part. Rows are never deleted: engagements name them.
type Status string

// The states of people, enterprises and masters.
const (
	Active Status = "active"
	Paused Status = "paused" // a master takes no new engagements for now
	Closed Status = "closed" // cannot sign in; has left; no longer in business
)

// Person is somebody whom a union knows: worker, contact, master, officer.
type Person struct {
	ID        string
	Name      string
	Phone     Phone // "" when not given
	Email     Email // "" when not given
	UnionID   string
	UnionPath string
	Lang      string // "zh", "en"; "" follows the browser
	Status    Status
	Created   time.Time
}

// NewPerson is a person to be stored with the ready hash of a password. An empty hash cannot sign in.
type NewPerson struct {
	Person
	Hash  string
	First bool // the password was handed out and should be changed at the first sign-in
}

// PersonInput is what an officer gives to enter a person.
type PersonInput struct {
	Name    string
	Phone   string
	Email   string
	UnionID string
}

func (in PersonInput) check() (Person, error) {
	var c fault.Check
	p := Person{Name: strings.TrimSpace(in.Name), UnionID: in.UnionID, Status: Active}
	checkLine(&c, "name", p.Name, 40)
	var ok bool
	if strings.TrimSpace(in.Phone) == "" {
		c.That(strings.TrimSpace(in.Email) != "", "phone", "hall.fault.phone-or-email")
	} else if p.Phone, ok = ParsePhone(in.Phone); !ok {
		c.Add("phone", "hall.fault.phone")
	}
	if strings.TrimSpace(in.Email) != "" {
		if p.Email, ok = ParseEmail(in.Email); !ok {
			c.Add("email", "hall.fault.email")
		}
	}
	return p, c.Err()
}

// checkLine wants a single line of text that is given and at most max characters long.
func checkLine(c *fault.Check, path, s string, max int) {
	if c.That(s != "", path, "hall.fault.required") {
		checkLength(c, path, s, max)
	}
}

func checkLength(c *fault.Check, path, s string, max int) {
	c.That(utf8.RuneCountInString(s) <= max, path, "hall.fault.long", "max", max)
}

// Credential is what sign-in needs to know of the person behind a login.
type Credential struct {
	PersonID string
	Status   Status
	Hash     string // PHC string; "" cannot sign in
	First    bool
}

// LoginKind says which way of naming a person a login is.
type LoginKind string

// The kinds of login.
const (
	ByPhone LoginKind = "phone"
	ByEmail LoginKind = "email"
)
