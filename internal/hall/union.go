package hall

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// Level is how deep a union stands in the federation: 全国 省 市 县/区 乡镇/街道/园区 基层.
type Level int

// The six levels. A child stands at least one level below its parent; levels may be skipped.
const (
	Nation     Level = 1 // 全国
	Province   Level = 2 // 省
	City       Level = 3 // 市
	County     Level = 4 // 县/区
	Township   Level = 5 // 乡镇/街道/园区
	Grassroots Level = 6 // 基层: one employer or one trade
)

// UnionKind says what the members of a union have in common.
type UnionKind string

// The kinds of union.
const (
	Region   UnionKind = "region"   // a place
	Employer UnionKind = "employer" // one enterprise
	Trade    UnionKind = "trade"    // one trade, whoever employs: drivers, couriers
)

// UnionKinds are all kinds in the order in which forms offer them.
var UnionKinds = []UnionKind{Region, Employer, Trade}

// Place is a point on the earth in degrees (WGS 84). The zero value means: not known.
type Place struct {
	Lat float64 `json:"lat"`
	Lng float64 `json:"lng"`
}

// Known reports whether the place is given.
func (p Place) Known() bool { return p != Place{} }

func (p Place) check(c *fault.Check) {
	c.That(p.Lat >= -90 && p.Lat <= 90, "lat", "hall.fault.place")
	c.That(p.Lng >= -180 && p.Lng <= 180, "lng", "hall.fault.place")
}

// Union is one node of the tree.
type Union struct {
	ID       string
	ParentID string // "" at the root
	Level    Level
	Code     string // unique among siblings, see codeForm
	Path     string // codes from the root, joined by '/', with '/' at both ends: "/0/35/01/"
	Name     lang.Text
	Kind     UnionKind
	Place    Place
	Created  time.Time
}

var codeForm = regexp.MustCompile(`^[0-9a-z]{1,8}$`)

// PathOf gives the path of a child with the code below the parent's path; the root's parent has "".
func PathOf(parent, code string) string {
	if parent == "" {
		parent = "/"
	}
	return parent + code + "/"
}

// NewUnion is the input for a union; Path, level rules and identifier are the service's business.
type NewUnion struct {
	ParentID string
	Level    Level
	Code     string
	Name     lang.Text
	Kind     UnionKind
	Place    Place
}

func (n *NewUnion) clean() {
	n.Code = strings.ToLower(strings.TrimSpace(narrow(n.Code)))
	n.Name = cleanText(n.Name)
}

func (n NewUnion) check(parent Union) error {
	var c fault.Check
	checkName(&c, n.Name)
	c.That(codeForm.MatchString(n.Code), "code", "hall.fault.code")
	c.That(n.Level > parent.Level && n.Level <= Grassroots, "level", "hall.fault.level")
	c.That(n.Kind == Region || n.Kind == Employer || n.Kind == Trade, "kind", "hall.fault.choice")
	n.Place.check(&c)
	return c.Err()
}

func cleanText(t lang.Text) lang.Text {
	return lang.Text{ZH: strings.TrimSpace(t.ZH), EN: strings.TrimSpace(t.EN)}
}

func checkName(c *fault.Check, t lang.Text) {
	if c.That(t.ZH != "", "name", "hall.fault.required") {
		c.That(utf8.RuneCountInString(t.ZH) <= 80, "name", "hall.fault.long", "max", 80)
	}
	c.That(utf8.RuneCountInString(t.EN) <= 160, "name_en", "hall.fault.long", "max", 160)
}

// Tally counts what is bound to one union, or to a subtree when summed.
type Tally struct{ Unions, People, Enterprises, Masters int }

func (t Tally) plus(u Tally) Tally {
	return Tally{t.Unions + u.Unions, t.People + u.People, t.Enterprises + u.Enterprises, t.Masters + u.Masters}
}
