// Package intake takes lists in that offices keep in spreadsheets: a file is kept, its columns are understood, its rows
// are checked and shown, and then added in batches that a restart does not double. What a list is of (workers,
// enterprises, masters, needs, unions) is a Kind; whoever has such rows gives a Target for it, and this package knows nothing of them.
//
// An import goes
//
//	mapping → checking → checked → running → done → undoing → undone
//
// with canceled and failed beside it. Checking, running and undoing are the work of Service.Run, in any process.
package intake

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

// State says where an import stands.
type State string

// The states of an import.
const (
	Mapping  State = "mapping"  // the officer says which column is what
	Checking State = "checking" // its rows are being checked
	Checked  State = "checked"  // the officer decides
	Running  State = "running"
	Done     State = "done"
	Canceled State = "canceled"
	Failed   State = "failed"
	Undoing  State = "undoing"
	Undone   State = "undone"
)

// Working reports whether Service.Run has something to do in the state.
func (s State) Working() bool { return s == Checking || s == Running || s == Undoing }

// Mode says what bad rows do to the good ones.
type Mode string

// The modes.
const (
	AllRows  Mode = "all"  // one bad row and nothing is added
	GoodRows Mode = "good" // bad rows are left out
)

// Job is one import.
type Job struct {
	ID        string
	Kind      string
	UnionID   string
	UnionPath string
	ByID      string
	File      string // the Ref of its Kept
	Mark      string // and the Mark
	State     State
	Created   time.Time
	Changed   time.Time
	Plan
	Progress
}

// Plan is what is to be done.
type Plan struct {
	Name    string   // of the file
	Size    int64    // of the file
	Sheet   string   // of the workbook
	Labels  []string // of the columns
	Columns []string // the field that each column is, "" for none
	Known   bool     // the columns are those of an earlier import
	Mode    Mode
	Fill    bool   // blanks of rows that are there are filled
	UndoBy  string // who undoes; the officer of the import unless given
}

// Progress is how far it has come.
type Progress struct {
	Total    int // rows of the file, known once they are checked
	Handled  int // rows that the present work has handled
	New      int // by the check; and so on
	Same     int
	Differs  int
	Fillable int
	Bad      int // rows, not reasons
	Added    int // by the run
	Filled   int
	Late     int // rows that were good when checked and bad when run
	Removed  int // by undoing
	Left     int
	Cancel   bool   // was asked for
	Fault    string // message id of why it failed
	Back     bool   // it is being undone because it failed or was canceled, and ends as that
}

// Issue is what is wrong with one row. It holds nothing that stands in the file.
type Issue struct {
	Row   int    // as a spreadsheet shows it
	Field string // key of the field, "" for the row
	Msg   string // message id
	Args  []any
}

// Phase says when an issue was found.
type Phase string

// The phases.
const (
	AtCheck Phase = "check"
	AtRun   Phase = "run"
	AtUndo  Phase = "undo" // why a row was left
)

// Row is one row for a target: its values by field, each brought to one form. IDs are for what the row adds: they are
// the same whenever the row is given again, so that a batch may be repeated.
type Row struct {
	N      int
	IDs    [2]string
	Values map[string]string
}

// Outcome is what a row comes to.
type Outcome string

// The outcomes.
const (
	OutcomeNew     Outcome = "new"
	OutcomeSame    Outcome = "same"
	OutcomeChanged Outcome = "changed"
	OutcomeBad     Outcome = "bad"
)

// Verdict is a target's word on a row.
type Verdict struct {
	Outcome Outcome
	Fills   bool // the row fills blanks of what is there
	Wrong   []fault.Field
}

// Target takes rows of one kind in. It decides by the actor what they may, and answers with one verdict for each row,
// in their order.
type Target interface {
	// Check says what the rows would come to, and changes nothing.
	Check(ctx context.Context, a actor.Actor, unionID string, rows []Row) ([]Verdict, error)
	// Apply adds the rows that are new, all in one transaction; with fill, it fills blanks of those that are there. A row
	// that was added with the same IDs before is new and adds nothing.
	Apply(ctx context.Context, a actor.Actor, unionID string, fill bool, rows []Row) ([]Verdict, error)
	// Undo removes what the rows' IDs name, unless it has been used since. It gives the rows of which something was left,
	// with why, and how many it removed.
	Undo(ctx context.Context, a actor.Actor, rows []Row) (removed int, left []Left, err error)
}

// Remembering is a target whose rows may name earlier rows of the same list. Each list is checked by a fresh one, from its
// first row on; applying needs none, since what is named is there by then.
type Remembering interface {
	Target
	Fresh() Target
}

// Left is a row of which an undoing left something.
type Left struct {
	Row int
	Why string // message id
}

// Kind is a kind of list.
type Kind struct {
	Key    string
	Icon   string
	Fields []Field
	Needs  [][]string // of each, one field at least must have a column
	Under  []string   // headings that say something only together with the one merged above them
	Target Target
	Lead   bool // only leads import it, since only they may make one by hand
	Loud   bool // people are told of what is added; "intake.kind.KEY.loud" says whom
	Back   bool // rows may hang on earlier ones: they are taken back from the last
}

// allows reports whether the officer imports the kind into the union at a path.
func (k Kind) allows(a actor.Actor, path string) bool {
	return a.MayAct(path) && (!k.Lead || a.MayLead(path))
}

// Field finds a field by its key.
func (k Kind) Field(key string) (Field, bool) {
	for _, f := range k.Fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// Union is what this package knows of a union.
type Union struct {
	ID, Path string
	Name     lang.Text
}

// Unions finds unions. Scope gives the topmost one of the officer for "".
type Unions interface {
	Scope(ctx context.Context, a actor.Actor, unionID string) (Union, error)
}

// Actors gives who a person is now: an officer who was one at the beginning may be none at the end.
type Actors interface {
	Actor(ctx context.Context, personID string) (actor.Actor, error)
}

// Records keeps who imported what.
type Records interface {
	Note(ctx context.Context, a actor.Actor, what Note, job Job) error
}

// Note says what is written into the record.
type Note string

// What is written into the record.
const (
	NoteBegun  Note = "begun"
	NoteEnded  Note = "ended"
	NoteUndone Note = "undone"
)

// rowIDs are the identifiers of what a row adds.
func rowIDs(j Job, row int) (out [2]string) {
	for i := range out {
		h := sha256.New()
		h.Write([]byte(j.ID))
		h.Write(binary.BigEndian.AppendUint64([]byte{byte(i)}, uint64(row)))
		out[i] = id.At(j.Created, [10]byte(h.Sum(nil)))
	}
	return out
}
