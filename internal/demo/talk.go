package demo

import (
	"strings"
	"time"
)

// talk is the thread of an engagement while it is written. at is when the last word was said; cut is set once the
// story has reached now, and nothing more is said.
type talk struct {
	*maker
	d    dice
	need *Need
	e    *Engagement
	c    situation
	at   time.Time
	cut  bool
	told map[string]bool // what has been said, so that nobody repeats himself
	step int             // steps of the cure given so far
	way  float64         // how far the measure has come
	s    slots
}

// most is how many messages a thread may have.
const most = 10

func (t *talk) begin() {
	w := m2(t.maker, t.e.MasterID)
	who := t.People[t.person[t.contact()]]
	t.told = map[string]bool{}
	t.s = slots{"N": addressed(t.d, who), "M": surname(w.Name) + pick(t.d, []string{"师傅", "师傅", "老师", "工"}), "w": shopWord(t.d, t.need.Trade),
		"me": surname(w.Name), "name": t.c.measure.Name, "b": t.c.b(), "t": t.c.t(), "f": t.c.full(), "mach": t.c.slots["m"], "part": t.c.slots["p"]}
}

func m2(m *maker, person string) *Master { return &m.Masters[m.master[person]] }

// contact is who speaks for the enterprise: whoever posted, or its main contact when a portal did.
func (t *talk) contact() string {
	if t.need.PosterID != "" {
		return t.need.PosterID
	}
	return t.Contacts[t.contacts[t.need.EnterpriseID][0]].PersonID
}

// addressed is how one speaks to a person of that post.
func addressed(d dice, p Person) string {
	n := surname(p.Name)
	for _, x := range [][2]string{{"总", "总"}, {"董事长", "董"}, {"老板", "老板"}, {"厂长", "厂长"}, {"主任", "主任"}, {"经理", "经理"}, {"主席", "主席"}, {"主管", "主管"}, {"科长", "科长"}, {"班长", "班长"}} {
		if strings.Contains(p.Occupation, x[0]) {
			return n + x[1]
		}
	}
	return n + pick(d, []string{"工", "工", "老师"})
}

// say adds a message some time after the last one.
func (t *talk) say(side string, body string, gap time.Duration) {
	at := waking(t.d, t.at.Add(gap))
	if t.cut || at.After(t.Now) || len(t.e.Messages) >= most {
		t.cut = t.cut || at.After(t.Now)
		return
	}
	author := t.e.MasterID
	switch side {
	case NeedSide:
		author = t.contact()
	case HallSide:
		author = t.People[t.officerOf(t.d, t.unionPath(t.need.EnterpriseID))].ID
	}
	t.e.Messages = append(t.e.Messages, Message{ID: t.ids.id(at), AuthorID: author, Side: side, Body: body, At: at})
	t.at = at
}

// one fills one of the templates that has not been used in this thread.
func (t *talk) one(from []string) string {
	for range 12 {
		if x := pick(t.d, from); !t.told[x] {
			t.told[x] = true
			return expand(t.d, x, t.s)
		}
	}
	return expand(t.d, from[0], t.s)
}

func (t *talk) soon() time.Duration { return t.d.span(35*time.Minute, 1) }
func (t *talk) late() time.Duration { return t.d.span(7*time.Hour, .9) }

var (
	hellos = []string{"{N}你好，我是{me}师傅，看了你们的描述。", "{N}，你好。", "你好，我做{w}的，这个问题我碰到过。", "{N}好，单子收到了。", "你好{N}，先了解一下情况：", "看到你们的需求了，想先问几句。", "{N}，这个应该能解决，先别急。", "收到，我先问几个问题，你照实说就行。", "您好，我姓{me}。", "晚上才有空看手机，见谅。"}

	answersPrefix = []string{"{M}好，", "师傅好，", "您好，", "谢谢{M}。", "", "", "刚问了现场，", "我去看了一下，", "是这样，"}

	causes  = []string{"那基本清楚了，多半是{cause}。", "听下来八成是{cause}。", "我的判断：{cause}。", "根子可能在这里：{cause}。", "这种我见过几次，都是{cause}。", "先说结论，{cause}。", "不敢说百分之百，但很像是{cause}。"}
	advices = []string{"先做一步：{step}。做完告诉我结果。", "建议你们先{step}。", "先别动别的，{step}。", "按这个试一下：{step}。", "明天上班先{step}，一次只改一样，改完量一次。", "可以先从简单的来：{step}。"}
	onwards = []string{"有变化就说明方向对。接着{step}。", "下一步，{step}。", "再往下做：{step}，注意记数据。", "好，第二步{step}。", "不急，{step}，做两天看看趋势。", "可以，照这个路子。接下来{step}。"}
	instead = []string{"先别灰心。{step}。", "那说明还有一处没找到，{step}。", "那再查一样：{step}。", "没动静也是信息。换一样：{step}。"}
	patient = []string{"该做的都做了，多跑几天看趋势，每班记一个数。", "先稳住，别再改参数了，连续记三天发我。", "就照现在的来，换班的时候重点看一下首件。", "把前面几条再从头核对一遍，往往是哪一条没做到位。", "我再想想，你把这几天的记录拍给我。"}

	tries  = []string{"好的，我们今天安排试。", "明白了，我跟班长说一下，明早就弄。", "收到，等这批做完就停机弄。", "行，我让师傅按您说的做。", "好，那我们先试，有结果跟您汇报。", "懂了，以前从来没往这上面想过。", "谢谢{M}，我记下来了。", "这个我们没设备，我去隔壁厂借一下。"}
	firsts = []string{"试了一天，{name}从{b}到{mid}{f}了，有点效果。", "按您说的弄了，{name}现在{mid}{f}，比之前好。", "昨天做完，{name}量了一下{mid}{f}。", "{M}，弄好了，{mid}{f}，工人说看得出来。"}
	mids   = []string{"有改善，{name}{mid}{f}，但还不稳。", "白班可以到{mid}{f}，夜班又差一点。", "现在{mid}{f}，又进了一步。", "这两天抽了{5-20}次，{name}基本在{mid}{f}。", "{mid}{f}左右，快了。"}
	stays  = []string{"试了，变化不大，还是{last}{f}左右。", "这次好像没什么区别，是不是我们做得不对？", "做了，刚开始好，过半天又回到{last}{f}。", "{M}，我们弄了一遍，没什么变化，您看要不要到现场？"}

	desks2 = []string{"两位好，我是工会的{o}，这个单子我在跟，有需要协调的尽管说。", "打扰一下，我是总工会{o}。看到沟通得很顺，需要安排车辆的话提前一天告诉我。", "我是{o}，区里这边。{N}，这个进展怎么样了？需要我们再请一位师傅吗？", "你们好，工会这边看到已经接上了，谢谢{M}。交通和误餐补助按规定来，单据留好。", "提醒一下，做完记得把前后数据填上，我们好统计。——{o}"}
)

// advise is an exchange on line of as many rounds.
func (t *talk) advise(rounds int) {
	if t.d.chance(.03) && t.Now.Sub(t.at) < 5*24*time.Hour { // accepted and not a word yet
		t.cut = true
		return
	}
	ask := pick(t.d, t.c.Asks)
	t.say(OfferSide, t.one(hellos)+t.c.expand(t.d, ask.Ask), t.d.span(50*time.Minute, 1))
	t.say(NeedSide, chat(t.d, t.one(answersPrefix)+t.c.expand(t.d, ask.Answer)), t.late())
	t.s["cause"], t.s["step"] = t.c.expand(t.d, t.c.Cause), t.nextStep()
	t.say(OfferSide, t.one(causes)+t.one(advices), t.soon()*2)
	t.say(NeedSide, chat(t.d, t.one(tries)), t.soon())
	for i := 1; i < rounds; i++ {
		if t.d.chance(.13) {
			p := t.People[t.officerOf(t.d, t.unionPath(t.need.EnterpriseID))]
			t.s["o"] = pick(t.d, []string{"小", ""}) + surname(p.Name)
			if !strings.HasPrefix(t.s["o"], "小") {
				t.s["o"] += "干事"
			}
			t.say(HallSide, t.one(desks2), t.late())
		}
		from, reply := mids, onwards
		if i == 1 {
			from = firsts
		}
		t.s["last"] = t.midway(t.way)
		if t.d.chance(.22) {
			from, reply = stays, instead
		} else {
			t.way = min(.8, t.way+t.d.real(.15, .35))
		}
		t.s["mid"] = t.midway(t.way)
		if t.s["mid"] == t.s["last"] { // too coarse a measure to show it
			from, reply = stays, instead
		}
		t.say(NeedSide, chat(t.d, t.one(from)), t.d.span(30*time.Hour, .7))
		if t.step >= len(t.c.Steps) {
			reply = patient
		} else {
			t.s["step"] = t.nextStep()
		}
		t.say(OfferSide, t.one(reply), t.late())
	}
}

// nextStep is the next step of the cure.
func (t *talk) nextStep() string {
	t.step++
	return t.c.expand(t.d, t.c.Steps[t.step-1])
}

// midway is a value that share of the way from before to target.
func (t *talk) midway(share float64) string {
	m := t.c.measure
	return number(round(m.Before+(m.Target-m.Before)*share, m.Decimals), m.Decimals)
}

// later makes an ending come after the last word.
func (t *talk) later(at time.Time) time.Time {
	if !at.After(t.at) {
		return waking(t.d, t.at.Add(t.d.span(4*time.Hour, .8)))
	}
	return at
}
