package e2e

import (
	"testing"
)

// TestWithoutScripts reads, posts and answers with JavaScript switched off.
func TestWithoutScripts(t *testing.T) {
	h := ours(t)
	l := look{lang: "zh", width: 390}
	c := open(t, h, "contact", l)
	c.withoutScripts()
	c.signIn(contact)
	c.to("/needs")
	c.followIn("main", c.say("exchange.needs.new"))

	// Sent half empty it comes back with what was typed, and says at each field what is missing.
	const title = "注塑件浇口旁边一圈发白，调了保压没用"
	c.expect("422")
	c.fill("title", title)
	c.followIn("main form", c.say("exchange.draft.post"))
	if n := c.count(".field-wrong"); n != 2 {
		t.Errorf("%d fields are marked as wrong, not the trade and the story", n)
	}
	if got := eval[string](c, `document.querySelector("[name=title]").value`); got != title {
		t.Errorf("the title that was typed came back as %q", got)
	}
	c.fill("trade", "injection-moulding")
	c.fill("story", "PP 料的壳体，浇口旁边一圈发白，像雾一样。模温升到 50 度、保压加减都试过。")
	c.attach("files", photo(t, "发白.jpg"))
	c.followIn("main form", c.say("exchange.draft.post"))
	c.seeIn("h1", title)
	c.see(c.say("exchange.flash.posted"))
	if c.count("#masters li.sheet") == 0 {
		t.Error("no masters are shown")
	}

	// A message in a service that runs.
	for _, p := range people(t, h) {
		if p.phone != contact {
			continue
		}
		c.to(p.path("deal-accepted"))
		c.fillIn("#say", "body", "没有开脚本也能留言。")
		c.followIn("#say", c.say("exchange.thread.send"))
		c.seeIn("#thread", "没有开脚本也能留言。")
	}

	// The language, the theme, and out again.
	c.follow("EN")
	c.look.lang = "en"
	c.seeIn("#thread", "没有开脚本也能留言。")
	c.seeIn("nav", c.say("exchange.nav.toolbox"))
	c.press(c.say("web.account", "name", rows{t, h}.actor(contact).Name))
	c.followIn(".account", c.say("web.signout"))
	if got := c.status("/needs"); got != 200 || c.path() != "/signin?next=%2Fneeds" {
		t.Errorf("signed out, /needs leads to %s (%d)", c.path(), got)
	}
}
