package halltest

import (
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

func testChallenges(t *testing.T, s hall.Store) {
	c := hall.Challenge{ID: "c1", PersonID: "p", Purpose: hall.CodeSignIn, Secret: "s", Data: `{"k":"值"}`, Phone: "+8613900000001", Created: Start, Expires: Start.Add(time.Minute)}
	noErr(t, s.AddChallenge(bg, c))
	see := func(id string) (seen hall.Challenge, err error) {
		return seen, s.TryChallenge(bg, id, func(c hall.Challenge) (hall.Challenge, bool) { seen = c; return c, false })
	}
	same(t, must[hall.Challenge](t)(see("c1")), c)

	// Everybody who tries at once is counted.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.TryChallenge(bg, "c1", func(c hall.Challenge) (hall.Challenge, bool) { c.Tries++; return c, false }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c.Tries = 8
	same(t, must[hall.Challenge](t)(see("c1")), c)

	// And one alone meets it.
	var mu sync.Mutex
	met := 0
	for range 8 {
		wg.Go(func() {
			err := s.TryChallenge(bg, "c1", func(c hall.Challenge) (hall.Challenge, bool) { return c, true })
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				met++
			} else if !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if met != 1 {
		t.Errorf("met %d times", met)
	}
	if _, err := see("c1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
	old, young := c, c
	old.ID, old.Expires, young.ID = "old", Start, "young"
	noErr(t, s.AddChallenge(bg, old))
	noErr(t, s.AddChallenge(bg, young))
	if n := must[int](t)(s.TrimChallenges(bg, Start)); n != 1 {
		t.Errorf("%d trimmed", n)
	}
	if _, err := see("young"); err != nil {
		t.Error(err)
	}
}
