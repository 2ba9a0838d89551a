package web

import (
	"strings"
	"testing"
)

// Whoever is signed in can end it from any page, and nobody else is offered to.
func TestSigningOutIsOnEveryPage(t *testing.T) {
	h := newHall(t)
	for who, want := range map[string]bool{"person": true, "officer": true, "": false} {
		body := h.get("/", "Test-Actor", who).Body.String()
		if strings.Contains(body, `method="post" action="/signout"`) != want {
			t.Errorf("%q: want the button %v in\n%s", who, want, body)
		}
	}
}
