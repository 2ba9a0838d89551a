package demo

import "time"

// zone is where the province lies; it keeps no summer time.
var zone = time.FixedZone("CST", 8*3600)

// history is how long the hall of the demonstration has been open for needs; people and firms were entered in
// the month before.
const (
	history = 730 * 24 * time.Hour
	setting = 32 * 24 * time.Hour
)

// The counts of the demonstration.
const (
	unionCount      = 300
	workerCount     = 20000
	enterpriseCount = 2000
	masterCount     = 400
	needCount       = 3000
)

// maker carries what the parts of a world share while it is made.
type maker struct {
	World
	ids      dice
	phones   int // numbers given so far
	person   map[string]int
	firm     map[string]int
	master   map[string]int
	countyOf []string          // union of each county
	homes    [][]int           // unions of levels 5 and 6 in each county
	contacts map[string][]int  // contacts of an enterprise
	officers map[string][]int  // people who work the cases at a union
	firmsBy  map[string][]int  // enterprises with a trade
	masterBy map[string][]int  // masters with a trade
	load     map[string][]span // when a master is at work
	visits   map[string]map[string]bool
	opened   time.Time
}

type span struct{ from, to time.Time }

// Generate makes the world that belongs to a seed and a moment. It is pure, takes about a second, and safe for
// concurrent use.
func Generate(seed uint64, now time.Time) World {
	now = now.UTC().Truncate(time.Second)
	m := &maker{
		World: World{Seed: seed, Now: now}, ids: newDice(seed, "ids"), phones: accountPhones,
		person: map[string]int{}, firm: map[string]int{}, master: map[string]int{},
		contacts: map[string][]int{}, officers: map[string][]int{}, firmsBy: map[string][]int{}, masterBy: map[string][]int{},
		load: map[string][]span{}, visits: map[string]map[string]bool{},
		opened: day(now.Add(-history - setting)),
	}
	m.makeUnions()
	m.makeEnterprises()
	m.makeGrassroots()
	m.makeOfficers()
	m.makeContacts()
	m.makeMasters()
	m.makeWorkers()
	m.makePortals()
	m.makeNeeds()
	return m.World
}

// day is the start of t's day in the province.
func day(t time.Time) time.Time {
	y, mo, d := t.In(zone).Date()
	return time.Date(y, mo, d, 0, 0, 0, 0, zone).UTC()
}

// addPerson gives the person an identifier and a number, unless they have them, and returns the index.
func (m *maker) addPerson(p Person) int {
	if p.Phone == "" {
		p.Phone = phone(m.phones)
		m.phones++
	}
	p.ID = m.ids.id(p.Joined)
	m.person[p.ID] = len(m.People)
	m.People = append(m.People, p)
	return len(m.People) - 1
}

// entered is a moment in the month before the hall opened, in working hours.
func (m *maker) entered(d dice) time.Time {
	return workingTime(d, m.opened.AddDate(0, 0, d.IntN(30)))
}

// workingTime is a moment within the working hours of t's day, or of the next working day.
func workingTime(d dice, t time.Time) time.Time {
	t = day(t).In(zone)
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, 1)
	}
	minutes := d.between(8*60+10, 11*60+50)
	if d.chance(.5) {
		minutes = d.between(14*60, 17*60+40)
	}
	return t.Add(time.Duration(minutes)*time.Minute + time.Duration(d.IntN(60))*time.Second).UTC()
}
