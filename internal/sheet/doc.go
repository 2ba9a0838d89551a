// Package sheet reads tables as offices have them: XLSX workbooks and CSV files of whatever encoding and separator, with
// titles above a header of one or two rows, blanks of every kind, numbers that a spreadsheet has turned into floats, and
// totals at the end. Rows come as a stream, so that memory does not grow with the file.
//
//	Open     what the file is, or a fault that says what to do about it
//	Book     its sheets, and the rows of one
//	Find     where the header is
//	Table    the rows below a header that are rows of the table
//	Text, Number, Date, Choice …   one cell brought to one form
package sheet

// What a file may hold at most. Rows and columns beyond are a fault, never cut in silence.
const (
	MaxRows    = 200_000
	MaxColumns = 100
	MaxCell    = 4000    // characters of one cell
	maxUnzip   = 1 << 30 // bytes of a workbook once unpacked
	maxRatio   = 200     // of a part of a workbook once unpacked to what it takes in the file
	maxParts   = 5000    // of a workbook; a real one has a few for each sheet and picture
	inMemory   = 1 << 20 // bytes of a part of a workbook that is not put on disk while it is read
)

// Row is one row of a sheet. N is its number as a spreadsheet shows it. Cells are clean text (see Clean), without the
// empty ones at the end.
type Row struct {
	N     int
	Cells []string
}

// At is the cell of a column, "" where the row has none.
func (r Row) At(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// filled counts the cells that are not empty.
func (r Row) filled() (n int) {
	for _, c := range r.Cells {
		if c != "" {
			n++
		}
	}
	return n
}

// first is the first cell that is not empty.
func (r Row) first() string {
	for _, c := range r.Cells {
		if c != "" {
			return c
		}
	}
	return ""
}
