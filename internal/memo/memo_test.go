package memo_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/memo"
)

func TestMemo(t *testing.T) {
	now, reads := time.Unix(0, 0), 0
	m := memo.New[int](func() time.Time { return now }, time.Second, 2)
	get := func(key string) int {
		t.Helper()
		v, err := m.Get(key, func() (int, error) { reads++; return reads, nil })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	expect := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	expect("first", get("a"), 1)
	expect("kept", get("a"), 1)
	now = now.Add(time.Second)
	expect("too old", get("a"), 2)
	m.Drop("a")
	expect("dropped", get("a"), 3)
	expect("another", get("b"), 4)
	m.Forget(func(key string, _ int) bool { return key == "b" })
	expect("not chosen", get("a"), 3)
	expect("chosen", get("b"), 5)
	m.Clear()
	expect("cleared", get("a"), 6)
	for i := range 5 {
		get(strconv.Itoa(i)) // more than it keeps
	}
	expect("crowded out", get("a"), 12)
}

func TestWhatIsForgottenWhileItIsReadIsNotKept(t *testing.T) {
	for name, forget := range map[string]func(*memo.Memo[string]){
		"Drop": func(m *memo.Memo[string]) { m.Drop("k") }, "Clear": (*memo.Memo[string]).Clear,
		"Forget": func(m *memo.Memo[string]) { m.Forget(func(string, string) bool { return true }) },
	} {
		m := memo.New[string](time.Now, time.Hour, 10)
		if v, _ := m.Get("k", func() (string, error) { forget(m); return "old", nil }); v != "old" {
			t.Error(name, v)
		}
		if v, _ := m.Get("k", func() (string, error) { return "new", nil }); v != "new" {
			t.Error(name, "kept", v)
		}
	}
}

func TestAFailedReadIsNotKept(t *testing.T) {
	m := memo.New[int](time.Now, time.Hour, 10)
	broken := errors.New("broken")
	if _, err := m.Get("k", func() (int, error) { return 1, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if v, err := m.Get("k", func() (int, error) { return 2, nil }); v != 2 || err != nil {
		t.Error(v, err)
	}
}
