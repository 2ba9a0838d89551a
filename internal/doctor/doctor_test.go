package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream"
)

var (
	ctx = context.Background()
)

// patient is a hall that can be made ill.
type patient struct {
	Hall
	t   *testing.T
	dsn string
}

func healthy(t *testing.T, dsn string) *patient {
	p := &patient{t: t, dsn: dsn}
	p.Dir = t.TempDir()
	if err := os.Chmod(p.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.Now = time.Now
	p.Engine = func(ctx context.Context) (*sqldb.DB, error) { return sqldb.Open(ctx, p.dsn, sqldb.WithConns(2)) }
	return p
}

func (p *patient) exec(q string, args ...any) {
	p.t.Helper()
	db, err := p.Engine(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	err = db.Update(ctx, func(tx sqldb.Tx) error { _, err := tx.Exec(ctx, q, args...); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) files() blob.Store {
	s, err := blob.Folder(filepath.Join(p.Dir, "files"))
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// examined gives the findings by check.
func (p *patient) examined() map[string]Finding {
	p.t.Helper()
	out := map[string]Finding{}
	if err := Examine(ctx, p.Hall, func(f Finding) { out[f.Check] = f }); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// has sees that one check finds something, and says what to do.
func (p *patient) has(check string, state State, says, mend string) {
	p.t.Helper()
	f := p.examined()[check]
	if f.State != state || !strings.Contains(f.Says, says) || !strings.Contains(f.Mend, mend) || state != Fine && f.Mend == "" {
		p.t.Errorf("%s: %+v", check, f)
	}
}

const event = `INSERT INTO sqldb_outbox (id, subject, at, data, published_at) VALUES ($1, 'a.b', $2, '{}', $3)`

func TestAHealthyHall(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": sqldbtest.SQLiteDSN(t), "postgres": sqldbtest.PostgresDSN(t)} {
		p := healthy(t, dsn)
		p.Deep = true
		found := p.examined()
		for _, c := range checks {
			if f := found[c.name]; f.State != Fine && c.name != "disk" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}

func TestFolder(t *testing.T) {
	p := healthy(t, sqldbtest.SQLiteDSN(t))
	if err := os.Chmod(p.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p.has("folder", Careful, "other users", "chmod 700")
	p.Unfinished = true
	p.has("restore", Wrong, "interrupted", "unionhall restore")
	p.Dir = filepath.Join(p.Dir, "none")
	p.has("folder", Wrong, "is not there", "--data")
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	q := healthy(t, sqldbtest.SQLiteDSN(t))
	if err := os.Mkdir(filepath.Join(q.Dir, "files"), 0o500); err != nil {
		t.Fatal(err)
	}
	q.has("folder", Wrong, "cannot be written to", "chown")
}

func TestStores(t *testing.T) {
	p := healthy(t, "postgres://nobody:geheim@127.0.0.1:1/x")
	p.has("store", Wrong, "cannot be opened", "--store")
	if len(p.examined()) != 9 {
		t.Error("what needs the store was looked at without it")
	}
	p = healthy(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	if err := os.WriteFile(strings.TrimPrefix(p.dsn, "sqlite:"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.has("store", Wrong, "not a database", "restore the last backup")
	p = healthy(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	p.has("schema", Careful, "no hall yet", "unionhall init")
	p = healthy(t, sqldbtest.SQLiteDSN(t))
	p.exec(`DELETE FROM sqldb_version WHERE version_id = 20`)
	p.has("schema", Careful, "[20]", "unionhall migrate")
	p.exec(`INSERT INTO sqldb_version (version_id, is_applied) VALUES (9999, TRUE)`)
	p.has("schema", Wrong, "[9999]", "newer")
}

func TestTheStoreOfALanguage(t *testing.T) {
	dsn := sqldbtest.LocalePostgresDSN(t, "en")
	healthy(t, dsn).has("store", Wrong, "sorts text by language", "LOCALE 'C'")
}

func TestADamagedFile(t *testing.T) {
	p := healthy(t, sqldbtest.SQLiteDSN(t))
	for i := range 200 {
		p.exec(event, strings.Repeat("x", 30)+string(rune('a'+i%26))+string(rune('a'+i/26)), sqldb.Micros(time.Now()), 1)
	}
	path := strings.TrimPrefix(p.dsn, "sqlite:")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) - 3*4096; i < len(b); i++ {
		b[i] = 0xaa
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	p.has("database", Wrong, "", "restore")
}

// What waits is wrong only where a hall runs that should have taken it.
func TestOutbox(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": sqldbtest.SQLiteDSN(t), "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(name, func(t *testing.T) {
			p := healthy(t, dsn)
			p.exec(event, "1", sqldb.Micros(time.Now().Add(-time.Hour)), 0)
			p.has("outbox", Fine, "1 events wait for the hall to start", "")
			s, err := stream.Embedded(filepath.Join(p.Dir, "stream"))
			if err != nil {
				t.Fatal(err)
			}
			p.has("hall", Fine, "one runs", "")
			p.has("outbox", Wrong, "oldest for 1h", "relay")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			p.has("hall", Fine, "none runs", "")
		})
	}
}

func TestClocks(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": sqldbtest.SQLiteDSN(t), "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(name, func(t *testing.T) {
			p := healthy(t, dsn)
			p.exec(event, "1", sqldb.Micros(time.Now().Add(time.Hour)), 1)
			p.has("clock", Wrong, "in the future", "NTP")
			p.exec(`DELETE FROM sqldb_outbox`)
			p.Now = func() time.Time { return time.Unix(0, 0) }
			p.has("clock", Wrong, "1970", "NTP")
			if name == "postgres" {
				p.Now = func() time.Time { return time.Now().Add(time.Hour) }
				p.has("clock", Careful, "differ by", "NTP")
			}
		})
	}
}

// Files that rows name and that are gone are found among the newest rows, others only when all are looked at; what has
// changed on disk only by reading it.
func TestFiles(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": sqldbtest.SQLiteDSN(t), "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(name, func(t *testing.T) {
			p := healthy(t, dsn)
			ref, err := p.files().Put(ctx, strings.NewReader("a drawing"))
			if err != nil {
				t.Fatal(err)
			}
			p.exec(`INSERT INTO exchange_message (need_id, engagement_id, id, author_id, side, body, files, at) VALUES ('n', 'e', 'm', '', '', '', $1, 0)`,
				`[{"hash":"`+ref.Hash+`","by":"x"}]`)
			p.has("files", Fine, "1 looked at", "")
			path := filepath.Join(p.Dir, "files", ref.Hash[:2], ref.Hash[2:4], ref.Hash)
			if err := os.WriteFile(path, []byte("a drowing"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.has("files", Fine, "", "")
			p.Deep = true
			p.has("files", Wrong, "1 are damaged: "+ref.Hash, "backup")
			p.Deep = false
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			p.has("files", Wrong, "1 are missing, 0 are damaged: "+ref.Hash, "files/HA/SH/HASH")
		})
	}
}
