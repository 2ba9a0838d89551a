package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
)

// TestDocumentsFromHandToHand hands in a certificate and a licence, has an officer look at them, and sees what others see.
func TestDocumentsFromHandToHand(t *testing.T) {
	h := must[*house](t)(runHouse("documents", nil))
	phone, desk := look{lang: "zh", width: 390}, look{lang: "zh", width: 1440}
	crafts := rows{t, h}.actor(master)
	const honour = "福建省五一劳动奖章（测试）"

	m := open(t, h, "master", phone)
	m.signIn(master)
	m.to("/me/master/honours")
	m.fill("name", honour)
	m.fill("level", "provincial")
	m.fill("year", "2021")
	m.fill("issuer", "福建省总工会")
	m.attach("files", photo(t, "证书.jpg"))
	m.followIn("main form", m.say("hall.honour.give.do"))
	m.seeIn("#given", honour)
	m.seeIn("#given", m.say("hall.document.state.waiting"))

	c := open(t, h, "contact", phone)
	c.signIn(contact)
	c.to("/masters/" + crafts.ID)
	if got := c.text("main"); strings.Contains(got, honour) {
		t.Error("a firm sees an honour that nobody confirmed")
	}
	c.to("/me")
	c.see(c.say("hall.me.enterprises"))
	c.to("/me/enterprises/" + rows{t, h}.actor(contact).Enterprises[0])
	c.attach("files", photo(t, "营业执照.jpg"))
	c.followIn("main form", c.say("hall.licence.give.do"))
	c.seeIn("#verification", c.say("hall.document.state.waiting"))

	o := open(t, h, "officer", desk)
	o.signIn(lead)
	o.to("/console/documents")
	o.see(honour)
	o.followIn("main", must[hall.Master](t)(h.app.Hall.Master(t.Context(), crafts, crafts.ID)).Name)
	o.until("the certificate to be shown", `[...document.querySelectorAll(".files img")].every(i => i.complete && i.naturalWidth > 0) && document.querySelector(".files img")`)
	o.clickOn("main form", o.say("hall.honour.decide.confirmed"))
	o.followIn("main form", o.say("hall.honour.decide.do"))
	o.seeIn("main", o.say("hall.document.licence"))

	c.to("/masters/" + crafts.ID)
	c.seeIn("#honours", honour)
	m.to("/me/master/honours")
	m.seeIn("#confirmed", honour)
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		m.to("/notices")
		if strings.Contains(m.text("main"), m.say("notice.hall.honour.confirmed", "name", honour)) {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the master is not told")
		}
	}

	// The licence is refused; its contact sees why.
	o.to("/console/enterprises/" + rows{t, h}.actor(contact).Enterprises[0] + "/verify")
	o.clickOn("main form", o.say("hall.enterprise.verify.refused"))
	o.fill("reason", "公章看不清")
	o.followIn("main form", o.say("hall.enterprise.verify.do"))
	c.to("/me/enterprises/" + rows{t, h}.actor(contact).Enterprises[0])
	c.seeIn("#verification", "公章看不清")
	c.seeIn("#verification", c.say("hall.finding.refused"))
}
