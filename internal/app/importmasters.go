package app

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/sheet"
)

func mastersKind(h *hall.Service, ex *exchange.Service) intake.Kind {
	t := trades{ex}
	name := textField("name", "姓名", "工匠姓名", "劳模姓名", "专家姓名", "名字", "Name", "Full name")
	name.Label, name.Required, name.Looks = "intake.field.person_name", true, isName
	phone := textField("phone", "手机号", "手机号码", "手机", "联系电话", "电话", "联系方式", "Phone", "Mobile")
	phone.Kind, phone.Required, phone.Unique, phone.Looks = intake.Digits, true, true, isPhone
	title := textField("title", "技能等级", "职称", "技术职称", "职业技能等级", "称号", "Title", "Skill level")
	title.Required = true
	craft := textField("craft", "工种", "技能工种", "职业工种", "专业工种", "从事工种", "专业", "Trade", "Craft")
	craft.Required, craft.Looks, craft.Offers = true, t.looks, t.names
	year := textField("honour_year", "授予年份", "授予时间", "获奖年份", "获评时间", "命名时间", "荣誉年份", "荣誉时间", "Honour year", "Year of honour")
	year.Example = "" // the template has the years beside the honours
	lat, lng := placeFields()
	load := textField("max_load", "同时承接", "最多同时承接", "同时承接数", "At once", "Load")
	load.Kind = intake.Decimal
	return intake.Kind{Key: "masters", Icon: "award", Target: masters{h, ex, t}, Needs: [][]string{{"name"}, {"phone"}, {"title"}, {"craft"}},
		Under: []string{"名称", "时间", "年份"}, Fields: []intake.Field{name, phone, unionField, title, craft,
			textField("honours", "荣誉", "荣誉称号", "荣誉名称", "所获荣誉", "获得荣誉", "表彰奖励", "主要荣誉", "Honours"), year,
			textField("city", "所在城市", "城市", "所在地市", "常驻城市", "City"), lat, lng,
			textField("reach", "服务半径", "服务范围", "上门距离", "服务距离", "Reach"), load,
			textField("bio", "专长", "技术专长", "擅长领域", "个人简介", "简介", "Specialities", "About")}}
}

// between are what stands between several things in one cell.
var between = regexp.MustCompile(`[、,，;；/\n|]+`)

func parts(cell string) (out []string) {
	for _, p := range between.Split(cell, -1) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// tradeWords are the codes of trades by their names in either language, by other words for them, and by code.
type tradeWords map[string]string

func (t trades) words() tradeWords {
	words := tradeWords{}
	for _, x := range slices.Backward(t.list()) { // the first of two that share a word has it
		for _, w := range append(slices.Clone(x.Also), x.Name.EN, x.Name.ZH, x.Code) {
			words[sheet.Fold(w)] = x.Code
		}
	}
	return words
}

// looks reports whether a cell names trades.
func (t trades) looks(cell string) bool { _, ok := t.words().codes(cell); return ok }

// codes gives the trades that a cell names.
func (words tradeWords) codes(cell string) (out []string, ok bool) {
	if code, whole := words[sheet.Fold(cell)]; whole {
		return []string{code}, true
	}
	for _, p := range parts(cell) {
		code, known := words[sheet.Fold(p)]
		if !known {
			return nil, false
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out, len(out) > 0
}

// names are what the template offers.
func (t trades) names(ctx context.Context) (out []string) {
	for _, x := range t.list() {
		out = append(out, x.Name.In(ctx))
	}
	return out
}

// yearForm is a year with what stands around it.
var yearForm = regexp.MustCompile(`[（(\[]?\s*((?:19|20)[0-9]{2})\s*年?度?\s*[）)\]]?`)

// lines brings back the lines of a cell, of which reading it has left blanks, where one ends with a year.
var lines = strings.NewReplacer(") ", ")、", "） ", "）、")

// honoursOf reads honours with their years: "全国劳动模范（2020）、2018年福建工匠". A cell with one honour may have its year
// in a column of its own.
func honoursOf(cell, year string) (out []hall.Honour, ok bool) {
	list := parts(lines.Replace(cell))
	for _, p := range list {
		p = sheet.Clean(p)
		at, name := "", p
		if m := yearForm.FindStringSubmatch(p); m != nil {
			at, name = m[1], strings.Replace(p, m[0], "", 1)
		} else if len(list) == 1 {
			at = yearOf(year)
		}
		y, err := strconv.Atoi(at)
		if name = strings.Trim(name, " ·:：-—"); err != nil || name == "" {
			return nil, false
		}
		out = append(out, hall.Honour{Name: name, Year: y})
	}
	return out, true
}

// yearOf reads a year, also out of a date.
func yearOf(s string) string {
	if d, why := sheet.Date(s); why == "" && s != "" && len(s) > 4 {
		return d[:4]
	}
	if m := yearForm.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// masters takes masters in, with the people that they are.
type masters struct {
	hall     *hall.Service
	exchange *exchange.Service
	trades   trades
}

// entryOfMaster reads a row; what cannot be read is wrong.
func entryOfMaster(words tradeWords, r intake.Row) (e hall.MasterEntry, wrong []fault.Field) {
	v, usual := r.Values, hall.UsualMaster()
	e = hall.MasterEntry{ID: r.IDs[0], EntryID: r.IDs[1], Name: v["name"], Phone: v["phone"], Union: v["union"], Open: v["reach"] == "" && v["max_load"] == ""}
	e.Title, e.Bio, e.City, e.ReachMetre, e.MaxLoad = v["title"], v["bio"], v["city"], usual.ReachMetre, usual.MaxLoad
	e.Calendar, e.Place = usual.Calendar, placeIn(v)
	var c fault.Check
	var ok bool
	if e.Craft, ok = words.codes(v["craft"]); v["craft"] != "" {
		c.That(ok, "craft", "intake.bad.trade")
	}
	e.Honours, ok = honoursOf(v["honours"], v["honour_year"])
	c.That(ok, "honours", "intake.bad.honour-year")
	if v["reach"] != "" {
		e.ReachMetre, ok = metres(v["reach"])
		c.That(ok, "reach", "intake.bad.reach")
	}
	if v["max_load"] != "" {
		n, err := strconv.Atoi(v["max_load"])
		c.That(err == nil, "max_load", "sheet.bad.number")
		e.MaxLoad = n
	}
	return e, wrongFields(c.Err())
}

// metres reads how far somebody travels: "50", "50公里", "线上".
func metres(s string) (int, bool) {
	for _, w := range []string{"仅线上", "线上", "网上", "online"} {
		if sheet.Fold(s) == w {
			return 0, true
		}
	}
	s = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(sheet.Narrow(s)), "公里"), "km"), "千米")
	km, why := sheet.Decimal(s)
	return int(km * 1000), why == "" && km >= 0 && km <= hall.MaxReach/1000
}

// judged has the rows that can be read judged by fn, and puts the answers beside what is wrong with the others.
func judged[E any](rows []intake.Row, read func(intake.Row) (E, []fault.Field), fn func([]E) ([]intake.Verdict, error)) ([]intake.Verdict, error) {
	out := make([]intake.Verdict, len(rows))
	var list []E
	var at []int
	for i, r := range rows {
		e, wrong := read(r)
		if len(wrong) > 0 {
			out[i] = intake.Verdict{Outcome: intake.OutcomeBad, Wrong: wrong}
			continue
		}
		list, at = append(list, e), append(at, i)
	}
	if len(list) == 0 {
		return out, nil
	}
	found, err := fn(list)
	if err != nil {
		return nil, err
	}
	for i, v := range found {
		out[at[i]] = v
	}
	return out, nil
}

// judge reads the rows, and has those judged by fn that can be read.
func (t masters) judge(rows []intake.Row, fn func([]hall.MasterEntry) ([]hall.Standing, error)) ([]intake.Verdict, error) {
	words := t.trades.words()
	read := func(r intake.Row) (hall.MasterEntry, []fault.Field) { return entryOfMaster(words, r) }
	return judged(rows, read, func(list []hall.MasterEntry) ([]intake.Verdict, error) {
		found, err := fn(list)
		return verdicts(found), err
	})
}

// Check implements intake.Target.
func (t masters) Check(ctx context.Context, a actor.Actor, unionID string, rows []intake.Row) ([]intake.Verdict, error) {
	return t.judge(rows, func(list []hall.MasterEntry) ([]hall.Standing, error) {
		return t.hall.JudgeMasters(ctx, a, unionID, list)
	})
}

// Apply implements intake.Target. There is nothing to fill: what a master's entry says is for the master and the union.
func (t masters) Apply(ctx context.Context, a actor.Actor, unionID string, _ bool, rows []intake.Row) ([]intake.Verdict, error) {
	return t.judge(rows, func(list []hall.MasterEntry) ([]hall.Standing, error) {
		return t.hall.AdmitMasters(ctx, a, unionID, list)
	})
}

// Undo implements intake.Target. Who was there before is no master any more, and stays; who came new goes as well.
func (t masters) Undo(ctx context.Context, a actor.Actor, rows []intake.Row) (int, []intake.Left, error) {
	entries := make(map[string]string, len(rows))
	for _, r := range rows {
		entries[r.IDs[1]] = r.IDs[0]
	}
	gone, spared, err := t.hall.ExpelMasters(ctx, a, entries, t.exchange.Engaged)
	if err != nil {
		return 0, nil, err
	}
	if err := t.exchange.ExpelOffers(ctx, gone); err != nil {
		return 0, nil, err
	}
	_, people, err := t.hall.ExpelPeople(ctx, a, rowIDs(rows, 0))
	why := make(map[string]string, len(spared)+len(people))
	for _, p := range people {
		why[p] = used
	}
	for _, s := range spared {
		why[entryOf(rows, s.ID)] = s.Why
	}
	return len(gone), leftOf(rows, why), err
}

// entryOf is the first identifier of the row whose second one it is.
func entryOf(rows []intake.Row, second string) string {
	i := slices.IndexFunc(rows, func(r intake.Row) bool { return r.IDs[1] == second })
	return rows[i].IDs[0]
}
