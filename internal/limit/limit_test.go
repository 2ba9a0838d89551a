package limit

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestABurstThenOneAtATime(t *testing.T) {
	var b Buckets
	r := Rate{Burst: 3, Every: 10 * time.Second}
	for range 3 {
		if w := b.Take("a", start, r); w != 0 {
			t.Fatal(w)
		}
	}
	if w := b.Take("a", start, r); w != 10*time.Second {
		t.Fatalf("waits %s", w)
	}
	if w := b.Take("b", start, r); w != 0 {
		t.Fatal("another key has a bucket of its own")
	}
	if w := b.Take("a", start.Add(4*time.Second), r); w != 6*time.Second {
		t.Fatalf("waits %s", w)
	}
	if w := b.Take("a", start.Add(10*time.Second), r); w != 0 {
		t.Fatal(w)
	}
	b.Reset("a")
	for range 3 {
		if b.Take("a", start.Add(10*time.Second), r) != 0 {
			t.Fatal("full again")
		}
	}
	b.GiveBack("a", start.Add(10*time.Second), r)
	if b.Take("a", start.Add(10*time.Second), r) != 0 {
		t.Fatal("what did not count was given back")
	}
}

// However the requests come, no stretch of time lets through more than a burst and what came back in it.
func TestNeverMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var b Buckets
		r := Rate{Burst: rapid.IntRange(1, 5).Draw(rt, "burst"), Every: time.Duration(rapid.IntRange(1, 20).Draw(rt, "every")) * time.Second}
		now, passed := start, 0
		for range rapid.IntRange(1, 60).Draw(rt, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 9).Draw(rt, "gap")) * time.Second)
			if b.Take("k", now, r) == 0 {
				passed++
			}
			if most := r.Burst + int(now.Sub(start)/r.Every); passed > most {
				rt.Fatalf("%d passed within %s, at most %d", passed, now.Sub(start), most)
			}
		}
	})
}

func TestAFloodIsForgotten(t *testing.T) {
	var b Buckets
	r := Rate{Burst: 2, Every: time.Hour}
	for i := range mostBuckets + 10 {
		b.Take(strconv.Itoa(i), start, r)
	}
	if len(b.all) > mostBuckets {
		t.Fatalf("%d buckets kept", len(b.all))
	}
}
