package noticesend_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/notice/noticesend"
	"github.com/unionhall/unionhall/internal/seal"
)

// caller is a gateway over HTTP, as another process has it.
type caller struct{ url string }

func (c caller) Send(ctx context.Context, _ noticesend.Letter) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// TestChild is the process that is killed; by itself it does nothing.
func TestChild(t *testing.T) {
	dsn := os.Getenv("NOTICESEND_DSN")
	if dsn == "" {
		t.Skip("only as a child of TestKilledInBetween")
	}
	box, err := seal.Load(os.Getenv("NOTICESEND_KEYS"))
	if err != nil {
		t.Fatal(err)
	}
	w := process(t, dsn, box)
	w.once(caller{os.Getenv("NOTICESEND_URL")})
}

// The process is killed when the gateway has taken the letter and has not answered.
func TestKilledInBetween(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		keys := filepath.Join(t.TempDir(), "seal.json")
		box, err := seal.Make(keys, seal.AES)
		if err != nil {
			t.Fatal(err)
		}
		w := process(t, dsn, box)
		w.reachable()
		w.tell(visit, "e1")

		var took atomic.Int64
		arrived, release := make(chan struct{}, 10), make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			took.Add(1)
			arrived <- struct{}{}
			<-release
		}))
		defer server.Close()
		defer close(release)

		child := exec.Command(os.Args[0], "-test.run=^TestChild$")
		child.Env = append(os.Environ(), "NOTICESEND_DSN="+dsn, "NOTICESEND_KEYS="+keys, "NOTICESEND_URL="+server.URL)
		child.Stdout, child.Stderr = os.Stderr, os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
			t.Error("the child sent nothing")
		}
		if err := child.Process.Signal(syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		_ = child.Wait() // killed

		g := &gateway{}
		w.tell(visit, "e1") // the event comes again, as it does after a crash
		w.once(g)
		w.wantState("e1", "sending ")
		w.clock.Move(6 * time.Minute)
		w.once(g)
		w.wantState("e1", "unknown cut short")
		w.clock.Move(time.Hour)
		w.once(g)
		if g.tries != 0 || took.Load() != 1 {
			t.Fatalf("taken %d times before and %d after the kill", took.Load(), g.tries)
		}
	})
}
