package demo

import "time"

var (
	proposals = []string{"电话里说不细，我{day}到你们厂看看，行不行？", "我{day}有空，过去一趟。麻烦那台机器先别拆。", "这个要到现场。{day}，你们方便吗？", "约{day}吧，最好有料可以试做几件。", "{day}我带表过去量一下。", "我{day}到，麻烦当班师傅在场，我要问他几句。"}
	agrees    = []string{"没问题，{day}我到门口接您。", "好的，料和人都备好。", "太好了，{M}，午饭就在我们食堂吃。", "可以，定位发您。导航到厂门口就行，保安我打过招呼了。", "行，机器给您留出来。", "好，{day}车间主任也在。"}
	visitNote = []string{"带：安全鞋、工作服由厂方提供。", "现场需试做，备料{5-20}件。", "先看{mach}，再看记录。", "到厂请联系门卫，走货车门。", "需停机两小时，已和调度说好。", "", "", "停车在办公楼前。", "请备近一个月的检验记录。"}
	arrivals  = []string{"今天看了现场，情况和我想的差不多：{cause}。已经{step}，接下来你们{step2}，三天后报个数给我。", "现场已处理：{step}。剩下的{step2}，按卡做。", "刚从你们厂回来。主要问题找到了，{cause}。今天做了：{step}。", "今天辛苦班组了。参数我写在机器旁边那张纸上，关键一条：{step}。", "看完了。{cause}。先{step}，不行再{step2}。"}
	thanks    = []string{"{M}今天辛苦了，工人都说学到东西。", "谢谢{M}，饭都没吃就走了，过意不去。", "收到，照做。今天您走以后做了{8-30}件，目前不错。", "感谢感谢！老板说要好好谢谢工会。", "好的，数据我们每天记，三天后发您。", "今天才知道问题出在这里，折腾了几个月。"}
	solvedSay = []string{"跑了一周，{name}稳定在{a}{f}，问题解决了，谢谢{M}！", "{name}{a}{f}，客户那边也验过了。", "连续三批都是{a}{f}，比要求还好。", "今天统计，{name}{a}{f}，可以办结了。", "{a}{f}，达到了。{M}厉害。", "这周数据出来了，{name}{a}{f}，我来办结。"}
	partlySay = []string{"现在{name}{a}{f}，比原来好很多，离要求还差一点，我们自己再磨。", "做到{a}{f}，再往下要换设备了，先这样。", "{name}{a}{f}，客户暂时能接受。"}
	unsolvSay = []string{"试了一圈，还是{a}{f}，可能真的是设备不行了。", "没什么改善，{name}{a}{f}，老板决定换机器，还是谢谢{M}。", "料换不了，效果上不去，先放一放吧。"}
	farewells = []string{"好，记得{step}，别松。一个月后我再问你们。", "那就好。把参数存个档，换人也能照着做。", "客气了，有事随时找我。", "可以。建议每周抽一次，记在卡上。", "解决了就好，下次换料再看一眼。"}
	regrets   = []string{"尽力了，有机会换了设备我再来看。", "可惜条件差一点。我再帮你们打听打听。", "行，先这样，数据别丢，以后用得上。"}
)

// visit proposes a date, lets the other side agree, and lets it take place.
func (t *talk) visit(p plan) {
	if p != "" {
		t.cut = false
	}
	proposed := waking(t.d, t.at.Add(t.late()))
	if p == toPropose || p == toAgree {
		proposed = latest(t.at.Add(time.Hour), t.Now.Add(-time.Duration(t.d.between(14, 30))*time.Hour))
	}
	if t.cut || proposed.After(t.Now) {
		t.cut = true
		return
	}
	w := m2(t.maker, t.e.MasterID)
	from, to, ok := t.slot(w, proposed, p)
	if !ok {
		t.cut = true
		return
	}
	v := Visit{ID: t.ids.id(proposed), From: from, To: to, Address: t.need.Address, Note: expand(t.d, pick(t.d, visitNote), t.s), ByID: w.PersonID, Side: OfferSide, Proposed: proposed}
	t.s["day"] = spoken(from)
	t.at = proposed
	if len(t.e.Messages) < most-3 {
		t.say(OfferSide, t.one(proposals), time.Minute)
	}
	agreed := waking(t.d, t.at.Add(t.d.span(8*time.Hour, .9)))
	if p == toAgree {
		agreed = t.at.Add(time.Duration(t.d.between(30, 200)) * time.Minute)
	}
	switch {
	case p == toPropose || agreed.After(t.Now): // waits for the enterprise
	case agreed.After(from): // nobody answered in time; the visit is off
		t.at = agreed
		return
	default:
		v.Agreed, t.at = agreed, agreed
		if len(t.e.Messages) < most-3 {
			t.say(NeedSide, chat(t.d, t.one(agrees)), time.Minute)
		}
		if done := to.Add(time.Duration(t.d.between(5, 90)) * time.Minute); done.Before(t.Now) && p != toAgree {
			v.Done, t.at = done, done
		}
	}
	t.e.Visits = append(t.e.Visits, v)
}

// slot finds the first free time of the master's that suits, two days to five weeks ahead.
func (t *talk) slot(w *Master, after time.Time, p plan) (from, to time.Time, ok bool) {
	first := day(after).AddDate(0, 0, 1+t.d.IntN(3))
	if p == toPropose || p == toAgree {
		first = day(t.Now).AddDate(0, 0, 1)
	}
	if t.visits[w.PersonID] == nil {
		t.visits[w.PersonID] = map[string]bool{}
	}
	for i := range 40 {
		d := first.AddDate(0, 0, i)
		key := d.In(zone).Format(time.DateOnly)
		if w.away(d) || t.visits[w.PersonID][key] {
			continue
		}
		for _, s := range w.Weekly {
			if s.Weekday != d.In(zone).Weekday() || s.From >= 19*60 {
				continue
			}
			t.visits[w.PersonID][key] = true
			from = d.Add(time.Duration(s.From) * time.Minute)
			return from, from.Add(time.Duration(min(s.To-s.From, 60*t.d.between(2, 4))) * time.Minute), true
		}
	}
	return from, to, false
}

// spoken is a date as people say it.
func spoken(t time.Time) string {
	l := t.In(zone)
	half := "上午"
	if l.Hour() >= 12 {
		half = "下午"
	}
	return sprint("%d号（周%s）%s", l.Day(), [...]string{"日", "一", "二", "三", "四", "五", "六"}[l.Weekday()], half)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// afterwards is what is said once the visit has taken place.
func (t *talk) afterwards() {
	two := some(t.d, t.c.Steps, 2)
	t.s["cause"], t.s["step"], t.s["step2"] = t.c.expand(t.d, t.c.Cause), t.c.expand(t.d, two[0]), t.c.expand(t.d, two[1])
	if len(t.e.Messages) < most-2 {
		t.say(OfferSide, t.one(arrivals), t.d.span(3*time.Hour, .6))
		t.say(NeedSide, chat(t.d, t.one(thanks)), t.soon())
	}
}

// report is the last word before closing.
func (t *talk) report(result string, after float64) {
	t.s["a"] = number(after, t.c.measure.Decimals)
	t.s["step"] = t.c.expand(t.d, t.c.Steps[len(t.c.Steps)-1])
	says, ends := solvedSay, farewells
	switch result {
	case Partly:
		says = partlySay
	case Unsolved:
		says, ends = unsolvSay, regrets
	}
	if t.d.chance(.85) {
		t.say(NeedSide, chat(t.d, t.one(says)), t.d.span(60*time.Hour, .5))
		if t.d.chance(.7) {
			t.say(OfferSide, t.one(ends), t.soon())
		}
	}
}
