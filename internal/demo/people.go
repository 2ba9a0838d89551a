package demo

import (
	"strings"
	"time"
)

// makeOfficers gives every union down to the counties its officers: leads everywhere, clerks who work the cases,
// auditors at province and city and in the larger counties.
func (m *maker) makeOfficers() {
	d := newDice(m.Seed, "officers")
	_, counties := atlas()
	weight := map[string]int{}
	for i, k := range counties {
		weight[m.countyOf[i]] = k.Weight
	}
	for _, u := range m.Unions {
		switch {
		case u.Level == 1:
			m.addOfficer(d, u, Auditor)
		case u.Level == 2:
			m.addOfficers(d, u, 2, 3, 2)
		case u.Level == 3:
			m.addOfficers(d, u, 1, 2, 1)
		case u.Level == 4 && weight[u.ID] >= 6:
			m.addOfficers(d, u, 1, 2, 1)
		case u.Level == 4:
			m.addOfficers(d, u, 0, 1, 0)
		}
	}
	m.addOfficer(newDice(m.Seed, "steward"), m.Unions[0], Lead)
}

func (m *maker) addOfficers(d dice, u Union, leads, clerks, auditors int) {
	for role, n := range []int{leads, clerks, auditors} {
		for range n {
			m.addOfficer(d, u, [...]string{Lead, Clerk, Auditor}[role])
		}
	}
}

var desks = map[string][]string{
	Lead: {"经济工作部部长", "劳动和经济工作部部长", "分管副主席"}, Clerk: {"劳动和经济工作部干事", "职工服务中心工作人员", "经济工作部四级主任科员"},
	Auditor: {"经费审查委员会办公室干事", "经审办主任科员"},
}

func (m *maker) addOfficer(d dice, u Union, role string) {
	p := Person{Role: Officer, UnionID: u.ID, Female: d.chance(.52), Born: d.between(1970, 1998), Joined: m.opened.Add(time.Duration(d.between(1, 72)) * time.Hour)}
	p.Name, p.Occupation = name(d, p.Female, p.Born), pick(d, desks[role])
	key := map[string]string{"/0/" + Lead: "steward", "/0/35/" + Lead: "lead", "/0/35/05/" + Clerk: "clerk", "/0/35/02/" + Clerk: "sister", "/0/35/" + Auditor: "auditor"}[u.Path+role]
	p.Phone = m.reserved(key)
	i := m.addPerson(p)
	if key != "" && p.Phone != "" {
		m.account(key, i)
	}
	m.Grants = append(m.Grants, Grant{PersonID: m.People[i].ID, UnionID: u.ID, Role: role, Since: p.Joined})
	if role != Auditor {
		m.officers[u.Path] = append(m.officers[u.Path], i)
	}
}

// officerOf finds who works the cases of the union at path: there, or above it.
func (m *maker) officerOf(d dice, path string) int {
	for path != "/" {
		if who := m.officers[path]; len(who) > 0 {
			return who[d.IntN(len(who))]
		}
		path = path[:strings.LastIndex(strings.TrimSuffix(path, "/"), "/")+1]
	}
	panic("demo: no officer at all")
}

// voice is how a contact writes.
type voice int

const (
	owner      voice = iota // 老板: what it costs
	director                // 厂长、车间主任: deliveries and people
	technician              // 工艺员: figures
	desk                    // 人事、行政: passes on what the shop says
)

var voices = []struct {
	voice  voice
	titles []string
}{
	{owner, strings.Fields("总经理 董事长 法人代表 副总经理 老板")},
	{director, strings.Fields("生产厂长 车间主任 生产经理 设备部经理 生产部主管 品质经理")},
	{director, strings.Fields("生产厂长 车间主任 生产主管 厂长 工务科长")},
	{technician, strings.Fields("工艺工程师 技术员 设备主管 工艺主管 机电班长 技术科长")},
	{technician, strings.Fields("工艺员 技术部主管 设备技术员 工程部经理")},
	{desk, strings.Fields("人事专员 行政主管 综合办主任 工会主席 企管部专员")},
}

func (m *maker) makeContacts() {
	d := newDice(m.Seed, "contacts")
	for i := range m.Enterprises {
		e := &m.Enterprises[i]
		n := 1
		if e.Size != "micro" && d.chance(.45) {
			n = 2
		}
		for j := range n {
			v := pick(d, voices)
			if e.Size == "micro" && j == 0 && d.chance(.7) {
				v = voices[0]
			}
			p := Person{Role: ContactRole, UnionID: e.UnionID, Female: d.chance(map[bool]float64{true: .75, false: .22}[v.voice == desk]),
				Born: d.between(1965, 1999), Joined: e.Created.Add(time.Duration(j*d.between(1, 30)) * time.Hour)}
			p.Occupation = pick(d, v.titles)
			key := ""
			if i == demoFirm && j == 0 {
				key, v, p.Occupation, p.Female, p.Born = "contact", voices[1], "生产厂长", false, 1979
			}
			p.Name, p.Phone = name(d, p.Female, p.Born), m.reserved(key)
			at := m.addPerson(p)
			if key != "" {
				m.account(key, at)
			}
			m.contacts[e.ID] = append(m.contacts[e.ID], len(m.Contacts))
			m.Contacts = append(m.Contacts, Contact{EnterpriseID: e.ID, PersonID: m.People[at].ID, Title: p.Occupation, Since: p.Joined, voice: v.voice})
		}
	}
}

// platformWork is what workers outside enterprises do.
var platformWork = strings.Fields("货车司机 货车司机 网约车司机 网约车司机 快递员 快递员 快递员 外卖骑手 外卖骑手 外卖骑手 外卖骑手 即时配送员")

// plainWork is what workers do in any enterprise.
var plainWork = strings.Fields("仓管员 包装工 质检员 普工 普工 保洁员 食堂厨师 保安员 文员 会计 叉车司机 装卸工 跟单员 采购员 统计员 搬运工 驾驶员 护士 教师 环卫工 超市收银员 家政服务员 酒店服务员")

func (m *maker) makeWorkers() {
	d := newDice(m.Seed, "workers")
	all, byCode := grammars()
	_, counties := atlas()
	where := newScale(len(counties), func(i int) float64 { return float64(counties[i].Weight) + .5 })
	local := m.localTrades()
	for n := range workerCount {
		c := where.pick(d)
		home := m.Unions[pick(d, m.homes[c])]
		p := Person{Role: Worker, UnionID: home.ID, Female: d.chance(.43), Born: 1966 + int(38*(d.Float64()+d.Float64())/2), Joined: m.joinedLater(d)}
		switch x := d.IntN(100); {
		case home.Kind == Craft && strings.ContainsAny(home.Name.ZH, "递送货约") && x < 92, x < 14:
			p.Platform, p.Female = true, p.Female && d.chance(.3)
			p.Occupation = pick(d, platformWork)
			for _, w := range []string{"网约车司机", "货车司机", "快递员", "外卖"} {
				if home.Kind == Craft && strings.Contains(home.Name.ZH, w) {
					p.Occupation = strings.Replace(w, "外卖", "外卖骑手", 1)
				}
			}
		case x < 40:
			p.Occupation = pick(d, plainWork)
		default:
			g := all[d.IntN(len(all))]
			if here := local[c]; len(here) > 0 && !d.chance(.1) {
				g = byCode[pick(d, here)]
			}
			p.Trade, p.Occupation = g.Trade, pick(d, g.Jobs)
		}
		key := ""
		if n == 0 {
			key, p.Platform, p.Female, p.Born, p.Trade, p.Occupation = "worker", true, false, 1993, "", "外卖骑手"
			p.UnionID = m.Unions[m.homes[0][0]].ID
			for _, u := range m.Unions {
				if strings.HasPrefix(u.Name.ZH, "台江区外卖配送员") {
					p.UnionID = u.ID
				}
			}
		}
		p.Name, p.Phone = name(d, p.Female, p.Born), m.reserved(key)
		if at := m.addPerson(p); key != "" {
			m.account(key, at)
		}
	}
}

// localTrades are the trades of the firms of each county, as often as there are firms.
func (m *maker) localTrades() [][]string {
	_, counties := atlas()
	out := make([][]string, len(counties))
	for _, e := range m.Enterprises {
		out[e.county] = append(out[e.county], e.Trades...)
	}
	return out
}

// joinedLater is a moment since the hall was set up, sooner more often than later.
func (m *maker) joinedLater(d dice) time.Time {
	f := d.Float64()
	return workingTime(d, m.opened.Add(time.Duration(f*f*.98*float64(m.Now.Sub(m.opened.AddDate(0, 0, 4))))))
}
