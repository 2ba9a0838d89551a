package sqldbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a throw-away PostgreSQL on a unix socket in a folder of its own.
type Cluster struct {
	dir    string
	mu     sync.Mutex
	conn   *pgx.Conn // to the database postgres
	keeper io.WriteCloser
}

var shared = sync.OnceValues(func() (*Cluster, error) {
	c, err := start(memory(), "autovacuum=off", "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	if err != nil {
		return nil, err
	}
	if err := c.admin("CREATE DATABASE hall"); err != nil {
		return nil, err
	}
	if err := migrated(c.dsn("hall")); err != nil {
		return nil, err
	}
	return c, nil
})

// DurableCluster is a cluster of its own that waits for the disk, with an empty database; it ends with the test.
func DurableCluster(t testing.TB) (dsn string) {
	t.Helper()
	dsn, stop, err := Durable()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return dsn
}

// MortalCluster is DurableCluster with a way to have the server die and start again; restart returns when it answers.
func MortalCluster(t testing.TB) (dsn string, restart func() error) {
	t.Helper()
	c, stop, err := durable()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return c.dsn("hall"), c.restart
}

// Durable is DurableCluster for programs that are no tests, such as benchmarks: stop ends the cluster.
func Durable(settings ...string) (dsn string, stop func(), err error) {
	c, stop, err := durable(settings...)
	if err != nil {
		return "", nil, err
	}
	return c.dsn("hall"), stop, nil
}

func durable(settings ...string) (c *Cluster, stop func(), err error) {
	c, err = start(os.TempDir(), append([]string{"fsync=on", "synchronous_commit=on"}, settings...)...)
	if err != nil {
		return nil, nil, err
	}
	stop = func() { _ = c.conn.Close(context.Background()); _ = c.keeper.Close() }
	if err := c.admin("CREATE DATABASE hall"); err != nil {
		stop()
		return nil, nil, err
	}
	return c, stop, nil
}

// restart has the server die and start again.
func (c *Cluster) restart() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Close(context.Background())
	if _, err := io.WriteString(c.keeper, "again\n"); err != nil {
		return err
	}
	// The one that dies may still answer for a moment: what answers has to have begun since.
	asked := time.Now()
	for {
		if err := c.connect(); err != nil {
			return err
		}
		var begun time.Time
		err := c.conn.QueryRow(context.Background(), "SELECT pg_postmaster_start_time()").Scan(&begun)
		if err == nil && begun.After(asked) {
			return nil
		}
		_ = c.conn.Close(context.Background())
		if time.Since(asked) > 30*time.Second {
			return errors.New("the cluster did not come up again")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// keep runs the server and ends it when its standard input closes: with the process that started it,
// however that ends. Each line before has it die, as if the power had gone, and start again.
const keep = `serve() { "$0" -D "$1/data" -k "$1" $2 >>"$1/log" 2>&1 & server=$!; }
serve "$1" "$2"
while read -r line; do
	kill -QUIT $server; wait $server
	serve "$1" "$2"
done
kill -INT $server; wait $server; rm -rf "$1"`

// memory is a folder in memory when there is one with room, where making a database takes a tenth of the
// time; containers often give it 64 MB only.
func memory() string {
	const shm, room = "/dev/shm", 2 << 30
	var s syscall.Statfs_t
	if err := syscall.Statfs(shm, &s); err != nil || s.Bavail*uint64(s.Bsize) < room {
		return os.TempDir()
	}
	return shm
}

func start(in string, settings ...string) (_ *Cluster, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(in, "unionhall-pg-")
	if err != nil {
		return nil, err
	}
	attr, err := owner(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	args := "-c listen_addresses= -c max_connections=300 -c shared_buffers=64MB -c max_wal_size=128MB"
	for _, s := range settings {
		args += " -c " + s
	}
	server := exec.Command("/bin/sh", "-c", keep, filepath.Join(bin, "postgres"), dir, args)
	server.SysProcAttr, server.Dir = attr, dir
	stdin, err := server.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	go func() { _ = server.Wait() }() // it ends when stdin does
	c := &Cluster{dir: dir, keeper: stdin}
	if err := c.connect(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("the cluster did not come up: %w\n%s", err, log), stdin.Close())
	}
	return c, nil
}

// owner says as whom to run the server: PostgreSQL refuses to run as root, so then as user postgres.
func owner(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // an interrupt of the tests must not reach the server first
	if os.Geteuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w; run `make test`, which installs PostgreSQL", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}

// binaries finds PostgreSQL's: where Debian puts them, or on the path.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		for _, f := range found {
			if strings.Contains(f, "/15/") {
				return filepath.Dir(f), nil
			}
		}
		return filepath.Dir(found[len(found)-1]), nil
	}
	if f, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(f), nil
	}
	return "", errors.New("PostgreSQL is not installed; run `make test`, which installs it")
}

func (c *Cluster) dsn(database string) string {
	return "postgres://postgres@/" + database + "?host=" + c.dir
}

func (c *Cluster) connect() (err error) {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c.conn, err = pgx.Connect(context.Background(), c.dsn("postgres")); err == nil {
			return nil
		}
	}
	return err
}

// admin runs a statement of the cluster's, one at a time: CREATE DATABASE wants its template to itself.
func (c *Cluster) admin(q string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.conn.Exec(context.Background(), q)
	return err
}
