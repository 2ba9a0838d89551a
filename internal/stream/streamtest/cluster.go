package streamtest

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Node says how one server of a cluster is to run: the same after it was stopped.
type Node struct {
	Name        string
	Dir         string
	Port, Route int
	Routes      []string // of the whole cluster
}

// Nodes makes n nodes of a cluster on this machine. None runs yet.
func Nodes(t testing.TB, n int) []Node {
	t.Helper()
	dir, ports := t.TempDir(), freePorts(t, 2*n)
	nodes := make([]Node, n)
	routes := make([]string, n)
	for i := range nodes {
		name := fmt.Sprintf("n%d", i)
		nodes[i] = Node{Name: name, Dir: filepath.Join(dir, name), Port: ports[2*i], Route: ports[2*i+1]}
		routes[i] = fmt.Sprintf("nats://127.0.0.1:%d", nodes[i].Route)
	}
	for i := range nodes {
		nodes[i].Routes = routes
	}
	return nodes
}

// Address is what clients of the nodes are given.
func Address(nodes ...Node) string {
	var out []string
	for _, n := range nodes {
		out = append(out, fmt.Sprintf("nats://127.0.0.1:%d", n.Port))
	}
	return strings.Join(out, ",")
}

// Run starts the node in this process; change may alter its options and may be nil.
func (n Node) Run(change func(*server.Options)) (*server.Server, error) {
	o := &server.Options{
		ServerName: n.Name, Host: "127.0.0.1", Port: n.Port,
		JetStream: true, StoreDir: n.Dir, JetStreamMaxStore: 4 << 30, JetStreamMaxMemory: 256 << 20,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
	}
	if len(n.Routes) > 1 {
		o.Cluster = server.ClusterOpts{Name: "hall", Host: "127.0.0.1", Port: n.Route}
		for _, r := range n.Routes {
			u, err := url.Parse(r)
			if err != nil {
				return nil, err
			}
			o.Routes = append(o.Routes, u)
		}
	}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		return nil, fmt.Errorf("%s did not start", n.Name)
	}
	return s, nil
}

// Cluster is nodes that run in this process.
type Cluster struct {
	t       testing.TB
	Nodes   []Node
	servers []*server.Server
}

// NewCluster starts n nodes, and ends them with the test.
func NewCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{t: t, Nodes: Nodes(t, n), servers: make([]*server.Server, n)}
	t.Cleanup(func() { c.Stop() })
	c.Start()
	return c
}

// Address is what clients are given.
func (c *Cluster) Address() string { return Address(c.Nodes...) }

// Start starts the nodes, all of them unless some are named, where they do not run.
func (c *Cluster) Start(which ...int) {
	c.t.Helper()
	for _, i := range c.which(which) {
		if c.servers[i] != nil {
			continue
		}
		s, err := c.Nodes[i].Run(nil)
		if err != nil {
			c.t.Fatal(err)
		}
		c.servers[i] = s
	}
	for end := time.Now().Add(20 * time.Second); len(c.Nodes) > 1 && !c.led(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatal("the cluster has no leader")
		}
	}
}

// led reports whether the nodes have chosen who leads them, and know each other.
func (c *Cluster) led() bool {
	for _, s := range c.servers {
		if s != nil && s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c.Nodes) {
			return true
		}
	}
	return false
}

// Stop stops the nodes, all of them unless some are named.
func (c *Cluster) Stop(which ...int) {
	for _, i := range c.which(which) {
		if s := c.servers[i]; s != nil {
			s.Shutdown()
			s.WaitForShutdown()
			c.servers[i] = nil
		}
	}
}

// Leader is the node that leads the stream; -1 when none does.
func (c *Cluster) Leader(name string) int {
	for i, s := range c.servers {
		if s != nil && s.JetStreamIsStreamLeader("$G", name) {
			return i
		}
	}
	return -1
}

func (c *Cluster) which(of []int) []int {
	if len(of) > 0 {
		return of
	}
	for i := range c.servers {
		of = append(of, i)
	}
	return of
}

func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var out []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out
}
