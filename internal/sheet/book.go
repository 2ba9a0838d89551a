package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/fault"
)

// The faults of files that cannot be read. Each message says what to do.
var (
	ErrOldExcel  = fault.New(fault.Invalid, "sheet.fault.old-excel")
	ErrPassword  = fault.New(fault.Invalid, "sheet.fault.password")
	ErrDamaged   = fault.New(fault.Invalid, "sheet.fault.damaged")
	ErrNoTable   = fault.New(fault.Invalid, "sheet.fault.no-table")
	ErrSwollen   = fault.New(fault.TooLarge, "sheet.fault.swollen")
	ErrEmpty     = fault.New(fault.Invalid, "sheet.fault.empty")
	ErrRows      = fault.New(fault.TooLarge, "sheet.fault.rows", "max", MaxRows)
	ErrColumns   = fault.New(fault.TooLarge, "sheet.fault.columns", "max", MaxColumns)
	ErrLongCell  = fault.New(fault.TooLarge, "sheet.fault.long-cell", "max", MaxCell)
	errNoSheet   = fault.New(fault.NotFound, "fault.not-found")
	errNotATable = fault.New(fault.Invalid, "sheet.fault.not-a-table")
)

// Book is an open file of one or more sheets. It is used by one goroutine at a time and closed when done.
type Book struct {
	Sheets []string // those that are not hidden; one without a name for CSV
	source
}

// source gives the raw cells of a sheet, row by row, from the first. Rows that are empty come too.
type source interface {
	rows(ctx context.Context, sheet string, fn func(n int, cells []string) error) error
	close() error
}

// Open finds out what r holds by its content, never by its name.
func Open(r io.ReadSeeker) (_ *Book, err error) {
	defer fault.Wrap(&err, "sheet.Open")
	head := make([]byte, 8)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case n == 0:
		return nil, ErrEmpty
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openWorkbook(r)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, compound(r)
	}
	return openText(r)
}

// compound tells the two kinds of file apart that begin like an old Excel file: a workbook with a password is put
// into the same container.
func compound(r io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return err
	}
	if bytes.Contains(body, wide("EncryptedPackage")) {
		return ErrPassword
	}
	return ErrOldExcel
}

// wide is ASCII text in UTF-16, as names in the container are.
func wide(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// Each gives the rows of a sheet that are not empty, from the top. The cells are the callee's to keep.
func (b *Book) Each(ctx context.Context, sheet string, fn func(Row) error) (err error) {
	defer fault.Wrap(&err, "sheet.Each(%s)", sheet)
	count := 0
	return b.rows(ctx, sheet, func(n int, raw []string) error {
		row, err := clean(n, raw)
		if err != nil || len(row.Cells) == 0 {
			return err
		}
		if count++; count > MaxRows {
			return ErrRows
		}
		if count%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return fn(row)
	})
}

// Close lets go of the file's temporary parts. The reader is the caller's to close.
func (b *Book) Close() error { return b.close() }

func clean(n int, raw []string) (Row, error) {
	last := -1
	cells := make([]string, 0, min(len(raw), MaxColumns))
	for i, c := range raw {
		c = Clean(c)
		if c != "" {
			last = i
		}
		if len(cells) < MaxColumns {
			cells = append(cells, c)
		}
		if utf8.RuneCountInString(c) > MaxCell {
			return Row{}, ErrLongCell
		}
	}
	if last >= MaxColumns {
		return Row{}, ErrColumns
	}
	return Row{N: n, Cells: cells[:last+1]}, nil
}

// checkZip looks at what a workbook says of itself before anything of it is unpacked. The archive reader holds the
// parts to it.
func checkZip(z *zip.Reader) error {
	var sum uint64
	book := false
	if len(z.File) > maxParts {
		return ErrSwollen
	}
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return ErrPassword
		}
		if sum += f.UncompressedSize64; sum > maxUnzip || f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return ErrSwollen
		}
		book = book || f.Name == "xl/workbook.xml" || f.Name == "[Content_Types].xml"
	}
	if !book {
		return errNotATable
	}
	return nil
}
