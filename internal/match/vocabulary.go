package match

import "strings"

// The few words that are treated apart. They are of the language and of measuring, not of any trade. To leave
// them out changes no ranking that was measured; it keeps postings short and the words that are shown clean.

// particles carry no meaning by themselves and next to nothing is written with them, so they end a run.
var particles = runeSet("的了吗呢吧啊呀嘛们我你您他她它这那哪很太")

// faint characters are of use in pairs only.
var faint = runeSet("一不就有在和也都还会要能可以到说去来上下个与及或等把被对为于从而之其此并且但所让给用做是着过没又再多少大小中时后前里外几两些每想请问")

// ties join words and are cut off the ends of what is shown.
var ties = runeSet("和与及或把就也都还让是")

// chatter are pairs that people write around what they mean.
var chatter = wordSet(`
	一个 一些 一下 一直 一种 一样 一点 一年 一次 个月 多次 几个 两个 三个 有些 每次 每天
	不能 不会 不是 不知 不到 不好 不行 不够 不要 没有 没法 没人 办法 可以 可能 能不 是不 有没 能否 是否
	怎么 什么 为什 如何 怎样 希望 想要 想请 想问 需要 帮忙 帮助 请教 麻烦 谢谢 老师 师傅 专家 大家 有人 有谁 知道 不懂 觉得 感觉
	因为 所以 但是 可是 如果 然后 而且 或者 以及 还有 还是 就是 就会 都是 总是 老是 经常 有时 时候 现在 目前 已经 出来 起来
	以前 以后 之后 之前 最近 今年 去年 出现 发现 进行 使用 通过 根据 关于 对于 由于 其中 其他 主要 比较 非常 特别 越来 来越
	问题 情况 原因 解决 公司 单位 厂里 厂家 本厂 企业 客户`)

// units are what may stand behind a number, after a space or not, with the form they are given.
var units = unitMap(`
	mm cm dm m km um=μm μm nm in inch kg g t mg mpa gpa kpa pa bar psi n kn nm kw w kva kwh v kv mv a ma ka hz khz mhz ghz
	rpm r s ms min h d ml l db °c °f ° kb mb gb tb pt px ppm ph lux lm cd k`)

// hanUnits are units in Chinese that have a form of their own in Latin letters.
var hanUnits = map[string]string{
	"毫米": "mm", "厘米": "cm", "微米": "μm", "公里": "km", "千米": "km", "公斤": "kg", "千克": "kg", "毫克": "mg",
	"兆帕": "mpa", "千帕": "kpa", "千瓦": "kw", "赫兹": "hz", "毫升": "ml", "分贝": "db", "摄氏度": "°c",
}

// symbols stand before the number they belong to, and are joined with it across a space.
var symbols = wordSet("φ m r hrc hrb hb hv hs ra rz dn pn q")

func runeSet(s string) map[rune]bool {
	set := map[rune]bool{}
	for _, r := range s {
		set[r] = true
	}
	return set
}

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

func unitMap(s string) map[string]string {
	m := map[string]string{}
	for _, w := range strings.Fields(s) {
		name, form, ok := strings.Cut(w, "=")
		if !ok {
			form = name
		}
		m[name] = form
	}
	return m
}
