package portal

import (
	"net/netip"
	"net/url"
	"strings"
)

// closed are the networks no hook may reach: the machine itself, private and shared networks, and all
// that is reserved or only wraps another address.
var closed = func() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// global is all of IPv6 that is handed out to be reached from everywhere. What lies outside —
// loopback, link-local, unique local, multicast, translated IPv4 — is closed without a list.
var global = netip.MustParsePrefix("2000::/3")

// Public reports whether the address is one that a hook may reach.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || (a.Is6() && !global.Contains(a)) {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Reach says which addresses hooks may have. The zero value is for the open internet: https, and
// public addresses only.
type Reach struct {
	AllowHTTP    bool // also http: for tests and the machine itself
	AllowPrivate bool // also addresses that are not Public
}

const maxURL = 2048

// Check takes a hook's address apart and refuses what could never be sent to. A name is only resolved
// when it is dialled, and checked then: what it stands for may change at any time.
func (r Reach) Check(raw string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || len(raw) > maxURL || u.Hostname() == "" || u.Opaque != "" || u.User != nil || u.Fragment != "" {
		return "", false
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !r.AllowHTTP) {
		return "", false
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !r.AllowPrivate && !Public(a) {
		return "", false
	}
	if name := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."); !r.AllowPrivate &&
		(name == "localhost" || strings.HasSuffix(name, ".localhost")) {
		return "", false
	}
	return u.String(), true
}
