package noticeweb_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// leaves lets news leave the site by the ways.
func (x *site) leaves(ways ...notice.Way) *seal.Box {
	x.t.Helper()
	box, err := seal.Make(filepath.Join(x.t.TempDir(), "seal.json"), seal.AES)
	if err != nil {
		x.t.Fatal(err)
	}
	x.s.Leave(notice.LeavingOptions{Store: noticesql.NewOutgoing(sqldbtest.SQLite(x.t), box), Offered: ways, Mark: box.Mark,
		Mail: func(s string) (string, bool) { return s, strings.Contains(s, "@") }})
	return box
}

func (x *site) telling(person string) notice.Telling {
	x.t.Helper()
	v, err := x.s.Telling(context.Background(), actor.Actor{Kind: actor.Person, ID: person})
	if err != nil {
		x.t.Fatal(err)
	}
	return v
}

func (x *site) want(status int, method, target, person string, form url.Values, says ...string) string {
	x.t.Helper()
	w := x.do(method, target, person, form, "Accept-Language", "en")
	body := w.Body.String()
	if w.Code != status {
		x.t.Fatalf("%s %s: %d, want %d\n%s", method, target, w.Code, status, body)
	}
	for _, s := range says {
		if !strings.Contains(body, s) {
			x.t.Errorf("%s %s does not say %q:\n%s", method, target, s, body)
		}
	}
	return body
}

func named(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attr(n, "name") == name }
}

func TestChoicesAreSavedAndShown(t *testing.T) {
	x := open(t, same)
	x.leaves(notice.Mail, notice.Digest, notice.Text)
	page := x.want(200, "GET", "/me/notices", "li", nil)
	for _, k := range notice.Kinds {
		if len(find(t, page, named("way-"+string(k)))) != 1 {
			t.Errorf("no choice for %s", k)
		}
	}
	form := url.Values{"way-visit": {"sms"}, "way-fits": {"none"}, "quiet": {"on"}, "quiet_from": {"21:30"}, "quiet_to": {"06:00"},
		"break": {"on"}, "every": {"weekly"}, "hour": {"9"}}
	x.want(303, "POST", "/me/notices", "li", form)
	c := x.telling("li").Choices
	if c.Way(notice.KindVisit) != notice.Text || c.Way(notice.KindFits) != notice.Nowhere || c.Way(notice.KindWork) != notice.Mail ||
		c.QuietFrom != 21*60+30 || !c.Break || c.Every != notice.Weekly || c.Hour != 9 {
		t.Errorf("%+v", c)
	}
	x.want(200, "GET", "/me/notices", "li", nil, `value="21:30"`)
	if got := x.telling("mei").Choices.Way(notice.KindVisit); got != notice.Mail {
		t.Error("somebody else's choice:", got)
	}
	for name, bad := range map[string]string{"way-visit": "pigeon", "quiet_from": "25:00", "hour": "24", "every": "never"} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set(name, bad)
		x.want(422, "POST", "/me/notices", "li", wrong)
	}
	if c := x.telling("li").Choices; c.Hour != 9 || c.Way(notice.KindVisit) != notice.Text {
		t.Errorf("a form that was refused is kept: %+v", c)
	}
}

func TestAHallThatSendsNothingSaysSo(t *testing.T) {
	x := open(t, same)
	x.want(200, "GET", "/me/notices", "li", nil)
	x.want(404, "POST", "/me/notices", "li", url.Values{"quiet_from": {"22:00"}, "quiet_to": {"07:00"}})
	x.want(404, "POST", "/me/notices/mail", "li", url.Values{"mail": {"li@mail.example"}})
	x.want(404, "GET", "/notices/letters/stop?letter=li.a.b", "", nil)
}

func TestTheWayOfAnAddress(t *testing.T) {
	x := open(t, same)
	box := x.leaves(notice.Mail, notice.Digest)
	x.want(422, "POST", "/me/notices/mail", "li", url.Values{"mail": {"nonsense"}}, `value="nonsense"`)
	x.want(303, "POST", "/me/notices/mail", "li", url.Values{"mail": {"li@mail.example"}})
	x.want(200, "GET", "/me/notices", "li", nil, "li@mail.example", "To be confirmed")
	at, _ := x.telling("li").Mail()
	link := func(what string) string {
		return "/notices/letters/" + what + "?letter=" + notice.Token(box.Mark, what, "li", at.ID)
	}

	// To look changes nothing, and what its button does is what the link was for; nobody is signed in.
	page := x.want(200, "GET", link("confirm"), "", nil, "Confirm your address")
	if at, _ := x.telling("li").Mail(); at.State != notice.AddressNew {
		t.Error("looking confirms")
	}
	forms := find(t, page, func(n *html.Node) bool {
		return n.Data == "form" && strings.HasPrefix(attr(n, "action"), "/notices/letters/")
	})
	if len(forms) != 1 || attr(forms[0], "action") != link("confirm") {
		t.Fatal(page)
	}
	for range 2 {
		x.want(200, "POST", link("confirm"), "", url.Values{}, "The address is confirmed")
	}
	x.want(200, "GET", "/me/notices", "li", nil, "li@mail.example")
	if at, _ := x.telling("li").Mail(); at.State != notice.AddressActive {
		t.Error(at.State)
	}

	// One click in a mail program: it sends this form, and knows no cookies.
	x.want(200, "GET", link("stop"), "", nil, "No more e-mail")
	for range 2 {
		x.want(200, "POST", link("stop"), "", url.Values{"List-Unsubscribe": {"One-Click"}}, "Nothing more is sent")
	}
	if at, _ := x.telling("li").Mail(); at.State != notice.AddressOff || at.Why != notice.OffStopped {
		t.Error(at.State, at.Why)
	}
	x.want(404, "POST", link("confirm"), "", url.Values{})
	x.want(303, "POST", "/me/notices/mail/drop", "li", url.Values{})
	if strings.Contains(x.want(200, "GET", "/me/notices", "li", nil), "li@mail.example") {
		t.Error("not forgotten")
	}
}

func TestForgedAndOldLetters(t *testing.T) {
	x := open(t, same)
	box := x.leaves(notice.Mail)
	x.want(303, "POST", "/me/notices/mail", "li", url.Values{"mail": {"li@mail.example"}})
	at, _ := x.telling("li").Mail()
	stop := notice.Token(box.Mark, notice.LinkStop, "li", at.ID)
	for _, forged := range []string{"", "?letter=", "?letter=li." + at.ID + ".x", "?letter=" + url.QueryEscape(stop)} {
		x.want(404, "GET", "/notices/letters/confirm"+forged, "", nil)
		x.want(404, "POST", "/notices/letters/confirm"+forged, "", url.Values{})
	}
	x.clock.Move(8 * 24 * time.Hour)
	late := "/notices/letters/confirm?letter=" + notice.Token(box.Mark, notice.LinkConfirm, "li", at.ID)
	x.want(http.StatusConflict, "GET", late, "", nil, "too old")
	x.want(http.StatusConflict, "POST", late, "", url.Values{}, "too old")
	if strings.Contains(x.log.String(), stop) || strings.Contains(x.log.String(), strings.TrimPrefix(late, "/notices/letters/confirm?letter=")) {
		t.Error("a token stands in the log:", x.log.String())
	}
	if !strings.Contains(x.log.String(), "/notices/letters/confirm") {
		t.Error("requests are not logged: the test above sees nothing")
	}
}

// The page reads choices and addresses, each once.
func TestThePageOfChoicesAsksLittle(t *testing.T) {
	x := open(t, same)
	x.leaves(notice.Mail, notice.Digest, notice.Text)
	x.want(303, "POST", "/me/notices/mail", "li", url.Values{"mail": {"li@mail.example"}})
	ctx, n := sqldb.CountQueries(context.Background())
	if _, err := x.s.Telling(ctx, actor.Actor{Kind: actor.Person, ID: "li"}); err != nil || n.N() != 2 {
		t.Error(n.Texts(), err)
	}
}

func TestBrowsersAreRegisteredAndDropped(t *testing.T) {
	x := open(t, same)
	x.leaves(notice.Mail)
	x.want(404, "POST", "/me/notices/browsers", "li", url.Values{"subscription": {"good"}})
	box := x.leaves()
	x.s.Leave(notice.LeavingOptions{Store: noticesql.NewOutgoing(sqldbtest.SQLite(t), box), Offered: []notice.Way{notice.Push}, Mark: box.Mark, PushKey: "key-7719",
		Browser: func(s string) (string, string, bool) { return s, s, s == "good" }})
	page := x.want(200, "GET", "/me/notices", "li", nil)
	if forms := find(t, page, func(n *html.Node) bool { return attr(n, "data-push") == "key-7719" }); len(forms) != 1 {
		t.Fatal(page)
	}
	x.want(422, "POST", "/me/notices/browsers", "li", url.Values{"subscription": {"bad"}})
	x.want(303, "POST", "/me/notices/browsers", "li", url.Values{"subscription": {"good"}})
	ids := find(t, x.want(200, "GET", "/me/notices", "li", nil), named("browser"))
	if len(ids) != 1 {
		t.Fatal("not shown")
	}
	x.want(303, "POST", "/me/notices/browsers/drop", "mei", url.Values{"browser": {attr(ids[0], "value")}})
	if len(x.telling("li").Browsers()) != 1 {
		t.Error("somebody else dropped it")
	}
	x.want(303, "POST", "/me/notices/browsers/drop", "li", url.Values{"browser": {attr(ids[0], "value")}})
	if len(x.telling("li").Browsers()) != 0 {
		t.Error("not dropped")
	}
}
