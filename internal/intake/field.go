package intake

import (
	"context"
	"strconv"

	"github.com/unionhall/unionhall/internal/sheet"
)

// FieldKind says how a cell is read.
type FieldKind string

// The kinds of field.
const (
	Text    FieldKind = "text"
	Digits  FieldKind = "digits" // a telephone, a licence: digits that a spreadsheet may have made a float of
	Date    FieldKind = "date"
	Choice  FieldKind = "choice"
	YesNo   FieldKind = "yes-no"
	Decimal FieldKind = "decimal"
)

// Field is one thing that a row can say.
type Field struct {
	Key      string
	Label    string // message id
	Kind     FieldKind
	Required bool
	Unique   bool              // no two rows of a list may say the same
	Words    []string          // headings under which it is found, the most usual first
	Options  []string          // of a choice: what the template offers, message ids
	Codes    map[string]string // of a choice: what it may be called (see sheet.Fold), and the code it has
	Example  string            // message id of what the template shows, "" for nothing
	Looks    func(cell string) bool
	Offers   func(ctx context.Context) []string // what the template offers where that is not known beforehand
}

// read brings a cell to the field's form; "yes" and "" for a tick.
func (f Field) read(cell string) (string, sheet.Why) {
	if cell == "" {
		return "", ""
	}
	switch f.Kind {
	case Digits:
		return sheet.Digits(cell)
	case Date:
		return sheet.Date(cell)
	case Choice:
		return sheet.Choice(cell, f.Codes)
	case YesNo:
		v, why := sheet.YesNo(cell)
		if v {
			return "yes", why
		}
		return "", why
	case Decimal:
		x, why := sheet.Decimal(cell)
		return strconv.FormatFloat(x, 'f', -1, 64), why
	}
	return cell, ""
}

// read makes a row of the cells; values that cannot be read are issues.
func (k Kind) read(j Job, r sheet.Row) (Row, []Issue) {
	out := Row{N: r.N, IDs: rowIDs(j, r.N), Values: make(map[string]string, len(k.Fields))}
	var wrong []Issue
	for column, key := range j.Columns {
		f, ok := k.Field(key)
		if !ok {
			continue
		}
		v, why := f.read(r.At(column))
		if why != "" {
			wrong = append(wrong, Issue{Row: r.N, Field: key, Msg: string(why)})
			continue
		}
		if v == "" && f.Required {
			wrong = append(wrong, Issue{Row: r.N, Field: key, Msg: "intake.bad.required"})
		}
		out.Values[key] = v
	}
	return out, wrong
}
