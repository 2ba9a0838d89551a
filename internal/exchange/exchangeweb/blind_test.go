package exchangeweb_test

import (
	"net/url"
	"strings"
	"testing"
)

// Neither side finds on any page how the other has judged it before it has closed too; the union's officers do.
func TestNoPageShowsARatingBeforeBothHaveClosed(t *testing.T) {
	for name, first := range map[string]string{"the firm first": contactA, "the master first": near} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			n, e := w.accepted(t)
			late := map[string]string{contactA: near, near: contactA}[first]
			at := "/needs/" + n + "/engagements/" + e
			w.post(t, first, at+"/close", url.Values{"result": {"partly"}, "after": {"0.11"}, "stars": {"1"},
				"note": {"第一个的说明"}, "comment": {"第一个的评价"}}).to(t, at)

			tells := func(who, path string) bool {
				return strings.Contains(w.get(t, who, path).ok(t, 200).Text(), "第一个的")
			}
			for _, path := range []string{at, at + "/progress", at + "/thread", "/needs/" + n, "/needs/" + n + "/answers", "/needs", "/work", "/"} {
				if tells(late, path) {
					t.Errorf("%s tells %s", path, w.who[late].Name)
				}
			}
			if seen := w.get(t, late, at).MustHave("#outcome", "部分解决", "0.11", "您也填写结果以后").Text(); strings.Contains(seen, "星") {
				t.Errorf("stars are to be seen: %s", seen)
			}
			for _, who := range []string{first, clerkA, auditorA} {
				if !tells(who, at) {
					t.Errorf("%s does not see it", w.who[who].Name)
				}
				w.get(t, who, at).MustHave("#outcome", "第一个的说明", "1 星")
			}
			// A form that comes back with what is wrong with it shows the same page.
			again := w.post(t, late, at+"/close", url.Values{"result": {"solved"}, "after": {"x"}, "stars": {"5"}}).ok(t, 422)
			if strings.Contains(again.Text(), "第一个的") {
				t.Error("a form with a fault tells")
			}
			w.post(t, late, at+"/close", url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"5"}}).to(t, at)
			if !tells(late, at) {
				t.Error("both have closed, and it is still hidden")
			}
		})
	}
}
