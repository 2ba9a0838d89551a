// Package privacytest holds what every privacy.Store must do, and a hall to test the service in.
package privacytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/privacy"
)

// IDs are identity numbers that check and belong to nobody.
var IDs = []string{"11010519491231002X", "350102199003070012", "440308199901010012"}

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Run holds a store to its promises. open gives a new and empty one.
func Run(t *testing.T, open func(t *testing.T) privacy.Store) {
	for name, fn := range map[string]func(*testing.T, privacy.Store){
		"consents": consents, "values": values, "readings": readings, "erasures": erasures, "sweeps": sweeps, "trims": trims,
	} {
		t.Run(name, func(t *testing.T) { fn(t, open(t)) })
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func act(person, purpose string, version int, given bool) privacy.Act {
	return privacy.Act{ID: id.New(), PersonID: person, Purpose: purpose, Version: version, Given: given, By: person, At: start}
}

func consents(t *testing.T, s privacy.Store) {
	ctx := context.Background()
	for _, a := range []privacy.Act{act("p", "news", 1, false), act("p", "news", 2, true), act("q", "news", 1, false), act("p", "health", 1, true)} {
		ok(t, s.AddAct(ctx, a))
	}
	all := must[[]privacy.Act](t)(s.Acts(ctx, "p"))
	if len(all) != 3 || all[0].Given || all[1].Version != 2 || !all[1].At.Equal(start) || all[1].By != "p" {
		t.Errorf("acts: %+v", all)
	}
	last := must[map[string]privacy.Act](t)(s.LastActs(ctx, []string{"p", "q", "r"}, "news"))
	if len(last) != 2 || last["p"].Version != 2 || !last["p"].Given || last["q"].Given {
		t.Errorf("last: %+v", last)
	}
}

func values(t *testing.T, s privacy.Store) {
	ctx := context.Background()
	v := privacy.Value{PersonID: "p", Field: privacy.IdentityField, Text: IDs[0], By: "o", At: start}
	ok(t, s.SetValue(ctx, v, []privacy.Act{act("p", "identity", 1, true)}))
	if n := len(must[[]privacy.Act](t)(s.Acts(ctx, "p"))); n != 1 {
		t.Errorf("%d acts came with the value", n)
	}
	twin := v
	twin.PersonID = "q"
	if err := s.SetValue(ctx, twin, []privacy.Act{act("q", "identity", 1, true)}); !fault.Is(err, fault.Conflict) {
		t.Errorf("two people have one number: %v", err)
	}
	if n := len(must[[]privacy.Act](t)(s.Acts(ctx, "q"))); n != 0 {
		t.Error("the act of a value that was refused stays")
	}
	v.Text = IDs[1]
	ok(t, s.SetValue(ctx, v, nil))
	ok(t, s.SetValue(ctx, twin, nil)) // the first number is free again
	ok(t, s.SetValue(ctx, privacy.Value{PersonID: "p", Field: privacy.HealthField, Text: "花生过敏", By: "p", At: start}, nil))
	ok(t, s.SetValue(ctx, privacy.Value{PersonID: "q", Field: privacy.HealthField, Text: "花生过敏", By: "q", At: start}, nil))
	got := must[[]privacy.Value](t)(s.Values(ctx, "p"))
	if len(got) != 2 || got[0].Text != "花生过敏" || got[1].Text != IDs[1] || got[1].By != "o" || !got[1].At.Equal(start) {
		t.Errorf("values: %+v", got)
	}
	if p := must[string](t)(s.FindValue(ctx, privacy.IdentityField, IDs[1])); p != "p" {
		t.Errorf("found %s", p)
	}
	ok(t, s.RemoveValue(ctx, "p", privacy.IdentityField))
	if _, err := s.FindValue(ctx, privacy.IdentityField, IDs[1]); !fault.Is(err, fault.NotFound) {
		t.Errorf("found what was removed: %v", err)
	}
	ok(t, s.Forget(ctx, "q"))
	if left := must[[]privacy.Value](t)(s.Values(ctx, "q")); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
	if _, err := s.FindValue(ctx, privacy.IdentityField, IDs[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("found what was forgotten: %v", err)
	}
}

func reading(n int, person, reader, path string, f privacy.Field) privacy.Reading {
	r := privacy.Reading{ID: id.New(), PersonID: person, ReaderID: reader, Role: "clerk", UnionPath: path, Field: f, Reason: "verify",
		Note: "材料", Source: fmt.Sprintf("sheet_%d", n), At: start.Add(time.Duration(n) * time.Hour)}
	r.Once = r.ID
	return r
}

func readings(t *testing.T, s privacy.Store) {
	ctx := context.Background()
	rows := []privacy.Reading{
		reading(0, "p", "o1", "/0/1/", privacy.IdentityField), reading(1, "q", "o1", "/0/1/2/", privacy.PhoneField),
		reading(2, "p", "o2", "/0/1/", privacy.PhoneField), reading(3, "r", "o1", "/0/2/", privacy.PhoneField), reading(4, "", "o1", "/0/1/", privacy.PeopleField),
	}
	ok(t, s.AddReadings(ctx, rows))
	again := rows[0]
	again.ID = id.New()
	ok(t, s.AddReadings(ctx, []privacy.Reading{again}))
	ok(t, s.AddReadings(ctx, nil))
	for _, c := range []struct {
		path         string
		q            privacy.Query
		want         []int
		rows, people int
	}{
		{"/0/1/", privacy.Query{Limit: 10}, []int{4, 2, 1, 0}, 4, 2},
		{"/0/2/", privacy.Query{Limit: 10}, []int{3}, 1, 1},
		{"/0/", privacy.Query{Limit: 2}, []int{4, 3}, 5, 3},
		{"/0/", privacy.Query{Limit: 10, Before: rows[3].ID}, []int{2, 1, 0}, 5, 3},
		{"/0/", privacy.Query{Limit: 10, ReaderID: "o1", Field: privacy.PhoneField}, []int{3, 1}, 2, 2},
		{"/0/", privacy.Query{Limit: 10, PersonID: "p"}, []int{2, 0}, 2, 1},
		{"/0/", privacy.Query{Limit: 10, Source: "sheet_2"}, []int{2}, 1, 1},
		{"/0/", privacy.Query{Limit: 10, Source: "sheet%2"}, nil, 0, 0},
		{"/0/", privacy.Query{Limit: 10, From: rows[1].At, To: rows[3].At}, []int{2, 1}, 2, 2},
	} {
		got := must[[]privacy.Reading](t)(s.Readings(ctx, c.path, c.q))
		var have []int
		for _, r := range got {
			for i, row := range rows {
				if r == row {
					have = append(have, i)
				}
			}
		}
		if fmt.Sprint(have) != fmt.Sprint(c.want) || len(got) != len(c.want) {
			t.Errorf("%s %+v: %v, want %v", c.path, c.q, have, c.want)
		}
		n, people, err := s.CountReadings(ctx, c.path, c.q)
		if err != nil || n != c.rows || people != c.people {
			t.Errorf("%s %+v: counted %d of %d people, %v", c.path, c.q, n, people, err)
		}
	}
	mine := must[[]privacy.Reading](t)(s.ReadingsOf(ctx, "p", "", 1))
	if len(mine) != 1 || mine[0] != rows[2] {
		t.Errorf("mine: %+v", mine)
	}
	if mine = must[[]privacy.Reading](t)(s.ReadingsOf(ctx, "p", mine[0].ID, 5)); len(mine) != 1 || mine[0] != rows[0] {
		t.Errorf("and before: %+v", mine)
	}
}

func erasures(t *testing.T, s privacy.Store) {
	ctx := context.Background()
	if _, err := s.Erasure(ctx, "p"); !fault.Is(err, fault.NotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	e := privacy.Erasure{PersonID: "p", UnionPath: "/0/", State: privacy.Waiting, Asked: start, Due: start.Add(privacy.Wait)}
	ok(t, s.SaveErasure(ctx, "", e))
	if err := s.SaveErasure(ctx, "", e); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked for twice: %v", err)
	}
	if due := must[[]privacy.Erasure](t)(s.DueErasures(ctx, e.Due.Add(-time.Second), 5)); len(due) != 0 {
		t.Errorf("due too early: %+v", due)
	}
	if due := must[[]privacy.Erasure](t)(s.DueErasures(ctx, e.Due, 5)); len(due) != 1 || due[0] != e {
		t.Errorf("due: %+v", due)
	}
	e.State, e.Part = privacy.Erasing, 2
	ok(t, s.SaveErasure(ctx, privacy.Waiting, e))
	if err := s.SaveErasure(ctx, privacy.Waiting, e); !fault.Is(err, fault.Conflict) {
		t.Errorf("called off while it runs: %v", err)
	}
	if got := must[privacy.Erasure](t)(s.Erasure(ctx, "p")); got != e {
		t.Errorf("%+v", got)
	}
}

func sweeps(t *testing.T, s privacy.Store) {
	ctx := context.Background()
	w := privacy.Sweep{Kind: "imports", At: start, Removed: 3, Total: 7}
	ok(t, s.SaveSweep(ctx, privacy.Sweep{Kind: "imports", At: start.Add(-time.Hour), Removed: 4, Total: 4, Failed: true}))
	ok(t, s.SaveSweep(ctx, w))
	if got := must[map[string]privacy.Sweep](t)(s.Sweeps(ctx)); len(got) != 1 || got["imports"] != w {
		t.Errorf("%+v", got)
	}
}

func trims(t *testing.T, s privacy.Store) {
	ctx := context.Background()
	for i := range 5 {
		ok(t, s.AddReadings(ctx, []privacy.Reading{reading(i, "p", "o", "/0/", privacy.PhoneField)}))
	}
	ok(t, s.AddAct(ctx, act("p", "news", 1, true)))
	ok(t, s.AddAct(ctx, act("gone", "news", 1, true)))
	ok(t, s.SaveErasure(ctx, "", privacy.Erasure{PersonID: "gone", State: privacy.Done, Asked: start, Due: start, Done: start}))
	ok(t, s.SaveErasure(ctx, "", privacy.Erasure{PersonID: "stays", State: privacy.Recalled, Asked: start, Due: start}))
	ok(t, s.SaveErasure(ctx, "", privacy.Erasure{PersonID: "waits", State: privacy.Waiting, Asked: start, Due: start}))
	later := start.Add(150 * time.Minute)
	for _, c := range []struct {
		name string
		trim func(context.Context, time.Time, int) (int, error)
		want []int
	}{
		{"readings", s.TrimReadings, []int{2, 1, 0}},
		{"erasures before acts", s.TrimErasures, []int{1, 0}},
		{"acts", s.TrimActs, []int{1, 0}},
		{"erasures", s.TrimErasures, []int{1, 0}},
	} {
		for _, want := range c.want {
			if n, err := c.trim(ctx, later, 2); n != want || err != nil {
				t.Errorf("%s: %d, want %d, %v", c.name, n, want, err)
			}
		}
	}
	if len(must[[]privacy.Act](t)(s.Acts(ctx, "p"))) != 1 {
		t.Error("acts of somebody who is here were deleted")
	}
}
