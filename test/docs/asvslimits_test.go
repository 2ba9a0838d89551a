package docs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallweb"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/seal"
)

// section is what stands below a heading of the second rank.
func (d document) section(name string) string {
	_, rest, _ := strings.Cut(d.text, "\n## "+name+"\n")
	out, _, _ := strings.Cut(rest, "\n## ")
	return out
}

// What the security page writes down is what the code does: limits, ways in, sessions, keys, connections.
func TestTheSecurityPageKnowsTheLimits(t *testing.T) {
	page := read(t, security)
	days := func(d time.Duration) string { return fmt.Sprintf("%d days", int(d.Hours()/24)) }
	for name, wants := range map[string][]string{
		"Limits":              {fmt.Sprintf("%d a minute", portal.DefaultRate)},
		"Files":               {fmt.Sprintf("%d files", exchange.FileLimit), fmt.Sprintf("%d MiB", intake.MaxFile>>20)},
		"Ways in":             {fmt.Sprintf("at least %d characters", hall.MinPassword), fmt.Sprintf("%d minutes", int(hallweb.ProofLife.Minutes())), "passkey", "one-time code", "directory", "key of the API"},
		"Sessions":            {days(hall.SessionLife), days(hall.SessionIdle)},
		"Keys and algorithms": {fmt.Sprintf("argon2id, %d MiB, %d passes", hall.DefaultCost.Memory>>10, hall.DefaultCost.Time)},
		"Connections":         {"PostgreSQL", "S3", "webhooks"},
		"Logs":                {"`--log-json`", "`request`", "`signed in`"},
	} {
		text := page.section(name)
		for _, want := range wants {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	for _, c := range seal.Ciphers {
		if !strings.Contains(page.section("Keys and algorithms"), strings.ToUpper(string(c))) {
			t.Errorf("the cipher %s is missing", c)
		}
	}
}

// Every flag of serve by which it begins to speak to somebody is in the list of connections.
func TestConnectionsAreListed(t *testing.T) {
	text := read(t, security).section("Connections")
	p := build(t)
	seen := 0
	for _, flag := range []string{"store", "files", "sms", "directory", "traces", "metrics", "listen", "stream", "smtp", "push"} {
		if !p.has(flag, "serve") {
			continue
		}
		seen++
		if !strings.Contains(text, "`--"+flag+"`") {
			t.Errorf("--%s is missing", flag)
		}
	}
	if seen < 7 {
		t.Errorf("only %d flags: the search is broken", seen)
	}
}
