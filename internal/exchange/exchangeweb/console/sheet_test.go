package console_test

import (
	"bytes"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
)

func book(t *testing.T, rec *httptest.ResponseRecorder) *excelize.File {
	t.Helper()
	if rec.Code != 200 || !strings.Contains(rec.Header().Get("Content-Type"), "spreadsheetml") {
		t.Fatalf("%d %s", rec.Code, rec.Header())
	}
	f, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func rowsOf(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// column finds a column by its heading.
func column(t *testing.T, rows [][]string, head string) int {
	t.Helper()
	for i, h := range rows[0] {
		if h == head {
			return i
		}
	}
	t.Fatalf("no column %q in %q", head, rows[0])
	return 0
}

func TestTheSheetHoldsTheSameRowsWithRealDatesAndNumbers(t *testing.T) {
	w := newWorld(t)
	all := w.seed(150)
	q := []string{"union", cityA, "state", "closed"}
	f := book(t, w.get(w.Lead, query("/console/needs.xlsx", q...)))
	rows := rowsOf(t, f, "需求明细")
	shown, _ := w.rowsBehind(query("/console/needs", q...))
	if len(rows)-1 != shown || shown == 0 {
		t.Fatalf("the sheet has %d rows, the page %d", len(rows)-1, shown)
	}
	byID := map[string]exchange.Need{}
	for _, n := range all {
		byID[n.ID] = n
	}
	zone := time.FixedZone("", 8*3600)
	id, title, posted, hours, visits, firm := column(t, rows, "编号"), column(t, rows, "需求"), column(t, rows, "提出时间"), column(t, rows, "首答用时（小时）"), column(t, rows, "上门次数"), column(t, rows, "企业")
	formulas := 0
	for i, r := range rows[1:] {
		n, ok := byID[r[id]]
		if !ok || n.Title != r[title] {
			t.Fatalf("row %d: %q", i, r)
		}
		serial, err := strconv.ParseFloat(r[posted], 64)
		if err != nil {
			t.Fatalf("a date is a number to the sheet: %q", r[posted])
		}
		at, err := excelize.ExcelDateToTime(serial, false)
		if want := n.Posted.In(zone).Format("2006-01-02 15:04"); err != nil || at.Round(time.Second).Format("2006-01-02 15:04") != want {
			t.Errorf("posted %v, want %s", at, want)
		}
		if x, err := strconv.ParseFloat(r[hours], 64); err != nil || x != n.FirstAnswer.Sub(n.Posted).Hours() {
			t.Errorf("hours %q", r[hours])
		}
		if r[visits] != strconv.Itoa(n.Visits) {
			t.Errorf("visits %q, want %d", r[visits], n.Visits)
		}
		for _, c := range []int{title, firm} {
			cell, _ := excelize.CoordinatesToCellName(c+1, i+2)
			formula, err := f.GetCellFormula("需求明细", cell)
			kind, err2 := f.GetCellType("需求明细", cell)
			style, err3 := f.GetCellStyle("需求明细", cell)
			if err != nil || err2 != nil || err3 != nil || formula != "" || kind != excelize.CellTypeInlineString {
				t.Errorf("%s: %q is no text: formula %q, type %v", cell, r[c], formula, kind)
			}
			if st, err := f.GetStyle(style); err != nil || st.NumFmt != 49 {
				t.Errorf("%s is not marked as text, so that editing it would make a formula: %+v", cell, st)
			}
			if strings.ContainsAny(r[c][:1], "=+-@") {
				formulas++
			}
		}
	}
	if formulas == 0 {
		t.Error("the seed holds nothing that looks like a formula")
	}
	notes := rowsOf(t, f, "说明")
	if len(notes) < 4 {
		t.Errorf("the notes say what the sheet counts: %q", notes)
	}
}

func TestTheFiguresSheetSaysWhatThePageSays(t *testing.T) {
	w := newWorld(t)
	w.seed(200)
	q := []string{"union", prov, "period", "all"}
	rec := w.get(w.Lead, query("/console/figures.xlsx", q...))
	if got := rec.Header().Get("Content-Disposition"); !strings.Contains(got, "filename*=UTF-8''") {
		t.Error(got)
	}
	f := book(t, rec)
	rows := rowsOf(t, f, "统计")
	page := w.page(w.Lead, query("/console/figures", q...)).Select("#lines tbody tr")
	if len(rows)-1 != len(page) {
		t.Fatalf("%d lines, the page has %d", len(rows)-1, len(page))
	}
	for i, tr := range page {
		if rows[i+1][0] != tr.Select("th")[0].Text() {
			t.Errorf("line %d is %q", i, rows[i+1][0])
		}
		for j, td := range tr.Select("td") {
			if _, ok := counts[td.Attr("data-label")]; ok && strconv.Itoa(number(td.Text())) != rows[i+1][j+1] {
				t.Errorf("%s of %s: sheet %s, page %s", td.Attr("data-label"), rows[i+1][0], rows[i+1][j+1], td.Text())
			}
		}
	}
	listed := rowsOf(t, f, "需求明细")
	if strconv.Itoa(len(listed)-1) != rows[1][column(t, rows, "需求")] {
		t.Errorf("the second sheet holds %d rows, the first says %s", len(listed)-1, rows[1][1])
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", query("/console/figures.xlsx", q...), nil)
	r.Header.Set("Accept-Language", "en")
	if heads := rowsOf(t, book(t, w.do(w.Lead, r)), "Figures")[0]; heads[0] != "Union" {
		t.Errorf("headings in the reader's language: %q", heads)
	}
}

// Why a need was withdrawn stands in the officer's list and sheet; what looks like a formula stays text.
func TestWhyANeedWasWithdrawnIsListed(t *testing.T) {
	w := newWorld(t)
	n := w.Post(t, exchangetest.Turning())
	if err := w.Service.Withdraw(t.Context(), w.Firm, n.ID, "=已自行解决"); err != nil {
		t.Fatal(err)
	}
	w.page(w.Auditor, "/console/needs").MustHave("tbody tr", n.Title, "已撤回", "=已自行解决")
	rows := rowsOf(t, book(t, w.get(w.Auditor, "/console/needs.xlsx")), "需求明细")
	if got := rows[1][column(t, rows, "撤回原因")]; got != "=已自行解决" {
		t.Errorf("the sheet says %q", got)
	}
}
