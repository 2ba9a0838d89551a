package e2e

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"github.com/unionhall/unionhall/internal/notice"
)

// subscribes stands for the part of a browser that asks its user and its maker's push service, neither of which is here: everything
// on both sides of it is real.
const subscribes = `
const made = () => sessionStorage.subscribed && {
	options: {}, toJSON: () => ({ endpoint: %q, keys: { p256dh: %q, auth: %q } }),
	unsubscribe: async () => { delete sessionStorage.subscribed; localStorage.unsubscribed = "1"; },
};
Notification.requestPermission = async () => "granted";
PushManager.prototype.getSubscription = async () => made() || null;
PushManager.prototype.subscribe = async () => { sessionStorage.subscribed = "1"; return made(); };`

// A person registers the browser they hold, is told in it, and takes it back by signing out.
func TestNewsInThisBrowser(t *testing.T) {
	pushed := make(chan string, 10)
	service := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		pushed <- r.Header.Get("Authorization")
		rw.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(service.Close)
	key := must[*ecdh.PrivateKey](t)(ecdh.P256().GenerateKey(rand.Reader)).PublicKey().Bytes()
	h := must[*house](t)(runHouse("push", nil))
	w := open(t, h, "contact", look{lang: "zh", width: 390})
	call(w, page.Enable, page.EnableParams{})
	call(w, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(subscribes,
		service.URL+"/to/this", base64.RawURLEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(make([]byte, 16)))})
	w.signIn(contact)
	w.to("/me/notices")
	w.followIn("#browsers", w.say("notice.push.add"))
	w.seeIn("#browsers", w.say("notice.push.since"))

	who := rows{t, h}.actor(contact)
	ways := notice.Default()
	ways.Quiet, ways.Ways = false, map[notice.Kind]notice.Way{notice.KindVisit: notice.Push}
	if err := h.app.Notices.Choose(t.Context(), who, ways); err != nil {
		t.Fatal(err)
	}
	if err := h.app.Notices.Tell(t.Context(), []notice.New{{PersonID: who.ID, EventID: "e1", Msg: "notice.exchange.visit.agreed", Link: "/needs/1"}}); err != nil {
		t.Fatal(err)
	}
	select {
	case by := <-pushed:
		if len(by) < 20 {
			t.Errorf("the push service is not told who sends: %q", by)
		}
	case <-time.After(patience):
		t.Fatal("nothing reached the push service")
	}

	w.press(w.say("web.account", "name", who.Name))
	w.followIn(".account", w.say("web.signout"))
	w.until("the browser has let go of its subscription", `localStorage.unsubscribed === "1"`)
	if w.status("/needs"); w.path() != "/signin?next=%2Fneeds" {
		t.Errorf("signed out, /needs leads to %s", w.path())
	}
}
