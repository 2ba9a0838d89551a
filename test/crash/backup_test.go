package crash

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// unionhall runs a command of the real program beside the hall, and kills it after a time unless that is zero. It gives
// what the command said, and whether it came to its end.
func unionhall(t *testing.T, after time.Duration, args ...string) (said string, ended bool) {
	t.Helper()
	cmd := exec.Command(must[string](t)(binary()), args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) }).Stop()
	}
	err := cmd.Wait()
	killed := cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled()
	if err != nil && !killed {
		t.Fatalf("unionhall %s: %v\n%s", strings.Join(args, " "), err, out.Bytes())
	}
	return out.String(), !killed
}

// scatter puts files into a hall, so that there is something to be in the middle of.
func scatter(t *testing.T, dir string) {
	t.Helper()
	files := must[blob.Store](t)(blob.Folder(filepath.Join(dir, "files")))
	r := rand.NewChaCha8([32]byte{})
	for range 40 {
		b := make([]byte, 50_000)
		_, _ = r.Read(b) // it never fails
		must[blob.Ref](t)(files.Put(context.Background(), bytes.NewReader(b)))
	}
}

// A hall is copied while needs arrive: every one acknowledged before the copy began is in it. Backup and restore are
// killed at all sorts of moments: what they leave never looks complete, and they are run again. The restored hall, on
// the other engine, serves, and people sign in.
func TestBackupUnderLoadAndKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the program many times")
	}
	onEach(t, func(t *testing.T, dir, store string) {
		s := plant(t, dir, store, newReceiver(t).URL)
		scatter(t, dir)
		p := newProgram(t, dir, store)
		p.start()
		told := newLedger(t)
		end := load(clients, p, s, told)
		time.Sleep(2 * time.Second)
		out := filepath.Join(t.TempDir(), "hall.tar.zst")
		for wait := 10 * time.Millisecond; wait < 400*time.Millisecond; wait = wait * 3 / 2 {
			killedBackup(t, wait, dir, store, out)
		}
		acked := told.all()
		if len(acked) < 50 {
			t.Errorf("%d needs: too few to say anything", len(acked))
		}
		unionhall(t, 0, "backup", "--data", dir, "--store", store, "--with-keys", "--out", out)
		end()
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		said, _ := unionhall(t, 0, "verify-backup", out)
		if !strings.Contains(said, "is whole") {
			t.Error(said)
		}
		to, toStore := filepath.Join(t.TempDir(), "restored"), ""
		if store == "" {
			toStore = sqldbtest.EmptyPostgresDSN(t)
		}
		killedRestore(t, out, to, toStore)
		again := newProgram(t, to, toStore)
		again.start()
		holdsAll(t, newAPI(again, s, true), acked)
		if err := again.stop(); err != nil {
			t.Error(err)
		}
		signsIn(t, to, toStore)
	})
}

// killedBackup kills a backup; what then has the archive's name is whole.
func killedBackup(t *testing.T, after time.Duration, dir, store, out string) {
	t.Helper()
	_, ended := unionhall(t, after, "backup", "--data", dir, "--store", store, "--out", out)
	if _, err := os.Stat(out); err == nil {
		unionhall(t, 0, "verify-backup", out)
		if err := os.Remove(out); err != nil {
			t.Error(err)
		}
	} else if ended {
		t.Error("a backup ended well and left nothing")
	}
}

// killedRestore kills a restore again and again, each time later, until it has come to its end.
func killedRestore(t *testing.T, archive, dir, store string) {
	t.Helper()
	kills := 0
	for wait := 20 * time.Millisecond; ; wait = wait * 3 / 2 {
		_, ended := unionhall(t, wait, "restore", archive, "--dir", dir, "--store", store)
		if ended {
			break
		}
		kills++
		if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
			continue // nothing has begun
		}
		a, err := app.Open(context.Background(), app.Config{Dir: dir, Store: store, Cheap: true}, slog.New(slog.DiscardHandler))
		if err == nil { // killed after the last step; then what follows finds all of it there
			if err := a.Close(); err != nil {
				t.Error(err)
			}
			break
		}
		if !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("killed after %v: %v", wait, err)
		}
	}
	if kills < 3 {
		t.Errorf("killed %d times only", kills)
	}
	t.Logf("killed %d times", kills)
}

// holdsAll asks for every need that was acknowledged; there may be later ones.
func holdsAll(t *testing.T, c *api, acked map[string]string) {
	t.Helper()
	found := allNeeds(t, c)
	missing := 0
	for ref, id := range acked {
		if found[ref] != id {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d needs are not in the restored hall", missing, len(acked))
	}
	t.Logf("%d acknowledged before the backup, %d in it", len(acked), len(found))
}

func signsIn(t *testing.T, dir, store string) {
	t.Helper()
	opened(t, dir, store, func(a *app.App) {
		if _, err := a.Hall.SignIn(context.Background(), hall.SignIn{Login: "13900000001", Password: "correct-horse-battery"}); err != nil {
			t.Error(err)
		}
	})
}
