package console_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

// counts are the columns that count needs; the others open to what they are taken from.
var counts = map[string]exchange.Figure{"需求": exchange.CountNeeds, "已有答复": exchange.CountAnswered, "已上门": exchange.CountVisited,
	"已结束": exchange.CountClosed, "已解决": exchange.CountSolved, "等待过久": exchange.CountWaiting}

// rowsBehind opens a figure's link and counts the rows it lists, over all pages.
func (w *world) rowsBehind(href string) (rows int, said string) {
	w.t.Helper()
	for href != "" {
		doc := w.page(w.Lead, href)
		rows += len(doc.Select("tbody tr"))
		said = doc.MustHave("p[role=status]").Text()
		href = ""
		if next := doc.Select("a[rel=next]"); len(next) > 0 {
			href = next[0].Attr("href")
		}
	}
	return rows, said
}

func number(text string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		return -1
	}
	return n
}

// Every number of every page of figures, at every level and for several periods, is the number of rows behind it.
func TestEachFigureEqualsItsRows(t *testing.T) {
	w := newWorld(t)
	w.seed(260)
	opened := 0
	check := func(path string) {
		t.Helper()
		doc := w.page(w.Lead, path)
		for _, cell := range doc.Select("#lines tbody td, #figures tbody td") {
			link := cellLink(doc, cell)
			which, counted := counts[cell.Attr("data-label")]
			if !counted || which == exchange.CountNeeds && link == "" && cell.Text() == "0" {
				continue
			}
			n := number(cell.Text())
			if link == "" {
				if n != 0 {
					t.Errorf("%s: %s %s does not open", path, cell.Attr("data-label"), cell.Text())
				}
				continue
			}
			opened++
			if rows, said := w.rowsBehind(link); rows != n || !strings.Contains(said, cell.Text()) {
				t.Errorf("%s: %s says %s, its rows are %d (%q) at %s", path, cell.Attr("data-label"), cell.Text(), rows, said, link)
			}
		}
	}
	for _, u := range []string{prov, cityA, countyB} {
		for _, period := range [][]string{{"period", "all"}, {"period", "year"}, {"from", "2025-02-10", "to", "2025-11-30", "kind", "expert-visit"}} {
			check(query("/console/figures", append([]string{"union", u}, period...)...))
		}
	}
	if opened < 100 {
		t.Errorf("only %d figures were opened", opened)
	}
}

func cellLink(doc *htmlcheck.Doc, cell htmlcheck.Node) string {
	for _, a := range cell.Select("a") {
		return a.Attr("href")
	}
	return ""
}

// What stands in a union's line is what its children's lines and its own needs add up to.
func TestFiguresRollUp(t *testing.T) {
	w := newWorld(t)
	w.seed(200)
	for _, u := range []string{prov, cityA} {
		doc := w.page(w.Lead, query("/console/figures", "union", u, "period", "all"))
		rows := doc.Select("#lines tbody tr")
		for i := range counts {
			sum, own := 0, 0
			for j, r := range rows {
				for _, c := range r.Select("td") {
					if c.Attr("data-label") == i && j == 0 {
						own = number(c.Text())
					} else if c.Attr("data-label") == i {
						sum += number(c.Text())
					}
				}
			}
			if own != sum || i == "需求" && own == 0 {
				t.Errorf("%s %s: %d above, %d below", u, i, own, sum)
			}
		}
	}
	doc := w.page(w.Lead, query("/console/figures", "union", cityA, "period", "all"))
	doc.MustHave("#lines tbody th", "直属本级")
	doc.MustHave(".crumbs a[href*=union]", "福建省总工会")
	doc.MustHave("#lines tbody th a", "海沧区总工会")
	w.page(w.ClerkA, query("/console/figures", "union", countyA)).MustNotHave(".crumbs a", "福建省总工会") // not above one's own
}

func TestTheDesksFiguresOpenToTheirRows(t *testing.T) {
	w := newWorld(t)
	w.seed(300)
	doc := w.page(w.Lead, "/console")
	opened := 0
	for _, tr := range doc.Select("#figures tbody tr") {
		label := tr.Select("th")[0].Text()
		if _, ok := counts[label]; !ok {
			continue
		}
		for _, cell := range tr.Select("td") {
			link := cellLink(doc, cell)
			if link == "" {
				continue
			}
			opened++
			if rows, _ := w.rowsBehind(link); rows != number(cell.Text()) {
				t.Errorf("%s %s says %s, its rows are %d", label, cell.Attr("data-label"), cell.Text(), rows)
			}
		}
	}
	if opened < 8 {
		t.Errorf("only %d figures open", opened)
	}
}

func TestTheChartSaysByMonthWhatTheListsSay(t *testing.T) {
	w := newWorld(t)
	all := w.seed(200)
	doc := w.page(w.Lead, query("/console/figures", "period", "all"))
	rows := doc.Select("#by-month tbody tr")
	if len(rows) != 24 {
		t.Fatalf("two years of months: %d", len(rows))
	}
	shanghai := time.FixedZone("", 8*3600)
	needs, solved := 0, 0
	for _, n := range all {
		if p := n.Posted.In(shanghai); p.Year() == 2025 && p.Month() == time.November {
			needs++
			if n.State == exchange.NeedClosed && n.Result == exchange.Solved {
				solved++
			}
		}
	}
	for _, r := range rows {
		if r.Select("th")[0].Text() == "2025年11月" {
			c := r.Select("td")
			if number(c[0].Text()) != needs || number(c[1].Text()) != solved {
				t.Errorf("November: %s, want %d %d", r.Text(), needs, solved)
			}
			return
		}
	}
	t.Error("no November")
}
