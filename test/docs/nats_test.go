package docs

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

// The servers of NATS in the example for two halls are read by the server itself, and the one that all parts rely on
// holds: a user with a password, a stream on a volume, and a cluster whose members know each other by the names of
// their services.
func TestServersOfNATSUnderstandTheirFlags(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "deploy", "compose-halls.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Services map[string]struct {
			Command []string
			Volumes []string
		}
	}
	if err := yaml.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	var nodes []string
	for name := range c.Services {
		if strings.HasPrefix(name, "nats-") {
			nodes = append(nodes, name)
		}
	}
	if slices.Sort(nodes); len(nodes) != 3 {
		t.Fatalf("%v: three servers keep a stream when one of them dies", nodes)
	}
	for _, name := range nodes {
		s := c.Services[name]
		o := natsOptions(t, s.Command)
		if o.ServerName != name || !o.JetStream || o.Username != "hall" || o.Password != "${NATS_PASSWORD}" {
			t.Errorf("%s: %+v", name, o)
		}
		if !slices.ContainsFunc(s.Volumes, func(v string) bool { return strings.HasSuffix(v, ":"+o.StoreDir) }) {
			t.Errorf("%s keeps its stream in %s, which is no volume", name, o.StoreDir)
		}
		var routes []string
		for _, r := range o.Routes {
			routes = append(routes, r.Hostname())
			if r.Port() != "6222" {
				t.Errorf("%s: %s", name, r)
			}
		}
		if slices.Sort(routes); !slices.Equal(routes, nodes) || o.Cluster.Port != 6222 || o.Cluster.Name != "hall" {
			t.Errorf("%s: cluster %q on port %d with %v", name, o.Cluster.Name, o.Cluster.Port, routes)
		}
	}
	t.Run("together they are a cluster", func(t *testing.T) {
		var servers []*server.Server
		for i, n := range streamtest.Nodes(t, len(nodes)) {
			servers = append(servers, natsStarts(t, natsOptions(t, c.Services[nodes[i]].Command), n))
		}
		for end := time.Now().Add(20 * time.Second); !slices.ContainsFunc(servers, led); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody leads all three")
			}
		}
	})
}

func natsOptions(t *testing.T, args []string) *server.Options {
	t.Helper()
	no := func() { t.Errorf("%v: the server asks for help", args) }
	o, err := server.ConfigureOptions(flag.NewFlagSet("nats-server", flag.ContinueOnError), args, no, no, no)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return o
}

// natsStarts runs a server with these flags, except for where it is and where it writes.
func natsStarts(t *testing.T, o *server.Options, at streamtest.Node) *server.Server {
	t.Helper()
	o.Host, o.Port, o.StoreDir = "127.0.0.1", at.Port, t.TempDir()
	o.Cluster.Host, o.Cluster.Port, o.Cluster.ListenStr, o.Routes = "127.0.0.1", at.Route, "", nil
	for _, r := range at.Routes {
		u, err := url.Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		o.Routes = append(o.Routes, u)
	}
	o.NoSigs, o.NoLog = true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// led reports whether this server leads a cluster of three.
func led(s *server.Server) bool { return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == 3 }
