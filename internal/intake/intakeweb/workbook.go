package intakeweb

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
)

// workbook is one sheet of text, written row by row. Every cell is marked as text, so that telephones stay what they
// are and nothing becomes a formula.
type workbook struct {
	file *excelize.File
	out  *excelize.StreamWriter
	text int
	bold int
	row  int
}

func newWorkbook(columns int) (b *workbook, err error) {
	defer fault.Wrap(&err, "intakeweb.newWorkbook")
	b = &workbook{file: excelize.NewFile()}
	if b.text, err = b.file.NewStyle(&excelize.Style{NumFmt: 49}); err != nil {
		return nil, err
	}
	if b.bold, err = b.file.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}}); err != nil {
		return nil, err
	}
	if b.out, err = b.file.NewStreamWriter("Sheet1"); err != nil {
		return nil, err
	}
	if err := b.out.SetColStyle(1, columns, b.text); err != nil {
		return nil, err
	}
	return b, b.out.SetColWidth(1, columns, 20)
}

func (b *workbook) add(style int, cells ...string) error {
	b.row++
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = excelize.Cell{StyleID: style, Value: c}
	}
	return b.out.SetRow("A"+strconv.Itoa(b.row), out)
}

// send answers with the workbook once it is whole.
func (b *workbook) send(w http.ResponseWriter, name string) (err error) {
	defer fault.Wrap(&err, "intakeweb.send")
	var buf bytes.Buffer
	if err := errors.Join(b.out.Flush(), b.file.Write(&buf), b.file.Close()); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="unionhall.xlsx"; filename*=UTF-8''`+url.PathEscape(name+".xlsx"))
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(http.StatusOK)
	w.Write(buf.Bytes()) // the reader going away is no error of ours
	return nil
}

// template is an empty list of a kind, with one row that shows how.
func (h *handlers) template(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	k, err := h.s.Kind(r.PathValue("list"))
	if err != nil {
		return err
	}
	b, err := newWorkbook(len(k.Fields))
	if err != nil {
		return err
	}
	var heads, row []string
	for _, f := range k.Fields {
		heads, row = append(heads, lang.T(ctx, f.Label)), append(row, shown(ctx, f))
	}
	if err := errors.Join(b.add(b.bold, heads...), b.add(b.text, row...), b.choices(ctx, k)); err != nil {
		return err
	}
	return b.send(w, lang.T(ctx, "intake.template.file", "kind", lang.T(ctx, "intake.kind."+k.Key)))
}

// choices offers the words of a choice in its column.
func (b *workbook) choices(ctx context.Context, k intake.Kind) error {
	for i, f := range k.Fields {
		if words := offered(ctx, f); len(words) > 0 {
			if err := b.note(lang.T(ctx, f.Label), i+1, words); err != nil {
				return err
			}
		}
	}
	return nil
}

// offered are the words of a choice.
func offered(ctx context.Context, f intake.Field) (out []string) {
	if f.Offers != nil {
		return f.Offers(ctx)
	}
	for _, o := range f.Options {
		out = append(out, lang.T(ctx, o))
	}
	return out
}

// note puts the words of a choice into a second sheet: a drop-down holds 255 characters, which they exceed.
func (b *workbook) note(name string, column int, words []string) error {
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	for i, w := range words {
		if err := b.file.SetCellStr(name, "A"+strconv.Itoa(i+1), w); err != nil {
			return err
		}
	}
	letter, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	v := excelize.NewDataValidation(true)
	v.Sqref = letter + "2:" + letter + "2000"
	v.SetSqrefDropList("'" + name + "'!$A$1:$A$" + strconv.Itoa(len(words)))
	return b.file.AddDataValidation("Sheet1", v)
}

// bad is every bad row as it stands in the file, with what is wrong behind it: to be mended and imported again.
func (h *handlers) bad(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	jobID, err := given(r)
	if err != nil {
		return err
	}
	j, err := h.s.Job(ctx, a, jobID)
	if err != nil {
		return err
	}
	k, err := h.s.Kind(j.Kind)
	if err != nil {
		return err
	}
	if h.Taken != nil && !j.FileGone() {
		if err := h.Taken(ctx, a, j); err != nil {
			return err
		}
	}
	b, err := newWorkbook(len(j.Labels) + 2)
	if err != nil {
		return err
	}
	if err := b.add(b.bold, append(append([]string(nil), j.Labels...), lang.T(ctx, "intake.row"), lang.T(ctx, "intake.reason"))...); err != nil {
		return err
	}
	err = h.s.EachBad(ctx, a, jobID, func(cells []string, wrong []intake.Issue) error {
		row := make([]string, len(j.Labels)+2)
		copy(row, cells)
		var why []string
		for _, i := range wrong {
			why = append(why, reason(ctx, k, j, i))
		}
		row[len(j.Labels)], row[len(j.Labels)+1] = strconv.Itoa(wrong[0].Row), strings.Join(why, lang.T(ctx, "intake.and"))
		return b.add(b.text, row...)
	})
	if err != nil {
		return err
	}
	return b.send(w, lang.T(ctx, "intake.bad.file", "name", j.Name))
}

// reason is an issue in words, with the column it is about.
func reason(ctx context.Context, k intake.Kind, j intake.Job, i intake.Issue) string {
	if c := column(ctx, k, j, i.Field); c != "" {
		return c + lang.T(ctx, "intake.colon") + why(ctx, i)
	}
	return why(ctx, i)
}

func why(ctx context.Context, i intake.Issue) string {
	for n, v := range i.Args {
		if x, ok := v.(float64); ok && x == float64(int(x)) {
			i.Args[n] = int(x) // JSON knows no whole numbers, and plurals want them
		}
	}
	return lang.T(ctx, i.Msg, i.Args...)
}

// column is what the file calls the column of a field, or else what the hall calls the field.
func column(ctx context.Context, k intake.Kind, j intake.Job, field string) string {
	for i, key := range j.Columns {
		if key == field && field != "" && j.Labels[i] != "" {
			return j.Labels[i]
		}
	}
	if f, ok := k.Field(field); ok {
		return lang.T(ctx, f.Label)
	}
	return ""
}
