package intake

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/sheet"
)

// MaxFile is how large a file may be.
const MaxFile = 32 << 20

// Options are what the service needs.
type Options struct {
	Store   Store
	Files   Files
	Unions  Unions
	Actors  Actors
	Records Records
	Clock   clock.Clock
	Log     *slog.Logger
	Kinds   []Kind
}

// Service imports. Only officers who work on the union (lead or clerk) do, see and undo. Safe for concurrent use.
type Service struct {
	Options
	nudge  chan struct{}
	worker string
}

// New makes the service.
func New(o Options) *Service {
	return &Service{Options: o, nudge: make(chan struct{}, 1), worker: id.New()}
}

// Kind finds a kind by its key.
func (s *Service) Kind(key string) (Kind, error) {
	for _, k := range s.Kinds {
		if k.Key == key {
			return k, nil
		}
	}
	return Kind{}, fault.NoSuch()
}

// Upload is a file to import.
type Upload struct {
	Kind    string
	UnionID string
	Name    string
	Body    io.Reader
}

// Upload keeps a file and finds out what its columns are. A file that cannot be read is refused with what to do.
func (s *Service) Upload(ctx context.Context, a actor.Actor, in Upload) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.Upload(%s, %s)", in.Kind, in.UnionID)
	k, err := s.Kind(in.Kind)
	if err != nil {
		return Job{}, err
	}
	u, err := s.scope(ctx, a, in.UnionID)
	if err == nil && !k.allows(a, u.Path) {
		err = fault.Refused()
	}
	if err != nil {
		return Job{}, err
	}
	kept, err := s.Files.Keep(ctx, io.LimitReader(in.Body, MaxFile+1))
	if err != nil {
		return Job{}, err
	}
	defer func() {
		if err != nil { // no job names it
			err = errors.Join(err, s.Files.Drop(context.WithoutCancel(ctx), kept.Ref))
		}
	}()
	if kept.Size > MaxFile {
		return Job{}, fault.New(fault.TooLarge, "intake.fault.size", "max", MaxFile>>20)
	}
	now := s.Clock.Now()
	j := Job{ID: id.New(), Kind: k.Key, UnionID: u.ID, UnionPath: u.Path, ByID: a.ID, File: kept.Ref, Mark: kept.Mark, State: Mapping, Created: now, Changed: now,
		Plan: Plan{Name: fileName(in.Name), Size: kept.Size, Mode: AllRows}}
	if j, err = s.inspect(ctx, k, j); err != nil {
		return Job{}, onFile(err)
	}
	return j, s.Store.Create(ctx, j)
}

// onFile says of a fault of the file that it is the form's.
func onFile(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Invalid && f.Code != fault.TooLarge || len(f.Fields) > 0 {
		return err
	}
	var c fault.Check
	c.Add("file", f.Msg, f.Args...)
	return c.Err()
}

// fileName is what a file is called, without its folder.
func fileName(s string) string {
	s = sheet.Clean(s[strings.LastIndexAny(s, `/\`)+1:])
	for utf8.RuneCountInString(s) > 100 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// inspect reads the header of a job's sheet, and takes the columns of the last list like it or guesses.
func (s *Service) inspect(ctx context.Context, k Kind, j Job) (Job, error) {
	err := s.open(ctx, k, j, func(t *sheet.Table) error {
		if len(t.Sample) == 0 {
			return sheet.ErrEmpty
		}
		j.Sheet, j.Labels = t.Sheet, t.Header.Labels
		j.Columns = k.Guess(j.Labels, t.Sample)
		return nil
	})
	if err != nil {
		return j, err
	}
	columns, err := s.Store.Columns(ctx, j.UnionID, j.Kind, fingerprint(j.Labels))
	if fault.Is(err, fault.NotFound) {
		return j, nil
	}
	if err == nil && len(columns) == len(j.Columns) {
		j.Columns, j.Known = columns, true
	}
	return j, err
}

// open reads the table of a job.
func (s *Service) open(ctx context.Context, k Kind, j Job, fn func(*sheet.Table) error) error {
	if j.FileGone() {
		return gone()
	}
	file, err := s.Files.Open(ctx, j.File)
	if err != nil {
		return err
	}
	book, err := sheet.Open(file)
	if err != nil {
		return err
	}
	defer book.Close()
	t, err := book.Read(ctx, j.Sheet, k.known)
	if err != nil {
		return err
	}
	return fn(t)
}

// scope is a union on which the officer works.
func (s *Service) scope(ctx context.Context, a actor.Actor, unionID string) (Union, error) {
	u, err := s.Unions.Scope(ctx, a, unionID)
	if err == nil && !a.MayAct(u.Path) {
		err = fault.Refused()
	}
	return u, err
}

// Job gives an import to the officers who work on its union.
func (s *Service) Job(ctx context.Context, a actor.Actor, jobID string) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.Job(%s)", jobID)
	j, err := s.Store.Job(ctx, jobID)
	if err != nil {
		return Job{}, err
	}
	return j, s.may(a, j)
}

// may is the one rule: a job of somebody else does not exist, an auditor does not import, and a clerk not what only leads
// make.
func (s *Service) may(a actor.Actor, j Job) error {
	k, err := s.Kind(j.Kind)
	switch {
	case err != nil:
		return err
	case k.allows(a, j.UnionPath):
		return nil
	case a.MayRead(j.UnionPath):
		return fault.Refused()
	}
	return fault.NoSuch()
}

// Into gives the union into which an officer imports: the one named, or their own topmost for "".
func (s *Service) Into(ctx context.Context, a actor.Actor, unionID string) (_ Union, err error) {
	defer fault.Wrap(&err, "intake.Into(%s)", unionID)
	return s.scope(ctx, a, unionID)
}

// List gives the imports of a subtree on which the officer works, newest first.
func (s *Service) List(ctx context.Context, a actor.Actor, unionID, before string, limit int) (_ Union, _ []Job, err error) {
	defer fault.Wrap(&err, "intake.List(%s)", unionID)
	u, err := s.scope(ctx, a, unionID)
	if err != nil {
		return Union{}, nil, err
	}
	var out []Job
	for len(out) < limit {
		list, err := s.Store.List(ctx, u.Path, before, limit)
		if err != nil {
			return Union{}, nil, err
		}
		if len(list) > 0 {
			before = list[len(list)-1].ID // shown may leave it out
		}
		last := len(list) < limit
		if out = append(out, s.shown(a, list)...); last {
			break
		}
	}
	return u, out[:min(len(out), limit)], nil
}

// shown leaves out what the officer does not import themself.
func (s *Service) shown(a actor.Actor, list []Job) []Job {
	list = actor.Readable(a, list, func(j Job) string { return j.UnionPath })
	return slices.DeleteFunc(list, func(j Job) bool {
		k, err := s.Kind(j.Kind)
		return err != nil || k.Lead && !a.MayLead(j.UnionPath)
	})
}

// KindsFor gives the kinds that the officer imports into a union.
func (s *Service) KindsFor(a actor.Actor, u Union) []Kind {
	return slices.DeleteFunc(slices.Clone(s.Kinds), func(k Kind) bool { return !k.allows(a, u.Path) })
}

// Draft is a job whose columns are to be chosen, with what stands in them.
type Draft struct {
	Job
	Kind    Kind
	Sheets  []string
	Samples [][]string // by column: the first few cells that are not empty
}

// samples is how many cells of a column are shown.
const samples = 3

// Draft reads what is needed to choose the columns.
func (s *Service) Draft(ctx context.Context, a actor.Actor, jobID string) (d Draft, err error) {
	defer fault.Wrap(&err, "intake.Draft(%s)", jobID)
	if d.Job, err = s.Job(ctx, a, jobID); err != nil {
		return d, err
	}
	if d.Kind, err = s.Kind(d.Job.Kind); err != nil {
		return d, err
	}
	return d, s.open(ctx, d.Kind, d.Job, func(t *sheet.Table) error {
		d.Sheets, d.Samples = t.Book.Sheets, make([][]string, len(d.Labels))
		for c := range d.Samples {
			for _, r := range t.Sample {
				if v := r.At(c); v != "" && len(d.Samples[c]) < samples {
					d.Samples[c] = append(d.Samples[c], v)
				}
			}
		}
		return nil
	})
}

// TakeSheet turns to another sheet of the workbook.
func (s *Service) TakeSheet(ctx context.Context, a actor.Actor, jobID, name string) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.TakeSheet(%s)", jobID)
	j, err := s.in(ctx, a, jobID, Mapping)
	if err != nil {
		return Job{}, err
	}
	k, err := s.Kind(j.Kind)
	if err != nil {
		return Job{}, err
	}
	j.Sheet = name
	if j, err = s.inspect(ctx, k, j); err != nil {
		return Job{}, err
	}
	return s.change(ctx, a, jobID, []State{Mapping}, func(old Job) (Job, error) {
		old.Plan = j.Plan
		return old, nil
	})
}

// in gives a job that must be in one of the states.
func (s *Service) in(ctx context.Context, a actor.Actor, jobID string, states ...State) (Job, error) {
	j, err := s.Job(ctx, a, jobID)
	if err == nil && !slices.Contains(states, j.State) {
		err = moved()
	}
	return j, err
}

// moved is the answer to a button on an old page.
func moved() error { return fault.New(fault.Conflict, "intake.fault.moved") }

// change updates a job that is in one of the states, as the officer may.
func (s *Service) change(ctx context.Context, a actor.Actor, jobID string, states []State, fn func(Job) (Job, error)) (Job, error) {
	j, err := s.Store.Update(ctx, jobID, func(j Job) (Job, error) {
		if err := s.may(a, j); err != nil {
			return j, err
		}
		if !slices.Contains(states, j.State) {
			return j, moved()
		}
		j.Changed = s.Clock.Now()
		return fn(j)
	})
	if err == nil && j.State.Working() {
		s.wake()
	}
	return j, err
}

func (s *Service) wake() {
	select {
	case s.nudge <- struct{}{}:
	default: // it is already awake
	}
}

// SetColumns says which field each column is, remembers it for the next list like this, and has the rows checked.
func (s *Service) SetColumns(ctx context.Context, a actor.Actor, jobID string, columns []string) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.SetColumns(%s)", jobID)
	j, err := s.in(ctx, a, jobID, Mapping)
	if err != nil {
		return Job{}, err
	}
	k, err := s.Kind(j.Kind)
	if err != nil {
		return Job{}, err
	}
	if err := k.checkColumns(columns, len(j.Labels)); err != nil {
		return Job{}, err
	}
	if err := s.Store.Remember(ctx, j.UnionID, j.Kind, fingerprint(j.Labels), columns, s.Clock.Now()); err != nil {
		return Job{}, err
	}
	return s.change(ctx, a, jobID, []State{Mapping}, func(j Job) (Job, error) {
		j.State, j.Columns, j.Progress = Checking, columns, Progress{}
		return j, nil
	})
}

// ColumnName is the form's name for a column.
func ColumnName(i int) string {
	return "column-" + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
}

func (k Kind) checkColumns(columns []string, n int) error {
	var c fault.Check
	if len(columns) != n {
		return moved()
	}
	at := map[string]bool{}
	for i, key := range columns {
		if key == "" {
			continue
		}
		if _, ok := k.Field(key); !ok {
			c.Add(ColumnName(i), "intake.fault.column")
		} else if at[key] {
			c.Add(ColumnName(i), "intake.fault.column-twice")
		}
		at[key] = true
	}
	for _, group := range k.Needs {
		if !slices.ContainsFunc(group, func(key string) bool { return at[key] }) {
			f, _ := k.Field(group[0])
			c.Add("columns", f.missing())
		}
	}
	return c.Err()
}

// missing is the message that no column is the field.
func (f Field) missing() string { return "intake.fault.missing." + f.Key }

// Reopen goes back from what was found to the choice of columns.
func (s *Service) Reopen(ctx context.Context, a actor.Actor, jobID string) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.Reopen(%s)", jobID)
	return s.change(ctx, a, jobID, []State{Checked}, func(j Job) (Job, error) {
		j.State, j.Progress = Mapping, Progress{}
		return j, nil
	})
}

// Start has the rows added. With AllRows, one bad row is enough to refuse.
func (s *Service) Start(ctx context.Context, a actor.Actor, jobID string, mode Mode, fill bool) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.Start(%s)", jobID)
	if mode != AllRows && mode != GoodRows {
		return Job{}, fault.New(fault.Invalid, "fault.invalid")
	}
	j, err := s.in(ctx, a, jobID, Checked)
	if err != nil {
		return Job{}, err
	}
	if mode == AllRows && j.Bad > 0 {
		return Job{}, fault.New(fault.Conflict, "intake.fault.bad-rows", "count", j.Bad)
	}
	j.Mode, j.Fill = mode, fill
	if err := s.Records.Note(ctx, a, NoteBegun, j); err != nil {
		return Job{}, err
	}
	return s.change(ctx, a, jobID, []State{Checked}, func(j Job) (Job, error) {
		j.State, j.Mode, j.Fill, j.Handled = Running, mode, fill, 0
		return j, nil
	})
}

// Cancel ends an import. What is being checked or waits simply ends; one that is running stops after the batch at hand,
// and with AllRows takes back what it added.
func (s *Service) Cancel(ctx context.Context, a actor.Actor, jobID string) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.Cancel(%s)", jobID)
	return s.change(ctx, a, jobID, []State{Mapping, Checking, Checked, Running}, func(j Job) (Job, error) {
		if j.State == Running {
			j.Cancel = true
		} else {
			j.State = Canceled
		}
		return j, nil
	})
}

// Undo has what the import added removed, as far as nobody has used it since.
func (s *Service) Undo(ctx context.Context, a actor.Actor, jobID string) (_ Job, err error) {
	defer fault.Wrap(&err, "intake.Undo(%s)", jobID)
	j, err := s.in(ctx, a, jobID, Done, Canceled, Failed)
	if err != nil {
		return Job{}, err
	}
	if j.Added == 0 {
		return Job{}, moved()
	}
	if j.FileGone() {
		return Job{}, gone()
	}
	if err := s.Records.Note(ctx, a, NoteUndone, j); err != nil {
		return Job{}, err
	}
	return s.change(ctx, a, jobID, []State{Done, Canceled, Failed}, func(j Job) (Job, error) {
		if j.FileGone() {
			return j, gone()
		}
		j.State, j.UndoBy, j.Handled, j.Removed, j.Left, j.Back = Undoing, a.ID, 0, 0, 0, false
		return j, nil
	})
}

// Issues lists what is wrong with rows, or was left, from after a row.
func (s *Service) Issues(ctx context.Context, a actor.Actor, jobID string, phase Phase, after, limit int) (_ []Issue, err error) {
	defer fault.Wrap(&err, "intake.Issues(%s)", jobID)
	if _, err := s.Job(ctx, a, jobID); err != nil {
		return nil, err
	}
	return s.Store.Issues(ctx, jobID, phase, after, limit)
}

// Twin gives an earlier import of the same file into the same union, if there is one.
func (s *Service) Twin(ctx context.Context, a actor.Actor, j Job) (_ Job, ok bool, err error) {
	defer fault.Wrap(&err, "intake.Twin(%s)", j.ID)
	twin, err := s.Store.Twin(ctx, j)
	if fault.Is(err, fault.NotFound) || err == nil && s.may(a, twin) != nil {
		return Job{}, false, nil
	}
	return twin, err == nil, err
}

// EachBad gives every row that was bad when checked or when run, with the cells as they stand in the file and what is
// wrong: for a sheet to be mended and imported again.
func (s *Service) EachBad(ctx context.Context, a actor.Actor, jobID string, fn func(cells []string, wrong []Issue) error) (err error) {
	defer fault.Wrap(&err, "intake.EachBad(%s)", jobID)
	j, err := s.Job(ctx, a, jobID)
	if err != nil {
		return err
	}
	k, err := s.Kind(j.Kind)
	if err != nil {
		return err
	}
	by := map[int][]Issue{}
	for _, phase := range []Phase{AtCheck, AtRun} {
		list, err := s.Store.Issues(ctx, jobID, phase, 0, sheet.MaxRows)
		if err != nil {
			return err
		}
		for _, i := range list {
			by[i.Row] = append(by[i.Row], i)
		}
	}
	return s.open(ctx, k, j, func(t *sheet.Table) error {
		return t.Each(ctx, func(r sheet.Row) error {
			if wrong := by[r.N]; len(wrong) > 0 {
				return fn(r.Cells, wrong)
			}
			return nil
		})
	})
}
