package e2e

import "testing"

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
