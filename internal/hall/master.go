package hall

import (
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Master is a person whose craft is offered to others: 劳模, 工匠. The name is the person's.
type Master struct {
	PersonID   string
	Name       string
	UnionID    string
	UnionPath  string
	Title      string   // 高级技师
	Craft      []string // codes of trades, the main one first
	Bio        string
	Honours    []Honour
	City       string // where they work from, as it is called there: 福州市
	Place      Place
	ReachMetre int // how far they travel; 0 means online only
	Calendar   Calendar
	MaxLoad    int // how many engagements at once
	Status     Status
	Created    time.Time
}

// Honour is an award and the year it was given. Those of a Master are confirmed: by whom and when is known of all that
// were entered since documents are handed in.
type Honour struct {
	Name   string      `json:"name"`
	Year   int         `json:"year"`
	Level  HonourLevel `json:"level,omitempty"`
	Issuer string      `json:"issuer,omitempty"` // who gave it: 中华全国总工会
	By     string      `json:"by,omitempty"`     // the officer who confirmed it
	At     time.Time   `json:"at,omitzero"`
}

// HonourLevel is how far an honour reaches.
type HonourLevel string

// The levels: 国家级 省部级 市级 县区级 企业或行业.
const (
	NationalHonour   HonourLevel = "national"
	ProvincialHonour HonourLevel = "provincial"
	CityHonour       HonourLevel = "city"
	CountyHonour     HonourLevel = "county"
	TradeHonour      HonourLevel = "trade"
)

// HonourLevels are all levels in the order in which forms offer them.
var HonourLevels = []HonourLevel{NationalHonour, ProvincialHonour, CityHonour, CountyHonour, TradeHonour}

// same reports whether two honours are one, whoever confirmed it.
func (h Honour) same(o Honour) bool { return h.Name == o.Name && h.Year == o.Year }

// The limits of a master's entry.
const (
	MaxCraft   = 6
	MaxHonours = 20
	MaxReach   = 2_000_000 // metres
	MaxLoadCap = 20
)

// UsualMaster is what an entry begins with: hours to be struck out rather than typed, for without any nobody would find them.
func UsualMaster() Master {
	m := Master{ReachMetre: 50_000, MaxLoad: 2}
	for d := time.Monday; d <= time.Friday; d++ {
		m.Calendar.Weekly = append(m.Calendar.Weekly, Slot{Weekday: d, From: 14 * 60, To: 17 * 60})
	}
	return m
}

// MasterInput is what an officer gives to make a person a master.
type MasterInput struct {
	UnionID string
	Title   string
	Honours []Honour
	MasterOwn
}

// MasterOwn is the part of a master's entry that the master keeps alone.
type MasterOwn struct {
	Craft      []string
	Bio        string
	City       string
	Place      Place
	ReachMetre int
	Calendar   Calendar
	MaxLoad    int
	Paused     bool
}

func (in *MasterOwn) check(c *fault.Check) {
	in.Bio, in.City = strings.TrimSpace(in.Bio), strings.TrimSpace(in.City)
	in.Craft = slices.DeleteFunc(slices.Clone(in.Craft), func(s string) bool { return s == "" })
	c.That(len(in.Craft) > 0, "craft", "hall.fault.required")
	c.That(len(in.Craft) <= MaxCraft, "craft", "hall.fault.many", "max", MaxCraft)
	for i, code := range in.Craft {
		c.That(tradeForm.MatchString(code) && !slices.Contains(in.Craft[:i], code), "craft", "hall.fault.choice")
	}
	checkLength(c, "bio", in.Bio, 2000)
	checkLength(c, "city", in.City, 40)
	in.Place.check(c)
	c.That(in.ReachMetre >= 0 && in.ReachMetre <= MaxReach, "reach", "hall.fault.range", "min", 0, "max", MaxReach/1000)
	c.That(in.MaxLoad >= 1 && in.MaxLoad <= MaxLoadCap, "max_load", "hall.fault.range", "min", 1, "max", MaxLoadCap)
	in.Calendar.check(c)
}

// apply puts what the master keeps into the entry.
func (in MasterOwn) apply(m *Master) {
	m.Craft, m.Bio, m.City, m.Place = in.Craft, in.Bio, in.City, in.Place
	m.ReachMetre, m.Calendar, m.MaxLoad = in.ReachMetre, in.Calendar, in.MaxLoad
	m.Status = Active
	if in.Paused {
		m.Status = Paused
	}
}
