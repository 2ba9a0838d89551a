package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/sms"
)

// message waits for one to a number that holds some words.
func (h *house) message(t *testing.T, phone, words string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		b, _ := os.ReadFile(filepath.Join(h.app.Config.Dir, sms.FileName))
		for line := range bytes.Lines(b) {
			var l sms.Line
			if json.Unmarshal(line, &l) == nil && l.Phone == "+86"+phone && strings.Contains(l.Text, words) {
				return
			}
		}
	}
	t.Fatalf("%s was not told %q", phone, words)
}

// Somebody has a new number: they prove who they are, type it as their keyboard writes it, mistype the code once, and sign in
// with the new number from then on. The old one is told.
func TestChangingOnesPhoneInTheBrowser(t *testing.T) {
	h := must[*house](t)(runHouse("phones", nil))
	const renewed = "13912345678"
	w := open(t, h, "worker", look{lang: "zh", width: 390})
	w.signIn(worker)
	h.later(t, 11*time.Minute)
	w.to("/me")
	w.expect("428")
	w.followIn("main", w.say("hall.phone.title"))
	w.seeIn("h1", w.say("hall.proof.title"))
	w.followIn("main form", w.say("hall.proof.code"))
	w.fill("proof-code", h.code(t, worker))
	w.followIn("main form", w.say("hall.proof.submit"))
	w.seeIn("h1", w.say("hall.phone.title"))
	w.fill("phone", "１３９ １２３４ ５６７８")
	w.followIn("main form", w.say("hall.code.send"))
	w.seeIn("main", "139****5678")
	w.expect("422")
	w.fill("code", "x")
	w.followIn("main form", w.say("hall.phone.title"))
	w.seeIn("main", w.say("hall.fault.one-time-code"))
	w.fill("code", h.code(t, renewed))
	w.followIn("main form", w.say("hall.phone.title"))
	w.seeIn("main", renewed)
	h.message(t, worker, "已换成 139****5678")
	w.to("/notices")
	w.seeIn("main", w.say("notice.hall.phone.changed"))

	again := open(t, h, "worker", look{lang: "zh", width: 390})
	again.signIn(renewed)
	again.to("/me")
	again.seeIn("main", renewed)
}
