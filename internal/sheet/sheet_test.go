package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/unionhall/unionhall/internal/fault"
)

var words = []string{"姓名", "电话", "手机", "手机号", "工会", "所在工会", "企业名称", "联系人", "职务", "行业", "序号"}

func known(label string) bool { return slices.Contains(words, label) }

func table(t testing.TB, b []byte) ([]string, []Row) {
	t.Helper()
	book, err := Open(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	tab, err := book.Read(context.Background(), "", known)
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	if err := tab.Each(context.Background(), func(r Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return tab.Header.Labels, rows
}

func same(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func workbookOf(t testing.TB, edit func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	edit(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFixtures(t *testing.T) {
	for _, c := range []struct {
		file   string
		labels []string
		first  Row
		rows   int
	}{
		{"workers-gbk.csv", []string{"序号", "姓名", "手机号", "所在工会"}, Row{3, []string{"1", "张伟", "13500000001", "福州市高新区工会"}}, 3},
		{"workers-utf8.csv", []string{"姓名", "手机号", "备注"}, Row{2, []string{"欧阳 娜娜", "13500000011", "调入， 见函 第二行"}}, 2},
	} {
		t.Run(c.file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			labels, rows := table(t, b)
			same(t, labels, c.labels)
			same(t, rows[0], c.first)
			if len(rows) != c.rows {
				t.Errorf("%d rows, want %d: %+v", len(rows), c.rows, rows)
			}
		})
	}
}

// The list of an office: a title across the sheet, a header of two rows with merged cells, floats, a total, a remark, a
// hidden sheet before it.
func TestMergedHeader(t *testing.T) {
	b := workbookOf(t, func(f *excelize.File) {
		f.NewSheet("名册")
		rows := [][]any{
			{"福州市总工会建会企业名册"}, {},
			{"序号", "企业名称", "联系人", nil, nil, "行业"},
			{nil, nil, "姓名", "电话", "职务"},
			{1, "闽江机械有限公司", "陈志强", 13800138000, "设备科长", "机械"},
			{}, {2, "　闽侯（甘蔗）茶厂 ", "林 芳", "１３８００１３８００１", nil, "茶"},
			{"序号", "企业名称"},
			{"合计", 2}, {"注：以上为2025年数据"},
		}
		for i, r := range rows {
			f.SetSheetRow("名册", fmt.Sprintf("A%d", i+1), &r)
		}
		for _, m := range [][2]string{{"A1", "F1"}, {"A3", "A4"}, {"B3", "B4"}, {"C3", "E3"}, {"F3", "F4"}} {
			f.MergeCell("名册", m[0], m[1])
		}
		f.SetCellValue("Sheet1", "A1", "姓名")
		f.SetActiveSheet(1)
		f.SetSheetVisible("Sheet1", false)
	})
	labels, rows := table(t, b)
	same(t, labels, []string{"序号", "企业名称", "联系人 姓名", "联系人 电话", "联系人 职务", "行业"})
	same(t, rows, []Row{
		{5, []string{"1", "闽江机械有限公司", "陈志强", "13800138000", "设备科长", "机械"}},
		{7, []string{"2", "闽侯（甘蔗）茶厂", "林 芳", "13800138001", "", "茶"}},
	})
}

func TestRefusals(t *testing.T) {
	sealed := func(opts ...excelize.Options) []byte {
		f := excelize.NewFile()
		var b bytes.Buffer
		if err := f.Write(&b, opts...); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	zipped := func(name string, n int) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, _ := z.Create("[Content_Types].xml")
		w.Write([]byte("<Types/>"))
		w, _ = z.Create(name)
		w.Write(make([]byte, n))
		z.Close()
		return b.Bytes()
	}
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), wide("Workbook")...)
	wideRow := strings.Repeat("x,", MaxColumns) + "x\n"
	for _, c := range []struct {
		name string
		body []byte
		want *fault.Error
	}{
		{"empty", nil, ErrEmpty},
		{"only blanks", []byte(" ,,\n\n"), ErrEmpty},
		{"old excel", ole, ErrOldExcel},
		{"password", sealed(excelize.Options{Password: "geheim"}), ErrPassword},
		{"damaged", sealed()[:2000], ErrDamaged},
		{"bomb", zipped("xl/worksheets/sheet1.xml", 64<<20), ErrSwollen},
		{"another zip", func() []byte {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			z.Create("a.txt")
			z.Close()
			return b.Bytes()
		}(), errNotATable},
		{"picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00"), errNotATable},
		{"too wide", []byte("姓名,电话\n" + wideRow), ErrColumns},
		{"quote never closed", []byte("姓名,电话\n\"" + strings.Repeat("长", MaxCell*2)), ErrLongCell},
		{"too many rows", []byte("姓名,电话\n" + strings.Repeat("a,b\n", MaxRows+1)), ErrRows},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := readAll(c.body)
			var f *fault.Error
			if !errors.As(err, &f) || f.Msg != c.want.Msg {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func readAll(b []byte) error {
	book, err := Open(bytes.NewReader(b))
	if err != nil {
		return err
	}
	defer book.Close()
	tab, err := book.Read(context.Background(), "", known)
	if err != nil {
		return err
	}
	return tab.Each(context.Background(), func(Row) error { return nil })
}

func TestCells(t *testing.T) {
	for in, want := range map[string]string{
		" 张\u00a0三　": "张 三", "１３８ｗＡ": "138wA", "（福州）": "（福州）", `="00123"`: "00123", "'0123": "0123", "a\u200b\ufeffb": "ab",
		"一\n 二": "一 二", "": "", "　": "", "it's": "it's",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"13800138000.0": "13800138000", "1.3800138000E+10": "13800138000", "1.3800138E+10": "13800138000", "1.38001E+10": "!", "3.50102199001011E+17": "!",
		"138 0013 8000": "138 0013 8000", "91350100MA2XXXXXX0": "91350100MA2XXXXXX0", "350102199001011234.0": "!",
	} {
		got, why := Digits(in)
		if why == Lost {
			got = "!"
		}
		if got != want {
			t.Errorf("Digits(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"2024-1-5": "2024-01-05", "2024年01月05日": "2024-01-05", "2024/1/5 08:30:00": "2024-01-05", "20240105": "2024-01-05", "45296": "2024-01-05",
		"45296.5": "2024-01-05", "2024.1.5": "2024-01-05", "3/4/2020": "", "2024-02-30": "", "昨天": "", "": "", "２０２４－１－５": "2024-01-05",
	} {
		if got, why := Date(in); got != want || (why == "") != (want != "") {
			t.Errorf("Date(%q) = %q %q, want %q", in, got, why, want)
		}
	}
	for in, want := range map[string]float64{"26.07": 26.07, "26,07": 26.07, "1,234": 1234, "１２．５": 12.5} {
		if got, why := Decimal(in); got != want || why != "" {
			t.Errorf("Decimal(%q) = %v %q", in, got, why)
		}
	}
	if v, why := YesNo("√"); !v || why != "" {
		t.Error("a tick is yes")
	}
	if _, why := YesNo("也许"); why != BadYesNo {
		t.Error("maybe is neither")
	}
	if c, _ := Choice("小 型", map[string]string{"小型": "small"}); c != "small" {
		t.Error("blanks do not count")
	}
}

// Whatever a table holds, in whatever encoding and separator, comes out as a plain reader of its cells has it.
func TestAgreesWithPlainReader(t *testing.T) {
	encodings := map[string]encoding.Encoding{"utf-8": encoding.Nop, "bom": unicode.UTF8BOM, "gbk": simplifiedchinese.GBK,
		"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}
	names := []string{"utf-8", "bom", "gbk", "utf-16"}
	cell := rapid.OneOf(rapid.StringOfN(rapid.SampledFrom([]rune("张王李赵 ab０9,;\t\"\n（）　甲乙丙")), 0, 8, -1), rapid.SampledFrom([]string{"陈志强", "13800138000"}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "columns")
		sep := rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(t, "separator")
		code := rapid.SampledFrom(names).Draw(t, "encoding")
		crlf := rapid.Bool().Draw(t, "crlf")
		grid := [][]string{words[:n], words[:n]} // a repeated header too
		grid = append(grid, rapid.SliceOfN(rapid.SliceOfN(cell, n, n), 0, 12).Draw(t, "rows")...)
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma, w.UseCRLF = sep, crlf
		w.WriteAll(grid)
		raw, err := encodings[code].NewEncoder().Bytes(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		book, err := Open(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		var got []Row
		if err := book.Each(context.Background(), "", func(r Row) error { got = append(got, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if want := plain(grid); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s %q\ngot  %+v\nwant %+v\nfile %q", code, sep, got, want, b.String())
		}
	})
}

func plain(grid [][]string) (out []Row) {
	for i, cells := range grid {
		var clean []string
		for _, c := range cells {
			clean = append(clean, Clean(c))
		}
		for len(clean) > 0 && clean[len(clean)-1] == "" {
			clean = clean[:len(clean)-1]
		}
		if len(clean) > 0 {
			out = append(out, Row{i + 1, clean})
		}
	}
	return out
}

// A strict reader that accepts a file must be agreed with; no input whatever may break ours.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\r\nc,d", "\"a\"\"b\",c\n\n,", "姓名;电话\n\xd5\xc5,1", "\"", "a\rb", "\xff\xfea\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		book, err := Open(bytes.NewReader(b))
		if err != nil {
			return
		}
		ours, ok := book.source.(*text)
		if !ok {
			return
		}
		if tab, err := book.Read(context.Background(), "", known); err == nil {
			_ = tab.Each(context.Background(), func(Row) error { return nil })
		}
		in, _ := ours.open()
		decoded, err := io.ReadAll(in)
		if err != nil || bytes.ContainsRune(decoded, '\r') || len(decoded) > maxCellBytes {
			return
		}
		r := csv.NewReader(bytes.NewReader(decoded))
		r.Comma, r.FieldsPerRecord = rune(ours.sep), -1
		want, err := r.ReadAll()
		if err != nil {
			return
		}
		var got [][]string
		if err := ours.rows(context.Background(), "", func(_ int, c []string) error {
			if len(c) > 0 {
				got = append(got, slices.Clone(c))
			}
			return nil
		}); err != nil {
			if errors.Is(err, ErrColumns) {
				return
			}
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("福州市总工会\n姓名,电话\n张三,13800138000")
	f.Add("序号,联系人,\n,姓名,电话\n1,a,b")
	f.Fuzz(func(t *testing.T, s string) {
		var rows []Row
		for i, line := range strings.Split(s, "\n") {
			if r, err := clean(i+1, strings.Split(line, ",")); err == nil && len(r.Cells) > 0 {
				rows = append(rows, r)
			}
		}
		h := Find(rows, known)
		if h.Last < h.First || h.Last > h.First+30 && h.First == 0 {
			t.Fatalf("%+v", h)
		}
		if h.First > 0 && !slices.ContainsFunc(h.Labels, func(l string) bool { return l != "" }) {
			t.Fatalf("a header that names nothing: %+v of %+v", h, rows)
		}
	})
}
