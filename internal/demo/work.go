package demo

import (
	"time"
)

// work tells an engagement from its acceptance: advice, perhaps a visit, the end, and what follows.
func (m *maker) work(d dice, n *Need, e *Engagement, c situation, p plan) {
	e.State = Accepted
	n.State = NeedEngaged
	n.FirstAnswer = e.Accepted
	t := &talk{maker: m, d: d, need: n, e: e, c: c, at: e.Accepted}
	t.begin()
	visit := p == toPropose || p == toAgree || p == "" && d.chance(.62) || p == toSolve && d.chance(.8) || p == toHalve
	switch {
	case p == toAccept:
	case p == toAdvise:
		t.advise(3)
	case !visit:
		t.advise(d.between(2, 4))
	default:
		t.advise(d.between(1, 3))
		t.visit(p)
		if p == toPropose || p == toAgree {
			break
		}
		if len(e.Visits) > 0 && !e.Visits[0].Done.IsZero() {
			t.afterwards()
		}
	}
	m.end(d, n, e, c, t, p)
	from, to := e.Accepted, e.Ended
	if to.IsZero() {
		to = m.Now.AddDate(1, 0, 0)
	}
	m.load[e.MasterID] = append(m.load[e.MasterID], span{from, to})
}

// end closes the engagement on both sides, unless it is still going on.
func (m *maker) end(d dice, n *Need, e *Engagement, c situation, t *talk, p plan) {
	running := len(e.Visits) > 0 && e.Visits[len(e.Visits)-1].Done.IsZero()
	if running || p == toAccept || p == toAdvise || p == toPropose || p == toAgree || t.cut || p == "" && d.chance(.012) {
		return
	}
	first := waking(d, t.at.Add(d.span(5*24*time.Hour, .5)))
	if p == toSolve || p == toHalve {
		first = waking(d, t.at.Add(time.Duration(d.between(20, 60))*time.Hour))
	}
	if first.After(m.Now) {
		return
	}
	result := Solved
	switch x := d.Float64(); {
	case p == toHalve, p == "" && x < .2:
		result = Partly
	case p == "" && x > .92:
		result = Unsolved
	}
	after := c.reached(d, result)
	t.report(result, after)
	first = t.later(first)
	second := waking(d, first.Add(d.span(20*time.Hour, .9)))
	needFirst := d.chance(.6) || n.PosterID == ""
	need, offer := m.closings(d, n, e, c, result, after)
	ends := [2]*Closing{offer, need}
	if needFirst {
		ends = [2]*Closing{need, offer}
	}
	ends[0].At, ends[1].At = first, second
	if first.After(m.Now) {
		return
	}
	set := func(c *Closing) {
		if c == need {
			e.NeedEnd = c
		} else {
			e.OfferEnd = c
		}
	}
	set(ends[0])
	if second.After(m.Now) { // the other side has not closed yet
		return
	}
	set(ends[1])
	e.State, e.Ended = Finished, second
	n.State, n.Result, n.Closed = NeedClosed, result, second
	if result == Unsolved {
		return
	}
	m.followUps(d, n, e, c, p)
	if result == Solved && (p == toSolve || d.chance(.29)) {
		m.tool(d, n, e, c)
	}
}

// followUps asks at 30 and 90 days.
func (m *maker) followUps(d dice, n *Need, e *Engagement, c situation, p plan) {
	after := *e.NeedEnd.After
	for _, days := range []int{30, 90} {
		f := FollowUp{Days: days, Due: e.Ended.AddDate(0, 0, days)}
		if f.Due.Before(m.Now) {
			f.Asked = f.Due
			answered := waking(d, f.Due.Add(d.span(50*time.Hour, .9)))
			share := .8
			if m.Now.Sub(f.Due) > 40*24*time.Hour { // by then an officer has asked again
				share = .975
			}
			if answered.Before(m.Now) && (d.chance(share) || p == toSolve && days == 30) {
				f.Answered = answered
				m.answer(d, &f, c, after)
			}
		}
		e.FollowUps = append(e.FollowUps, f)
		if f.Holds == Lost {
			break // a gain that is gone is not asked for again
		}
	}
}

var (
	holdNotes = []string{"还在{v}{f}，没反弹。", "一直稳着，班组按卡在做。", "{name}{v}{f}，每周有记录。", "挺好，已经推广到另外两台。", "保持住了，谢谢师傅。", "现在{v}{f}左右，和结束时差不多。", "没再出过，工人也习惯了。", "客户这个月没有投诉。", "正常，{v}{f}。", "巡检记录都合格。"}
	slipNotes = []string{"换了操作工，又回到{v}{f}了，正在重新培训。", "有点反弹，{v}{f}，换季了要再调一下。", "换了一批料，{name}跑到{v}{f}。", "忙起来点检没做，掉下来了，已重新抓。", "{v}{f}，没有当时好，但比以前强。", "夜班那边没坚持住。", "设备又大修过一次，参数没完全恢复。"}
	lostNotes = []string{"换了新设备，原来的办法用不上了。", "关键的人走了，又回到老样子，{v}{f}。", "停产两个月再开，效果没了，想再请师傅来一次。"}
)

func (m *maker) answer(d dice, f *FollowUp, c situation, after float64) {
	v, notes := after, holdNotes
	dec := c.measure.Decimals
	back := func(share float64) float64 { return round(after+(c.measure.Before-after)*share, dec) }
	switch x := d.Float64(); {
	case x < .76:
		f.Holds = Holds
		if d.chance(.4) {
			v = back(d.real(0, .06))
		}
	case x < .95:
		f.Holds, v, notes = Slipped, back(d.real(.25, .6)), slipNotes
	default:
		f.Holds, v, notes = Lost, back(d.real(.85, 1)), lostNotes
	}
	f.Note = expand(d, pick(d, notes), slots{"v": number(v, dec), "f": c.full(), "name": c.measure.Name})
	if d.chance(.8) {
		f.Value = &v
	}
}
