package demo

import (
	"strings"
	"time"
)

// praise is what enterprises say of masters: by stars, and more by result.
var praise = map[int][]string{
	5: {"师傅手把手教，没架子。", "讲得明白，连我们新来的小伙子都听懂了。", "真正的工匠，佩服。", "自己开车来的，中饭都没吃，太感谢了。", "数据说话，一步一步来，服气。", "响应很快，晚上十点还在回消息。", "请他再来讲一课，工人都想听。", "没想到免费服务还这么认真。", "师傅带了自己的量具过来，非常专业。", "把方法写下来留给我们，难得。", "比厂家的售后耐心多了。"},
	4: {"总体满意，就是师傅太忙，约时间等了几天。", "希望后面再跟一次。", "讲得很专业，我们自己执行还要加强。", "方向对了，细节我们再磨。", "挺好，如果能多留半天更好。", "师傅水平高，就是方言有点听不懂，哈哈。"},
	3: {"来得比较匆忙。", "线上说的和现场有出入，改了两次。", "约了两次才约上。", "一般，还要自己摸索。"},
	2: {"效果不明显，可能是设备太老。", "沟通慢了点，耽误了一周。", "来了一次，没找到原因。"},
}

var praiseFor = map[string][]string{
	Solved + "5": {"师傅一来就看出问题。", "说到点子上了，几个月的老毛病一次解决。", "{name}到{a}{f}了，老板很高兴。", "省了我们一台新设备的钱。", "困扰我们大半年的事，两周搞定。"}, Solved + "4": {"达到了预期。", "问题解决了，谢谢。"},
	Partly + "4": {"解决了大半，谢谢。", "有效果，离目标还差一点。"}, Partly + "3": {"有一定帮助，没有完全解决。", "建议是对的，但我们条件跟不上。"}, Unsolved + "3": {"试了没成，但学到不少。", "建议是对的，但我们条件跟不上。"},
}

var returns = map[int][]string{
	5: {"配合得好，要什么数据当天就有。", "老板重视，工人肯学，这样的厂愿意多来。", "现场干净，记录齐全。", "说了就做，执行力强。", "技术员很用心，可以培养。", "接待热情，但更难得的是肯动手。", "按要求一步一步做，没有走样。"},
	4: {"配合不错，记录再细一点更好。", "厂里有基础，建议把点检坚持下去。", "沟通顺畅，就是停机时间难协调。", "愿意改，值得帮。", "材料准备得差一点，其他都好。"},
	3: {"换了三个人对接，信息传丢了。", "执行打折扣，建议专人盯。", "量具不准，建议先校。", "现场管理要加强。"},
	2: {"约好的时间机器没停下来，白等半天。", "数据给不全，不好判断。"},
}

var closingNotes = map[string][]string{
	Solved:   {"{name}由{b}{f}到{a}{f}，连续{3-10}批合格。", "达到目标。", "按师傅给的做法，{name}{a}{f}。", "已写进作业指导书。", "解决了，{a}{f}，客户确认。", ""},
	Partly:   {"{name}从{b}{f}到{a}{f}，还没到目标。", "改善明显，剩下的要等换件。", "受设备限制，先做到{a}{f}。", ""},
	Unsolved: {"没有明显变化，{a}{f}。", "准备换设备。", "条件不具备，暂停。"},
}

// closings are both sides' ends: result, value, note and stars, which follow the result.
func (m *maker) closings(d dice, n *Need, e *Engagement, c situation, result string, after float64) (need, offer *Closing) {
	contact := n.PosterID
	if contact == "" {
		contact = m.Contacts[m.contacts[n.EnterpriseID][0]].PersonID
	}
	s := slots{"name": c.measure.Name, "b": c.b(), "a": number(after, c.measure.Decimals), "f": c.full()}
	stars := map[string][]int{Solved: {5, 5, 5, 5, 5, 4, 4, 4, 3}, Partly: {5, 4, 4, 4, 3, 3}, Unsolved: {4, 3, 3, 2, 2}}[result]
	back := map[string][]int{Solved: {5, 5, 5, 4, 4}, Partly: {5, 4, 4, 3}, Unsolved: {4, 3, 3, 2}}[result]
	end := func(by string, stars int, words map[int][]string) *Closing {
		v := after
		x := &Closing{ByID: by, Result: result, After: &v, Note: expand(d, pick(d, closingNotes[result]), s), Stars: stars}
		if d.chance(.8) {
			from := words[stars]
			if more := praiseFor[result+sprint("%d", stars)]; by == contact && len(more) > 0 && d.chance(.5) {
				from = more
			}
			x.Comment = expand(d, pick(d, from), s)
		}
		return x
	}
	need, offer = end(contact, pick(d, stars), praise), end(e.MasterID, pick(d, back), returns)
	if result == Partly && d.chance(.08) { // the master thinks better of it
		offer.Result = Solved
	}
	return need, offer
}

// tool is what the master writes down for the next firm.
func (m *maker) tool(d dice, n *Need, e *Engagement, c situation) {
	at := waking(d, e.Ended.Add(d.span(4*24*time.Hour, .7)))
	if at.After(m.Now) {
		return
	}
	after := *e.NeedEnd.After
	a := number(after, c.measure.Decimals)
	s := slots{"skill": pick(d, c.Skills), "name": c.measure.Name, "b": c.b(), "a": a, "f": c.full(), "m": c.slots["m"], "p": c.slots["p"]}
	verb := "提到"
	if c.measure.Lower() {
		verb = "降到"
	}
	s["verb"] = verb
	heading := c.expand(d, pick(d, c.Titles))
	for _, cut := range []string{"，", "？", "("} {
		heading, _, _ = strings.Cut(heading, cut)
	}
	s["heading"] = heading
	titles := []string{"{heading}的处理办法", "{skill}：{name}从{b}{f}{verb}{a}{f}", "{skill}五步法", "{heading}，这样查这样改", "{skill}的一点经验", "{heading}：原因和对策", "{p}{name}超标的改进", "{skill}操作卡"}
	if len(c.Steps) != 5 {
		titles[2] = "{skill}" + [...]string{"", "一", "两", "三", "四", "五", "六"}[min(6, len(c.Steps))] + "步法"
	}
	var steps []string
	for i, x := range c.Steps {
		steps = append(steps, sprint("%d. %s。", i+1, strings.TrimRight(c.expand(d, x), "。")))
	}
	problem := c.expand(d, c.Says[0])
	if d.chance(.5) {
		problem = closed(problem) + c.expand(d, pick(d, c.Says[1:]))
	}
	results := []string{"{name}由{b}{f}{verb}{a}{f}，{3-12}批验证稳定。", "{name}{b}{f}→{a}{f}，已固化到作业指导书。", "实施后{name}{verb}{a}{f}，每月少损失{1-9}万元左右。", "连续跟踪{2-6}周，{name}保持在{a}{f}。"}
	meas := c.measure
	e.Tool = &Tool{ID: m.ids.id(at), Title: clip(expand(d, pick(d, titles), s), 60), Problem: problem, Cause: closed(c.expand(d, c.Cause)), Method: strings.Join(steps, "\n"),
		Result: expand(d, pick(d, results), s), Gear: strings.Join(c.Tools, "、"), Trade: n.Trade, Measure: &meas, After: &after, Published: at,
		Helped: int(d.real(0, 1.1) * m.Now.Sub(at).Hours() / 24 / 30)}
}
