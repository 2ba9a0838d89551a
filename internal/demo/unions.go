package demo

import (
	"strings"
	"time"
)

// makeUnions makes levels one to five. Level six follows once there are enterprises to have unions.
func (m *maker) makeUnions() {
	d := newDice(m.Seed, "unions")
	cities, counties := atlas()
	t := m.opened.Add(-90 * 24 * time.Hour)
	root := m.addUnion(Union{Level: 1, Kind: Region, Code: "0", Name: Text{"中华全国总工会（演示）", "All-China Federation of Trade Unions (demonstration)"},
		Place: Place{39.904, 116.391}, Created: t}, -1)
	province := m.addUnion(Union{Level: 2, Kind: Region, Code: "35", Name: Text{"福建省总工会（演示）", "Fujian Federation of Trade Unions (demonstration)"},
		Place: Place{26.075, 119.306}, Created: t}, root)
	cityUnion := make([]int, len(cities))
	for i, c := range cities {
		cityUnion[i] = m.addUnion(Union{Level: 3, Kind: Region, Code: sprint("%02d", i+1), Place: Place{c.Lat, c.Lng}, Created: t,
			Name: Text{c.ZH + "总工会", c.EN + " Federation of Trade Unions"}}, province)
	}
	m.countyOf, m.homes = make([]string, len(counties)), make([][]int, len(counties))
	nth := map[int]int{}
	for i, k := range counties {
		nth[k.city]++
		at := m.addUnion(Union{Level: 4, Kind: Region, Code: sprint("%02d", nth[k.city]), Place: Place{k.Lat, k.Lng}, Created: t,
			Name: Text{k.ZH + "总工会", k.EN + " Federation of Trade Unions"}}, cityUnion[k.city])
		m.countyOf[i] = m.Unions[at].ID
		for j, town := range k.Towns {
			if j > 0 && k.Weight < 6 || j > 1 {
				break
			}
			zh, en := k.ZH+town.ZH+"总工会", town.EN+" Town Federation of Trade Unions, "+k.EN
			switch {
			case town.Park:
				zh, en = strings.TrimPrefix(town.ZH, k.ZH)+"工会联合会", town.EN+" Joint Union, "+k.EN
			case strings.HasSuffix(town.ZH, "街道"):
				en = town.EN + " Subdistrict Federation of Trade Unions, " + k.EN
			}
			m.homes[i] = append(m.homes[i], m.addUnion(Union{Level: 5, Kind: Region, Code: sprint("%02d", j+1), Place: near(d, Place{k.Lat, k.Lng}, 6),
				Created: t, Name: Text{zh, en}}, at))
		}
	}
}

// addUnion puts a union below the one at parent, and returns its index.
func (m *maker) addUnion(u Union, parent int) int {
	u.Path = "/" + u.Code + "/"
	if parent >= 0 {
		u.ParentID, u.Path = m.Unions[parent].ID, m.Unions[parent].Path+u.Code+"/"
	}
	u.ID = m.ids.id(u.Created)
	m.Unions = append(m.Unions, u)
	return len(m.Unions) - 1
}

// craftUnions are unions of one trade, named after those who stand in many counties.
var craftUnions = []struct{ zh, en, county string }{
	{"鞋服行业工会联合会", "Footwear and Garment Union", "晋江市"}, {"网约车司机行业工会", "Ride-Hailing Drivers' Union", "鼓楼区"},
	{"外卖配送员行业工会", "Food Delivery Riders' Union", "台江区"}, {"快递行业工会联合会", "Couriers' Union", "丰泽区"},
	{"货车司机工会联合会", "Truck Drivers' Union", "海沧区"}, {"外卖送餐员工会联合会", "Food Delivery Riders' Union", "思明区"},
	{"货运物流行业工会", "Freight and Logistics Union", "新罗区"}, {"茶产业工会联合会", "Tea Makers' Union", "武夷山市"},
	{"茶产业工会联合会", "Tea Makers' Union", "安溪县"}, {"白茶行业工会", "White Tea Makers' Union", "福鼎市"},
	{"陶瓷行业工会联合会", "Ceramics Workers' Union", "德化县"}, {"石材行业工会联合会", "Stone Workers' Union", "南安市"},
	{"水暖卫浴行业工会", "Sanitary Ware Workers' Union", "南安市"}, {"雕艺行业工会", "Stone Carvers' Union", "惠安县"},
	{"古典工艺家具行业工会", "Classical Furniture Makers' Union", "仙游县"}, {"纺织行业工会联合会", "Textile Workers' Union", "长乐区"},
	{"服装行业工会联合会", "Garment Workers' Union", "石狮市"}, {"制鞋行业工会", "Footwear Workers' Union", "荔城区"},
	{"电机电器行业工会", "Motor Makers' Union", "福安市"}, {"煤炭行业工会联合会", "Coal Workers' Union", "永定区"},
	{"水产加工行业工会", "Seafood Workers' Union", "东山县"}, {"快递员行业工会", "Couriers' Union", "集美区"},
	{"竹木加工行业工会", "Bamboo and Wood Workers' Union", "建瓯市"}, {"软件行业工会联合会", "Software Workers' Union", "鼓楼区"},
	{"货车司机行业工会", "Truck Drivers' Union", "福清市"}, {"网约送餐员行业工会", "Food Delivery Riders' Union", "芗城区"},
	{"快递物流行业工会", "Couriers' Union", "蕉城区"}, {"小吃行业工会联合会", "Snack Makers' Union", "沙县区"},
}

// makeGrassroots fills the tree up with level six: unions of trades, and of the largest enterprises.
func (m *maker) makeGrassroots() {
	_, counties := atlas()
	t := m.opened.Add(-60 * 24 * time.Hour)
	byName := map[string]int{}
	for i, c := range counties {
		byName[c.ZH] = i
	}
	children := map[int]int{}
	add := func(county int, parent int, kind string, name Text, at Place) int {
		children[parent]++
		i := m.addUnion(Union{Level: 6, Kind: kind, Code: sprint("%02d", children[parent]), Name: name, Place: at, Created: t}, parent)
		m.homes[county] = append(m.homes[county], i)
		return i
	}
	for _, c := range craftUnions {
		i := byName[c.county]
		k := counties[i]
		add(i, m.homes[i][0], Craft, Text{k.ZH + c.zh, k.EN + " " + c.en}, Place{k.Lat, k.Lng})
	}
	rank := map[string]int{"large": 0, "medium": 1}
	for want := range 2 {
		for i := range m.Enterprises {
			e := &m.Enterprises[i]
			r, big := rank[e.Size]
			if len(m.Unions) == unionCount {
				return
			}
			if !big || r != want || len(m.homes[e.county]) > counties[e.county].Weight+1 {
				continue
			}
			parent := m.indexOf(e.UnionID)
			u := add(e.county, parent, Employer, Text{e.Name + "工会委员会", e.english + " Trade Union"}, e.Place)
			e.UnionID = m.Unions[u].ID
		}
	}
}

func (m *maker) indexOf(unionID string) int {
	for i := range m.Unions {
		if m.Unions[i].ID == unionID {
			return i
		}
	}
	panic("demo: no union " + unionID)
}
