package demo

import "time"

// introduced are the accounts shown to whoever opens the demonstration, in this order.
var introduced = []struct {
	key, phone string
	note       Text
}{
	{"contact", "15400000001", Text{"企业联系人：有待响应、进行中和已办结的需求", "Speaks for an enterprise: needs open, running and closed"}},
	{"master", "15400000002", Text{"工匠：有新邀请和进行中的服务单", "A master: new invitations, engagements at work"}},
	{"worker", "15400000003", Text{"职工：外卖骑手", "A worker: food delivery rider"}},
	{"lead", "15400000004", Text{"省总工会负责人：全省数字与设置", "Leads the province: its figures and settings"}},
	{"clerk", "15400000005", Text{"泉州市总工会经办人：办理本市需求", "Clerk of Quanzhou: works the city's cases"}},
	{"sister", "15400000006", Text{"厦门市总工会经办人：看不到泉州的需求", "Clerk of Xiamen: sees nothing of Quanzhou"}},
	{"auditor", "15400000007", Text{"省总工会经审：只读", "Auditor of the province: reads only"}},
	{"steward", "15400000008", Text{"全国总工会负责人：全部工会与系统运行", "Leads the whole federation: every union, and how the system runs"}},
	{"portal", "", Text{"合作门户：省中小企业公共服务平台（演示）", "A partner portal, by API"}},
}

// reserved gives the number kept for a key, once; "" for no key and for a key already given.
func (m *maker) reserved(key string) string {
	for _, a := range m.Accounts {
		if a.Key == key {
			return ""
		}
	}
	for _, a := range introduced {
		if a.key == key {
			return a.phone
		}
	}
	return ""
}

// account introduces the person at the index.
func (m *maker) account(key string, at int) {
	p := m.People[at]
	a := Account{Key: key, PersonID: p.ID, Name: p.Name, Phone: p.Phone, UnionID: p.UnionID}
	for _, i := range introduced {
		if i.key == key {
			a.Note = i.note
		}
	}
	m.Accounts = append(m.Accounts, a)
}

// makePortals makes the one partner, and puts the accounts in order.
func (m *maker) makePortals() {
	t := m.opened.Add(20 * 24 * time.Hour)
	p := Portal{ID: m.ids.id(t), UnionID: m.Unions[1].ID, Created: t,
		Name: Text{"省中小企业公共服务平台（演示）", "Provincial SME Service Platform (demonstration)"}}
	m.Portals = append(m.Portals, p)
	m.Accounts = append(m.Accounts, Account{Key: "portal", PortalID: p.ID, Name: p.Name.ZH, UnionID: p.UnionID, Note: introduced[len(introduced)-1].note})
	ordered := make([]Account, 0, len(introduced))
	for _, i := range introduced {
		for _, a := range m.Accounts {
			if a.Key == i.key {
				ordered = append(ordered, a)
			}
		}
	}
	m.Accounts = ordered
}
