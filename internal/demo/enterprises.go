package demo

import (
	"slices"
	"strings"
	"time"
)

var (
	streets = strings.Fields("工业路 创业路 振兴路 江滨路 兴业路 迎宾大道 园区大道 新港路 和平路 建设路 福兴路 科技路 环城北路 站前路 民营路 金山路 学府路 通港路 凤山路 溪滨路")
	yards   = []string{"%d号", "%d号", "%d号", "%d号%d号楼", "%d号厂房%d层", "%d-%d号", "工业区%d号", "标准厂房%d幢", "工业园%d号", "%d号之%d"}
	sizes   = []string{"micro", "small", "small", "small", "small", "small", "medium", "medium", "large"}
)

// demoFirm is the enterprise whose contact is introduced by name.
const demoFirm = 0

func (m *maker) makeEnterprises() {
	d := newDice(m.Seed, "enterprises")
	cities, counties := atlas()
	where := make([]scale, len(industries))
	for i, in := range industries {
		where[i] = newScale(len(counties), func(c int) float64 {
			k := counties[c]
			return in.weight(cities[k.city].ZH, k.ZH) * float64(k.Weight)
		})
	}
	line := newScale(len(industries), func(i int) float64 { return where[i][len(counties)-1] })
	taken := map[string]bool{}
	for n := range enterpriseCount {
		i := line.pick(d)
		c := where[i].pick(d)
		if n == demoFirm {
			i, c = 0, slices.IndexFunc(counties, func(k county) bool { return k.ZH == "南安市" })
		}
		m.addEnterprise(d, industries[i], c, taken)
	}
	for i := range m.Enterprises {
		e := &m.Enterprises[i]
		e.ID = m.ids.id(e.Created)
		m.firm[e.ID] = i
		for _, t := range e.Trades {
			m.firmsBy[t] = append(m.firmsBy[t], i)
		}
	}
}

func (m *maker) addEnterprise(d dice, in industry, c int, taken map[string]bool) {
	cities, counties := atlas()
	k := counties[c]
	e := Enterprise{Industry: in.code, Size: pick(d, sizes), City: cities[k.city].ZH, County: k.ZH, county: c, Place: near(d, Place{k.Lat, k.Lng}, 9)}
	for e.Name == "" || taken[e.Name] {
		e.Name, e.english = firmName(d, in, cities[k.city], k)
	}
	taken[e.Name] = true
	town := pick(d, k.Towns)
	lot := pick(d, yards)
	if strings.Count(lot, "%d") == 2 {
		lot = sprint(lot, d.between(2, 320), d.between(1, 9))
	} else {
		lot = sprint(lot, d.between(2, 320))
	}
	e.Address = strings.TrimPrefix(e.City, k.ZH) + k.ZH + strings.TrimPrefix(town.ZH, k.ZH) + pick(d, streets) + lot
	e.Specialised = e.Size != "micro" && d.chance(.16)
	e.UnionID = m.Unions[pick(d, m.homes[c])].ID
	e.Trades = tradesOf(d, in, e.Size)
	switch {
	case len(m.Enterprises) == demoFirm:
		e.Size, e.Specialised = "medium", true
		e.Trades = []string{"cnc-turning", "milling", "plc", "heat-treatment", "electrician"}
		e.Created = m.opened.Add(50 * time.Hour)
	case d.chance(.45):
		e.Created = m.entered(d)
	default: // the others come as the hall becomes known
		from := m.opened.Add(setting)
		e.Created = workingTime(d, from.Add(time.Duration(d.Float64()*.93*float64(m.Now.Sub(from)))))
	}
	m.Enterprises = append(m.Enterprises, e)
}

// tradesOf chooses whose problems a firm has: mostly those its line of business begins with.
func tradesOf(d dice, in industry, size string) []string {
	n := map[string]int{"micro": 1, "small": 2, "medium": 3, "large": 5}[size]
	out := []string{pick(d, in.trades[:min(3, len(in.trades))])}
	for _, t := range some(d, in.trades, n) {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if size == "large" || size == "medium" && d.chance(.6) || d.chance(.12) {
		if t := pick(d, everywhere); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func firmName(d dice, in industry, c city, k county) (zh, en string) {
	place, placeEN := k.ZH, k.EN
	switch x := d.IntN(100); {
	case x < 18:
		place, placeEN = "福建", "Fujian"
	case x < 38 || strings.HasSuffix(place, "区"):
		place, placeEN = strings.TrimSuffix(c.ZH, "市"), c.EN
	case x < 70:
		place = strings.TrimSuffix(strings.TrimSuffix(place, "市"), "县")
	}
	b, sound := brand(d)
	word, form := pick(d, in.words), "有限公司"
	switch {
	case strings.HasSuffix(word, "厂"):
		word, form = strings.TrimSuffix(word, "厂"), "厂"
	case d.chance(.07):
		form = "股份有限公司"
	case d.chance(.05):
		form = "实业有限公司"
	}
	return place + b + word + form, placeEN + " " + sound + " " + in.en
}
