package app_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/clock"
)

// Somebody confirms an address, forgets their password, and chooses another with the code of a letter; an address that was
// typed and never confirmed gets none.
func TestAForgottenPasswordIsReplacedByLetter(t *testing.T) {
	letters, ctx, clk := postOffice(t), context.Background(), clock.At(time.Now().AddDate(0, 0, -1))
	a, err := app.Open(ctx, app.Config{Dir: t.TempDir(), Clock: clk, Mail: letters.config(), Listen: "127.0.0.1:0", Cheap: true}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	peopled(t, a)
	base, stop := start(t, a)
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	ask := func(v *visitor) {
		t.Helper()
		if page := v.send(200, "/signin/code", url.Values{"for": {"password"}, "login": {wide(strings.ToUpper(planted.email))}}); !strings.Contains(page, "The six digits") {
			t.Error(page)
		}
	}
	lead := actor.Actor{Kind: actor.Person, ID: leadOf(t, a)}
	if err := a.Notices.EnterMail(ctx, lead, planted.email); err != nil {
		t.Fatal(err)
	}
	until(t, "the letter that asks", func() bool { return len(letters.letters()) == 1 })
	early := visit(t, base)
	ask(early) // not confirmed yet
	link := answerLink.FindStringSubmatch(letters.letters()[0])
	if link == nil {
		t.Fatal("no link in", letters.letters()[0])
	}
	visit(t, base).send(200, link[1], url.Values{})

	v := visit(t, base)
	v.send(429, "/signin/code", url.Values{"for": {"password"}, "login": {planted.email}})
	clk.Move(2 * time.Minute)
	ask(v)
	until(t, "the letter with the code", func() bool { return len(letters.letters()) == 2 })
	text := letters.letters()[1]
	code := regexp.MustCompile(`Your code is (\d{6})`).FindStringSubmatch(text)
	if code == nil || strings.Contains(text, "List-Unsubscribe") {
		t.Fatal(text)
	}
	early.send(422, "/signin/code/enter", url.Values{"for": {"password"}, "code": {code[1]}})
	v.send(200, "/signin/code/enter", url.Values{"for": {"password"}, "code": {code[1]}})
	v.send(200, "/signin/password", url.Values{"password": {"a password of theirs"}, "again": {"a password of theirs"}})
	again := visit(t, base)
	again.signIn(422, planted.lead, password)
	again.signIn(200, planted.lead, "a password of theirs")
}
