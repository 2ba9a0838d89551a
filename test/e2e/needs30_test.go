package e2e

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

//go:embed testdata/needs30.json
var needs30 []byte

// judged is a need as a person types it, with the masters whom a sensible officer would name; see testdata/README.md.
type judged struct {
	Title, Text, Trade, Equipment, City, County string
	Lat, Lng                                    float64
	Urgency                                     string
	Measure                                     *struct {
		Name           string
		Before, Target float64
		Unit           string
	}
	Masters []string
}

// floor is what the share of well-chosen masters among the first three may not fall below.
const floor = 0.80

// TestPrecisionAtThree posts thirty needs that nobody prepared the hall for, through the form, and counts how many of
// the three masters it names first are among those that an officer would name.
func TestPrecisionAtThree(t *testing.T) {
	h := must[*house](t)(runHouse("input", nil))
	c := h.client(t, contact)
	firm := rows{t, h}.actor(contact).Enterprises[0]
	var list []judged
	if err := json.Unmarshal(needs30, &list); err != nil || len(list) != 30 {
		t.Fatal(len(list), err)
	}
	good := 0
	for _, n := range list {
		first := h.offered(t, c, firm, n)
		hits := 0
		for _, name := range first[:min(3, len(first))] {
			if slices.Contains(n.Masters, name) {
				hits++
			}
		}
		good += hits
		if hits < 3 {
			t.Logf("%d of 3  %s\n\toffered: %s\n\tnamed:   %s", hits, n.Title, strings.Join(first[:min(8, len(first))], " "), strings.Join(n.Masters, " "))
		}
	}
	p := float64(good) / float64(3*len(list))
	t.Logf("precision at 3: %.3f (%d of %d)", p, good, 3*len(list))
	if p < floor {
		t.Errorf("precision at 3 is %.3f, below %.2f", p, floor)
	}
}

// offered posts a need and gives the masters that its page then names, the best first.
func (h *house) offered(t *testing.T, c *http.Client, firm string, n judged) []string {
	t.Helper()
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	form := url.Values{"kind": {exchange.ExpertVisit}, "enterprise": {firm}, "title": {n.Title}, "trade": {n.Trade}, "story": {n.Text},
		"equipment": {n.Equipment}, "urgency": {n.Urgency}, "place": {n.City + n.County}, "place.at": {"here"},
		"place.lat": {number(n.Lat)}, "place.lng": {number(n.Lng)}}
	if m := n.Measure; m != nil {
		form["measure.name"], form["measure.unit"] = []string{m.Name}, []string{m.Unit}
		form["measure.before"], form["measure.target"] = []string{number(m.Before)}, []string{number(m.Target)}
	}
	res, err := c.PostForm(h.base+"/needs", form)
	if err != nil {
		t.Fatal(err)
	}
	doc := htmlcheck.Parse(t, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("posting %q: %s: %s", n.Title, res.Status, doc.Text())
	}
	res, err = c.Get(h.base + res.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var names []string
	for _, a := range htmlcheck.Parse(t, res.Body).Select("#masters li h3 a") {
		names = append(names, a.Text())
	}
	return names
}
