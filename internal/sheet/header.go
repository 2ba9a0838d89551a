package sheet

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Header says which rows name the columns, and how. Labels of a header of two rows are joined: "联系人 电话".
type Header struct {
	First, Last int // row numbers; both 0 when the table has no header
	Labels      []string
}

// headRows is how far down a header may begin, among the rows that are not empty.
const headRows = 20

// Find finds the header among the first rows of a sheet, by the words in it: known reports whether a label is one that
// a column of such a table may have. A title merged across the sheet has one cell and is none. Without a row that reads
// like a header, the table is taken to begin at once.
func Find(rows []Row, known func(label string) bool) Header {
	best, at := 0, -1
	for i, r := range rows[:min(len(rows), headRows)] {
		if s := headScore(r, known); s > best {
			best, at = s, i
		}
	}
	if at < 0 && len(rows) > 1 && rows[0].filled() > 1 && !slices.ContainsFunc(rows[0].Cells, isData) && slices.ContainsFunc(rows[1].Cells, isData) {
		return Header{First: rows[0].N, Last: rows[0].N, Labels: slices.Clone(rows[0].Cells)} // in words of its own
	}
	if at < 0 {
		return Header{Labels: make([]string, width(rows))}
	}
	first, last := at, at
	switch {
	case at+1 < len(rows) && continues(rows[at], rows[at+1], known):
		last = at + 1
	case at > 0 && continues(rows[at-1], rows[at], known):
		first = at - 1
	}
	h := Header{First: rows[first].N, Last: rows[last].N, Labels: slices.Clone(rows[first].Cells)}
	if last > first {
		h.Labels = join(rows[first].Cells, rows[last].Cells)
	}
	return h
}

// headScore is how much a row reads like a header: words that are known, and no data. Two cells at least, or one that
// is known.
func headScore(r Row, known func(string) bool) int {
	words, hits := 0, 0
	for _, c := range r.Cells {
		switch {
		case c == "":
		case isData(c):
			return 0
		default:
			words++
			if known(c) {
				hits++
			}
		}
	}
	if hits == 0 || words == 1 && len(r.Cells) > 1 {
		return 0
	}
	return 10*hits + words
}

var dataForm = regexp.MustCompile(`^[-+(（]?[0-9][0-9 .,:/年月日eE+()（）-]*$|@`)

// isData reports what a label never is: a number, a date, an address of mail, a long text.
func isData(c string) bool { return dataForm.MatchString(c) || utf8.RuneCountInString(c) > 40 }

// continues reports whether below is the second row of a header that above begins: it has no data, and it names what
// lies under a merged cell. Under such a cell the row above is empty to the right, and below is not.
func continues(above, below Row, known func(string) bool) bool {
	if above.filled() < 2 || below.filled() == 0 || slices.ContainsFunc(below.Cells, isData) {
		return false
	}
	under, hits := 0, 0
	for i, c := range below.Cells {
		if c == "" {
			continue
		}
		if known(c) {
			hits++
		}
		if above.At(i) == "" && i > 0 {
			under++
		}
	}
	return under > 0 && hits > 0
}

// join makes one label of two: what is merged to the right reaches over the cells that are named below.
func join(above, below []string) []string {
	out := make([]string, max(len(above), len(below)))
	group := ""
	for i := range out {
		up, down := Row{Cells: above}.At(i), Row{Cells: below}.At(i)
		if up != "" {
			group = up
		}
		switch {
		case down == "":
			out[i] = up
		case group == "" || group == down:
			out[i] = down
		default:
			out[i] = group + " " + down
		}
	}
	return out
}

func width(rows []Row) (n int) {
	for _, r := range rows {
		n = max(n, len(r.Cells))
	}
	return n
}

// Table is a sheet with its header.
type Table struct {
	Book   *Book
	Sheet  string
	Header Header
	Sample []Row // the first rows of the table
}

// sampleRows is how many rows a table is known by.
const sampleRows = 60

var errEnough = errors.New("enough rows")

// Read finds the table of a sheet; "" is the first sheet that has rows.
func (b *Book) Read(ctx context.Context, sheet string, known func(string) bool) (*Table, error) {
	names := b.Sheets
	if sheet != "" {
		if !slices.Contains(names, sheet) {
			return nil, errNoSheet
		}
		names = []string{sheet}
	}
	for _, name := range names {
		var top []Row
		err := b.Each(ctx, name, func(r Row) error {
			if top = append(top, r); len(top) == headRows+sampleRows {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, err
		}
		if len(top) == 0 {
			continue
		}
		t := &Table{Book: b, Sheet: name, Header: Find(top, known)}
		for _, r := range top {
			if t.isRow(r) && len(t.Sample) < sampleRows {
				t.Sample = append(t.Sample, r)
			}
		}
		if n := width(t.Sample); n > len(t.Header.Labels) {
			t.Header.Labels = append(t.Header.Labels, make([]string, n-len(t.Header.Labels))...)
		}
		return t, nil
	}
	return nil, ErrEmpty
}

// Each gives the rows of the table: what stands below the header, without headers that are repeated for printing,
// totals, and remarks under the table.
func (t *Table) Each(ctx context.Context, fn func(Row) error) error {
	return t.Book.Each(ctx, t.Sheet, func(r Row) error {
		if !t.isRow(r) {
			return nil
		}
		return fn(r)
	})
}

var (
	totalForm  = regexp.MustCompile(`^(合计|总计|小计|共计|总 计|合 计|小 计|[Tt]otal|[Ss]ubtotal|TOTAL)`)
	remarkForm = regexp.MustCompile(`^(注|备注|说明|填表|制表|审核|填报|Note|Remark)[^\p{L}]`)
)

func (t *Table) isRow(r Row) bool {
	if r.N <= t.Header.Last {
		return false
	}
	first := r.first()
	if totalForm.MatchString(first) && r.filled() <= max(2, len(t.Header.Labels)/2) {
		return false
	}
	if remarkForm.MatchString(first) && r.filled() <= 2 {
		return false
	}
	return !t.repeats(r)
}

// repeats reports a row that says again what the header says.
func (t *Table) repeats(r Row) bool {
	same := 0
	for i, c := range r.Cells {
		if c == "" {
			continue
		}
		if i >= len(t.Header.Labels) || t.Header.Labels[i] == "" || !strings.HasSuffix(t.Header.Labels[i], c) {
			return false
		}
		same++
	}
	return same > 1
}
