package intake

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sheet"
)

const (
	batchRows = 500              // rows of one transaction
	claimFor  = 20 * time.Second // after which a job whose process has died is taken up by another
	lookEvery = 2 * time.Second
)

// Run works on imports until ctx ends. Several processes may: each job is one's at a time, and one that was left in the
// middle is taken up where its last batch ended.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for {
			worked, err := s.Step(ctx)
			if err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "import failed", "err", err)
			}
			if !worked || err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.nudge:
		case <-tick.C:
		}
	}
}

// Step works on one import until its work is over, and reports whether there was one.
func (s *Service) Step(ctx context.Context) (worked bool, err error) {
	defer fault.Wrap(&err, "intake.Step")
	now := s.Clock.Now()
	j, err := s.Store.Claim(ctx, s.worker, now, now.Add(claimFor))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	w := work{s: s, job: j, phase: AtCheck}
	err = w.do(ctx)
	switch {
	case err == nil, errors.Is(err, errOver):
		return true, nil
	case errors.Is(err, ErrLost):
		return true, nil // another process goes on with it
	case ctx.Err() != nil, fault.Is(err, fault.Unavailable):
		return true, err // it is taken up again
	}
	return true, w.fail(ctx, err)
}

// errOver ends the work on a job whose state says so: it was canceled, or goes on as something else.
var errOver = errors.New("intake: over")

// work is the work on one job.
type work struct {
	s     *Service
	job   Job
	kind  Kind
	actor actor.Actor
	phase Phase
}

func (w *work) do(ctx context.Context) (err error) {
	if w.kind, err = w.s.Kind(w.job.Kind); err != nil {
		return err
	}
	by := w.job.ByID
	if w.job.State == Undoing && w.job.UndoBy != "" {
		by = w.job.UndoBy
	}
	if w.actor, err = w.s.Actors.Actor(ctx, by); err != nil {
		return err
	}
	if !w.kind.allows(w.actor, w.job.UnionPath) && !w.job.Back { // what a failed import added goes, whoever began it
		return fault.Refused()
	}
	if w.job.Back {
		w.actor = actor.Hall
	}
	switch w.job.State {
	case Checking:
		return w.check(ctx)
	case Running:
		return w.run(ctx)
	case Undoing:
		return w.undo(ctx)
	}
	return nil
}

// advance writes down what a batch came to.
func (w *work) advance(ctx context.Context, issues []Issue, fn func(*Job)) error {
	state := w.job.State
	j, err := w.s.Store.Advance(ctx, w.job.ID, w.s.worker, w.s.Clock.Now().Add(claimFor), w.phase, issues, func(j Job) (Job, error) {
		if j.State != state {
			return j, nil // canceled by now
		}
		fn(&j)
		j.Changed = w.s.Clock.Now()
		return j, nil
	})
	if err != nil {
		return err
	}
	if w.job = j; j.State != state {
		return errOver
	}
	return nil
}

// batches gives the rows of the table from the one after skip, some at a time.
func (w *work) batches(ctx context.Context, skip int, fn func([]sheet.Row) error) error {
	return w.s.open(ctx, w.kind, w.job, func(t *sheet.Table) error {
		batch := make([]sheet.Row, 0, batchRows)
		err := t.Each(ctx, func(r sheet.Row) error {
			if skip > 0 {
				skip--
				return nil
			}
			if batch = append(batch, r); len(batch) < batchRows {
				return nil
			}
			err := fn(batch)
			batch = batch[:0]
			return err
		})
		if err == nil && len(batch) > 0 {
			err = fn(batch)
		}
		return err
	})
}

// check goes through all rows from the first: what an earlier, broken check found is forgotten.
func (w *work) check(ctx context.Context) error {
	if err := w.s.Store.Forget(ctx, w.job.ID, AtCheck); err != nil {
		return err
	}
	if err := w.advance(ctx, nil, func(j *Job) { j.Progress = Progress{} }); err != nil {
		return err
	}
	target := w.kind.Target
	if r, ok := target.(Remembering); ok {
		target = r.Fresh()
	}
	seen := repeats{seed: maphash.MakeSeed(), at: map[uint64]int32{}}
	err := w.batches(ctx, 0, func(batch []sheet.Row) error {
		rows, issues := w.read(batch, &seen)
		verdicts, err := target.Check(ctx, w.actor, w.job.UnionID, rows)
		if err != nil {
			return err
		}
		var sum Progress
		sum.Bad = len(batch) - len(rows)
		for i, v := range verdicts {
			sum.count(v)
			issues = append(issues, wrongOf(rows[i].N, v)...)
		}
		return w.advance(ctx, issues, func(j *Job) {
			j.Handled += len(batch)
			j.New, j.Same, j.Differs, j.Fillable, j.Bad = j.New+sum.New, j.Same+sum.Same, j.Differs+sum.Differs, j.Fillable+sum.Fillable, j.Bad+sum.Bad
		})
	})
	if err != nil {
		return err
	}
	err = w.advance(ctx, nil, func(j *Job) { j.State, j.Total = Checked, j.Handled })
	return over(err)
}

func (p *Progress) count(v Verdict) {
	switch v.Outcome {
	case OutcomeNew:
		p.New++
	case OutcomeSame:
		p.Same++
	case OutcomeChanged:
		p.Differs++
	case OutcomeBad:
		p.Bad++
	}
	if v.Fills {
		p.Fillable++
	}
}

func wrongOf(row int, v Verdict) (out []Issue) {
	for _, f := range v.Wrong {
		out = append(out, Issue{Row: row, Field: f.Path, Msg: f.Msg, Args: f.Args})
	}
	return out
}

// over is what advance answers when the work itself has ended the state.
func over(err error) error {
	if errors.Is(err, errOver) {
		return nil
	}
	return err
}

// read reads the cells of a batch. Rows that cannot be read, or say what may be said once a second time, are issues.
func (w *work) read(batch []sheet.Row, seen *repeats) (rows []Row, issues []Issue) {
	for _, r := range batch {
		row, wrong := w.kind.read(w.job, r)
		wrong = append(wrong, seen.check(w.kind, row)...)
		if len(wrong) > 0 {
			issues = append(issues, wrong...)
			continue
		}
		rows = append(rows, row)
	}
	return rows, issues
}

// repeats remembers on which row a value was, by its hash: a hundred thousand telephones are a megabyte or two.
type repeats struct {
	seed maphash.Seed
	at   map[uint64]int32
}

func (r *repeats) check(k Kind, row Row) (out []Issue) {
	for _, f := range k.Fields {
		v := row.Values[f.Key]
		if !f.Unique || v == "" {
			continue
		}
		key := maphash.String(r.seed, f.Key+"\x00"+strings.ToUpper(plain(v)))
		if first, ok := r.at[key]; ok {
			out = append(out, Issue{Row: row.N, Field: f.Key, Msg: "intake.bad.repeated", Args: []any{"row", int(first)}})
		} else {
			r.at[key] = int32(row.N)
		}
	}
	return out
}

// plain leaves out what people put between the digits of a number.
func plain(s string) string {
	return strings.NewReplacer(" ", "", "-", "", "+86", "").Replace(sheet.Narrow(s))
}

// run adds the rows that were good when checked, from where the last batch ended. Between the rows and the word that
// they were added the process may die: then the batch is given again, and its rows have the identifiers they had.
func (w *work) run(ctx context.Context) error {
	w.phase = AtRun
	bad, err := w.s.Store.BadRows(ctx, w.job.ID, AtCheck)
	if err != nil {
		return err
	}
	err = w.batches(ctx, w.job.Handled, func(batch []sheet.Row) error {
		if w.job.Cancel {
			return errOver
		}
		rows := make([]Row, 0, len(batch))
		for _, r := range batch {
			if !bad[r.N] {
				row, _ := w.kind.read(w.job, r)
				rows = append(rows, row)
			}
		}
		return w.apply(ctx, rows, len(batch))
	})
	if err != nil && !(errors.Is(err, errOver) && w.job.Cancel) {
		return err
	}
	if w.job.Cancel {
		return w.end(ctx, Canceled, "")
	}
	return w.end(ctx, Done, "")
}

func (w *work) apply(ctx context.Context, rows []Row, handled int) error {
	if len(rows) == 0 {
		return w.advance(ctx, nil, func(j *Job) { j.Handled += handled })
	}
	verdicts, err := w.s.applied(ctx, w, rows)
	if err != nil {
		return err
	}
	var sum Progress
	var issues []Issue
	for i, v := range verdicts {
		sum.count(v)
		issues = append(issues, wrongOf(rows[i].N, v)...)
	}
	err = w.advance(ctx, issues, func(j *Job) {
		j.Handled, j.Added, j.Late = j.Handled+handled, j.Added+sum.New, j.Late+sum.Bad
		if j.Fill {
			j.Filled += sum.Fillable
		}
	})
	if err == nil && sum.Bad > 0 && w.job.Mode == AllRows {
		if err = w.end(ctx, Failed, "intake.fault.late"); err == nil {
			err = errOver
		}
	}
	return err
}

func (s *Service) applied(ctx context.Context, w *work, rows []Row) ([]Verdict, error) {
	a, err := s.Actors.Actor(ctx, w.job.ByID) // who may have lost the office since
	if err != nil {
		return nil, err
	}
	if !w.kind.allows(a, w.job.UnionPath) {
		return nil, fault.Refused()
	}
	return w.kind.Target.Apply(ctx, a, w.job.UnionID, w.job.Fill, rows)
}

// end closes a run. One of all rows that has not come to its end takes back what it added.
func (w *work) end(ctx context.Context, as State, why string) error {
	if err := w.s.Records.Note(ctx, w.actor, NoteEnded, w.job); err != nil {
		return err
	}
	return over(w.advance(ctx, nil, func(j *Job) {
		j.State, j.Fault = as, why
		if as != Done && j.Mode == AllRows {
			j.State, j.Back, j.Handled, j.UndoBy = Undoing, true, 0, ""
		}
	}))
}

// undo removes what the rows added, batch by batch. Doing a batch again finds nothing to remove.
func (w *work) undo(ctx context.Context) error {
	w.phase = AtUndo
	if w.job.Handled == 0 {
		if err := w.s.Store.Forget(ctx, w.job.ID, AtUndo); err != nil {
			return err
		}
	}
	err := w.backwards(ctx, func(rows []Row) error {
		removed, left, err := w.kind.Target.Undo(ctx, w.actor, rows)
		if err != nil {
			return err
		}
		var issues []Issue
		for _, l := range left {
			issues = append(issues, Issue{Row: l.Row, Msg: l.Why})
		}
		return w.advance(ctx, issues, func(j *Job) {
			j.Handled, j.Removed, j.Left = j.Handled+len(rows), j.Removed+removed, j.Left+len(left)
		})
	})
	if err != nil {
		return err
	}
	return over(w.advance(ctx, nil, func(j *Job) {
		switch {
		case !j.Back:
			j.State = Undone
		case j.Cancel:
			j.State = Canceled
		default:
			j.State = Failed
		}
		if j.Back {
			j.Added = j.Left
		}
	}))
}

// backwards gives the rows to take back from where the last batch ended: in the list's order, or from its end.
func (w *work) backwards(ctx context.Context, fn func([]Row) error) error {
	named := func(batch []sheet.Row) []Row {
		rows := make([]Row, len(batch))
		for i, r := range batch {
			rows[i] = Row{N: r.N, IDs: rowIDs(w.job, r.N)}
		}
		return rows
	}
	if !w.kind.Back {
		return w.batches(ctx, w.job.Handled, func(batch []sheet.Row) error { return fn(named(batch)) })
	}
	var rows []Row
	err := w.batches(ctx, 0, func(batch []sheet.Row) error {
		rows = append(rows, named(batch)...)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(rows)
	for batch := range slices.Chunk(rows[min(w.job.Handled, len(rows)):], batchRows) {
		if err := fn(batch); err != nil {
			return err
		}
	}
	return nil
}

// fail ends a job that cannot go on, with a word for the officer. What it did not know how to say is for the log.
func (w *work) fail(ctx context.Context, cause error) error {
	msg := "intake.fault.broken"
	var f *fault.Error
	switch {
	case fault.Is(cause, fault.Denied):
		msg = "intake.fault.no-office"
	case errors.As(cause, &f) && f.Code != fault.Internal && len(f.Args) == 0:
		msg = f.Msg
	default:
		w.s.Log.ErrorContext(ctx, "import broken", "import", w.job.ID, "err", cause)
	}
	was := w.job.State
	return over(w.advance(ctx, nil, func(j *Job) {
		j.State, j.Fault = Failed, msg
		if was == Running && j.Mode == AllRows {
			j.State, j.Back, j.Handled, j.UndoBy = Undoing, true, 0, ""
		}
	}))
}
