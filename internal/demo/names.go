package demo

import "strings"

// surnames of the province, with how many in a thousand bear them, roughly.
var surnames = strings.Fields(`陈112 林98 黄58 张46 吴44 李42 郑40 王38 刘30 蔡26 杨24 许20 苏16 谢16 周15 叶14 郭14 何13 曾13 江13 洪13 邱12 赖11 罗11 廖10 魏10 游9
 翁9 徐9 朱9 庄9 卢9 施8 詹8 余8 方8 潘8 肖8 高7 柯7 胡7 池6 阮6 傅6 吕6 董6 沈6 赵6 颜6 俞5 温5 邓5 程5 范5 唐5 连5 官4 饶4 雷4 蓝4 钟4 兰4 倪4 薛4
 马4 丁4 姚4 孙4 严4 危3 占3 汤3 巫3 涂3 宋3 欧3 练2 揭2 上官2 欧阳2 章3 华2 缪3 龚3 戴3 韩2 曹2 冯2 梁2 彭2 袁2 田2 简2 童2 夏2 尤3 纪2 骆2 伍2 熊2 石2`)

// given are given names of a generation: by sex, characters that stand alone or go together.
type given struct {
	until  int      // born up to this year
	whole  []string // names as they are
	first  []string // characters for the first of two
	second []string // and for the second
	single []string // alone
}

var men = []given{
	{1969, words(`建国 国强 志强 建华 永福 金水 水生 国平 文龙 清水 长春 德福 振兴 木生 炳坤 荣华 天赐 福生 庆祥 炎坤 火旺 松柏 新民 庆丰 锦堂 家旺 阿福 培基 传福 宝珠`),
		words(`国 建 永 金 文 德 志 明 清 庆 振 荣 光 天 长 家 炳 水 福 瑞 锦 世 宗 培 传 祖 昌 尚 兴`), words(`华 福 强 明 生 平 贵 忠 水 辉 木 金 坤 成 富 春 财 祥 良 山 雄 辉 发 炎 龙 德 文 钦 铨`), words(`勇 军 平 强 忠 辉`)},
	{1984, words(`志强 建军 伟强 文斌 志伟 永辉 晓东 国栋 海波 少华 文杰 志明 建平 庆辉 剑锋 学军 宏伟 育林 向东 宗明 聪明 进财 金钟 江海 伟民`),
		words(`志 建 文 伟 永 海 晓 国 剑 少 学 宏 庆 世 俊 炳 振 丽 金 育 祥 育 泽 清 荣 进 聪 锦`), words(`强 军 伟 斌 辉 明 华 平 峰 杰 波 林 东 生 城 彬 雄 忠 敏 福 毅 龙 川 煌 辉 坚 勇`), words(`伟 勇 军 强 斌 峰 辉 涛 刚 敏 杰 波 鹏 毅`)},
	{1996, words(`嘉伟 志鹏 俊杰 泽林 文涛 宇鹏 晓峰 少波 振宇 家豪 志豪 伟杰 坤鹏 凯 宗翰 俊辉 铭辉 志超 毅鹏 剑平 浩东 启明 荣鑫`),
		words(`俊 志 泽 文 嘉 宇 晓 伟 凯 坤 家 铭 振 浩 毅 启 宗 锦 炜 少 柏 子 思 鸿 建`), words(`杰 鹏 辉 豪 峰 伟 涛 林 彬 超 龙 翔 城 斌 煌 铭 宇 泽 鑫 洋 东 凯 源 阳`), words(`凯 鹏 超 磊 翔 俊 晨 旭 伟 浩 宇 帆 杰`)},
	{2100, words(`梓轩 子涵 宇航 浩然 子轩 俊熙 皓轩 奕辰 梓豪 博文 睿 宇轩 嘉豪 泽宇 子墨 一鸣 星宇 俊豪 承泽 锦程 铭轩 少博 振烨`),
		words(`子 宇 梓 浩 泽 嘉 俊 奕 铭 承 博 睿 煜 皓 鑫 昊 星 锦 柏`), words(`轩 涵 豪 宇 辰 泽 航 睿 烨 熙 铭 浩 阳 翔 杰 晟 霖 恒 然 炜`), words(`睿 浩 宇 轩 晨 昊 烨 鑫 翔`)},
}

var women = []given{
	{1969, words(`秀英 丽珍 秀珠 阿珠 美玉 素珍 金花 玉兰 桂花 秀金 碧珍 淑贞 宝珠 月娥 丽卿 秀琴 美珍 玉英 碧霞 淑芬 素英 阿妹 秀钦 惠珍 瑞珍 玉春`),
		words(`秀 丽 美 玉 素 金 桂 淑 月 碧 惠 瑞 春 阿 宝 爱 彩 亚 凤 雪 莲 翠`), words(`英 珍 珠 花 兰 玉 琴 娥 芬 贞 霞 钦 云 香 莲 妹 金 卿 莺 治 治 桂 春 云`), words(`英 珍 兰 芳 琴 玉`)},
	{1984, words(`丽萍 丽华 秀华 晓红 雪梅 淑华 丽娟 海燕 秋香 惠玲 美华 晓燕 琼 丽云 雅芳 碧华 素琴 丽红 彩虹 月琴 秋萍 春燕`),
		words(`丽 晓 雪 淑 海 秋 惠 雅 美 彩 燕 碧 春 小 文 月 秀 志 琼 佳 爱 玉 冬`), words(`萍 华 红 梅 娟 燕 玲 云 芳 琴 英 琼 香 珍 敏 芬 霞 清 虹 莲 卿 珠 莺 容 凤`), words(`静 丽 敏 燕 芳 娟 玲 萍 琼 红 梅`)},
	{1996, words(`佳慧 雅婷 晓玲 思雨 婷婷 雪莹 晓雯 静怡 晓琳 欣怡 佳丽 雅雯 小燕 文静 巧玲 慧敏 婉婷 诗婷 雅萍 丽娜 晓璐 凤娇 巧云`),
		words(`雅 佳 晓 思 雪 婉 静 欣 诗 慧 巧 丽 小 婷 琳 晨 燕 艺 春 海 文 舒 榕`), words(`婷 慧 玲 雯 怡 莹 琳 敏 萍 静 娜 芳 丽 燕 璐 霞 梅 云 倩 珊 虹 娟 瑜 芬`), words(`婷 静 莹 倩 雯 琳 燕 慧 洁 颖 丹`)},
	{2100, words(`梓涵 欣怡 诗涵 雨萱 梓萱 可馨 一诺 思颖 佳怡 雨桐 若曦 语彤 诗琪 钰涵 紫涵 晨曦 依诺 梦瑶 芷晴 婧怡 静雯 艺涵`),
		words(`雨 诗 梓 欣 思 可 若 语 芷 梦 钰 紫 佳 艺 晨 依 婧 静 舒 榕 妍`), words(`涵 怡 萱 馨 彤 琪 瑶 晴 颖 桐 诺 曦 雯 菲 萍 妍 霏 悦 茹`), words(`涵 妍 萱 悦 颖 欣 桐`)},
}

func words(s string) []string { return strings.Fields(s) }

// name makes a person's name as people born in that year are called.
func name(d dice, female bool, born int) string {
	i := familyNames.pick(d)
	return strings.TrimRight(surnames[i], "0123456789") + givenName(d, female, born)
}

var familyNames = newScale(len(surnames), func(i int) float64 {
	n := 0
	for _, r := range surnames[i] {
		if r >= '0' && r <= '9' {
			n = n*10 + int(r-'0')
		}
	}
	return float64(n)
})

func givenName(d dice, female bool, born int) string {
	table := men
	if female {
		table = women
	}
	for _, g := range table {
		if born > g.until {
			continue
		}
		switch x := d.IntN(100); {
		case x < 22:
			return pick(d, g.whole)
		case x < 32:
			return pick(d, g.single)
		}
		for {
			if a, b := pick(d, g.first), pick(d, g.second); a != b {
				return a + b
			}
		}
	}
	panic("demo: nobody is born after " + sprint("%d", born))
}

// surname is the part of a name by which people are addressed: 林工, 欧阳师傅.
func surname(full string) string {
	for _, two := range []string{"欧阳", "上官"} {
		if strings.HasPrefix(full, two) {
			return two
		}
	}
	return string([]rune(full)[:1])
}

// brands are what invented firms are called: two characters, each with its sound. Pairs that belong to
// well-known firms are left out.
var (
	brandFirst = strings.Fields(`鸿Hong 捷Jie 泰Tai 瑞Rui 锦Jin 晟Sheng 骏Jun 昱Yu 卓Zhuo 翊Yi 铭Ming 沃Wo 霖Lin 璟Jing 屹Yi 朗Lang 弘Hong 诚Cheng 闽Min 榕Rong 鹭Lu 刺Ci 丰Feng 源Yuan
 佳Jia 凯Kai 益Yi 顺Shun 金Jin 恒Heng 汇Hui 利Li 宏Hong 万Wan 力Li 德De 正Zheng 旭Xu 启Qi 新Xin 联Lian 广Guang 和He 永Yong 荣Rong 嘉Jia 三San 立Li 众Zhong 天Tian 海Hai 山Shan 岩Yan 溪Xi`)
	brandSecond = strings.Fields(`辉Hui 泰Tai 通Tong 盛Sheng 达Da 旺Wang 科Ke 创Chuang 成Cheng 兴Xing 隆Long 腾Teng 宇Yu 拓Tuo 信Xin 源Yuan 峰Feng 润Run 裕Yu 丰Feng 发Fa 祥Xiang 鑫Xin 远Yuan 良Liang 茂Mao 康Kang 顺Shun 和He
 胜Sheng 特Te 邦Bang 锐Rui 航Hang 宝Bao 翔Xiang 亿Yi 弘Hong 立Li 富Fu 联Lian 杰Jie 泽Ze 堂Tang 川Chuan 岳Yue 阳Yang 屿Yu 禾He 益Yi`)
	brandsTaken = `恒安 恒申 恒力 恒源 恒丰 恒大 恒兴 恒达 永荣 永辉 永兴 永丰 天马 海源 海康 海天 海信 海尔 三安 三钢 三一 利郎 金龙 金牌 金隆 盛辉 汇川 万达 万科 万通 万润 万华 德力 德邦 新大 新东
 联创 联发 联想 联泰 旭辉 旭阳 宏发 宏远 宏达 宏源 凯邦 凯立 正泰 正邦 正源 正通 力源 力达 力帆 顺丰 顺发 顺达 广联 广发 天润 天通 天翔 天合 天祥 和信 荣盛 荣信 启航 启明 立达 立信 新和 新希 佳通 佳禾 鸿达 鸿星
 鸿博 鸿泰 鸿远 瑞芯 瑞达 泰禾 泰康 泰盛 丰泽 丰达 源昌 嘉康 嘉泽 嘉裕 卓胜 锦江 锦源 金锐 金特 金宇 金发 金富 弘信 海翔 海峰 海通 岩鑫 三川 三富 三特 山鑫 天富 天源 众泰 众信 众联 德信 华祥 华远`
)

// split parts "鸿Hong" into character and sound.
func split(s string) (zh, en string) {
	r := []rune(s)
	return string(r[:1]), string(r[1:])
}

// brand makes the name of a firm, with its sound.
func brand(d dice) (zh, en string) {
	for {
		a, ea := split(pick(d, brandFirst))
		b, eb := split(pick(d, brandSecond))
		if a == b || strings.Contains(brandsTaken, a+b) {
			continue
		}
		return a + b, ea + strings.ToLower(eb)
	}
}
