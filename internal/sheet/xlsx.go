package sheet

import (
	"archive/zip"
	"context"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/fault"
)

// workbook is an XLSX file. Its larger parts lie in temporary files while it is read.
type workbook struct{ file *excelize.File }

func openWorkbook(r io.ReadSeeker) (*Book, error) {
	at, size, err := readerAt(r)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, ErrDamaged.Because(err)
	}
	if err := checkZip(z); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(io.NewSectionReader(at, 0, size), excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: inMemory, RawCellValue: true})
	if err != nil {
		return nil, broken(err)
	}
	b := &Book{source: workbook{f}}
	for _, name := range f.GetSheetList() {
		if shown, err := f.GetSheetVisible(name); err == nil && shown {
			b.Sheets = append(b.Sheets, name)
		}
	}
	if len(b.Sheets) == 0 {
		return nil, errors.Join(ErrEmpty, f.Close())
	}
	return b, nil
}

func (w workbook) rows(ctx context.Context, sheet string, fn func(int, []string) error) (err error) {
	rows, err := w.file.Rows(sheet)
	if err != nil {
		if _, missing := errors.AsType[excelize.ErrSheetNotExist](err); missing {
			return errNoSheet
		}
		return broken(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return broken(err)
		}
		if n%4096 == 0 && ctx.Err() != nil { // a sheet may name its first row a million rows down
			return ctx.Err()
		}
		if err := fn(n, cells); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return broken(err)
	}
	return nil
}

func (w workbook) close() error { return w.file.Close() }

// broken says of a workbook that it cannot be read, and why to the log.
func broken(err error) error {
	if errors.Is(err, excelize.ErrWorkbookFileFormat) || errors.Is(err, excelize.ErrWorkbookPassword) {
		return ErrPassword.Because(err)
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return ErrDamaged.Because(err)
}

// readerAt is the reader as the archive wants it.
func readerAt(r io.ReadSeeker) (io.ReaderAt, int64, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	if at, ok := r.(io.ReaderAt); ok {
		return at, size, nil
	}
	return seeking{r}, size, nil
}

// seeking reads at a place by going there; one goroutine at a time.
type seeking struct{ r io.ReadSeeker }

// ReadAt implements io.ReaderAt.
func (s seeking) ReadAt(p []byte, off int64) (int, error) {
	if _, err := s.r.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.r, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}
