package demo

import "strings"

// What people put around a problem, by who writes. {w} is the trade in their words; numbers are drawn.
var before = [][]string{
	owner: {
		"我是老板，技术上不太懂，", "小厂一个，请不起工程师，", "厂里{20-80}号人，", "做了{8-25}年这行，", "说句实话，", "我们给大厂做配套，", "今年订单本来就少，", "不怕笑话，", "各位师傅好，",
		"我这边的情况是，", "厂子不大，", "上个月接了个大单，",
	},
	director: {
		"我们车间", "我是车间负责人，", "我们厂", "近期", "最近{2-4}个月", "这条线", "去年底开始，", "我管生产的，", "现场情况：", "这个问题拖了{2-8}个月了，", "换季以后，", "白班夜班都有，",
	},
	technician: {
		"问题描述：", "现象：", "请教各位，", "求助，", "我是厂里技术员，", "情况如下：", "数据如下，", "跟踪了{5-20}天，", "做过对比，", "补充一下背景，新品试制，", "请老师指点，", "我刚接手这块{3-10}个月，",
	},
	desk: {
		"车间反馈：", "帮生产部登记，", "生产部门提出，", "代车间填报：", "我是公司人事，替车间问一下，", "领导让我在这里登记，", "我们工会收集到车间的问题：", "技术部让我转述，", "据车间主任介绍，", "我不太懂技术，照抄车间写的：",
	},
}

var stakes = [][]string{
	owner: {
		"停一天就是{1-4}万块。", "客户说再这样就换人家了。", "料钱工钱都垫进去了。", "利润就那么一点，全赔在这上面。", "{10-28}号要交货，真的着急。", "客户已经投诉{2-4}次了。", "光返工一个月多花{1-5}万。", "同行都能做，就我们不行，想不通。",
		"再搞不好单子就黄了。", "想过换新设备，又怕白花钱。", "这个月已经赔了{2-8}万。",
	},
	director: {
		"客户催得紧，{10-28}号要出一批。", "现在靠加班顶着，工人有意见。", "每天返工要占{2-5}个人。", "客户质量部下周要来现场。", "班长说再这样没法排产了。", "上个月因为这个被扣了考核。", "两个班互相推，说不清楚。", "每天早会都在讲这个事。", "影响了后面两道工序。", "主管天天盯着看。",
		"订单排到下个月了，产能卡在这里。",
	},
	technician: {
		"怀疑是工艺参数的问题，没有把握。", "手头没有合适的检测手段。", "查过资料，说法不一。", "厂家的建议试过，效果不明显。", "想弄清楚根本原因。", "参数可以提供。", "有记录，可以发给老师看。", "小批试的时候还好，一上量就出来。", "同样的条件时好时坏，规律没找到。", "老师傅退了，没人可问。",
	},
	desk: {
		"具体可以联系我们生产部。", "详细情况由技术员对接。", "领导比较重视。", "希望尽快安排。", "车间说很急。", "现场随时可以看。", "参数我不清楚，要问师傅。", "如需资料我来收集。",
	},
}

var asks = [][]string{
	owner: {
		"求懂{w}的师傅来看看，路费吃饭我们包。", "有没有师傅碰到过，指点一下。", "能不能请个劳模来厂里坐半天？", "想请个明白人。", "只要能解决，请吃饭都行。", "希望工会帮忙找个人。", "", "",
	},
	director: {
		"想请一位{w}方面的工匠到现场看看。", "请教有经验的师傅，该从哪里查起。", "希望能来车间实地诊断一下。", "最好能顺便带带我们的人。", "看有没有现成的做法可以照着做。", "盼回复。", "", "",
	},
	technician: {
		"想请教：应该先查哪一项？", "求思路，或者参考参数。", "有没有类似案例？", "希望老师帮忙把把关。", "方便的话想视频看一下。", "请教{w}的老师，谢谢。", "", "",
	},
	desk: {
		"想请一位{w}的劳模工匠来指导。", "请协助对接专家。", "麻烦安排，谢谢。", "希望能开个现场会。", "谢谢工会。", "",
	},
}

var goals = struct{ lower, higher, zero []string }{
	[]string{"现在{name}{b}{f}左右，想压到{t}{f}以内。", "目前{name}{b}{f}，目标{t}{f}。", "{name}现在{b}{f}，客户要求不超过{t}{f}。", "希望{name}能从{b}{f}降到{t}{f}。", "{name}：{b}{f}，要求{t}{f}。", "能做到{t}{f}就烧高香了。", "按要求{name}应该在{t}{f}以下。"},
	[]string{"现在{name}{b}{f}左右，想提到{t}{f}以上。", "目前{name}{b}{f}，目标{t}{f}。", "{name}现在只有{b}{f}，客户要求{t}{f}。", "希望{name}能从{b}{f}提到{t}{f}。", "{name}：{b}{f}，要求{t}{f}。", "能到{t}{f}我们就满意了。", "按要求{name}应该不低于{t}{f}。"},
	[]string{"希望{name}能降到零。", "现在{name}{b}{f}，要求清零。", "{name}目前{b}{f}，上面要求一个都不能有。"},
}

var triedForms = []string{"已经试过：{x}。", "{x}，都没解决。", "我们自己也弄过：{x}。", "试过的办法：{x}。", "之前{x}。", "能想到的都做了，{x}。", "{x}，没找到根子。", "现有措施：{x}，效果不大。"}

// write is the text of a need: the problem in the family's words, and around it what this kind of person adds. It
// has 20 to 225 characters.
func write(d dice, c situation, v voice) string {
	for {
		if s := draft(d, c, v); runes(s) >= 20 && runes(s) <= 225 {
			return s
		}
	}
}

func draft(d dice, c situation, v voice) string {
	// The problem comes first; {b} in it is what the measure says.
	says := some(d, c.Says, len(c.Says))
	if d.chance(.45) { // the first tells the most
		says = append([]string{c.Says[0]}, c.Says[1:]...)
	}
	problem := c.expand(d, says[0])
	if runes(problem) < 34 && len(says) > 1 {
		problem = closed(problem) + c.expand(d, says[1])
		says = says[1:]
	}
	s := slots{"w": shopWord(d, c.trade.Trade), "name": c.measure.Name, "b": c.b(), "t": c.t(), "f": c.full()}
	near := func(from []string) string { return expand(d, pick(d, from), s) }
	goal := ""
	if !strings.Contains(problem, c.b()) || d.chance(.25) {
		goal = near(goalsOf(c.measure))
	}
	more := func() string { return strings.Replace(pick(d, triedForms), "{x}", tried(d, c), 1) }
	var lead string
	var parts []string
	switch x := d.IntN(100); {
	case x < 16: // a line and out
		parts = []string{problem}
	case x < 28: // one line and a wish
		parts = []string{problem, near(asks[v])}
	case x < 40: // two problems run together
		lead, parts = near(before[v]), []string{problem}
		if len(says) > 1 {
			parts = append(parts, c.expand(d, says[1]))
		}
	case x < 52 && v != owner: // by points
		lead = pick(d, []string{"设备：", "机器：", "设备型号 "})
		parts = []string{c.slots["m"], pick(d, []string{"问题：", "现象："}) + problem, "已试：" + tried(d, c), near(goalsOf(c.measure))}
	case x < 68:
		lead, parts = near(before[v]), []string{problem, near(stakes[v]), near(asks[v])}
	case x < 84:
		parts = []string{problem, more(), goal, near(asks[v])}
	default:
		lead, parts = near(before[v]), []string{problem, more(), goal, near(stakes[v])}
	}
	return roughen(d, prose(lead, parts))
}

// prose joins an opening and whole sentences.
func prose(lead string, sentences []string) string {
	var b strings.Builder
	b.WriteString(lead)
	for i, s := range sentences {
		if i == 0 {
			s = strings.TrimPrefix(s, "我们") // 我们车间我们做…
			if !strings.HasPrefix(lead, "我们") {
				s = sentences[0]
			}
		}
		b.WriteString(closed(strings.TrimRight(s, "，")))
	}
	return b.String()
}

func goalsOf(m Measure) []string {
	switch {
	case m.Target == 0:
		return goals.zero
	case m.Lower():
		return goals.lower
	}
	return goals.higher
}

// tried joins what they did: one thing or two or all.
func tried(d dice, c situation) string {
	var out []string
	for _, t := range some(d, c.Tried, d.between(1, min(3, len(c.Tried)))) {
		out = append(out, c.expand(d, t))
	}
	return strings.Join(out, pick(d, []string{"；", "，", "；"}))
}
