// Command import measures the import of a list of 100,000 workers, from XLSX and from CSV, as the hall does it: the file
// is kept, checked and added, each batch durable. Beside it, in the same run, excelize reads the same workbook by its
// own stream and does nothing with the rows. Each round is a process of its own, so that the peak of its memory is its
// own.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/bench/report"
	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
)

const (
	rows   = 100_000
	rounds = 5
	phone  = "13800000001"
	secret = "correct horse staple"
)

func main() {
	var err error
	if len(os.Args) == 3 {
		err = round(os.Args[1], os.Args[2])
	} else {
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench import:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "bench-import")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files := filesIn(dir)
	// Also in a process of its own: the peak of a child counts from what its parent holds when it begins.
	if err := exec.Command(os.Args[0], "write", dir).Run(); err != nil {
		return err
	}
	report.Machine(os.Stdout, fmt.Sprintf("%d workers, four columns; SQLite: WAL, synchronous=FULL, batches of 500 rows; %d rounds, each a process of its own", rows, rounds),
		"excelize: its own stream (Rows, Columns) on the same workbook, with the same limits for what it keeps in memory")
	rate, peak := map[string]report.Figure{}, map[string]report.Figure{}
	for _, c := range []struct{ name, what, file string }{
		{"import/xlsx", "import", files["xlsx"]}, {"import/csv", "import", files["csv"]},
		{"check/xlsx", "check", files["xlsx"]}, {"excelize/xlsx", "excelize", files["xlsx"]},
	} {
		var rates, peaks []float64
		for range rounds {
			r, p, err := child(c.what, c.file)
			if err != nil {
				return err
			}
			rates, peaks = append(rates, r), append(peaks, p)
		}
		rate[c.name], peak[c.name] = report.Of(c.name+"/rate", "rows/s", rates), report.Of(c.name+"/peak", "MB", peaks)
		rate[c.name].Print(os.Stdout)
		peak[c.name].Print(os.Stdout)
	}
	report.Ratio(os.Stdout, "import/xlsx/rate", rate["import/xlsx"], rate["excelize/xlsx"])
	report.Ratio(os.Stdout, "check/xlsx/rate", rate["check/xlsx"], rate["excelize/xlsx"])
	report.Ratio(os.Stdout, "import/xlsx/peak", peak["import/xlsx"], peak["excelize/xlsx"])
	return nil
}

// child runs one round and gives its rate and the peak of its memory.
func child(what, file string) (rate, peak float64, err error) {
	cmd := exec.Command(os.Args[0], what, file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, err
	}
	if rate, err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64); err != nil {
		return 0, 0, err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return rate, float64(usage.Maxrss) / 1024, nil
}

func filesIn(dir string) map[string]string {
	return map[string]string{"xlsx": filepath.Join(dir, "list.xlsx"), "csv": filepath.Join(dir, "list.csv")}
}

func cells(i int) []string {
	return []string{strconv.Itoa(i + 1), fmt.Sprintf("职工%06d", i), fmt.Sprintf("135%08d", i), fmt.Sprintf("w%06d@example.com", i)}
}

var heads = []string{"序号", "姓名", "手机号", "邮箱"}

func write(files map[string]string) error {
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	c, err := os.Create(files["csv"])
	if err != nil {
		return err
	}
	defer c.Close()
	text := bufio.NewWriter(c)
	for i := -1; i < rows; i++ {
		line := heads
		if i >= 0 {
			line = cells(i)
		}
		row := make([]any, len(line))
		for j, v := range line {
			row[j] = v
		}
		if err := w.SetRow("A"+strconv.Itoa(i+2), row); err != nil {
			return err
		}
		fmt.Fprintln(text, strings.Join(line, ","))
	}
	if err := text.Flush(); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(files["xlsx"])
}

func round(what, file string) error {
	if what == "write" {
		return write(filesIn(file))
	}
	var took time.Duration
	var err error
	if what == "excelize" {
		took, err = plain(file)
	} else {
		took, err = ours(context.Background(), file, what == "import")
	}
	fmt.Println(rows / took.Seconds())
	return err
}

// plain is what the library does alone.
func plain(file string) (time.Duration, error) {
	began := time.Now()
	f, err := excelize.OpenFile(file, excelize.Options{UnzipXMLSizeLimit: 1 << 20, UnzipSizeLimit: 1 << 30})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	list, err := f.Rows("Sheet1")
	if err != nil {
		return 0, err
	}
	n := 0
	for list.Next() {
		if _, err := list.Columns(excelize.Options{RawCellValue: true}); err != nil {
			return 0, err
		}
		n++
	}
	if n != rows+1 {
		return 0, fmt.Errorf("%d rows", n)
	}
	return time.Since(began), list.Close()
}

// ours imports into a hall of its own, from the upload to the end.
func ours(ctx context.Context, file string, all bool) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "bench-hall")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	a, err := app.Open(ctx, app.Config{Dir: dir, Cheap: true}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return 0, err
	}
	defer a.Close()
	lead, err := a.Hall.Found(ctx, hall.Founding{Name: "福建省总工会", Level: hall.Province, Person: "主席", Phone: phone, Password: secret})
	if err != nil {
		return 0, err
	}
	who, err := a.Hall.Actor(ctx, lead.ID)
	if err != nil {
		return 0, err
	}
	body, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	began := time.Now()
	err = through(ctx, a.Imports, who, intake.Upload{Kind: "workers", UnionID: lead.UnionID, Name: filepath.Base(file), Body: body}, all)
	return time.Since(began), err
}

func through(ctx context.Context, s *intake.Service, who actor.Actor, up intake.Upload, all bool) error {
	j, err := s.Upload(ctx, who, up)
	if err != nil {
		return err
	}
	if _, err := s.SetColumns(ctx, who, j.ID, j.Columns); err != nil {
		return err
	}
	if _, err := s.Step(ctx); err != nil {
		return err
	}
	if !all {
		return nil
	}
	if _, err := s.Start(ctx, who, j.ID, intake.AllRows, false); err != nil {
		return err
	}
	if _, err := s.Step(ctx); err != nil {
		return err
	}
	if j, err = s.Job(ctx, who, j.ID); err == nil && (j.State != intake.Done || j.Added != rows) {
		err = fmt.Errorf("%s: %+v", j.State, j.Progress)
	}
	return err
}
