package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/hall"
)

// realNeed is one of thirty needs in words that nothing here was made from; masters are those an officer would name.
// See testdata/README.md.
type realNeed struct {
	Title, Text, Trade, Equipment, Urgency string
	Lat, Lng                               float64
	Measure                                map[string]any
	Masters                                []string
}

// leastPrecision is a floor a little below what was measured, so that a change that makes matching worse is seen.
const leastPrecision = 0.80

// TestRealInput posts the thirty needs through the API as a portal does and asks whom they fit. Precision at 3 is the
// share of the first three that an officer would have named; beside it what naming three of those who can come at
// random would give.
func TestRealInput(t *testing.T) {
	h, err := runHouse("needs30", nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/needs30.json")
	if err != nil {
		t.Fatal(err)
	}
	var needs []realNeed
	if err := json.Unmarshal(raw, &needs); err != nil || len(needs) != 30 {
		t.Fatalf("%d needs: %v", len(needs), err)
	}
	key := ""
	for _, login := range h.keys {
		if strings.HasPrefix(login, "uh_") {
			key = login
		}
	}
	root := must[hall.Union](t)(h.app.Hall.Root(t.Context()))
	firms := must[hall.List[hall.Enterprise]](t)(h.app.Hall.EnterprisesIn(t.Context(), actor.Hall, root.ID, hall.Search{Page: hall.Page{Limit: 1}}))
	right, chance := 0.0, 0.0
	for _, n := range needs {
		named, eligible := firstThree(t, h, key, firms.Rows[0].ID, n)
		hits := 0
		for _, name := range named {
			if slices.Contains(n.Masters, name) {
				hits++
			}
		}
		right += float64(hits) / 3
		chance += min(1, float64(len(n.Masters))/float64(max(eligible, 1)))
		t.Logf("%d of 3: %s → %s", hits, n.Title, strings.Join(named, "、"))
	}
	right, chance = right/30, chance/30
	t.Logf("precision at 3: %.3f; three of the eligible at random: %.3f", right, chance)
	if right < leastPrecision {
		t.Errorf("precision at 3 is %.3f, less than %.2f", right, leastPrecision)
	}
}

// firstThree posts a need and gives the names of the three masters listed first, and how many fit in all.
func firstThree(t *testing.T, h *house, key, firm string, n realNeed) (names []string, eligible int) {
	t.Helper()
	values := map[string]any{
		"title": map[string]any{"text": n.Title}, "story": map[string]any{"text": n.Text}, "trade": map[string]any{"text": n.Trade},
		"equipment": map[string]any{"text": n.Equipment}, "urgency": map[string]any{"text": n.Urgency},
		"place": map[string]any{"spot": map[string]any{"lat": n.Lat, "lng": n.Lng}},
	}
	if n.Measure["name"] != nil {
		values["measure"] = map[string]any{"measure": n.Measure}
	}
	var posted struct{ ID string }
	ask(t, h, key, http.MethodPost, "/v1/needs", map[string]any{"kind": "expert-visit", "enterprise_id": firm, "values": values}, &posted)
	var m struct {
		Eligible  int
		Providers []struct{ Name string }
	}
	ask(t, h, key, http.MethodGet, "/v1/needs/"+posted.ID+"/matches?limit=3", nil, &m)
	for _, p := range m.Providers {
		names = append(names, p.Name)
	}
	return names, m.Eligible
}

// ask sends a request to the API as the holder of the key, and reads the answer.
func ask(t *testing.T, h *house, key, method, path string, body, into any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, h.base+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s: %s", method, path, res.Status, &answer)
	}
	if err := json.Unmarshal(answer.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}
