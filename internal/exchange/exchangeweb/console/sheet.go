package console

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// sheetRows is how many needs a workbook carries at most; the sheet of notes says when there are more.
const sheetRows = 50_000

// workbook writes sheets row by row. Text is marked as text, so that nothing a person typed becomes a formula,
// neither when the file opens nor when a cell is edited; dates and numbers stay what they are.
type workbook struct {
	file   *excelize.File
	styles struct{ head, text, moment, whole, exact, share int }
	sheets int
}

func newWorkbook() (_ *workbook, err error) {
	defer fault.Wrap(&err, "console.newWorkbook")
	b := &workbook{file: excelize.NewFile()}
	moment, exact := "yyyy-mm-dd hh:mm", "#,##0.00"
	for into, style := range map[*int]*excelize.Style{
		&b.styles.head: {Font: &excelize.Font{Bold: true}, NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F1E7D3"}}},
		&b.styles.text:   {NumFmt: 49},
		&b.styles.moment: {CustomNumFmt: &moment},
		&b.styles.whole:  {NumFmt: 3},
		&b.styles.exact:  {CustomNumFmt: &exact},
		&b.styles.share:  {NumFmt: 10},
	} {
		if *into, err = b.file.NewStyle(style); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// fraction is a share of one, shown in percent.
type fraction float64

// cell gives a value its type and style. Times are written as the readers' clock shows them.
func (b *workbook) cell(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return excelize.Cell{StyleID: b.styles.text, Value: v}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return excelize.Cell{StyleID: b.styles.moment, Value: v.In(lang.Zone)}
	case int:
		return excelize.Cell{StyleID: b.styles.whole, Value: v}
	case float64:
		return excelize.Cell{StyleID: b.styles.exact, Value: v}
	case fraction:
		return excelize.Cell{StyleID: b.styles.share, Value: float64(v)}
	}
	return nil
}

// sheet is one sheet being written.
type sheet struct {
	book *workbook
	out  *excelize.StreamWriter
	row  int
}

// sheet begins a sheet with a row of headings that stays in sight. Widths are in characters.
func (b *workbook) sheet(name string, heads []string, widths []float64) (_ *sheet, err error) {
	defer fault.Wrap(&err, "console.sheet(%s)", name)
	if b.sheets++; b.sheets == 1 {
		err = b.file.SetSheetName("Sheet1", name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	if err != nil {
		return nil, err
	}
	s := &sheet{book: b}
	if s.out, err = b.file.NewStreamWriter(name); err != nil {
		return nil, err
	}
	for i, w := range widths {
		if err := s.out.SetColWidth(i+1, i+1, w); err != nil {
			return nil, err
		}
	}
	if err := s.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	cells := make([]any, len(heads))
	for i, h := range heads {
		cells[i] = excelize.Cell{StyleID: b.styles.head, Value: h}
	}
	s.row = 1
	return s, s.out.SetRow("A1", cells, excelize.RowOpts{Height: 24})
}

func (s *sheet) add(values ...any) error {
	s.row++
	cells := make([]any, len(values))
	for i, v := range values {
		cells[i] = s.book.cell(v)
	}
	return s.out.SetRow("A"+strconv.Itoa(s.row), cells)
}

func (s *sheet) close() error { return s.out.Flush() }

// send answers with the workbook under a name in the reader's language. It is whole before the first byte goes
// out, so that a failure is an error page and never half a file.
func (b *workbook) send(w http.ResponseWriter, name string) (err error) {
	defer fault.Wrap(&err, "console.send")
	var buf bytes.Buffer
	if err := b.file.Write(&buf); err != nil {
		return err
	}
	if err := b.file.Close(); err != nil {
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

// fileName joins words to the name of a file, without what file systems refuse.
func fileName(ctx context.Context, id string, of Union, at time.Time) string {
	name := lang.T(ctx, id, "union", of.Name.In(ctx), "day", at.In(lang.Zone).Format("20060102"))
	out := []rune{}
	for _, r := range name {
		switch r {
		case '/', '\\', ':', '*', '?', '"', '<', '>', '|', utf8.RuneError:
			r = '-'
		}
		out = append(out, r)
	}
	return string(out)
}
