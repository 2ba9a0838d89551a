package app

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
)

func needsKind(h *hall.Service, ex *exchange.Service) intake.Kind {
	t := trades{ex}
	firm := textField("enterprise", "企业名称", "需求企业", "提出企业", "所属企业", "单位名称", "公司名称", "企业", "单位", "Enterprise", "Company")
	licence := textField("licence", "统一社会信用代码", "社会信用代码", "信用代码", "营业执照号", "Credit code", "Licence")
	licence.Kind, licence.Looks = intake.Digits, hall.ValidLicence
	title := textField("need_title", "需求标题", "需求名称", "难题名称", "技术难题", "技术需求", "难题", "标题", "Need", "Problem")
	title.Required = true
	trade := textField("trade", "工种", "所需工种", "需要工种", "涉及工种", "专业", "专业方向", "Trade")
	trade.Required, trade.Looks, trade.Offers = true, t.looks, t.names
	story := textField("story", "具体情况", "情况说明", "需求内容", "需求描述", "问题描述", "难题描述", "详细说明", "情况描述", "Details", "Description")
	story.Required = true
	before, target := textField("measure_before", "现在值", "目前值", "现状值", "现值", "Now"), textField("measure_target", "目标值", "希望达到", "期望值", "Target")
	before.Kind, target.Kind = intake.Decimal, intake.Decimal
	lat, lng := placeFields()
	from, to := textField("from", "开始日期", "希望上门日期", "最早日期", "从", "From"), textField("to", "截止日期", "结束日期", "最迟日期", "至", "Until")
	from.Kind, to.Kind = intake.Date, intake.Date
	urgency := textField("urgency", "紧急程度", "急缓", "缓急程度", "急迫程度", "是否紧急", "Urgency")
	urgency.Kind, urgency.Codes = intake.Choice, map[string]string{"一般": exchange.Normal, "不急": exchange.Normal, "普通": exchange.Normal, "否": exchange.Normal,
		"较急": exchange.Soon, "比较急": exchange.Soon, "尽快": exchange.Soon, "紧急": exchange.Urgent, "特急": exchange.Urgent, "急": exchange.Urgent, "加急": exchange.Urgent, "是": exchange.Urgent}
	for _, u := range []string{exchange.Normal, exchange.Soon, exchange.Urgent} {
		choose(&urgency, u, "intake.urgency."+u)
	}
	return intake.Kind{Key: "needs", Icon: "wrench", Loud: true, Target: needs{h, ex, t}, Needs: [][]string{{"enterprise", "licence"}, {"need_title"}, {"trade"}, {"story"}},
		Fields: []intake.Field{firm, licence, title, trade, story,
			textField("equipment", "设备型号", "设备", "设备名称", "设备、型号、材料", "设备及材料", "Equipment"),
			textField("measure_name", "衡量指标", "指标", "考核指标", "验收指标", "Measure"), before, target, textField("measure_unit", "计量单位", "指标单位", "Unit of measure"),
			textField("address", "现场地址", "地点", "服务地点", "所在地", "地址", "Address"), lat, lng, from, to, urgency}}
}

// needs posts needs for enterprises, of the kind that a new hall opens with.
type needs struct {
	hall     *hall.Service
	exchange *exchange.Service
	trades   trades
}

// needRow is a row with the enterprise that it names.
type needRow struct {
	intake.Row
	firm hall.Enterprise
}

// entryOfNeed reads a row into the kind's form as it is now; what cannot be read is wrong.
func entryOfNeed(k exchange.Kind, words tradeWords, r needRow) (e exchange.NeedEntry, wrong []fault.Field) {
	v, form := r.Values, exchange.Values{}
	var c fault.Check
	put := func(f exchange.Field, known bool, val exchange.Value) {
		if known {
			form[f.Key] = val
		}
	}
	of := func(t exchange.FieldType, val exchange.Value) {
		f, known := k.Need.Of(t)
		put(f, known, val)
	}
	of(exchange.Title, exchange.Value{Text: v["need_title"]})
	if f, _, known := k.Trade(); known && v["trade"] != "" {
		codes, ok := words.codes(v["trade"])
		c.That(ok, "trade", "intake.bad.trade")
		c.That(len(codes) < 2 || f.Type == exchange.Choices, "trade", "intake.bad.one-trade")
		if ok && f.Type == exchange.Choices {
			put(f, true, exchange.Value{Choices: codes})
		} else if ok {
			put(f, true, exchange.Value{Text: codes[0]})
		}
	}
	for _, key := range []string{"story", "equipment"} {
		f, known := k.Need.FieldOf(key)
		put(f, known && v[key] != "", exchange.Value{Text: v[key]})
	}
	if v["measure_name"]+v["measure_before"]+v["measure_target"] != "" {
		of(exchange.Gauge, exchange.Value{Measure: &exchange.Measure{Name: v["measure_name"], Unit: v["measure_unit"],
			Before: number(v["measure_before"]), Target: number(v["measure_target"])}})
	}
	of(exchange.Place, exchange.Value{Spot: spotOf(v, r.firm)})
	of(exchange.Days, exchange.Value{Days: daysOf(v)})
	of(exchange.Urgency, exchange.Value{Text: v["urgency"]})
	return exchange.NeedEntry{ID: r.IDs[0], EnterpriseID: r.firm.ID, Values: form}, wrongFields(c.Err())
}

// spotOf is where the need is: at the enterprise, unless the row says.
func spotOf(v map[string]string, firm hall.Enterprise) *exchange.Spot {
	place := placeIn(v)
	s := exchange.Spot{Lat: place.Lat, Lng: place.Lng, Address: v["address"]}
	if s == (exchange.Spot{}) {
		s = exchange.Spot{Lat: firm.Place.Lat, Lng: firm.Place.Lng, Address: firm.Address}
	}
	return &s
}

// daysOf are the days from the start of the first to the end of the last.
func daysOf(v map[string]string) *exchange.Span {
	var s exchange.Span
	if d, err := time.ParseInLocation(time.DateOnly, v["from"], lang.Zone); err == nil {
		s.From = d.UTC()
	}
	if d, err := time.ParseInLocation(time.DateOnly, v["to"], lang.Zone); err == nil {
		s.To = d.AddDate(0, 0, 1).UTC()
	}
	if s == (exchange.Span{}) {
		return nil
	}
	return &s
}

// judge finds the enterprises of the rows, and has those judged by fn that have one.
func (t needs) judge(ctx context.Context, a actor.Actor, unionID string, rows []intake.Row, fn func([]exchange.NeedEntry) ([]exchange.Standing, error)) ([]intake.Verdict, error) {
	k, err := t.exchange.Kind(a, exchange.ExpertVisit)
	if err != nil {
		return nil, err
	}
	named := make([]hall.FirmName, len(rows))
	for i, r := range rows {
		named[i] = hall.FirmName{Name: r.Values["enterprise"], Licence: r.Values["licence"]}
	}
	firms, err := t.hall.FirmsNamed(ctx, a, unionID, named)
	if err != nil {
		return nil, err
	}
	at := make(map[int]hall.NamedFirm, len(rows))
	for i, r := range rows {
		at[r.N] = firms[i]
	}
	words := t.trades.words()
	read := func(r intake.Row) (exchange.NeedEntry, []fault.Field) {
		f := at[r.N]
		e, wrong := entryOfNeed(k, words, needRow{r, f.Enterprise})
		if f.Why != "" {
			field := "enterprise"
			if f.Licence {
				field = "licence"
			}
			wrong = append([]fault.Field{{Path: field, Msg: f.Why}}, wrong...)
		}
		return e, wrong
	}
	return judged(rows, read, func(list []exchange.NeedEntry) ([]intake.Verdict, error) {
		found, err := fn(list)
		out := make([]intake.Verdict, len(found))
		for i, st := range found {
			out[i] = intake.Verdict{Outcome: intake.Outcome(st.State)}
			if st.Err != nil {
				out[i] = intake.Verdict{Outcome: intake.OutcomeBad, Wrong: t.inColumns(k, st.Err)}
			}
		}
		return out, err
	})
}

// inColumns says of what is wrong with a form in which column it stands.
func (t needs) inColumns(k exchange.Kind, err error) []fault.Field {
	columns := map[string]string{"story": "story", "equipment": "equipment"}
	for typ, column := range map[exchange.FieldType]string{exchange.Title: "need_title", exchange.Place: "address", exchange.Days: "to", exchange.Urgency: "urgency"} {
		if f, known := k.Need.Of(typ); known {
			columns[f.Key] = column
		}
	}
	if f, known := k.Need.Of(exchange.Gauge); known {
		columns[f.Key], columns[f.Key+".name"], columns[f.Key+".target"], columns[f.Key+".unit"] = "measure_name", "measure_name", "measure_target", "measure_unit"
	}
	if f, _, known := k.Trade(); known {
		columns[f.Key] = "trade"
	}
	out := wrongFields(err)
	for i := range out {
		out[i].Path = columns[out[i].Path]
	}
	return out
}

// Check implements intake.Target.
func (t needs) Check(ctx context.Context, a actor.Actor, unionID string, rows []intake.Row) ([]intake.Verdict, error) {
	return t.judge(ctx, a, unionID, rows, func(list []exchange.NeedEntry) ([]exchange.Standing, error) {
		return t.exchange.JudgeNeeds(ctx, a, exchange.ExpertVisit, list)
	})
}

// Apply implements intake.Target. Needs are never filled: what an enterprise has asked for is its own word.
func (t needs) Apply(ctx context.Context, a actor.Actor, unionID string, _ bool, rows []intake.Row) ([]intake.Verdict, error) {
	return t.judge(ctx, a, unionID, rows, func(list []exchange.NeedEntry) ([]exchange.Standing, error) {
		return t.exchange.AdmitNeeds(ctx, a, exchange.ExpertVisit, list)
	})
}

// Undo implements intake.Target.
func (t needs) Undo(ctx context.Context, a actor.Actor, rows []intake.Row) (int, []intake.Left, error) {
	removed, spared, err := t.exchange.ExpelNeeds(ctx, a, rowIDs(rows, 0))
	why := make(map[string]string, len(spared))
	for _, s := range spared {
		why[s.ID] = s.Why
	}
	return removed, leftOf(rows, why), err
}
