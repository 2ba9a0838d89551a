package demo

// industry is a line of business: what its firms are called, whose problems they have, where they are.
type industry struct {
	code   string   // as the hall names it
	words  []string // what stands before 有限公司
	en     string
	trades []string
	by     map[string]float64 // weight by city or county; "" is everywhere else
}

// industries lean to where they really are: shoes in Jinjiang, stone in Nan'an, porcelain in Dehua, tea in
// Anxi, Wuyishan and Fuding, yarn in Changle, batteries in Ningde, machines for building in Longyan.
var industries = []industry{
	{"machinery", []string{"机械", "精密机械", "机械制造", "数控设备", "机电", "传动机械", "轻工机械"}, "Machinery",
		[]string{"cnc-turning", "milling", "grinding", "fitting", "welding", "hydraulics", "plc", "electrician", "heat-treatment", "metrology"},
		map[string]float64{"": 1.2, "集美区": 4, "闽侯县": 3, "新罗区": 3, "南安市": 3, "鲤城区": 3, "洛江区": 3, "福清市": 2, "沙县区": 2, "三元区": 3, "长泰区": 2}},
	{"metal", []string{"卫浴", "水暖", "阀门", "洁具"}, "Sanitary Ware",
		[]string{"cnc-turning", "casting", "electroplating", "grinding", "milling", "metrology"},
		map[string]float64{"": 0.1, "南安市": 5, "厦门市": .8, "福清市": .3}},
	{"mould", []string{"模具", "精密模具", "模塑"}, "Mould",
		[]string{"mould-making", "milling", "cnc-turning", "injection-moulding", "grinding", "heat-treatment"},
		map[string]float64{"": 0.5, "厦门市": 1.8, "闽侯县": 2, "龙海区": 1.2, "晋江市": 2}},
	{"plastics", []string{"塑胶", "塑料制品", "塑业", "精密塑胶"}, "Plastics",
		[]string{"injection-moulding", "mould-making", "plc", "robotics", "electrician"},
		map[string]float64{"": 0.8, "厦门市": 1.8, "福清市": 2, "晋江市": 2.5, "泉港区": 2}},
	{"plastics", []string{"橡胶", "橡塑", "密封件"}, "Rubber",
		[]string{"rubber", "mould-making", "metrology", "boiler"},
		map[string]float64{"": 0.4, "晋江市": 1.5, "厦门市": .6, "福清市": .8, "莆田市": .8}},
	{"metal", []string{"五金", "金属制品", "钣金", "电器柜体"}, "Metalware",
		[]string{"sheet-metal", "welding", "coating", "electroplating", "mould-making", "robotics"},
		map[string]float64{"": 0.9, "厦门市": 1.8, "龙文区": 3, "龙海区": 2, "晋江市": 2, "福州市": 1.2}},
	{"metal", []string{"钢构", "重工", "钢结构", "管业"}, "Steel Structures",
		[]string{"welding", "coating", "construction-machinery", "sheet-metal"},
		map[string]float64{"": 0.6, "马尾区": 2, "福安市": 1.2, "闽侯县": 1.5, "三元区": 1.5}},
	{"machinery", []string{"铸造", "铸锻", "金属铸件", "锻造"}, "Casting and Forging",
		[]string{"casting", "forging", "heat-treatment", "metrology", "electrician", "fitting"},
		map[string]float64{"": 0.35, "沙县区": 2, "三元区": 2, "大田县": 2, "永安市": 1.5, "南安市": 1.5, "闽清县": 1.2, "福安市": 1.5}},
	{"metal", []string{"热处理", "金属表面处理", "表面工程"}, "Surface Engineering",
		[]string{"heat-treatment", "electroplating", "coating", "metrology"},
		map[string]float64{"": 0.3, "厦门市": .6, "泉州市": .6, "闽侯县": 1}},
	{"electronics", []string{"电子", "光电", "电子科技", "精密电子"}, "Electronics",
		[]string{"injection-moulding", "sheet-metal", "plc", "metrology", "software-testing", "robotics", "refrigeration"},
		map[string]float64{"": 0.4, "厦门市": 3, "马尾区": 3, "福清市": 2, "莆田市": 1.2}},
	{"machinery", []string{"智能装备", "自动化设备", "自动化科技"}, "Automation",
		[]string{"plc", "robotics", "electrician", "fitting", "software-testing", "hydraulics"},
		map[string]float64{"": 0.4, "厦门市": 1.6, "鲤城区": 2, "晋江市": 2, "福州市": 1}},
	{"electrical", []string{"电机", "电器", "泵业", "机电设备"}, "Motors and Pumps",
		[]string{"cnc-turning", "electrician", "fitting", "casting", "pumps", "sheet-metal", "milling"},
		map[string]float64{"": 0.2, "福安市": 7, "柘荣县": 1, "蕉城区": 1}},
	{"textile", []string{"纺织", "化纤", "织造", "针纺"}, "Textile",
		[]string{"weaving", "spinning", "dyeing", "refrigeration", "electrician", "pumps"},
		map[string]float64{"": 0.3, "长乐区": 8, "晋江市": 2, "石狮市": 3, "永安市": 2.5, "尤溪县": 2.5, "仙游县": 1.2}},
	{"textile", []string{"染整", "印染", "漂染"}, "Dyeing and Finishing",
		[]string{"dyeing", "boiler", "electrician", "pumps", "weaving"},
		map[string]float64{"": 0.05, "石狮市": 4, "晋江市": 1.5, "长乐区": 2, "惠安县": .6}},
	{"footwear", []string{"鞋业", "体育用品", "鞋材", "鞋服"}, "Footwear",
		[]string{"footwear", "rubber", "garment", "injection-moulding"},
		map[string]float64{"": 0.1, "晋江市": 9, "荔城区": 6, "城厢区": 5, "涵江区": 4, "惠安县": 2, "石狮市": 1.5}},
	{"garment", []string{"服饰", "制衣", "服装", "针织服装"}, "Garment",
		[]string{"garment", "weaving", "boiler"},
		map[string]float64{"": 0.3, "石狮市": 7, "晋江市": 4, "丰泽区": 2, "惠安县": 2, "福州市": .5}},
	{"tea", []string{"茶业", "茶厂", "岩茶", "茶叶", "白茶"}, "Tea",
		[]string{"tea", "printing", "electrician", "refrigeration"},
		map[string]float64{"": 0.1, "安溪县": 10, "武夷山市": 11, "福鼎市": 9, "政和县": 6, "建瓯市": 3, "漳平市": 3, "寿宁县": 4, "平和县": 1.5, "华安县": 4, "永春县": 2, "大田县": 2, "福安市": 2, "宁化县": .5}},
	{"food", []string{"食品", "冷冻食品", "水产", "蜜饯", "海洋食品"}, "Foods",
		[]string{"food", "refrigeration", "boiler", "pumps", "printing", "electrician", "metrology"},
		map[string]float64{"": 0.5, "龙海区": 4, "东山县": 5, "诏安县": 4, "晋江市": 2, "连江县": 4, "霞浦县": 4, "漳浦县": 3, "惠安县": 2, "同安区": 1.5, "古田县": 2.5, "云霄县": 3, "罗源县": 2, "平潭县": 2}},
	{"building-materials", []string{"陶瓷", "瓷业", "工艺陶瓷", "陶业"}, "Ceramics",
		[]string{"ceramics", "boiler", "plc", "metrology"},
		map[string]float64{"": 0.05, "德化县": 10, "晋江市": 1.2, "闽清县": 4, "南安市": .6}},
	{"building-materials", []string{"石材", "石业", "石雕", "石材工艺"}, "Stone",
		[]string{"stone", "construction-machinery", "welding", "pumps"},
		map[string]float64{"": 0.1, "南安市": 5, "惠安县": 4, "罗源县": 4, "浦城县": 1, "福鼎市": 1}},
	{"furniture", []string{"家具", "木业", "竹业", "古典家具", "家居"}, "Furniture",
		[]string{"woodwork", "coating", "electrician"},
		map[string]float64{"": 0.3, "仙游县": 7, "龙文区": 2, "漳州市": 1, "建瓯市": 4, "顺昌县": 3, "邵武市": 3, "永安市": 1.5, "将乐县": 2, "政和县": 1.5, "建阳区": 3}},
	{"paper", []string{"纸业", "包装", "彩印", "纸品"}, "Packaging",
		[]string{"printing", "plc", "electrician", "boiler"},
		map[string]float64{"": 0.5, "晋江市": 1.5, "厦门市": .8, "龙海区": 1.2, "延平区": 2, "安溪县": 1.2}},
	{"chemical", []string{"化工", "新材料", "精细化工", "树脂"}, "Chemicals",
		[]string{"chemical-battery", "pumps", "boiler", "metrology", "electrician"},
		map[string]float64{"": 0.2, "泉港区": 3, "秀屿区": 1.5, "邵武市": 3, "三元区": 1, "清流县": 2, "明溪县": 2, "上杭县": 1}},
	{"energy", []string{"新能源", "电池材料", "储能科技", "光伏"}, "New Energy",
		[]string{"chemical-battery", "plc", "robotics", "metrology", "welding", "refrigeration"},
		map[string]float64{"": 0.12, "蕉城区": 6, "福鼎市": 1.2, "厦门市": .6, "上杭县": 2, "霞浦县": 1.5, "福安市": 1}},
	{"coal", []string{"矿业", "煤业", "矿山机械"}, "Mining",
		[]string{"mining", "hydraulics", "pumps", "electrician", "welding"},
		map[string]float64{"": 0.02, "永定区": 5, "新罗区": 2, "漳平市": 3, "大田县": 3, "永安市": 1, "上杭县": 1.5, "武平县": 1}},
	{"construction", []string{"工程机械", "起重设备", "建工", "隧道工程"}, "Construction",
		[]string{"construction-machinery", "hydraulics", "welding", "elevator"},
		map[string]float64{"": 0.4, "新罗区": 3, "福州市": .8, "集美区": 1.2, "平潭县": 1, "惠安县": 1}},
	{"services", []string{"电梯", "机电安装", "物业服务"}, "Elevators",
		[]string{"elevator", "electrician", "refrigeration"},
		map[string]float64{"": 0.25, "福州市": .6, "厦门市": .7}},
	{"logistics", []string{"物流", "运输", "汽车服务", "冷链物流", "供应链"}, "Logistics",
		[]string{"auto-repair", "construction-machinery", "refrigeration", "network-data"},
		map[string]float64{"": 0.4, "马尾区": 1.2, "海沧区": 2, "晋江市": 1.5, "新罗区": 1, "福清市": 1}},
	{"software", []string{"软件", "信息技术", "网络科技", "数字科技"}, "Software",
		[]string{"software-testing", "network-data"},
		map[string]float64{"": 0.12, "鼓楼区": 6, "思明区": 4, "湖里区": 3, "丰泽区": 2, "仓山区": 1.5, "新罗区": .5}},
}

// weight is how much of the industry a county has.
func (i industry) weight(city, county string) float64 {
	for _, key := range []string{county, city} {
		if w, ok := i.by[key]; ok {
			return w
		}
	}
	return i.by[""]
}

// everywhere are trades whose problems any larger firm can have.
var everywhere = []string{"electrician", "elevator", "boiler", "network-data", "metrology", "refrigeration", "pumps", "welding"}

// common are the trades that most needs are about; each has twice the families of another.
var common = map[string]bool{
	"cnc-turning": true, "milling": true, "mould-making": true, "welding": true, "injection-moulding": true, "sheet-metal": true,
	"plc": true, "electrician": true, "weaving": true, "tea": true, "food": true, "footwear": true,
}

// kin are the trades next to a trade, which a master may know as well.
var kin = map[string][]string{
	"cnc-turning": {"milling", "grinding"}, "milling": {"cnc-turning", "mould-making"}, "grinding": {"cnc-turning", "fitting"},
	"fitting": {"hydraulics", "pumps", "mould-making"}, "mould-making": {"milling", "injection-moulding", "sheet-metal"},
	"injection-moulding": {"mould-making", "rubber"}, "rubber": {"footwear", "injection-moulding"}, "sheet-metal": {"welding", "mould-making"},
	"welding": {"sheet-metal", "robotics"}, "casting": {"heat-treatment", "metrology"}, "forging": {"heat-treatment"},
	"heat-treatment": {"forging", "metrology"}, "electroplating": {"coating"}, "coating": {"electroplating", "robotics"},
	"plc": {"robotics", "electrician"}, "robotics": {"plc", "welding"}, "electrician": {"plc", "elevator"}, "metrology": {"grinding"},
	"hydraulics": {"pumps", "construction-machinery"}, "pumps": {"boiler", "hydraulics"}, "boiler": {"pumps"},
	"refrigeration": {"electrician", "pumps"}, "elevator": {"electrician"}, "construction-machinery": {"hydraulics", "auto-repair"},
	"mining": {"hydraulics", "electrician"}, "spinning": {"weaving"}, "weaving": {"spinning", "dyeing"}, "dyeing": {"weaving", "boiler"},
	"garment": {"footwear"}, "footwear": {"garment", "rubber"}, "tea": {"food"}, "food": {"refrigeration", "tea"}, "ceramics": {"boiler"},
	"stone": {"construction-machinery"}, "printing": {"plc"}, "woodwork": {"coating"}, "chemical-battery": {"pumps", "plc"},
	"auto-repair": {"electrician", "hydraulics"}, "software-testing": {"network-data"}, "network-data": {"software-testing", "plc"},
}
