package id

import (
	"testing"
	"time"
)

func TestNewAscends(t *testing.T) {
	last := ""
	for range 10000 {
		n := New()
		if n <= last || !Valid(n) {
			t.Fatalf("%s after %s", n, last)
		}
		last = n
	}
}

func TestAtSortsByTime(t *testing.T) {
	t0 := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a, b := At(t0, [10]byte{255, 255}), At(t0.Add(time.Millisecond), [10]byte{})
	again := At(t0, [10]byte{255, 255})
	if !(a < b) || !Valid(a) || again != a {
		t.Fatal(a, b)
	}
}

func TestValidRefusesOtherForms(t *testing.T) {
	for _, s := range []string{"", "x", "{" + New() + "}", "0190A0B0-0000-7000-8000-000000000000"} {
		if Valid(s) {
			t.Errorf("%q accepted", s)
		}
	}
}
