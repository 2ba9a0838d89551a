package demo

import (
	"slices"
	"strings"
	"time"
)

// demoMaster is the master who is introduced by name: the first of CNC turning.
const demoMaster = 0

// makeMasters makes masters of every trade: more of the common ones, each trade in five cities or more.
func (m *maker) makeMasters() {
	all, _ := grammars()
	taken := map[string]bool{}
	var plan []*grammar
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b *grammar) int { return rankOf(a.Trade) - rankOf(b.Trade) })
	for _, g := range order {
		n := 7
		if common[g.Trade] {
			n = 16
		}
		for range n {
			plan = append(plan, g)
		}
	}
	for i := 0; len(plan) < masterCount; i++ { // what the division leaves over
		plan = append(plan, order[12+i])
	}
	nth := map[string]int{}
	for i, g := range plan {
		m.addMaster(newDice(m.Seed, sprint("master/%d", i)), i, g, nth[g.Trade], taken)
		nth[g.Trade]++
	}
}

// rankOf puts CNC turning first, then the common trades.
func rankOf(trade string) int {
	switch {
	case trade == "cnc-turning":
		return 0
	case common[trade]:
		return 1
	}
	return 2
}

func (m *maker) addMaster(d dice, n int, g *grammar, nth int, taken map[string]bool) {
	cities, counties := atlas()
	c := homeOf(d, g.Trade, nth)
	k := counties[c]
	p := Person{Role: MasterRole, Trade: g.Trade, Born: d.between(1962, 1990), Joined: m.entered(d)}
	p.Female = d.chance(womenIn(g.Trade))
	for p.Name == "" || taken[p.Name] {
		p.Name = name(d, p.Female, p.Born)
	}
	taken[p.Name] = true
	w := Master{Name: p.Name, City: cities[k.city].ZH, County: k.ZH, Place: near(d, Place{k.Lat, k.Lng}, 7), Trades: []string{g.Trade}, Joined: p.Joined}
	for _, t := range kin[g.Trade] {
		if len(w.Trades) < 3 && d.chance(.25) {
			w.Trades = append(w.Trades, t)
		}
	}
	w.ReachKM = pick(d, []int{25, 40, 60, 80, 80, 100, 100, 120, 120, 150, 150, 200, 200, 250, 300, 300})
	if !common[g.Trade] { // where few can help, they go further
		w.ReachKM = pick(d, []int{80, 100, 120, 150, 150, 200, 200, 250, 250, 300, 300, 300})
	}
	w.MaxLoad = pick(d, []int{2, 2, 3, 3, 3, 3, 4, 4, 5})
	w.Weekly = weekly(d)
	if n == demoMaster {
		p.Female, p.Born, w.ReachKM, w.MaxLoad = false, 1974, 150, 5
	}
	m.learn(d, &w)
	w.Title = title(d, g.Trade, p.Born)
	p.Occupation = w.Title
	w.Honours = m.honours(d, p.Born, cities[k.city].ZH)
	w.Absences = m.absences(d)
	w.Bio = bio(d, w, p.Born, m.Now.In(zone).Year())
	p.UnionID = m.Unions[pick(d, m.homes[c])].ID
	key := ""
	if n == demoMaster {
		key = "master"
	}
	p.Phone = m.reserved(key)
	at := m.addPerson(p)
	if key != "" {
		m.account(key, at)
	}
	w.PersonID, w.UnionID = m.People[at].ID, p.UnionID
	m.master[w.PersonID] = len(m.Masters)
	for _, t := range w.Trades {
		m.masterBy[t] = append(m.masterBy[t], len(m.Masters))
	}
	m.Masters = append(m.Masters, w)
}

// homeOf is the county a master lives in: where the trade is at home, but the first of a trade go round the
// cities in the order of how much they have of it, so that a trade is found in five or more.
func homeOf(d dice, trade string, nth int) int {
	cities, counties := atlas()
	weight := func(c int) float64 {
		k, w := counties[c], .15
		for _, in := range industries {
			if i := slices.Index(in.trades, trade); i >= 0 {
				w += in.weight(cities[k.city].ZH, k.ZH) / float64(i+1)
			}
		}
		return w * float64(k.Weight)
	}
	if trade == "cnc-turning" && nth == 0 {
		return slices.IndexFunc(counties, func(k county) bool { return k.ZH == "鲤城区" })
	}
	if nth < 5 || common[trade] && nth < 7 {
		total := make([]float64, len(cities))
		for c, k := range counties {
			total[k.city] += weight(c)
		}
		rank := make([]int, len(cities))
		for i := range rank {
			rank[i] = i
		}
		slices.SortStableFunc(rank, func(a, b int) int {
			if total[a] > total[b] {
				return -1
			}
			return 1
		})
		only := rank[nth%len(rank)]
		return newScale(len(counties), func(c int) float64 {
			if counties[c].city != only {
				return 0
			}
			return weight(c)
		}).pick(d)
	}
	return newScale(len(counties), weight).pick(d)
}

// womenIn is the share of women among the masters of a trade.
func womenIn(trade string) float64 {
	switch trade {
	case "garment", "weaving", "spinning", "food", "tea":
		return .5
	case "footwear", "dyeing", "software-testing", "metrology", "ceramics":
		return .35
	}
	return .07
}

// learn chooses what a master is known for: the skills of two to four families of his trades.
func (m *maker) learn(d dice, w *Master) {
	_, byCode := grammars()
	n := pick(d, []int{2, 3, 3, 4, 4})
	for i, t := range w.Trades {
		most := n
		if i > 0 {
			most = 1
		}
		for _, f := range some(d, byCode[t].Families, most) {
			s := pick(d, f.Skills)
			if len(w.Specialities) == 4 && i > 0 {
				w.Specialities, w.knows = w.Specialities[:3], w.knows[:3]
			}
			if !slices.Contains(w.Specialities, s) {
				w.Specialities, w.knows = append(w.Specialities, s), append(w.knows, f)
			}
		}
	}
}

// title is the grade of a master.
func title(d dice, trade string, born int) string {
	switch trade {
	case "software-testing", "network-data":
		return pick(d, []string{"高级工程师", "工程师", "信息系统项目管理师", "高级技师"})
	case "tea":
		return pick(d, []string{"高级技师", "制茶高级工程师", "一级评茶技师", "高级制茶师", "技师"})
	}
	if born < 1972 {
		return pick(d, []string{"特级技师", "高级技师", "高级技师", "首席技师", "高级工程师"})
	}
	return pick(d, []string{"高级技师", "高级技师", "技师", "技师", "高级工程师", "首席技师"})
}

// laurels are honours with the share of masters who have them, and since when they are given; %s is the city
// without 市.
var laurels = []struct {
	name  string
	share float64
	since int
}{
	{"全国劳动模范", .02, 1995}, {"全国五一劳动奖章", .035, 1995}, {"全国技术能手", .03, 2000}, {"福建省劳动模范", .1, 1995}, {"福建省五一劳动奖章", .14, 1998},
	{"福建省技术能手", .1, 2002}, {"福建工匠", .08, 2017}, {"%s市劳动模范", .22, 1995}, {"%s市五一劳动奖章", .12, 2000}, {"%s工匠", .35, 2016}, {"劳模创新工作室领办人", .16, 2012},
	{"技能大师工作室负责人", .1, 2012}, {"省职工“五小”创新成果一等奖", .06, 2008}, {"市职工技能竞赛第一名", .14, 1996}, {"市级“金牌工人”", .1, 2005},
}

func (m *maker) honours(d dice, born int, city string) []Honour {
	var out []Honour
	last := m.Now.In(zone).Year() - 1
	for {
		for _, l := range laurels {
			if d.chance(l.share) && len(out) < 4 {
				n := strings.Replace(l.name, "%s", strings.TrimSuffix(city, "市"), 1)
				out = append(out, Honour{Name: n, Year: d.between(max(l.since, born+26), last)})
			}
		}
		if len(out) > 0 {
			slices.SortStableFunc(out, func(a, b Honour) int { return a.Year - b.Year })
			return out
		}
	}
}

// weekly is the free time of a master: evenings and weekends of those at work, more of those retired.
func weekly(d dice) []Slot {
	spans := [][2]int{{14 * 60, 17*60 + 30}, {8*60 + 30, 11*60 + 30}, {9 * 60, 16 * 60}, {8*60 + 30, 17*60 + 30}, {19 * 60, 21 * 60}}
	days := some(d, []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Saturday}, d.between(2, 4))
	slices.Sort(days)
	var out []Slot
	for _, w := range slices.Compact(days) {
		s := pick(d, spans)
		if w == time.Saturday {
			s = spans[2]
		}
		out = append(out, Slot{Weekday: w, From: s[0], To: s[1]})
	}
	if !slices.ContainsFunc(out, func(s Slot) bool { return s.From < 19*60 }) { // nobody visits in the evening only
		out = append([]Slot{{Weekday: time.Sunday, From: spans[2][0], To: spans[2][1]}}, out...)
	}
	return out
}

// absences are days away, in the past year and ahead. Most masters have none ahead.
func (m *maker) absences(d dice) []Absence {
	var out []Absence
	for range pick(d, []int{0, 0, 1, 1, 2}) {
		start := m.Now.AddDate(0, 0, d.between(-300, 40)).In(zone)
		if !start.Before(m.Now.AddDate(0, 0, -14)) && d.chance(.5) {
			start = start.AddDate(0, 0, -60)
		}
		out = append(out, Absence{From: start.Format(time.DateOnly), To: start.AddDate(0, 0, d.between(1, 9)).Format(time.DateOnly),
			Reason: pick(d, []string{"出差", "外地培训", "参加技能大赛裁判", "疗休养", "单位年度大修", "家中有事", "带队比赛", "学院授课"})})
	}
	slices.SortFunc(out, func(a, b Absence) int { return strings.Compare(a.From, b.From) })
	for i := 1; i < len(out); i++ { // absences do not overlap
		if out[i].From <= out[i-1].To {
			return out[:i]
		}
	}
	return out
}

// away reports whether the master is absent on the day.
func (w *Master) away(t time.Time) bool {
	s := t.In(zone).Format(time.DateOnly)
	return slices.ContainsFunc(w.Absences, func(a Absence) bool { return a.From <= s && s <= a.To })
}
