package hall

import "testing"

// Each of the million codes is as likely as the others: every digit turns up everywhere about as often.
func TestCodesAreDrawnEvenly(t *testing.T) {
	const n = 30_000
	var counts [6][10]int
	seen := map[string]int{}
	for range n {
		c := newCode()
		if len(c) != 6 {
			t.Fatalf("%q has not six digits", c)
		}
		seen[c]++
		for i, d := range c {
			counts[i][d-'0']++
		}
	}
	for i, row := range counts {
		for d, k := range row {
			// 3,000 are expected, with a deviation of 52; seven of them do not happen.
			if k < n/10-364 || k > n/10+364 {
				t.Errorf("%d stands %d times at place %d of %d codes", d, k, i, n)
			}
		}
	}
	if len(seen) < n*95/100 {
		t.Errorf("%d codes of %d differ", len(seen), n)
	}
}
