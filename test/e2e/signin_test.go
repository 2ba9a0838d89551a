package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/sms"
)

func TestSignIn(t *testing.T) {
	h := ours(t)
	for _, l := range []look{{lang: "zh", width: 390}, {lang: "en", width: 1440}} {
		t.Run(l.String(), func(t *testing.T) {
			w := open(t, h, "contact", l)
			w.signIn(contact)
			w.to("/needs")
		})
	}
}

// code waits for the latest code that the hall has sent to a number.
func (h *house) code(t *testing.T, phone string) string {
	t.Helper()
	six := regexp.MustCompile(`\d{6}`)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		b, _ := os.ReadFile(filepath.Join(h.app.Config.Dir, sms.FileName)) // not there before the first
		lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
		var l sms.Line
		if json.Unmarshal(lines[len(lines)-1], &l) == nil && l.Phone == "+86"+phone {
			return six.FindString(l.Text)
		}
	}
	t.Fatal("no code came")
	return ""
}

// Somebody who has forgotten their password comes in with a code and chooses another; later the lead of their province, who is asked
// once more who they are before they may hand out passwords, proves it with a code as well.
func TestCodesInTheBrowser(t *testing.T) {
	h := must[*house](t)(runHouse("codes", nil))
	of := rows{t, h}.actor(worker).ID
	w := open(t, h, "worker", look{lang: "zh", width: 390})
	w.to("/signin")
	w.follow(w.say("hall.code.forgotten"))
	w.fill("login", worker)
	w.followIn("main form", w.say("hall.code.send"))
	w.fill("code", h.code(t, worker))
	w.followIn("main form", w.say("hall.code.next"))
	w.fill("password", "guangrong-laodong-2")
	w.fill("again", "guangrong-laodong-2")
	w.followIn("main form", w.say("hall.password.submit"))
	w.to("/me")

	o := open(t, h, "lead", look{lang: "en", width: 1440})
	o.signIn(lead)
	h.later(t, 11*time.Minute)
	o.to("/console/workers/" + of)
	o.expect("428")
	o.press(o.say("hall.worker.hand-out"))
	o.followIn(".ask:popover-open", o.say("hall.worker.hand-out"))
	o.seeIn("h1", o.say("hall.proof.title"))
	o.followIn("main form", o.say("hall.proof.code"))
	o.fill("proof-code", h.code(t, lead))
	o.followIn("main form", o.say("hall.proof.submit"))
	o.seeIn("h1", o.say("hall.newcomer.title"))
}

// Somebody makes a passkey on their telephone, signs out, comes back in with it, and later confirms with it what matters.
func TestPasskeyInTheBrowser(t *testing.T) {
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	h := must[*house](t)(runHouseAs("passkeys", nil, func(c *app.Config) { // a passkey belongs to a name
		c.Listen, c.BaseURL = fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("http://localhost:%d", port)
	}))
	w := open(t, h, "lead", look{lang: "zh", width: 390})
	call(w, webauthn.Enable, webauthn.EnableParams{})
	call(w, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	w.signIn(lead)
	w.to("/me")
	w.followIn("main", w.say("hall.passkeys.title"))
	w.fill("name", "我的手机")
	w.followIn("main form", w.say("hall.passkey.make"))
	w.seeIn("main", "我的手机")
	w.setCookie("session", "")
	w.to("/signin")
	w.followIn("main", w.say("hall.passkey.sign-in"))
	w.to("/me/passkeys")
	w.seeIn("main", w.say("hall.passkey.used"))

	h.later(t, 11*time.Minute)
	w.expect("428")
	w.pressIn("main", w.say("hall.passkey.remove"))
	w.followIn(".ask:popover-open", w.say("hall.passkey.remove"))
	w.seeIn("h1", w.say("hall.proof.title"))
	w.followIn("main", w.say("hall.proof.passkey"))
	w.seeIn("main", w.say("hall.passkeys.none"))
}
