package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/unionhall/unionhall/bench/report"
)

// users is how many work at once, rounds how often each work is measured, each for so long.
const (
	users  = 64
	rounds = 5
	each   = 2500 * time.Millisecond
)

// client keeps a connection for each user.
var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConns: 2 * users, MaxIdleConnsPerHost: 2 * users, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       30 * time.Second,
}

// work is one thing that a user does; nth tells users and turns apart. False says that there is nothing left to do.
type work func(user, nth int) (more bool, err error)

// warm is run before the rounds and not counted.
const warm = 500 * time.Millisecond

// measure runs the work with all users and gives requests a second, and the 50th and 99th hundredth of the time that
// one took, each as a figure over the rounds.
func measure(name string, w work) (perSecond report.Figure, err error) {
	if _, err := round(nil, w, warm, 0); err != nil {
		return report.Figure{}, fmt.Errorf("%s: %w", name, err)
	}
	var rate, p50, p99 []float64
	for n := range rounds {
		took, err := round(nil, w, each, n+1)
		if err != nil {
			return report.Figure{}, fmt.Errorf("%s: %w", name, err)
		}
		if len(took.all) == 0 {
			return report.Figure{}, fmt.Errorf("%s: nothing was done in round %d", name, n)
		}
		slices.Sort(took.all)
		rate, p50, p99 = append(rate, float64(len(took.all))/took.wall.Seconds()), append(p50, took.at(.50)), append(p99, took.at(.99))
	}
	perSecond = report.Of(name+"/rate", "requests/s", rate)
	perSecond.Print(out)
	report.Of(name+"/p50", "ms", p50).Print(out)
	report.Of(name+"/p99", "ms", p99).Print(out)
	return perSecond, nil
}

// pace is how often each user acts when they are paced: far more often than anybody who reads what they get.
const pace = time.Second

// paced runs the work with all users, each of them once in every pace, spread evenly: what somebody waits for at a hall
// that is not driven to its limit.
func paced(name string, w work) error {
	var p50, p99 []float64
	for n := range rounds {
		var begin sync.Map // user → when their first turn comes
		t, err := round(func(user, nth int) (bool, error) {
			first := time.Now().Add(pace * time.Duration(user) / users)
			if at, ok := begin.LoadOrStore(user, first); ok {
				first = at.(time.Time)
			}
			turn := nth - (n+1)*1_000_000
			time.Sleep(time.Until(first.Add(time.Duration(turn) * pace)))
			return true, nil
		}, w, 3*pace, n+1)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		slices.Sort(t.all)
		p50, p99 = append(p50, t.at(.50)), append(p99, t.at(.99))
	}
	report.Of(name+"/paced-p50", "ms", p50).Print(out)
	report.Of(name+"/paced-p99", "ms", p99).Print(out)
	return nil
}

type taken struct {
	all  []time.Duration
	wall time.Duration
}

// at gives the time within which a share of the requests was answered, in milliseconds; all must be sorted.
func (t taken) at(share float64) float64 {
	return float64(t.all[min(len(t.all)-1, int(share*float64(len(t.all))))]) / float64(time.Millisecond)
}

// round runs the work with all users for about d. before is run ahead of each turn and not counted; it may be nil.
func round(before, w work, d time.Duration, nth int) (taken, error) {
	var mu sync.Mutex
	var t taken
	var failed error
	var wg sync.WaitGroup
	begin := time.Now()
	for user := range users {
		wg.Go(func() {
			var mine []time.Duration
			var err error
			for i := 0; time.Since(begin) < d; i++ {
				if before != nil {
					_, _ = before(user, nth*1_000_000+i)
				}
				at := time.Now()
				var more bool
				if more, err = w(user, nth*1_000_000+i); err != nil || !more {
					break
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			t.all = append(t.all, mine...)
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	t.wall = time.Since(begin)
	return t, failed
}
