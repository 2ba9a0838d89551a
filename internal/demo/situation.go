package demo

import (
	"math"
	"strconv"
	"strings"
)

// situation is one case of a family: its machine, its part, its numbers. Everything said about a case is filled
// from it.
type situation struct {
	*family
	slots   slots
	measure Measure
}

// newCase draws a case of the family.
func newCase(d dice, f *family) situation {
	r := f.Measure
	m := Measure{Name: r.Name, Unit: r.Unit, Decimals: r.Decimals,
		Before: round(d.real(r.Before[0], r.Before[1]), r.Decimals), Target: round(d.real(r.Target[0], r.Target[1]), r.Decimals)}
	m.Before, m.Target = spokenly(m.Before), spokenly(m.Target)
	if head, _, _ := strings.Cut(m.Unit, "/"); m.Before >= 2 && strings.Contains(" 次 个 条 处 台 根 支 件 项 粒 起 双 停 ", " "+head+" ") {
		m.Before = math.Round(m.Before) // nothing happens seven and a half times
	}
	c := situation{family: f, measure: m}
	c.slots = slots{"m": pick(d, f.Machines), "p": pick(d, f.Parts), "mat": pick(d, f.Materials), "b": c.b(), "t": c.t(), "u": c.unit()}
	return c
}

// spokenly rounds large numbers as people do.
func spokenly(f float64) float64 {
	for _, r := range [][2]float64{{20000, 1000}, {1000, 100}, {300, 50}, {100, 10}} {
		if f >= r[0] {
			return math.Round(f/r[1]) * r[1]
		}
	}
	return f
}

func (c situation) b() string { return number(c.measure.Before, c.measure.Decimals) }
func (c situation) t() string { return number(c.measure.Target, c.measure.Decimals) }

// mute are units that nobody says.
var mute = map[string]bool{"cosφ": true, "光泽单位": true}

// unit is the unit as said within a sentence, which has named the period already: 次/天 is 次.
func (c situation) unit() string {
	u := c.measure.Unit
	if mute[u] {
		return ""
	}
	if u == "月" {
		return "个月"
	}
	for _, per := range []string{"天", "周", "月", "年", "季", "班", "台班", "百米", "千公里", "千吨", "线", "十万米"} {
		if s, ok := strings.CutSuffix(u, "/"+per); ok {
			return s
		}
	}
	return u
}

// full is the unit with its period.
func (c situation) full() string {
	if mute[c.measure.Unit] {
		return ""
	}
	if c.measure.Unit == "月" {
		return "个月"
	}
	return c.measure.Unit
}

func (c situation) expand(d dice, t string) string { return expand(d, t, c.slots) }

// reached is what was measured after work that ended so: the target or better, part of the way, or about where it
// was.
func (c situation) reached(d dice, result string) float64 {
	m := c.measure
	way := m.Target - m.Before
	f := 0.0
	switch result {
	case Solved:
		f = 1 + d.real(0, .1)
		if m.Lower() { // better by a part of what is left
			f = 1 + m.Target*d.real(0, .2)/(m.Before-m.Target)
		}
	case Partly:
		f = d.real(.45, .85)
	default:
		f = d.real(-.05, .12)
	}
	after := m.Before + way*f
	if m.Unit == "%" && !m.Lower() {
		after = math.Min(after, m.Target+(99.8-m.Target)*.6)
	}
	if m.Unit == "cosφ" {
		after = math.Min(after, .98)
	}
	step := math.Pow10(-m.Decimals)
	after = round(math.Max(after, 0), m.Decimals)
	switch { // rounding must not change the result
	case result == Solved && !reaches(m, after):
		after = m.Target
	case result == Partly && reaches(m, after):
		after = round(m.Target-math.Copysign(step, way), m.Decimals)
	}
	return after
}

func reaches(m Measure, after float64) bool {
	if m.Lower() {
		return after <= m.Target
	}
	return after >= m.Target
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("demo: not a number: " + s)
	}
	return n
}

// shopWords are what people call the trades.
var shopWords = map[string][]string{
	"cnc-turning": {"数控车", "数控车床"}, "milling": {"加工中心", "数控铣"}, "grinding": {"磨床", "磨削"}, "fitting": {"钳工", "机修钳工"}, "mould-making": {"模具"},
	"injection-moulding": {"注塑"}, "rubber": {"橡胶硫化"}, "sheet-metal": {"钣金冲压", "钣金"}, "welding": {"焊接", "电焊"}, "casting": {"铸造"}, "forging": {"锻造"},
	"heat-treatment": {"热处理"}, "electroplating": {"电镀", "表面处理"}, "coating": {"涂装", "喷涂"}, "plc": {"自动化", "电控"}, "robotics": {"机器人调试", "工业机器人"},
	"electrician": {"电气维修", "维修电工"}, "metrology": {"计量检测", "计量"}, "hydraulics": {"液压", "液压维修"}, "pumps": {"泵和压缩机", "转动设备维修"}, "boiler": {"锅炉", "锅炉热力"},
	"refrigeration": {"制冷", "冷库制冷"}, "elevator": {"电梯维修", "电梯"}, "construction-machinery": {"工程机械", "起重设备维修"}, "mining": {"煤矿机电"}, "spinning": {"纺纱"},
	"weaving": {"织造"}, "dyeing": {"染整", "印染"}, "garment": {"服装工艺", "服装"}, "footwear": {"制鞋"}, "tea": {"制茶"}, "food": {"食品加工"}, "ceramics": {"陶瓷"}, "stone": {"石材加工"},
	"printing": {"印刷包装", "造纸印刷"}, "woodwork": {"木作", "家具木工"}, "chemical-battery": {"化工电池工艺", "化工新能源"}, "auto-repair": {"汽修", "汽车维修"}, "software-testing": {"软件测试"},
	"network-data": {"网络和数据", "工厂网络"},
}

func shopWord(d dice, trade string) string { return pick(d, shopWords[trade]) }
