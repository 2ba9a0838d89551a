package demo

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"
)

// The needs of the end-to-end test name masters of seed 1. Whatever changes here must leave them able to come:
// they exist, know the trade, and reach the place. Their words are none of ours.
func TestFixtureNamesMastersOfTheWorld(t *testing.T) {
	b, err := os.ReadFile("../../test/e2e/testdata/needs30.json")
	if err != nil {
		t.Fatal(err)
	}
	var needs []struct {
		Title, Text, Trade, County, Urgency string
		Lat, Lng                            float64
		Masters                             []string
	}
	if err := json.Unmarshal(b, &needs); err != nil {
		t.Fatal(err)
	}
	if len(needs) != 30 {
		t.Fatalf("%d needs", len(needs))
	}
	w := Generate(1, time.Now())
	busy := map[string]int{}
	for _, n := range w.Needs {
		for _, e := range n.Engagements {
			if e.State == Accepted {
				busy[e.MasterID]++
			}
		}
	}
	codes := tradeCodes(t)
	for _, n := range needs {
		if !slices.Contains(codes, n.Trade) || !slices.Contains([]string{Normal, Soon, Urgent}, n.Urgency) || len(n.Masters) < 4 || len(n.Masters) > 10 {
			t.Errorf("%s: %s, %s, %d masters", n.Title, n.Trade, n.Urgency, len(n.Masters))
		}
		for _, name := range n.Masters {
			i := slices.IndexFunc(w.Masters, func(m Master) bool { return m.Name == name })
			if i < 0 {
				t.Errorf("%s: no master %s", n.Title, name)
				continue
			}
			m := w.Masters[i]
			if km := distance(m.Place, Place{n.Lat, n.Lng}); !slices.Contains(m.Trades, n.Trade) || km > float64(m.ReachKM) || busy[m.PersonID] >= m.MaxLoad {
				t.Errorf("%s: %s cannot come: trades %v, %.0f of %d km, %d of %d engagements", n.Title, name, m.Trades, km, m.ReachKM, busy[m.PersonID], m.MaxLoad)
			}
			if testing.Verbose() {
				t.Log(n.Title, name, m.Specialities)
			}
		}
	}
	for _, have := range w.Needs {
		for _, n := range needs {
			if have.Title == n.Title || have.Text == n.Text {
				t.Errorf("%s is in the world", n.Title)
			}
		}
	}
}
