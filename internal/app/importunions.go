package app

import (
	"context"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/sheet"
)

func unionsKind(h *hall.Service) intake.Kind {
	name := textField("name", "工会名称", "工会全称", "基层工会名称", "工会组织名称", "工会委员会名称", "名称", "工会", "Union", "Name")
	name.Label, name.Example, name.Required = "intake.field.union_name", "intake.example.union_name", true
	level := textField("level", "工会层级", "工会级别", "层级", "级别", "Level")
	level.Kind, level.Required, level.Codes = intake.Choice, true, map[string]string{}
	for code, words := range map[hall.Level][]string{
		hall.Province: {"省", "省级", "自治区", "直辖市"}, hall.City: {"市", "市级", "地市", "设区市", "地级市"}, hall.County: {"县", "区", "县级", "区级", "县区", "县区级", "县市区", "县（市、区）", "县级市"},
		hall.Township: {"乡", "镇", "街道", "园区", "乡镇", "乡镇街道", "镇街", "乡镇级", "街道级", "开发区", "工业园区"}, hall.Grassroots: {"基层", "企业", "单位", "基层级", "企业工会", "单位工会"},
	} {
		for _, w := range words {
			level.Codes[sheet.Fold(w)], level.Codes[sheet.Fold(w+"工会")] = strconv.Itoa(int(code)), strconv.Itoa(int(code))
		}
	}
	for l := hall.Province; l <= hall.Grassroots; l++ {
		choose(&level, strconv.Itoa(int(l)), "hall.level."+strconv.Itoa(int(l)))
	}
	kind := textField("kind", "工会类型", "组建类型", "建会类型", "类型", "Kind")
	kind.Kind, kind.Codes = intake.Choice, map[string]string{"区域": "region", "地方": "region", "区域性": "region", "地方工会": "region",
		"企业": "employer", "单位": "employer", "单位工会": "employer", "单独建会": "employer", "行业": "trade", "行业性": "trade", "行业工会": "trade", "产业": "trade"}
	for _, k := range hall.UnionKinds {
		choose(&kind, string(k), "hall.kind."+string(k))
	}
	lat, lng := placeFields()
	return intake.Kind{Key: "unions", Icon: "network", Lead: true, Back: true, Target: &unionsTarget{hall: h}, Needs: [][]string{{"name"}, {"level"}},
		Under: []string{"名称", "层级", "级别"}, Fields: []intake.Field{name,
			textField("parent", "上级工会", "上级工会名称", "隶属工会", "所属上级", "主管工会", "上一级工会", "Union above", "Parent", "Parent union"), level, kind,
			textField("name_en", "英文名称", "英文名", "English name"), textField("code", "工会代码", "代码", "编码", "Code"), lat, lng}}
}

// unionsTarget makes unions. planned is what the list that is being checked would make.
type unionsTarget struct {
	hall    *hall.Service
	planned hall.Planned
}

// Fresh implements intake.Remembering.
func (t *unionsTarget) Fresh() intake.Target { return &unionsTarget{hall: t.hall} }

func (t *unionsTarget) entries(rows []intake.Row) []hall.UnionEntry {
	out := make([]hall.UnionEntry, len(rows))
	for i, r := range rows {
		v := r.Values
		level, _ := strconv.Atoi(v["level"]) // one of the codes
		u := hall.NewUnion{Level: hall.Level(level), Code: v["code"], Name: lang.Text{ZH: v["name"], EN: v["name_en"]}, Kind: hall.UnionKind(v["kind"]),
			Place: placeIn(v)}
		if u.Kind == "" {
			u.Kind = usualKind(u.Level)
		}
		out[i] = hall.UnionEntry{ID: r.IDs[0], EntryID: r.IDs[1], Parent: v["parent"], NewUnion: u}
	}
	return out
}

// usualKind is what most unions of a level are.
func usualKind(l hall.Level) hall.UnionKind {
	if l == hall.Grassroots {
		return hall.Employer
	}
	return hall.Region
}

// Check implements intake.Target.
func (t *unionsTarget) Check(ctx context.Context, a actor.Actor, unionID string, rows []intake.Row) ([]intake.Verdict, error) {
	found, err := t.hall.JudgeUnions(ctx, a, unionID, &t.planned, t.entries(rows))
	return verdicts(found), err
}

// Apply implements intake.Target. A union that is there is never filled: its lead renames it.
func (t *unionsTarget) Apply(ctx context.Context, a actor.Actor, unionID string, _ bool, rows []intake.Row) ([]intake.Verdict, error) {
	found, err := t.hall.AdmitUnions(ctx, a, unionID, t.entries(rows))
	return verdicts(found), err
}

// Undo implements intake.Target.
func (t *unionsTarget) Undo(ctx context.Context, a actor.Actor, rows []intake.Row) (int, []intake.Left, error) {
	gone, spared, err := t.hall.ExpelUnions(ctx, a, rowIDs(rows, 1))
	why := make(map[string]string, len(spared))
	for _, s := range spared {
		why[s.ID] = s.Why
	}
	return len(gone), leftOf(rows, why), err
}
