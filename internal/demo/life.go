package demo

import (
	"slices"
	"time"
)

var (
	withdrawReasons = []string{"设备厂家已派人修好，谢谢。", "已自行解决。", "订单取消，暂时不做了。", "重复提交了，保留另外一条。", "换了新设备，不需要了。", "老板说先缓一缓，等旺季过去再说。", "找到外面的师傅了。", "这个型号停产了。"}
	declineReasons  = []string{"最近大修，抽不开身，抱歉。", "这个偏了一点，不是我的强项，建议找专门做这块的。", "路有点远，这个月去不了。", "手头已经有两家在跟，怕耽误你们。", "这类设备没接触过，不敢乱说。", "出差到月底。", "看描述像材料问题，建议先找材料厂家。", "身体不舒服，近期不接现场。", "这台系统我不熟。", "带队比赛，下个月才有空。"}
	leftReasons     = []string{"已有其他师傅接单", "需求已撤回"}
)

// live tells the story of a need from its posting up to now: who was invited, who took it, what was said and done.
func (m *maker) live(d dice, n *Need, c situation, p post) {
	fitting := m.fitting(d, n, c)
	if p.plan == "" && d.chance(.045) && m.withdraw(d, n, fitting) {
		return
	}
	if p.master >= 0 {
		fitting = append([]int{p.master}, slices.DeleteFunc(fitting, func(i int) bool { return i == p.master })...)
	}
	if p.plan == toWait || p.plan == "" && d.chance(.01) { // forgotten
		return
	}
	if len(fitting) == 0 {
		m.giveUp(d, n)
		return
	}
	forced := p.plan != "" && p.plan != toInvite
	t := n.Posted
	for i, w := range fitting[:min(len(fitting), d.between(2, 5))] {
		m.invite(d, n, w, t.Add(time.Duration(i)*time.Second), p, forced && i == 0)
	}
	if m.decide(d, n, c, p, forced) || forced || p.plan != "" {
		return
	}
	m.rescue(d, n, c, fitting)
	m.giveUp(d, n)
}

// giveUp ends most needs that still wait after a month or two: their side found another way.
func (m *maker) giveUp(d dice, n *Need) {
	t := workingTime(d, n.Posted.AddDate(0, 0, d.between(24, 55)))
	if n.State != NeedOpen || t.After(m.Now) || d.chance(.08) {
		return
	}
	n.State, n.Closed, n.Reason = NeedWithdrawn, t, pick(d, []string{"等不及了，另外找了人。", "一直没约上合适的师傅，先撤了。", "已经自行解决了大部分。", "设备厂家来过了。", "订单已经做完，下次再说。"})
	for i := range n.Engagements {
		if e := &n.Engagements[i]; e.State == Invited {
			e.State, e.Ended, e.Reason = Left, t, leftReasons[1]
		}
	}
}

// withdraw ends the need by its own side before anybody took it, unless that would be after now.
func (m *maker) withdraw(d dice, n *Need, fitting []int) bool {
	t := waking(d, n.Posted.Add(d.span(60*time.Hour, .9)))
	if t.After(m.Now) {
		return false
	}
	n.State, n.Closed, n.Reason = NeedWithdrawn, t, pick(d, withdrawReasons)
	for _, w := range fitting[:min(len(fitting), 2)] {
		n.Engagements = append(n.Engagements, Engagement{ID: m.ids.id(n.Posted), MasterID: m.Masters[w].PersonID, State: Left, Invited: n.Posted, Ended: t, Reason: leftReasons[1]})
	}
	return true
}

// fitting ranks the masters who may take the need: their trade, within reach, and a place free. Those who know the
// family come first, then those who are near.
func (m *maker) fitting(d dice, n *Need, c situation) []int {
	type rank struct {
		i     int
		score float64
	}
	var out []rank
	for _, i := range m.masterBy[n.Trade] {
		w := &m.Masters[i]
		km := distance(w.Place, n.Place)
		if km > float64(w.ReachKM) || i == demoMaster {
			continue
		}
		s := -km/90 + d.real(0, .8)
		if slices.Contains(w.knows, c.family) {
			s += 1.6
		}
		if w.Trades[0] == n.Trade {
			s += .3
		}
		out = append(out, rank{i, s})
	}
	slices.SortStableFunc(out, func(a, b rank) int {
		if a.score > b.score {
			return -1
		}
		return 1
	})
	var idx []int
	for _, r := range out {
		idx = append(idx, r.i)
	}
	return idx
}

// invite asks one master, as the hall's notice or the enterprise's choice does, and says how he answers.
func (m *maker) invite(d dice, n *Need, w int, at time.Time, p post, accepts bool) {
	e := Engagement{MasterID: m.Masters[w].PersonID, State: Invited, Invited: at}
	if d.chance(.4) && n.PosterID != "" {
		e.InvitedBy, e.Invited = n.PosterID, at.Add(time.Duration(d.between(2, 40))*time.Minute)
	}
	if e.Invited.After(m.Now) {
		e.Invited = at
	}
	e.ID = m.ids.id(e.Invited)
	answer := waking(d, e.Invited.Add(d.span(9*time.Hour, 1.1)))
	if accepts {
		answer = waking(d, e.Invited.Add(time.Duration(d.between(1, 5))*time.Hour))
	}
	switch x := d.Float64(); {
	case p.plan == toInvite || !accepts && answer.After(m.Now):
	case accepts, x < .46:
		if accepts || m.free(e.MasterID, answer) {
			e.Accepted = answer
		}
	case x < .68 && p.plan == "":
		e.State, e.Ended, e.Reason = Declined, answer, pick(d, declineReasons)
	}
	n.Engagements = append(n.Engagements, e)
}

// decide lets the first who accepts have the need; what was still asked of others falls away.
func (m *maker) decide(d dice, n *Need, c situation, p post, forced bool) bool {
	first := -1
	for i, e := range n.Engagements {
		if !e.Accepted.IsZero() && (first < 0 || forced && i == 0 || !forced && e.Accepted.Before(n.Engagements[first].Accepted)) {
			if !forced || i == 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return false
	}
	taker, at := n.Engagements[first].MasterID, n.Engagements[first].Accepted
	n.Engagements = slices.DeleteFunc(n.Engagements, func(e Engagement) bool { return e.Invited.After(at) }) // too late to be asked
	for i := range n.Engagements {
		e := &n.Engagements[i]
		if e.MasterID == taker {
			first = i
			continue
		}
		if e.State == Declined && e.Ended.Before(at) {
			continue
		}
		e.State, e.Accepted, e.Ended, e.Reason = Left, time.Time{}, at, leftReasons[0]
	}
	m.work(d, n, &n.Engagements[first], c, p.plan)
	return true
}

// rescue is what an officer does for a need that nobody took: days later he assigns one more.
func (m *maker) rescue(d dice, n *Need, c situation, fitting []int) {
	t := waking(d, workingTime(d, n.Posted.Add(d.span(4*24*time.Hour, .4))))
	if t.After(m.Now) || d.chance(.06) {
		return
	}
	asked, silent := map[string]bool{}, map[string]int{}
	for i, e := range n.Engagements {
		if asked[e.MasterID] = e.State != Invited; !asked[e.MasterID] {
			silent[e.MasterID] = i
		}
	}
	by := m.People[m.officerOf(d, m.unionPath(n.EnterpriseID))].ID
	for _, w := range fitting {
		id := m.Masters[w].PersonID
		at := waking(d, t.Add(d.span(5*time.Hour, .7)))
		if asked[id] || !m.free(id, at) {
			continue
		}
		i, again := silent[id] // he was asked and said nothing: the officer rings him up
		if again {
			n.Engagements[i].InvitedBy, n.Engagements[i].Assigned = by, true
		} else {
			i = len(n.Engagements)
			n.Engagements = append(n.Engagements, Engagement{ID: m.ids.id(t), MasterID: id, State: Invited, InvitedBy: by, Assigned: true, Invited: t})
		}
		if at.After(m.Now) {
			return
		}
		for j := range n.Engagements {
			if o := &n.Engagements[j]; j != i && (o.State == Invited || o.Ended.After(at)) {
				o.State, o.Accepted, o.Ended, o.Reason = Left, time.Time{}, at, leftReasons[0]
			}
		}
		n.Engagements[i].Accepted = at
		m.work(d, n, &n.Engagements[i], c, "")
		return
	}
}

func (m *maker) unionPath(enterpriseID string) string {
	u := m.Enterprises[m.firm[enterpriseID]].UnionID
	return m.Unions[m.indexOf(u)].Path
}

// free reports whether the master has a place at t, and keeps one of his places free so that he stays to be had.
func (m *maker) free(master string, t time.Time) bool {
	busy := 0
	for _, s := range m.load[master] {
		if s.to.After(t) {
			busy++
		}
	}
	return busy < m.Masters[m.master[master]].MaxLoad-1
}
