package demo

import "strings"

// openings, middles and ends of what masters say of themselves, or what their union says of them. {y} years at
// it, {trade} the trade, {s1} {s2} specialities, {start} when they began, {case} a case, {honour} an honour.
var (
	bioOpenings = []string{
		"{start}年进厂当学徒，从扫地递工具开始，{trade}一干就是{y}年。", "干{trade}{y}年了，没离开过一线。", "{y}年{trade}经验，现在带着{6-15}个人的班组。",
		"{start}年技校毕业分到车间，跟师傅学{trade}，后来自己也当了师傅。", "农村出来的，{start}年到{city}打工，从学徒做到{title}。", "{start}年参加工作，先后在国营厂、合资厂和民营厂做过{trade}。",
		"从业{y}年，{title}，主要做{s1}。", "退役后进厂，{start}年开始学{trade}，做事认一个“准”字。", "家里两代人都是做这一行的，我{start}年接的班。", "现任企业{trade}带头人，同时是{city}职业院校的兼职教师。",
		"本人从事{trade}{y}年，经手的活上万件。", "在同一个车间待了{y}年，{trade}这摊事基本都碰过。", "{start}年入行，带出徒弟{8-40}多名，其中技师{3-9}名。",
	}
	bioMiddles = []string{
		"擅长{s1}，{s2}也常有人来找。", "最拿手的是{s1}。", "这些年琢磨最多的是{s1}和{s2}。", "{s1}、{s2}这两样，心里比较有底。", "主攻{s1}，兼做{s2}。", "别人头疼的{s1}，我愿意去啃。",
		"{case}", "{case}", "{case}",
	}
	bioEnds = []string{
		"喜欢先到机器跟前听一听、摸一摸，再下结论。", "不收费，管顿工作餐就行。", "电话里说不清的，拍个视频给我，能远程解决就不让你们多等。", "希望手艺能多传几个人。", "厂子再小也去，问题没有大小。", "晚上和周末有空，急事可以打电话。",
		"荣誉：{honour}。", "{honour}，但说到底还是个工人。", "做过的案例都记在本子上，愿意拿出来大家用。", "建议先把数据记三天再找我，这样快。", "话不多，活要干明白。", "愿意给年轻人讲课，也愿意手把手带。", "技术上的事不怕问。",
		"坚持一条：改一个参数，量一次结果。", "",
	}
	bioCases = []string{
		"曾帮一家企业把{mname}从{b}{u}{went}{a}{u}，到现在没反弹。", "有家厂{mname}一直在{b}{u}，去了三趟，做到{a}{u}。", "印象最深的一次，{mname}{b}{u}的老毛病，换个思路，{went}{a}{u}。", "做过一个课题，{mname}由{b}{u}{went}{a}{u}，一年省下{12-90}万元。",
	}
)

// bio is 60 to 160 characters in a voice of its own.
func bio(d dice, w Master, born, year int) string {
	s := slots{
		"y": sprint("%d", max(9, year-born-d.between(18, 22))), "trade": shopWord(d, w.Trades[0]), "city": strings.TrimSuffix(w.City, "市"), "title": w.Title,
		"s1": w.Specialities[0], "s2": w.Specialities[len(w.Specialities)-1], "honour": w.Honours[len(w.Honours)-1].Name,
	}
	s["start"] = sprint("%d", year-atoi(s["y"]))
	f := w.knows[0]
	c := newCase(d, f)
	s["mname"], s["b"], s["u"], s["a"] = c.measure.Name, c.b(), c.unit(), number(c.reached(d, Solved), c.measure.Decimals)
	s["went"] = "提到"
	if c.measure.Lower() {
		s["went"] = "降到"
	}
	s["case"] = expand(d, pick(d, bioCases), s)
	for {
		parts := []string{expand(d, pick(d, bioOpenings), s)}
		for _, t := range some(d, bioMiddles, d.between(1, 2)) {
			parts = append(parts, expand(d, t, s))
		}
		for _, t := range some(d, bioEnds, d.between(1, 3)) {
			parts = append(parts, expand(d, t, s))
		}
		if b := strings.Join(parts, ""); runes(b) >= 60 && runes(b) <= 160 && !strings.Contains(b, s["s1"]+"和"+s["s1"]) && strings.Count(b, s["s1"]) < 2 && strings.Count(b, s["case"]) < 2 {
			return b
		}
	}
}
