// Package intaketest has the suite that every store of imports must pass.
package intaketest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
)

// Start is when the jobs of the suite are made.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Opened is an empty store, and how the events that it has emitted are read.
type Opened struct {
	intake.Store
	Events func(t *testing.T) []event.Event
}

// Conform holds a store to what intake.Store promises. open gives a fresh one.
func Conform(t *testing.T, open func(t *testing.T) Opened) {
	for name, fn := range map[string]func(*testing.T, Opened){
		"jobs": testJobs, "lists": testLists, "twins": testTwins, "claims": testClaims, "claims at once": testClaimsAtOnce, "advancing": testAdvance,
		"issues": testIssues, "columns": testColumns, "files": testFiles, "moving": testMoving,
	} {
		t.Run(name, func(t *testing.T) { fn(t, open(t)) })
	}
}

// JobIn makes a job of a union.
func JobIn(path string, state intake.State) intake.Job {
	return intake.Job{ID: id.New(), Kind: "workers", UnionID: "u" + path, UnionPath: path, ByID: "officer", File: "ref-" + path, Mark: "mark", State: state,
		Created: Start, Changed: Start, Plan: intake.Plan{Name: "名册.xlsx", Size: 12, Sheet: "Sheet1", Labels: []string{"姓名", ""}, Columns: []string{"name", ""}, Mode: intake.GoodRows, Fill: true},
		Progress: intake.Progress{Total: 3, Handled: 2, Fault: "x"}}
}

func add(t *testing.T, s Opened, j intake.Job) intake.Job {
	t.Helper()
	ok(t, s.Create(t.Context(), j))
	return j
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func none(t *testing.T, err error) {
	t.Helper()
	if !fault.Is(err, fault.NotFound) {
		t.Fatalf("want that there is none, got %v", err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func get(t *testing.T, s Opened, jobID string) intake.Job {
	t.Helper()
	j, err := s.Job(t.Context(), jobID)
	ok(t, err)
	return j
}

func testJobs(t *testing.T, s Opened) {
	ctx := t.Context()
	j := add(t, s, JobIn("/0/1/", intake.Mapping))
	same(t, get(t, s, j.ID), j)
	_, err := s.Job(ctx, id.New())
	none(t, err)
	if err := s.Create(ctx, j); err == nil {
		t.Error("one identifier for two")
	}
	changed, err := s.Update(ctx, j.ID, func(old intake.Job) (intake.Job, error) {
		same(t, old, j)
		old.State, old.Columns, old.Bad, old.Changed = intake.Checking, []string{"", "phone"}, 7, Start.Add(time.Minute)
		return old, nil
	})
	ok(t, err)
	want := j
	want.State, want.Columns, want.Bad, want.Changed = intake.Checking, []string{"", "phone"}, 7, Start.Add(time.Minute)
	same(t, changed, want)
	same(t, get(t, s, j.ID), want)
	stop := errors.New("no")
	if _, err := s.Update(ctx, j.ID, func(old intake.Job) (intake.Job, error) { old.State = intake.Failed; return old, stop }); !errors.Is(err, stop) {
		t.Errorf("an error comes back as it is: %v", err)
	}
	same(t, get(t, s, j.ID), want)
	_, err = s.Update(ctx, id.New(), func(j intake.Job) (intake.Job, error) { return j, nil })
	none(t, err)
	if list := s.Events(t); len(list) != 2 || list[0].Subject != intake.Changed {
		t.Errorf("%d events of one creation and one change: %+v", len(list), list)
	} else if m, err := intake.MovedIn(list[1]); err != nil || m.ID != j.ID || m.UnionPath != j.UnionPath {
		t.Errorf("%+v %v", m, err)
	}
}

func testLists(t *testing.T, s Opened) {
	var in []string
	for i := range 5 {
		in = append(in, add(t, s, JobIn(fmt.Sprintf("/0/1/%d/", i%2), intake.Done)).ID)
		add(t, s, JobIn("/0/10/", intake.Done)) // a sister whose path begins alike
	}
	slices.Sort(in)
	slices.Reverse(in)
	list := func(path, before string, limit int) (ids []string) {
		jobs, err := s.List(t.Context(), path, before, limit)
		ok(t, err)
		for _, j := range jobs {
			ids = append(ids, j.ID)
		}
		return ids
	}
	same(t, list("/0/1/", "", 3), in[:3])
	same(t, list("/0/1/", in[2], 3), in[3:])
	same(t, list("/0/1/", in[4], 3), []string(nil))
	same(t, len(list("/0/", "", 100)), 10)
	same(t, len(list("/0/1/1/", "", 100)), 2)
	n, err := s.CountAt(t.Context(), "/0/1/")
	ok(t, err)
	same(t, n, 5)
}

func testTwins(t *testing.T, s Opened) {
	ctx := t.Context()
	j := JobIn("/0/1/", intake.Checked)
	_, err := s.Twin(ctx, j)
	none(t, err)
	for _, other := range []func(*intake.Job){func(o *intake.Job) { o.Kind = "masters" }, func(o *intake.Job) { o.UnionID = "another" },
		func(o *intake.Job) { o.Mark = "another" }, func(o *intake.Job) { o.State = intake.Undone }} {
		o := JobIn("/0/1/", intake.Done)
		other(&o)
		add(t, s, o)
	}
	_, err = s.Twin(ctx, j)
	none(t, err)
	add(t, s, JobIn("/0/1/", intake.Done))
	last := add(t, s, JobIn("/0/1/", intake.Done))
	twin, err := s.Twin(ctx, j)
	ok(t, err)
	same(t, twin.ID, last.ID)
	if twin, err = s.Twin(ctx, last); err != nil || twin.ID == last.ID {
		t.Errorf("a job is its own twin: %v", err)
	}
}

func testClaims(t *testing.T, s Opened) {
	ctx, now := t.Context(), Start
	claim := func(who string, at time.Time) string {
		j, err := s.Claim(ctx, who, at, at.Add(20*time.Second))
		if fault.Is(err, fault.NotFound) {
			return ""
		}
		ok(t, err)
		return j.ID
	}
	same(t, claim("a", now), "")
	add(t, s, JobIn("/0/1/", intake.Done))
	first, second := add(t, s, JobIn("/0/1/", intake.Checking)), add(t, s, JobIn("/0/1/", intake.Running))
	same(t, claim("a", now), first.ID)
	same(t, claim("a", now), first.ID) // one's own is taken up again
	same(t, claim("b", now), second.ID)
	same(t, claim("c", now), "")
	same(t, claim("c", now.Add(19*time.Second)), "")
	same(t, claim("c", now.Add(21*time.Second)), first.ID)
}

// testClaimsAtOnce: each job is one worker's.
func testClaimsAtOnce(t *testing.T, s Opened) {
	const jobs = 6
	for range jobs {
		add(t, s, JobIn("/0/1/", intake.Checking))
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	got := map[string]int{}
	for i := range jobs {
		group.Go(func() {
			for { // on a busy store a claim may have to be tried again
				j, err := s.Claim(context.Background(), fmt.Sprint("worker ", i), Start, Start.Add(time.Minute))
				if fault.Is(err, fault.Unavailable) {
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("worker %d: %v", i, err)
				}
				got[j.ID]++
				return
			}
		})
	}
	group.Wait()
	for jobID, n := range got {
		if n != 1 {
			t.Errorf("%s is claimed by %d", jobID, n)
		}
	}
}

func testAdvance(t *testing.T, s Opened) {
	ctx := t.Context()
	j := add(t, s, JobIn("/0/1/", intake.Checking))
	advance := func(who string, until time.Time, state intake.State, issues ...intake.Issue) (intake.Job, error) {
		return s.Advance(ctx, j.ID, who, until, intake.AtCheck, issues, func(j intake.Job) (intake.Job, error) {
			j.State = state
			j.Handled++
			return j, nil
		})
	}
	lost := func(_ intake.Job, err error) {
		t.Helper()
		if !errors.Is(err, intake.ErrLost) {
			t.Fatalf("want %v, got %v", intake.ErrLost, err)
		}
	}
	lost(advance("a", Start, intake.Checking))
	_, err := s.Claim(ctx, "a", Start, Start.Add(20*time.Second))
	ok(t, err)
	got, err := advance("a", Start.Add(time.Hour), intake.Checking, intake.Issue{Row: 4, Field: "name", Msg: "bad", Args: []any{"n", 3}})
	ok(t, err)
	same(t, got.Handled, j.Handled+1)
	if _, err := s.Claim(ctx, "b", Start.Add(30*time.Second), Start.Add(time.Minute)); !fault.Is(err, fault.NotFound) {
		t.Errorf("the claim is not prolonged: %v", err)
	}
	lost(advance("", Start.Add(time.Hour), intake.Failed))
	lost(advance("b", Start.Add(time.Hour), intake.Failed, intake.Issue{Row: 5, Msg: "of a loser"}))
	same(t, get(t, s, j.ID), got)
	stop := errors.New("no")
	if _, err := s.Advance(ctx, j.ID, "a", Start, intake.AtCheck, []intake.Issue{{Row: 6, Msg: "x"}}, func(j intake.Job) (intake.Job, error) { return j, stop }); !errors.Is(err, stop) {
		t.Errorf("an error comes back as it is: %v", err)
	}
	bad, err := s.BadRows(ctx, j.ID, intake.AtCheck)
	ok(t, err)
	same(t, bad, map[int]bool{4: true})
	_, err = advance("a", Start.Add(time.Hour), intake.Checked)
	ok(t, err)
	lost(advance("a", Start.Add(time.Hour), intake.Checked)) // it is released
	if _, err := s.Claim(ctx, "b", Start, Start.Add(time.Minute)); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody works on what waits for an officer: %v", err)
	}
}

func testIssues(t *testing.T, s Opened) {
	ctx := t.Context()
	j, other := add(t, s, JobIn("/0/1/", intake.Checking)), add(t, s, JobIn("/0/1/", intake.Done))
	_, err := s.Claim(ctx, "a", Start, Start.Add(time.Minute))
	ok(t, err)
	var issues []intake.Issue
	for row := 300; row > 0; row-- { // more than one statement takes
		issues = append(issues, intake.Issue{Row: row, Field: "phone", Msg: "wrong"}, intake.Issue{Row: row, Field: "name", Msg: "missing", Args: []any{"row", float64(2)}})
	}
	put := func(phase intake.Phase, list []intake.Issue) {
		t.Helper()
		_, err := s.Advance(ctx, j.ID, "a", Start.Add(time.Minute), phase, list, func(j intake.Job) (intake.Job, error) { return j, nil })
		ok(t, err)
	}
	put(intake.AtCheck, issues)
	put(intake.AtCheck, issues[:2]) // a batch that is given again adds nothing
	put(intake.AtRun, []intake.Issue{{Row: 9, Msg: "late"}})
	list, err := s.Issues(ctx, j.ID, intake.AtCheck, 297, 4)
	ok(t, err)
	same(t, list, []intake.Issue{{Row: 298, Field: "name", Msg: "missing", Args: []any{"row", float64(2)}}, {Row: 298, Field: "phone", Msg: "wrong"},
		{Row: 299, Field: "name", Msg: "missing", Args: []any{"row", float64(2)}}, {Row: 299, Field: "phone", Msg: "wrong"}})
	all, err := s.Issues(ctx, j.ID, intake.AtCheck, 0, 10_000)
	ok(t, err)
	bad, err2 := s.BadRows(ctx, j.ID, intake.AtCheck)
	ok(t, err2)
	same(t, []int{len(all), len(bad)}, []int{600, 300})
	if none, err := s.BadRows(ctx, other.ID, intake.AtCheck); err != nil || len(none) != 0 {
		t.Errorf("another's: %v %v", none, err)
	}
	ok(t, s.Forget(ctx, j.ID, intake.AtCheck))
	late, err := s.Issues(ctx, j.ID, intake.AtRun, 0, 10)
	ok(t, err)
	gone, err := s.Issues(ctx, j.ID, intake.AtCheck, 0, 10)
	ok(t, err)
	same(t, []int{len(late), len(gone)}, []int{1, 0})
}

func testColumns(t *testing.T, s Opened) {
	ctx := t.Context()
	_, err := s.Columns(ctx, "u", "workers", "h")
	none(t, err)
	for _, columns := range [][]string{{"name", ""}, {"", "phone"}} {
		ok(t, s.Remember(ctx, "u", "workers", "h", columns, Start))
		got, err := s.Columns(ctx, "u", "workers", "h")
		ok(t, err)
		same(t, got, columns)
	}
	for _, key := range [][3]string{{"v", "workers", "h"}, {"u", "masters", "h"}, {"u", "workers", "i"}} {
		_, err := s.Columns(ctx, key[0], key[1], key[2])
		none(t, err)
	}
}

func testFiles(t *testing.T, s Opened) {
	ctx := t.Context()
	old, busy, late := JobIn("/0/1/", intake.Checked), JobIn("/0/1/", intake.Running), JobIn("/0/1/", intake.Done)
	late.Changed = Start.Add(time.Hour)
	done := JobIn("/0/1/", intake.Done)
	done.Changed = Start.Add(time.Second)
	for _, j := range []intake.Job{old, busy, late, done} {
		add(t, s, j)
	}
	ids := func(limit int) (out []string) {
		list, err := s.Old(ctx, Start.Add(time.Minute), limit)
		ok(t, err)
		for _, j := range list {
			out = append(out, j.ID)
		}
		return out
	}
	same(t, ids(1), []string{old.ID})
	same(t, ids(9), []string{old.ID, done.ID})
	if err := s.LoseFile(ctx, busy.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the file of a job at work: %v", err)
	}
	ok(t, s.LoseFile(ctx, old.ID))
	ok(t, s.LoseFile(ctx, done.ID))
	none(t, s.LoseFile(ctx, id.New()))
	same(t, ids(9), []string(nil))
	if j := get(t, s, old.ID); !j.FileGone() || j.State != intake.Canceled {
		t.Errorf("what waited for an officer: %+v", j)
	}
	if j := get(t, s, done.ID); !j.FileGone() || j.State != intake.Done {
		t.Errorf("what is done stays so: %+v", j)
	}
	if j := get(t, s, busy.ID); j.FileGone() {
		t.Errorf("%+v", j)
	}
}

func testMoving(t *testing.T, s Opened) {
	ctx := t.Context()
	at, below, beside := add(t, s, JobIn("/0/1/2/", intake.Done)), add(t, s, JobIn("/0/1/2/3/", intake.Done)), add(t, s, JobIn("/0/1/20/", intake.Done))
	ok(t, s.Remember(ctx, at.UnionID, "workers", "h", []string{"name"}, Start))
	ok(t, s.Remember(ctx, at.UnionID, "workers", "known", []string{"name"}, Start))
	ok(t, s.Remember(ctx, "into", "workers", "known", []string{"phone"}, Start))
	steps := []actor.Moved{{From: "/0/1/2/3/", To: "/0/9/3/"}, {From: "/0/1/2/", To: "/0/9/", Alone: true, FromID: at.UnionID, ToID: "into"}}
	moved := 0
	for {
		n, err := s.Rehome(ctx, steps)
		ok(t, err)
		if n == 0 {
			break
		}
		moved += n
	}
	same(t, moved, 2)
	same(t, []string{get(t, s, at.ID).UnionPath, get(t, s, below.ID).UnionPath, get(t, s, beside.ID).UnionPath}, []string{"/0/9/", "/0/9/3/", "/0/1/20/"})
	same(t, []string{get(t, s, at.ID).UnionID, get(t, s, below.ID).UnionID}, []string{"into", below.UnionID})
	for header, want := range map[string][]string{"h": {"name"}, "known": {"phone"}} {
		got, err := s.Columns(ctx, "into", "workers", header)
		ok(t, err)
		same(t, got, want)
	}
}
