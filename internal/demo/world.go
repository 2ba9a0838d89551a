// Package demo makes the demonstration province: people, enterprises, masters and two years of needs with
// what became of them, as plain structs. Generate is pure: the same seed and the same moment give the same
// world, byte for byte. Putting it into a store is a loader's work.
//
// Telephone numbers begin with 1540000. The segment 154 has been given to no operator, so that no number
// here can reach anybody, and none can be somebody's by chance. Names of enterprises are invented.
package demo

import "time"

// World is everything that Generate makes. Slices are in order of dependence: whatever an element names
// by identifier stands in an earlier slice, or earlier in its own.
type World struct {
	Seed        uint64
	Now         time.Time
	Unions      []Union
	People      []Person
	Grants      []Grant
	Enterprises []Enterprise
	Contacts    []Contact
	Masters     []Master
	Portals     []Portal
	Needs       []Need
	Accounts    []Account
}

// Text is a name in both languages.
type Text struct{ ZH, EN string }

// Place is a point in WGS84 degrees.
type Place struct{ Lat, Lng float64 }

// The kinds of union.
const (
	Region   = "region"   // those in one place
	Employer = "employer" // those of one enterprise
	Craft    = "trade"    // those of one trade, whoever employs them
)

// Union is one node of the tree. Parents come before their children.
type Union struct {
	ID       string
	ParentID string // "" at the root
	Level    int    // 1 全国 … 6 基层
	Kind     string // Region, Employer, Craft
	Code     string // unique among siblings
	Path     string // "/0/35/05/09/01/"
	Name     Text
	Place    Place
	Created  time.Time
}

// Role is what a person is in the demonstration.
type Role string

// The roles.
const (
	Worker      Role = "worker"
	ContactRole Role = "contact" // speaks for an enterprise
	MasterRole  Role = "master"
	Officer     Role = "officer"
)

// Person is somebody known to a union.
type Person struct {
	ID         string
	Name       string
	Phone      string // eleven digits, see the package comment
	UnionID    string
	Role       Role
	Female     bool
	Born       int    // year
	Occupation string // 数控车工, 外卖骑手, …
	Trade      string // code, "" for those outside the forty trades
	Platform   bool   // drivers, couriers, riders: 新就业形态劳动者
	Joined     time.Time
}

// The roles of officers.
const (
	Lead    = "lead"
	Clerk   = "clerk"
	Auditor = "auditor"
)

// Grant binds an officer to a union and everything below it.
type Grant struct {
	PersonID string
	UnionID  string
	Role     string // Lead, Clerk, Auditor
	Since    time.Time
}

// Enterprise is an invented firm.
type Enterprise struct {
	ID          string
	Name        string
	Industry    string   // code: "machinery", "tea", …
	Trades      []string // whose problems it has
	Size        string   // "micro", "small", "medium", "large"
	Specialised bool     // 专精特新
	UnionID     string
	City        string // 泉州市
	County      string // 南安市
	Address     string
	Place       Place
	Created     time.Time

	county  int    // index into the atlas
	english string // how the name sounds
}

// Contact is a person who speaks for an enterprise. The first of an enterprise is its main one.
type Contact struct {
	EnterpriseID string
	PersonID     string
	Title        string // 总经理, 生产厂长, 工艺员, 人事专员, …
	Since        time.Time

	voice voice
}

// Honour is an award and the year it was given.
type Honour struct {
	Name string
	Year int
}

// Slot is free time that comes back every week: minutes from midnight, [From, To).
type Slot struct {
	Weekday  time.Weekday
	From, To int
}

// Absence is a run of days, both included: "2026-01-31".
type Absence struct{ From, To, Reason string }

// Master is a person whose craft is offered: 劳模, 工匠. Names of masters are unique in a world, and
// who they are, where, and what they can do depend on the seed alone, not on the moment.
type Master struct {
	PersonID     string
	Name         string
	UnionID      string
	Title        string   // 高级技师, …
	Trades       []string // one to three codes, the main one first
	Specialities []string // in shop language
	Honours      []Honour
	Bio          string
	City, County string
	Place        Place
	ReachKM      int
	Weekly       []Slot
	Absences     []Absence
	MaxLoad      int
	Joined       time.Time

	knows []*family // what the specialities stand for
}

// Portal is a partner's site that embeds the exchange.
type Portal struct {
	ID      string
	Name    Text
	UnionID string // whose enterprises it serves
	Created time.Time
}

// Account is one of the few people whom the demonstration introduces by name. The loader gives the
// password, and portals their keys.
type Account struct {
	Key      string // "worker", "contact", "master", "lead", "clerk", "sister", "auditor", "steward", "portal"
	PersonID string // "" for the portal
	PortalID string
	Name     string
	Phone    string // "" for the portal
	UnionID  string
	Note     Text // what to see with it
}
