package crash

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the real program: what is killed must be what is shipped, without
// the race detector's slowness.
var binary = sync.OnceValues(func() (string, error) { return built("unionhall", "github.com/unionhall/unionhall/cmd/unionhall") })

// programs is the folder in which they are built, once for all tests here.
var programs string

// built builds a program of this project.
func built(name, pkg string) (string, error) {
	path := filepath.Join(programs, name)
	build := exec.Command("go", "build", "-trimpath", "-o", path, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if programs, err = os.MkdirTemp("", "unionhall-crash-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}

// program is a hall in a process of its own that can be killed and started again on the same data.
type program struct {
	t     *testing.T
	args  []string
	base  string // http://127.0.0.1:PORT
	log   string // where its standard error goes
	ended chan error
	cmd   *exec.Cmd
}

func newProgram(t *testing.T, dir, store string) *program {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	addr := address(t)
	p := &program{t: t, base: "http://" + addr, log: filepath.Join(t.TempDir(), "log"),
		args: []string{path, "serve", "--data", dir, "--store", store, "--listen", addr, "--hooks-to-private", "--log", "warn"}}
	t.Cleanup(func() {
		if p.running() {
			p.kill()
		}
		if t.Failed() {
			b, _ := os.ReadFile(p.log)
			t.Logf("the program's log ends:\n%s", b[max(0, len(b)-8000):])
		}
	})
	return p
}

// address finds a free one for all starts, so that clients find the hall again. It lies below the ports that the
// system gives to outgoing connections: one of those could take it while the hall is down, and even connect to
// itself there.
func address(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// start returns when the hall takes requests.
func (p *program) start() {
	p.t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	p.cmd, p.ended = cmd, ended
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		res, err := http.Get(p.base + "/readyz")
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-ended:
			p.cmd = nil
			p.t.Fatalf("the hall ended as it started: %v", err)
		default:
		}
		if time.Now().After(end) {
			p.t.Fatal("the hall takes no requests after 30 s")
		}
	}
}

func (p *program) running() bool { return p.cmd != nil }

// kill ends the process as a crash would: it learns nothing.
func (p *program) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
	p.cmd = nil
}

// stop asks the process to end and gives how it did.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-p.ended:
		p.cmd = nil
		return err
	case <-time.After(30 * time.Second):
		return errors.New("still there 30 s after SIGTERM")
	}
}
