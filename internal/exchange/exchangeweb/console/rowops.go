package console

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/unionhall/unionhall/internal/exchange"
)

// rowOp is what a button of the editor asks for beside saving: the form comes back changed, with everything
// typed kept, and nothing is saved.
type rowOp struct {
	list string // need.fields, offer.fields, lists, conditions; "" only shows the form again
	row  int
	what string // add, remove, up, down
}

var rowOpForm = regexp.MustCompile(`^(need\.fields|offer\.fields|lists|conditions)(?:\[(\d{1,3})\])?:(add|remove|up|down)$`)

// rowOpOf reads the button's value; ok is false when it saves.
func rowOpOf(do string) (op rowOp, ok bool) {
	if do == doShow {
		return rowOp{}, true
	}
	m := rowOpForm.FindStringSubmatch(do)
	if m == nil {
		return rowOp{}, false
	}
	op = rowOp{list: m[1], what: m[3]}
	op.row, _ = strconv.Atoi(m[2])
	return op, true
}

// The values of the editor's buttons.
const (
	doShow      = "show"      // show the form and its preview again
	doSave      = "save"      // keep it
	doOverwrite = "overwrite" // keep it although somebody else has saved meanwhile
)

// apply changes the rows of a list. It gives the name of the row that should have the focus, "" when none.
func (d *draft) apply(op rowOp) (focus string) {
	at := -1
	switch op.list {
	case "need.fields":
		d.Need.Fields, at = changed(d.Need.Fields, op, fieldDraft{Type: string(exchange.Line)})
	case "offer.fields":
		d.Offer.Fields, at = changed(d.Offer.Fields, op, fieldDraft{Type: string(exchange.Line)})
	case "lists":
		d.Lists, at = changed(d.Lists, op, listDraft{})
	case "conditions":
		d.Conds, at = changed(d.Conds, op, condDraft{Kind: string(exchange.Same)})
	}
	if at < 0 {
		return ""
	}
	return op.list + "[" + strconv.Itoa(at) + "]"
}

// changed gives the rows after the operation, and which of them it was about.
func changed[T any](rows []T, op rowOp, fresh T) ([]T, int) {
	if op.what == "add" {
		if len(rows) >= rowsMost {
			return rows, -1
		}
		return append(rows, fresh), len(rows)
	}
	if op.row >= len(rows) {
		return rows, -1
	}
	switch op.what {
	case "remove":
		return slices.Delete(rows, op.row, op.row+1), min(op.row, len(rows)-2)
	case "up":
		if op.row > 0 {
			rows[op.row-1], rows[op.row] = rows[op.row], rows[op.row-1]
		}
		return rows, max(op.row-1, 0)
	default:
		if op.row+1 < len(rows) {
			rows[op.row+1], rows[op.row] = rows[op.row], rows[op.row+1]
		}
		return rows, min(op.row+1, len(rows)-1)
	}
}
