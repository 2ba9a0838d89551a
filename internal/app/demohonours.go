package app

import (
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/demo"
	"github.com/unionhall/unionhall/internal/hall"
)

// honours are those of a master of the demonstration, confirmed by an officer of their union on the day they joined.
func (m *worldMap) honours(x demo.Master) (out []hall.Honour) {
	by := m.confirmer(x.UnionID)
	for _, h := range x.Honours {
		v := hall.Honour{Name: h.Name, Year: h.Year, Level: demoLevel(h.Name), By: by, At: x.Joined}
		if strings.Contains(h.Name, "五一劳动奖章") {
			v.Issuer = map[hall.HonourLevel]string{hall.NationalHonour: "中华全国总工会", hall.ProvincialHonour: "福建省总工会", hall.CityHonour: x.City + "总工会"}[v.Level]
		}
		out = append(out, v)
	}
	return out
}

func demoLevel(name string) hall.HonourLevel {
	switch {
	case strings.HasPrefix(name, "全国"):
		return hall.NationalHonour
	case strings.HasPrefix(name, "福建"), strings.HasPrefix(name, "省"):
		return hall.ProvincialHonour
	case strings.Contains(name, "工作室"):
		return hall.TradeHonour
	}
	return hall.CityHonour
}

// confirmer is an officer who works on the union, of the nearest one that has any.
func (m *worldMap) confirmer(unionID string) string {
	if m.officers == nil {
		m.officers = map[string]string{}
		for _, g := range m.w.Grants {
			if role := actor.Role(g.Role); (role == actor.Lead || role == actor.Clerk) && m.officers[g.UnionID] == "" {
				m.officers[g.UnionID] = g.PersonID
			}
		}
	}
	for id := unionID; id != ""; id = m.unions[id].ParentID {
		if who := m.officers[id]; who != "" {
			return who
		}
	}
	return actor.Hall.ID
}
