package sqldb_test

import (
	"bufio"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

const crashDSN = "UNIONHALL_TEST_CRASH_DSN"

// TestMain lets the test binary be its own victim: called with a store's address it writes until killed.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		writeUntilKilled(dsn)
	}
	os.Exit(m.Run())
}

// writeUntilKilled prints the id of each row after its Update has been answered.
func writeUntilKilled(dsn string) {
	db, err := sqldb.Open(ctx, dsn)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex // one line is one write
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d/%d", w, i)
				err := db.Update(ctx, func(tx sqldb.Tx) error {
					if err := insert(tx, id); err != nil {
						return err
					}
					return tx.Emit(ctx, event.Event{ID: "event " + id, Subject: "test.seat.made", At: time.Now(), Data: []byte("{}")})
				})
				mu.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Println(id)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// A process killed in the middle of its work: every row it was answered for is there, with its event,
// and no row is there without its event.
func TestKilledProcessLosesNothingAnswered(t *testing.T) {
	for round := range 3 {
		dsn := sqldbtest.SQLiteDSN(t)
		db, err := sqldb.Open(ctx, dsn)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, `CREATE TABLE seats (id TEXT NOT NULL, free BIGINT NOT NULL)`) // no key that would hide a double
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		answered := kill(t, dsn, 200+300*round)
		if db, err = sqldb.Open(ctx, dsn); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		rows, err := sqldb.All(ctx, db, sqldb.Value[string], `SELECT id FROM seats`)
		if err != nil {
			t.Fatal(err)
		}
		times := map[string]int{}
		for _, id := range rows {
			times[id]++
		}
		for _, id := range answered {
			if times[id] != 1 {
				t.Errorf("%s was answered and is there %d times", id, times[id])
			}
		}
		if n := number(t, db, `SELECT count(*) FROM sqldb_outbox`); int(n) != len(rows) {
			t.Errorf("%d rows, %d events", len(rows), n)
		}
		t.Logf("%d answered, %d there", len(answered), len(rows))
	}
}

// kill runs the child until it has been answered n times, kills it, and gives what it was answered.
func kill(t *testing.T, dsn string, n int) (answered []string) {
	t.Helper()
	child := osexec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDSN+"="+dsn)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Error(lines.Text())
		}
		answered = append(answered, lines.Text())
		if len(answered) == n {
			if err := child.Process.Kill(); err != nil { // SIGKILL: nothing is flushed
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(answered) < n {
		t.Fatalf("the child ended by itself after %d: %v", len(answered), err)
	}
	return answered
}
