package demo

import (
	"slices"
	"strings"
	"time"
)

// post is a need before its story is told.
type post struct {
	at     time.Time
	trade  string
	firm   int
	plan   plan
	master int // who will take it, -1 where the hall finds out
}

// plan is what is to become of a need. The zero plan leaves it to chance.
type plan string

// The plans of the cases that the introduced accounts need to have.
const (
	toWait    plan = "wait"    // nobody answers
	toInvite  plan = "invite"  // the master is invited and has not answered
	toAccept  plan = "accept"  // accepted, and not a word yet
	toAdvise  plan = "advise"  // accepted, in advice
	toPropose plan = "propose" // a visit is proposed
	toAgree   plan = "agree"   // a visit is agreed
	toSolve   plan = "solve"   // solved, with everything after it
	toHalve   plan = "halve"   // solved in part
)

// makeNeeds makes the needs in the order in which they were posted, each with what became of it.
func (m *maker) makeNeeds() {
	d := newDice(m.Seed, "posts")
	posts := m.told(d)
	all, _ := grammars()
	share := newScale(len(all), func(i int) float64 {
		if common[all[i].Trade] {
			return 3
		}
		return 1
	})
	rhythms := map[string]scale{}
	for len(posts) < needCount {
		trade := all[share.pick(d)].Trade
		if _, ok := rhythms[trade]; !ok {
			rhythms[trade] = m.rhythm(trade)
		}
		t := moment(d, m.Now.Add(-history).AddDate(0, 0, rhythms[trade].pick(d)))
		if !t.Before(m.Now.Add(-10*time.Minute)) || t.Before(m.Now.Add(-history)) {
			continue
		}
		if firm := m.firmFor(d, trade, t); firm >= 0 {
			posts = append(posts, post{at: t, trade: trade, firm: firm, master: -1})
		}
	}
	slices.SortStableFunc(posts, func(a, b post) int { return a.at.Compare(b.at) })
	life := newDice(m.Seed, "life")
	told := newDice(m.Seed, "words")
	seen := map[string]bool{}
	for _, p := range posts {
		n, c := m.makeNeed(told, p, seen)
		m.live(life, &n, c, p)
		m.Needs = append(m.Needs, n)
	}
}

// told are the cases that the introduced accounts show: those of the first enterprise and the first master.
func (m *maker) told(d dice) []post {
	ago := func(days, hours int) time.Time {
		return m.Now.Add(-time.Duration(days*24+hours)*time.Hour - time.Duration(d.between(1, 50))*time.Minute)
	}
	other := func(at time.Time) int { return m.firmNear(d, "cnc-turning", at, m.Masters[demoMaster].Place, 100) }
	out := []post{
		{ago(0, 1), "cnc-turning", demoFirm, toInvite, demoMaster}, {ago(9, 3), "plc", demoFirm, toWait, -1}, {ago(4, 5), "electrician", demoFirm, toWait, -1},
		{ago(8, 2), "cnc-turning", demoFirm, toAdvise, demoMaster}, {ago(16, 4), "cnc-turning", demoFirm, toAgree, demoMaster},
		{ago(11, 6), "milling", demoFirm, toPropose, -1}, {ago(170, 4), "cnc-turning", demoFirm, toSolve, demoMaster}, {ago(75, 5), "heat-treatment", demoFirm, toSolve, -1},
		{ago(260, 3), "milling", demoFirm, toHalve, -1},
	}
	for _, at := range []time.Time{ago(3, 8), ago(5, 2)} {
		out = append(out, post{at, "milling", m.firmNear(d, "milling", at, m.Masters[demoMaster].Place, 60), toAccept, -1})
	}
	for _, at := range []time.Time{ago(0, 5), ago(1, 2), ago(2, 1)} {
		out = append(out, post{at, "cnc-turning", other(at), toInvite, demoMaster})
	}
	for _, at := range []time.Time{ago(6, 3), ago(13, 2)} {
		out = append(out, post{at, "cnc-turning", other(at), map[bool]plan{true: toPropose, false: toAgree}[len(out)%2 == 0], demoMaster})
	}
	for _, at := range []time.Time{ago(120, 6), ago(230, 2), ago(330, 5), ago(410, 4)} {
		out = append(out, post{at, "cnc-turning", other(at), toSolve, demoMaster})
	}
	return out
}

// firmFor finds an enterprise that had been entered by then; larger and specialised ones ask more.
func (m *maker) firmFor(d dice, trade string, at time.Time) int {
	for range 60 {
		i := pick(d, m.firmsBy[trade])
		e := &m.Enterprises[i]
		if i == demoFirm || e.Created.After(at.Add(-3*time.Hour)) {
			continue
		}
		p := map[string]float64{"micro": .3, "small": .55, "medium": .8, "large": .7}[e.Size]
		if e.Specialised {
			p += .2
		}
		if d.chance(p) {
			return i
		}
	}
	return -1
}

func (m *maker) firmNear(d dice, trade string, at time.Time, p Place, km float64) int {
	for {
		if i := m.firmFor(d, trade, at); i >= 0 && distance(m.Enterprises[i].Place, p) < km {
			return i
		}
	}
}

// makeNeed writes a need down in the voice of who posts it.
func (m *maker) makeNeed(d dice, p post, seen map[string]bool) (Need, situation) {
	_, byCode := grammars()
	e := &m.Enterprises[p.firm]
	who := m.Contacts[pick(d, m.contacts[e.ID])]
	if p.firm == demoFirm || who.Since.After(p.at) {
		who = m.Contacts[m.contacts[e.ID][0]]
	}
	f := pick(d, byCode[p.trade].Families)
	if p.master >= 0 { // what this master is known for
		for _, k := range some(d, m.Masters[p.master].knows, 4) {
			if k.trade.Trade == p.trade {
				f = k
				break
			}
		}
	}
	c := newCase(d, f)
	n := Need{ID: m.ids.id(p.at), EnterpriseID: e.ID, PosterID: who.PersonID, Trade: p.trade, Posted: p.at, Address: e.Address, Place: e.Place,
		Family: p.trade + "/" + f.Key, State: NeedOpen}
	for range 8 {
		if n.Text = write(d, c, who.voice); !seen[n.Text] {
			break
		}
		c = newCase(d, f)
	}
	seen[n.Text] = true
	n.Title = headline(d, c)
	n.Equipment = equipment(d, c)
	n.Urgency = pick(d, []string{Normal, Normal, Normal, Soon, Soon, Urgent})
	if d.chance(.86) || p.master >= 0 {
		n.Measure = &Measure{}
		*n.Measure = c.measure
	}
	if d.chance(.55) {
		from := p.at.AddDate(0, 0, d.between(1, 8)).In(zone)
		n.WantFrom, n.WantTo = from.Format(time.DateOnly), from.AddDate(0, 0, d.between(5, 28)).Format(time.DateOnly)
	}
	if p.firm != demoFirm && p.at.After(m.Portals[0].Created) && d.chance(.035) {
		n.PosterID, n.PortalID = "", m.Portals[0].ID
		n.PortalRef = sprint("SME-%s-%05d", p.at.In(zone).Format("200601"), d.IntN(100000))
	}
	return n, c
}

// headline is the one line under which the need is listed.
func headline(d dice, c situation) string {
	t := c.expand(d, pick(d, c.Titles))
	for range 9 { // a line that says something
		if runes(t) > 9 {
			break
		}
		t = c.expand(d, pick(d, c.Titles))
	}
	if runes(t) <= 9 {
		t = c.slots["m"] + "，" + t
	}
	switch d.IntN(8) {
	case 0:
		t += pick(d, []string{"，求助", "，怎么解决", "，请老师傅看看", "，急", "？", "，盼指导", "，想请劳模来看看"})
	case 1:
		t = pick(d, []string{"求助：", "请教：", "急：", "想请教一下，"}) + t
	}
	return clip(strings.TrimRight(t, "，"), 60)
}

// equipment is the machine and the material, as far as somebody filled them in.
func equipment(d dice, c situation) string {
	switch d.IntN(6) {
	case 0:
		return ""
	case 1, 2:
		return c.slots["m"]
	case 3:
		return c.slots["m"] + pick(d, []string{" 2台", "，2018年买的", "，国产，用了五六年", "（二手）", " 3台", "，2021年进厂", "，用了十年了"})
	}
	if !c.stuff {
		return c.slots["m"]
	}
	return c.slots["m"] + pick(d, []string{"，", "；", " / "}) + c.slots["mat"]
}
