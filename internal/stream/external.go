package stream

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/unionhall/unionhall/internal/fault"
)

// External opens the stream that NATS servers keep, at addresses such as
// nats://a.example:4222,nats://b.example:4222; tls:// instead of nats:// asks for TLS. Any number of processes may open
// it, and are one hall together. Behind a question mark, joined by &:
//
//	credentials=PATH  a NATS credentials file; without it NATS_USER and NATS_PASSWORD are used where they are set
//	ca=PATH           certificates that the servers' are signed by, besides those the machine trusts
//	replicas=N        how many servers keep each event; 3 on a cluster of three or more unless given, else 1
//	name=NAME         of the stream, for a second hall on the same servers; hall unless given
//
// Secrets are never part of the address, which is shown.
//
// Servers that are away when it is opened have half a minute to come. Later they may go and come as they please:
// meanwhile Publish is fault.Unavailable, and consumers and followers wait. A stream that the servers have lost is made
// anew, and Empty says so.
func External(address string, opts ...Option) (_ Stream, err error) {
	defer fault.Wrap(&err, "stream.External")
	a, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	t := newTransport(opts)
	t.name, t.prefix, t.beat = strings.ToUpper(a.name), a.name+".", time.Second
	if err := t.reach(a); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *transport) reach(a address) (err error) {
	for end := time.Now().Add(t.settle); ; {
		if t.conn, err = a.connect(t.watching()...); err == nil {
			break
		}
		if !time.Now().Before(end) || !sleep(t.ctx, 250*time.Millisecond) {
			return err
		}
	}
	t.replicas = cmp.Or(a.replicas, copies(t.conn, len(a.servers)))
	return t.begun()
}

// copies is how many servers should keep each event: three outlive the loss of one, which two do not.
func copies(c *nats.Conn, given int) int {
	if c.ConnectedClusterName() != "" && max(given, len(c.Servers())) >= 3 {
		return 3
	}
	return 1
}

// watching logs what happens to the connection. URLs are written without what may be secret in them.
func (t *transport) watching() []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if t.ctx.Err() == nil {
				t.log.Warn("stream: lost the server; another is looked for, and events wait in the outbox", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { t.log.Info("stream: found a server", "server", c.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { t.log.Warn("stream: the connection", "err", err) }),
	}
}

// address is what External was given, taken apart.
type address struct {
	servers         []string
	tls             bool
	credentials, ca string
	replicas        int
	name            string
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func parseAddress(s string) (a address, err error) {
	list, query, _ := strings.Cut(s, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return a, errors.New("what follows the question mark cannot be read")
	}
	for name := range q {
		if !slices.Contains([]string{"credentials", "ca", "replicas", "name"}, name) {
			return a, fmt.Errorf("an address of NATS has credentials, ca, replicas and name, and no %s", name)
		}
	}
	for part := range strings.SplitSeq(list, ",") {
		server, secure, err := serverAt(strings.TrimSpace(part))
		if err != nil {
			return a, err
		}
		if len(a.servers) > 0 && secure != a.tls {
			return a, errors.New("either all servers are reached by TLS (tls://) or none (nats://)")
		}
		a.servers, a.tls = append(a.servers, server), secure
	}
	a.credentials, a.ca, a.name = q.Get("credentials"), q.Get("ca"), cmp.Or(q.Get("name"), "hall")
	if !nameForm.MatchString(a.name) {
		return a, errors.New("name: want up to 32 of a-z, 0-9 and -, the first a letter")
	}
	if r := q.Get("replicas"); r != "" {
		if a.replicas, err = strconv.Atoi(r); err != nil || a.replicas < 1 || a.replicas > 5 {
			return a, errors.New("replicas: want 1 to 5")
		}
	}
	return a, nil
}

// serverAt reads the address of one server. An error does not repeat it, for what it may hold.
func serverAt(s string) (server string, secure bool, err error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Hostname() == "" || u.Path != "" || u.Fragment != "" {
		return "", false, errors.New("want nats://host:4222,nats://host:4222,… or the same with tls://")
	}
	if u.User != nil {
		return "", false, errors.New("secrets do not belong into the address: name a file with credentials=, or set NATS_USER and NATS_PASSWORD")
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "4222")), u.Scheme == "tls", nil
}

// connect connects to one of the servers, and from then on to another whenever that one goes.
func (a address) connect(more ...nats.Option) (*nats.Conn, error) {
	opts := append([]nats.Option{
		nats.Name("hall"), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond), nats.Timeout(3 * time.Second),
		// A server that has gone without a word is noticed after three of these.
		nats.PingInterval(3 * time.Second), nats.MaxPingsOutstanding(2),
		nats.ReconnectBufSize(-1), // what cannot be sent now is sent again by whoever meant it
	}, more...)
	if a.tls {
		opts = append(opts, nats.Secure())
	}
	if a.ca != "" {
		opts = append(opts, nats.RootCAs(a.ca))
	}
	switch user := os.Getenv("NATS_USER"); {
	case a.credentials != "":
		opts = append(opts, nats.UserCredentials(a.credentials))
	case user != "":
		opts = append(opts, nats.UserInfo(user, os.Getenv("NATS_PASSWORD")))
	}
	return nats.Connect(strings.Join(a.servers, ","), opts...)
}
