package sheet

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// text is a CSV file: rows of lines, cells apart by a separator.
type text struct {
	r    io.ReadSeeker
	code encoding.Encoding // nil: UTF-8
	mark int64             // bytes of the byte order mark
	sep  byte
}

func openText(r io.ReadSeeker) (*Book, error) {
	t := &text{r: r}
	if err := t.findCode(); err != nil {
		return nil, err
	}
	if err := t.findSeparator(); err != nil {
		return nil, err
	}
	return &Book{Sheets: []string{""}, source: t}, nil
}

func (t *text) close() error { return nil }

// findCode tells UTF-8 from GBK by the whole file: a heading in ASCII says nothing of the names below. What is not
// valid UTF-8 is GB18030, which holds GBK and GB 2312.
func (t *text) findCode() error {
	head := make([]byte, 3)
	n, _ := io.ReadFull(t.r, head)
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		t.mark = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		t.code, t.mark = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
		return nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		t.code, t.mark = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
		return nil
	}
	if _, err := t.r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	valid, binary, err := isUTF8(t.r)
	if err != nil {
		return err
	}
	if binary {
		return errNotATable
	}
	if !valid {
		t.code, t.mark = simplifiedchinese.GB18030, 0
	}
	return nil
}

// isUTF8 reads all of r. A zero byte or another control character is in no table.
func isUTF8(r io.Reader) (valid, binary bool, err error) {
	valid = true
	buf := make([]byte, 32<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		n += kept
		kept = 0
		for i := 0; i < n; {
			if c := buf[i]; c < utf8.RuneSelf {
				binary = binary || c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != 0x1a
				i++
				continue
			}
			if !utf8.FullRune(buf[i:n]) && err == nil {
				kept = copy(buf, buf[i:n])
				break
			}
			c, size := utf8.DecodeRune(buf[i:n])
			valid = valid && !(c == utf8.RuneError && size == 1)
			i += size
		}
		if err == io.EOF {
			return valid && kept == 0, binary, nil
		}
		if err != nil {
			return false, false, err
		}
	}
}

// separators, the likeliest first.
var separators = []byte(",\t;")

// findSeparator takes the separator that cuts most of the first lines into the same number of cells.
func (t *text) findSeparator() error {
	in, err := t.open()
	if err != nil {
		return err
	}
	sample := make([]byte, 64<<10)
	n, err := io.ReadFull(in, sample)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	best := -1
	for _, sep := range separators {
		if score := evenness(sample[:n], sep); score > best {
			best, t.sep = score, sep
		}
	}
	return nil
}

// evenness is how many of the first rows have as many cells as most, times that number; 0 when most have one cell.
func evenness(sample []byte, sep byte) int {
	widths := map[int]int{}
	p := parser{in: bufio.NewReader(bytes.NewReader(sample)), sep: sep}
	for range 50 {
		cells, err := p.next()
		if err != nil {
			break
		}
		if len(cells) > 1 {
			widths[len(cells)]++
		}
	}
	best := 0
	for width, rows := range widths {
		best = max(best, min(width, MaxColumns)*rows)
	}
	return best
}

// open reads the file from its beginning as UTF-8.
func (t *text) open() (io.Reader, error) {
	if _, err := t.r.Seek(t.mark, io.SeekStart); err != nil {
		return nil, err
	}
	if t.code == nil {
		return t.r, nil
	}
	return t.code.NewDecoder().Reader(t.r), nil
}

func (t *text) rows(_ context.Context, sheet string, fn func(int, []string) error) error {
	if sheet != "" {
		return errNoSheet
	}
	in, err := t.open()
	if err != nil {
		return err
	}
	p := parser{in: bufio.NewReaderSize(in, 64<<10), sep: t.sep}
	for n := 1; ; n++ {
		cells, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(n, cells); err != nil {
			return err
		}
	}
}

// parser cuts text into rows and cells. It knows RFC 4180, with CR, LF or both at the end of a line, and is patient
// with the rest: a quote within a cell that did not begin with one is a character, and what follows a closing quote is
// joined to the cell. An empty line is a row without cells, so that rows keep the numbers a spreadsheet shows.
type parser struct {
	in   *bufio.Reader
	sep  byte
	cell []byte
	out  []string
}

// maxCellBytes keeps a quote that is never closed from taking the rest of the file.
const maxCellBytes = MaxCell*4 + 1

// next gives one row, io.EOF after the last.
func (p *parser) next() ([]string, error) {
	p.out, p.cell = p.out[:0], p.cell[:0]
	if _, err := p.in.Peek(1); err != nil {
		return nil, err
	}
	var quoted, began bool // within quotes; the cell has begun
	for {
		c, err := p.in.ReadByte()
		if err == io.EOF {
			return p.end(began), nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case quoted && c == '"':
			if next, err := p.in.Peek(1); err == nil && next[0] == '"' {
				p.in.ReadByte()
				p.cell = append(p.cell, '"')
			} else {
				quoted = false
			}
		case quoted:
			p.cell = append(p.cell, c)
		case c == '"' && !began:
			quoted, began = true, true
		case c == p.sep:
			p.out, p.cell, began = append(p.out, string(p.cell)), p.cell[:0], false
		case c == '\n' || c == '\r':
			if next, err := p.in.Peek(1); c == '\r' && err == nil && next[0] == '\n' {
				p.in.ReadByte()
			}
			return p.end(began), nil
		default:
			p.cell, began = append(p.cell, c), true
		}
		if len(p.cell) > maxCellBytes {
			return nil, ErrLongCell
		}
		if len(p.out) > 4*MaxColumns {
			return nil, ErrColumns
		}
	}
}

// end closes the row.
func (p *parser) end(began bool) []string {
	if began || len(p.out) > 0 {
		p.out = append(p.out, string(p.cell))
	}
	return p.out
}
