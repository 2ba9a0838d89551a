package e2e

import (
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
)

// posted counts the firm's needs of a title.
func posted(t *testing.T, h *house, title string) int {
	t.Helper()
	n := 0
	r := rows{t, h}
	for _, c := range r.needs(exchange.NeedFilter{EnterpriseID: r.actor(contact).Enterprises}) {
		if c.Need.Title == title {
			n++
		}
	}
	return n
}

// draft fills in a need in the window.
func draft(w *window, title string) {
	w.to("/needs/new")
	w.fill("title", title)
	w.fill("trade", "welding")
	w.fill("story", "不锈钢薄板氩弧焊，焊缝背面老是氧化发黑，氩气流量和钨极都换过，还是黑。")
}

// running is a service of the contact that is at work.
func running(t *testing.T, h *house) string {
	t.Helper()
	for _, p := range people(t, h) {
		if p.phone == contact {
			return p.path("deal-accepted")
		}
	}
	return ""
}

// TestDoublePress presses twice what posts: one need comes of it.
func TestDoublePress(t *testing.T) {
	h := ours(t)
	const title = "按了两下发布的难题"
	c := as(t, h, contact, "contact", look{lang: "zh", width: 390})
	draft(c, title)
	at := c.point("main form", c.say("exchange.draft.post"), 0)
	c.leaving(func() {
		c.click(at.X, at.Y)
		c.click(at.X, at.Y)
	})
	c.until("the need's page", `location.pathname.startsWith("/needs/") && document.readyState === "complete"`)
	c.seeIn("h1", title)
	if n := posted(t, h, title); n != 1 {
		t.Errorf("two presses posted %d needs", n)
	}
}

// TestDoublePressWithoutScripts does the same where no script holds the second press back.
func TestDoublePressWithoutScripts(t *testing.T) {
	h := ours(t)
	const title = "没有脚本时按了两下的难题"
	c := as(t, h, contact, "contact", look{lang: "zh", width: 390})
	c.withoutScripts()
	draft(c, title)
	at := c.point("main form", c.say("exchange.draft.post"), 0)
	c.click(at.X, at.Y)
	c.click(at.X, at.Y)
	c.until("the need's page", `location.pathname.match(/^\/needs\/[0-9a-f-]{36}$/) && document.readyState === "complete"`)
	if n := posted(t, h, title); n != 1 {
		t.Errorf("two presses posted %d needs", n)
	}
}

// TestBackAfterPosting goes back to the form after posting and sends it again, unchanged: the need that is there
// is shown, and no second one is made.
func TestBackAfterPosting(t *testing.T) {
	h := ours(t)
	const title = "退回来又发了一遍的难题"
	c := as(t, h, contact, "contact", look{lang: "zh", width: 390})
	draft(c, title)
	c.followIn("main form", c.say("exchange.draft.post"))
	first := c.path()
	c.back()
	if got := c.path(); got != "/needs/new" {
		t.Fatalf("back led to %s", got)
	}
	if got := eval[string](c, `document.querySelector("[name=title]").value`); got != title {
		t.Errorf("what was typed came back as %q", got)
	}
	c.followIn("main form", c.say("exchange.draft.post"))
	if got := c.path(); got != first {
		t.Errorf("sending the same again leads to %s instead of %s", got, first)
	}
	if n := posted(t, h, title); n != 1 {
		t.Errorf("after going back there are %d needs", n)
	}
}

// TestSessionEndedElsewhere ends all other sessions from a second device while a message is being written: the
// writer is told to sign in, and finds the service again; nothing was sent half.
func TestSessionEndedElsewhere(t *testing.T) {
	h := ours(t)
	path := running(t, h)
	c := open(t, h, "desk", look{lang: "zh", width: 1440})
	c.signIn(contact)
	c.to(path)
	before := strings.Count(c.text("#thread"), "会话已经结束")
	c.fillIn("#say", "body", "会话已经结束，这条还没发出去")

	phone := open(t, h, "phone", look{lang: "zh", width: 390})
	phone.signIn(contact)
	h.cookie.Delete(contact) // the suite's own session ends with the others
	phone.to("/me/sessions")
	phone.press(phone.say("hall.sessions.end-others"))
	phone.followIn(".ask:popover-open", phone.say("hall.sessions.end-others"))

	c.followIn("#say", c.say("exchange.thread.send"))
	if got := c.path(); !strings.HasPrefix(got, "/signin") {
		t.Errorf("sending without a session led to %s", got)
	}
	c.fill("login", contact)
	c.fill("password", app.DemoPassword)
	c.followIn("main", c.say("hall.signin.submit"))
	if got := c.path(); got != path {
		t.Errorf("signing in again leads to %s instead of back to %s", got, path)
	}
	if n := strings.Count(c.text("#thread"), "会话已经结束"); n != before {
		t.Errorf("without a session %d messages were sent", n-before)
	}
}

// TestNetworkLost loses the network while a message is sent: the writer is told, keeps the words, and sends them
// once when the network is back.
func TestNetworkLost(t *testing.T) {
	h := ours(t)
	const words = "刚才没网，再发一遍"
	c := as(t, h, contact, "contact", look{lang: "zh", width: 390})
	c.to(running(t, h))
	c.fillIn("#say", "body", words)
	c.expect("ERR_INTERNET_DISCONNECTED|Failed to load resource|Failed to fetch|NetworkError")
	c.offline(true)
	at := c.point("#say", c.say("exchange.thread.send"), 0)
	c.click(at.X, at.Y)
	c.seeIn("#notes", c.say("web.offline"))
	c.until("the button to be free again", `!document.querySelector("#say [aria-busy]")`)
	if got := eval[string](c, `document.querySelector("#say textarea").value`); got != words {
		t.Errorf("the words that could not be sent are now %q", got)
	}
	c.offline(false)
	c.followIn("#say", c.say("exchange.thread.send"))
	c.seeIn("#thread", words)
	if n := strings.Count(c.text("#thread"), words); n != 1 {
		t.Errorf("the message stands there %d times", n)
	}
}
