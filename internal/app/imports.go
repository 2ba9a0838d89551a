package app

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/sheet"
)

// importKinds are the lists that can be imported.
func (a *App) importKinds() []intake.Kind {
	return []intake.Kind{workersKind(a.Hall), enterprisesKind(a.Hall, a.Exchange), mastersKind(a.Hall, a.Exchange), needsKind(a.Hall, a.Exchange), unionsKind(a.Hall)}
}

// importUnions answers the imports' questions about unions.
type importUnions struct{ hall *hall.Service }

// Scope implements intake.Unions.
func (u importUnions) Scope(ctx context.Context, a actor.Actor, unionID string) (intake.Union, error) {
	found, err := u.hall.Scope(ctx, a, unionID)
	return intake.Union{ID: found.ID, Path: found.Path, Name: found.Name}, err
}

// importRecords writes imports into the hall's record.
type importRecords struct{ hall *hall.Service }

// Note implements intake.Records.
func (r importRecords) Note(ctx context.Context, a actor.Actor, what intake.Note, j intake.Job) error {
	as := map[intake.Note]string{intake.NoteBegun: hall.AuditImported, intake.NoteEnded: hall.AuditEnded, intake.NoteUndone: hall.AuditUndone}[what]
	return r.hall.NoteImport(ctx, a, as, j.UnionPath, j.UnionID, map[string]any{"import": j.ID, "kind": j.Kind, "file": j.File, "new": j.New, "added": j.Added})
}

func isPhone(s string) bool { _, ok := hall.ParsePhone(s); return ok }
func isEmail(s string) bool { _, ok := hall.ParseEmail(s); return ok }

// isName reports what looks like a person's name: two to four Chinese characters.
func isName(s string) bool {
	n := 0
	for _, r := range s {
		if r < 0x4e00 || r > 0x9fff {
			return false
		}
		n++
	}
	return n >= 2 && n <= 4
}

var unionField = intake.Field{Key: "union", Label: "intake.field.union", Kind: intake.Text, Example: "intake.example.union",
	Words: []string{"所在工会", "所属工会", "工会名称", "基层工会", "工会组织", "工会", "Union"}}

func workersKind(h *hall.Service) intake.Kind {
	return intake.Kind{Key: "workers", Icon: "users", Target: workers{h}, Needs: [][]string{{"name"}, {"phone", "email"}}, Fields: []intake.Field{
		{Key: "name", Label: "intake.field.person_name", Kind: intake.Text, Required: true, Looks: isName, Example: "intake.example.name",
			Words: []string{"姓名", "职工姓名", "会员姓名", "名字", "Name", "Full name"}},
		{Key: "phone", Label: "intake.field.phone", Kind: intake.Digits, Unique: true, Looks: isPhone, Example: "intake.example.phone",
			Words: []string{"手机号", "手机号码", "手机", "联系电话", "电话", "联系方式", "Phone", "Mobile"}},
		{Key: "email", Label: "intake.field.email", Kind: intake.Text, Unique: true, Looks: isEmail, Example: "intake.example.email",
			Words: []string{"邮箱", "电子邮箱", "电子邮件", "Email", "E-mail"}},
		unionField,
	}}
}

// workers takes people in.
type workers struct{ hall *hall.Service }

func (t workers) entries(rows []intake.Row) []hall.PersonEntry {
	out := make([]hall.PersonEntry, len(rows))
	for i, r := range rows {
		v := r.Values
		out[i] = hall.PersonEntry{ID: r.IDs[0], Name: v["name"], Phone: v["phone"], Email: v["email"], Union: v["union"]}
	}
	return out
}

// Check implements intake.Target.
func (t workers) Check(ctx context.Context, a actor.Actor, unionID string, rows []intake.Row) ([]intake.Verdict, error) {
	found, err := t.hall.JudgePeople(ctx, a, unionID, t.entries(rows))
	return verdicts(found), err
}

// Apply implements intake.Target.
func (t workers) Apply(ctx context.Context, a actor.Actor, unionID string, fill bool, rows []intake.Row) ([]intake.Verdict, error) {
	found, err := t.hall.AdmitPeople(ctx, a, unionID, fill, t.entries(rows))
	return verdicts(found), err
}

// Undo implements intake.Target.
func (t workers) Undo(ctx context.Context, a actor.Actor, rows []intake.Row) (int, []intake.Left, error) {
	removed, left, err := t.hall.ExpelPeople(ctx, a, rowIDs(rows, 0))
	return len(removed), rowsOf(rows, left), err
}

func rowIDs(rows []intake.Row, which int) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.IDs[which]
	}
	return out
}

// used is why most rows are left.
const used = "intake.left.used"

// rowsOf are the rows to which the identifiers belong, left because they were used.
func rowsOf(rows []intake.Row, ids []string) []intake.Left {
	why := make(map[string]string, len(ids))
	for _, id := range ids {
		why[id] = used
	}
	return leftOf(rows, why)
}

// leftOf are the rows to which the identifiers belong, with why they are left.
func leftOf(rows []intake.Row, why map[string]string) (out []intake.Left) {
	for _, r := range rows {
		if w := cmp.Or(why[r.IDs[0]], why[r.IDs[1]]); w != "" {
			out = append(out, intake.Left{Row: r.N, Why: w})
		}
	}
	return out
}

func verdicts(list []hall.Standing) []intake.Verdict {
	out := make([]intake.Verdict, len(list))
	for i, st := range list {
		out[i] = intake.Verdict{Outcome: intake.Outcome(st.State), Fills: st.Fills}
		if st.Err != nil {
			out[i].Outcome = intake.OutcomeBad
			out[i].Wrong = wrongFields(st.Err)
		}
	}
	return out
}

func wrongFields(err error) []fault.Field {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return f.Fields
	}
	if f != nil && f.Code != fault.Internal {
		return []fault.Field{{Msg: f.Msg, Args: f.Args}}
	}
	return []fault.Field{{Msg: "intake.fault.broken"}}
}

// textField is a field as most are; its label and example have its key.
func textField(key string, words ...string) intake.Field {
	return intake.Field{Key: key, Label: "intake.field." + key, Example: "intake.example." + key, Kind: intake.Text, Words: words}
}

// placeFields are the columns of a place, and placeIn reads them.
func placeFields() (lat, lng intake.Field) {
	lat, lng = textField("lat", "纬度", "Latitude"), textField("lng", "经度", "Longitude")
	lat.Kind, lng.Kind = intake.Decimal, intake.Decimal
	return lat, lng
}

func placeIn(v map[string]string) hall.Place {
	return hall.Place{Lat: number(v["lat"]), Lng: number(v["lng"])}
}

// number reads what was read as a number before.
func number(s string) float64 { x, _ := strconv.ParseFloat(s, 64); return x }

func enterprisesKind(h *hall.Service, ex *exchange.Service) intake.Kind {
	name := textField("name", "企业名称", "单位名称", "公司名称", "企业", "单位", "名称", "Enterprise", "Company")
	name.Label, name.Required = "intake.field.enterprise", true
	licence := textField("licence", "统一社会信用代码", "社会信用代码", "信用代码", "营业执照号", "Credit code", "Licence")
	licence.Kind, licence.Unique, licence.Looks = intake.Digits, true, hall.ValidLicence
	industry := textField("industry", "行业", "所属行业", "行业类别", "Industry")
	industry.Kind, industry.Required, industry.Codes = intake.Choice, true, map[string]string{}
	for _, code := range hall.Industries {
		choose(&industry, code, "hall.industry."+code)
	}
	size := textField("size", "规模", "企业规模", "企业类型", "Size")
	size.Kind, size.Required, size.Codes = intake.Choice, true, map[string]string{"微": "micro", "小": "small", "中": "medium", "大": "large",
		"微型": "micro", "小型": "small", "中型": "medium", "大型": "large", "小微": "micro", "小微企业": "micro"}
	for _, s := range hall.Sizes {
		choose(&size, string(s), "hall.size."+string(s))
	}
	specialised := textField("specialised", "专精特新", "是否专精特新", "Specialised")
	specialised.Kind = intake.YesNo
	phone := textField("contact_phone", "联系人 电话", "联系人电话", "联系人手机", "联系电话", "手机", "电话", "Contact phone", "Phone")
	phone.Kind, phone.Looks = intake.Digits, isPhone
	person := textField("contact_name", "联系人 姓名", "联系人姓名", "联系人", "Contact name", "Contact")
	person.Looks = isName
	lat, lng := placeFields()
	return intake.Kind{Key: "enterprises", Icon: "factory", Target: enterprises{h, ex}, Needs: [][]string{{"name"}, {"industry"}, {"size"}},
		Fields: []intake.Field{name, licence, unionField, industry, size, specialised, textField("address", "地址", "企业地址", "经营地址", "住所", "Address"), lat, lng,
			person, phone, textField("contact_title", "联系人 职务", "联系人职务", "职务", "Contact title", "Position")}}
}

// enterprises takes enterprises in, with who speaks for them.
type enterprises struct {
	hall     *hall.Service
	exchange *exchange.Service
}

func (t enterprises) entries(rows []intake.Row) []hall.EnterpriseEntry {
	out := make([]hall.EnterpriseEntry, len(rows))
	for i, r := range rows {
		v := r.Values
		out[i] = hall.EnterpriseEntry{ID: r.IDs[0], ContactID: r.IDs[1], Union: v["union"],
			EnterpriseInput: hall.EnterpriseInput{Name: v["name"], Licence: v["licence"], Industry: v["industry"], Size: hall.Size(v["size"]),
				Specialised: v["specialised"] == "yes", Address: v["address"], Place: placeIn(v)},
			Contact: hall.ContactInput{Name: v["contact_name"], Phone: v["contact_phone"], Title: v["contact_title"]}}
	}
	return out
}

// Check implements intake.Target.
func (t enterprises) Check(ctx context.Context, a actor.Actor, unionID string, rows []intake.Row) ([]intake.Verdict, error) {
	found, err := t.hall.JudgeEnterprises(ctx, a, unionID, t.entries(rows))
	return verdicts(found), err
}

// Apply implements intake.Target.
func (t enterprises) Apply(ctx context.Context, a actor.Actor, unionID string, fill bool, rows []intake.Row) ([]intake.Verdict, error) {
	found, err := t.hall.AdmitEnterprises(ctx, a, unionID, fill, t.entries(rows))
	return verdicts(found), err
}

// Undo implements intake.Target. An enterprise for which a need was ever posted is left, and so is whoever speaks for it.
func (t enterprises) Undo(ctx context.Context, a actor.Actor, rows []intake.Row) (int, []intake.Left, error) {
	busy, err := t.busy(ctx, rowIDs(rows, 0))
	if err != nil {
		return 0, nil, err
	}
	gone, left, err := t.hall.ExpelEnterprises(ctx, a, rowIDs(rows, 0), busy)
	if err != nil {
		return 0, nil, err
	}
	_, people, err := t.hall.ExpelPeople(ctx, a, rowIDs(rows, 1))
	return len(gone), rowsOf(rows, append(left, people...)), err
}

// busy are the enterprises for which there are needs.
func (t enterprises) busy(ctx context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for len(ids) > 0 {
		found, err := t.exchange.List(ctx, actor.Hall, exchange.NeedFilter{EnterpriseID: ids, Limit: 100})
		if err != nil || len(found) == 0 {
			return out, err
		}
		for _, n := range found {
			out[n.EnterpriseID] = true
		}
		rest := ids[:0:0]
		for _, id := range ids {
			if !out[id] {
				rest = append(rest, id)
			}
		}
		ids = rest
	}
	return out, nil
}

// choose adds a choice: its name in either language and its code are what it may be called.
func choose(f *intake.Field, code, msg string) {
	f.Options = append(f.Options, msg)
	for _, word := range []string{code, lang.In("zh", msg), lang.In("en", msg)} {
		f.Codes[sheet.Fold(word)] = code
	}
}
