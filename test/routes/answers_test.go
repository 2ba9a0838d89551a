package routes

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
)

var update = flag.Bool("update", false, "write the table of answers anew; read what has changed before it is committed")

// disk is full when it is told so: every act is then decided on as always, and keeps nothing.
type disk struct{ full atomic.Bool }

// Before implements sqldb.Faults.
func (d *disk) Before(context.Context) error {
	if d.full.Load() {
		return errors.New("the disk is full")
	}
	return nil
}

// After implements sqldb.Faults.
func (d *disk) After(context.Context) error { return nil }

// plantOfficers gives every union that stands in some relation to city A's county an officer of each role.
func plantOfficers(w *world) {
	child := w.union(w.a.county, hall.Township, "01", "东区开发区工会", hall.Place{Lat: 24.9, Lng: 118.6})
	for _, at := range []struct {
		relation string
		union    hall.Union
	}{{"own", w.a.county}, {"parent", w.a.union}, {"child", child}, {"sister", w.a.beside}, {"aunt", w.b.union}} {
		for _, role := range []actor.Role{actor.Lead, actor.Clerk, actor.Auditor} {
			part := at.relation + " " + string(role)
			p := w.person(at.union, part)
			w.grant(p, at.union, role)
			w.a.people[part] = p
		}
	}
}

// everybody are the columns of the table: each role in each union, and those without one. What is asked for belongs to
// city A's county ("own").
func (w *world) everybody() []*visitor {
	var officers []string
	for _, relation := range []string{"own", "parent", "child", "sister", "aunt"} {
		for _, role := range []actor.Role{actor.Lead, actor.Clerk, actor.Auditor} {
			officers = append(officers, relation+" "+string(role))
		}
	}
	out := []*visitor{{w: w, who: "- nobody", home: w.a}, w.highest()}
	out = append(out, w.visitors(w.a, officers...)...)
	out = append(out, w.visitors(w.a, "worker", "contact", "other-contact", "master", "portal", "sister-portal")...)
	return append(out, w.visitors(w.b, "worker", "contact", "master", "portal")...)
}

// name is the visitor's column.
func (v *visitor) name() string {
	switch {
	case v.home == v.w.b:
		return "aunt's " + v.part()
	case strings.HasPrefix(v.who, "- "), strings.HasPrefix(v.who, "top "):
		return strings.TrimPrefix(v.who, "- ")
	case strings.Contains(v.part(), " "), strings.Contains(v.part(), "-"):
		return strings.Replace(v.part(), "other-contact", "sister-contact", 1)
	}
	return "own " + v.part()
}

// verdict is what an answer means. Whoever is told that the form is wrong, or that it could not be kept, was let in.
func verdict(a answer) string {
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusSeeOther && toSignIn(a.location):
		return "must sign in"
	case a.status == http.StatusForbidden:
		return "refused"
	case a.status == http.StatusNotFound, a.status == http.StatusNoContent: // a live page without any of its topics
		return "not found"
	case a.status < 500 || a.status == http.StatusServiceUnavailable:
		return "yes"
	}
	return fmt.Sprint("BROKEN ", a.status)
}

var verdicts = []string{"yes", "refused", "not found", "must sign in"}

// TestAnswers asks every route for a county's rows as everybody, and holds the answers to a table that was read by
// somebody. A new route appears in it as a change to be looked at: go test ./test/routes -run Answers -update.
func TestAnswers(t *testing.T) {
	w := newWorld(t, plantOfficers)
	k := &walk{world: w, targets: w.targets(), forms: &forms{byRoute: map[string]url.Values{}}, mux: http.NewServeMux(), seen: map[string]bool{}, told: map[string]int{}}
	k.table = w.app.Router.Routes()
	k.bodies = w.bodies((&visitor{w: w, who: "- nobody"}).ask(request{method: "GET", path: "/v1/openapi.json"}).body)
	w.settled()
	everybody := w.everybody()
	w.disk.full.Store(true)
	defer w.disk.full.Store(false)

	table := slices.DeleteFunc(slices.Clone(k.table), func(r web.Route) bool { return r.Surface == web.Asset })
	slices.SortStableFunc(table, func(a, b web.Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	var out strings.Builder
	out.WriteString("Who gets what, of rows that belong to one county: its own people, those of the unions above, below and beside it,\nand of the next city (\"aunt\"). Written by a test that asks.\n")
	for _, r := range table {
		k.row(&out, r, everybody)
	}
	compare(t, filepath.Join("testdata", "answers.txt"), out.String())
}

// row asks one route as everybody and writes who gets which answer.
func (k *walk) row(out *strings.Builder, r web.Route, everybody []*visitor) {
	var who map[string][]string
	for _, t := range k.targets {
		q, _, ok := k.request(r, t)
		if !ok {
			continue
		}
		if r.Surface == web.Stream {
			q.path += "?" + k.followed(t).Encode()
		}
		now := map[string][]string{}
		for _, v := range everybody {
			a := verdict(v.ask(q))
			now[a] = append(now[a], v.name())
			if !slices.Contains(verdicts, a) {
				k.t.Errorf("%s: %s for %s", q, a, v.name())
			}
		}
		if who == nil || len(who["yes"]) == 0 { // this need came too late or too early for it; the next may not have
			who = now
		}
	}
	if who == nil {
		k.t.Errorf("%s %s: no target has what it names", r.Method, r.Pattern)
	}
	fmt.Fprintf(out, "\n%s %s  [%s]\n", r.Method, r.Pattern, r.Access)
	for _, a := range verdicts {
		if len(who[a]) > 0 {
			fmt.Fprintf(out, "  %-13s %s\n", a+":", grouped(who[a], everybody))
		}
	}
}

// grouped writes the names shortly: what all officers, all people or all portals are in is said in a word, and "own lead,
// clerk" stands for two.
func grouped(names []string, everybody []*visitor) string {
	var out []string
	all := func(word string, which func(*visitor) bool) {
		rest := slices.Clone(names)
		for _, v := range everybody {
			if i := slices.Index(rest, v.name()); which(v) && i < 0 {
				return
			} else if which(v) {
				rest = slices.Delete(rest, i, i+1)
			}
		}
		out, names = append(out, word), rest
	}
	all("everybody", func(*visitor) bool { return true })
	if len(names) > 0 {
		all("every officer", func(v *visitor) bool { return officers(v) })
		all("all other people", func(v *visitor) bool { return v.signedIn() && !officers(v) })
		all("every portal", func(v *visitor) bool { return v.key != "" })
	}
	last := ""
	for _, n := range names {
		relation, role, ok := strings.Cut(n, " ")
		if ok && relation == last {
			out[len(out)-1] += ", " + role
			continue
		}
		out, last = append(out, n), relation
	}
	return strings.Join(out, "; ")
}

// officers reports a column for somebody with a grant.
func officers(v *visitor) bool {
	_, role, _ := strings.Cut(v.part(), " ")
	return v.person.ID == v.w.top.ID && v.signedIn() || slices.Contains([]string{"lead", "clerk", "auditor"}, role)
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(b), "\n\n")
	have := strings.Split(got, "\n\n")
	for _, row := range have {
		if !slices.Contains(want, row) && !slices.Contains(want, row+"\n") && !slices.Contains(want, strings.TrimSuffix(row, "\n")) {
			t.Errorf("now:\n%s", row)
		}
	}
	if len(have) < len(want) {
		t.Errorf("%d routes were answered, the table has %d", len(have)-1, len(want)-1)
	}
}
