package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func unpacked(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func packed(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(b, nil)
}

// entries takes a tar apart, and join puts it together again.
func entries(t testing.TB, b []byte) (out []entry) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(b))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, entry{h.Name, content})
	}
}

type entry struct {
	name    string
	content []byte
}

func join(t testing.TB, all []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range all {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: int64(len(e.content)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func damaged(t *testing.T, what string, b []byte, part, why string) {
	t.Helper()
	_, err := Verify(ctx, bytes.NewReader(b))
	var d *Damage
	if !errors.As(err, &d) || !strings.HasPrefix(d.Part, part) || !strings.Contains(d.Error(), why) {
		t.Errorf("%s: %v", what, err)
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	for what, b := range map[string][]byte{
		"nothing":           nil,
		"text":              []byte("a letter to the editor\n"),
		"a zip":             []byte("PK\x03\x04 and so on"),
		"another zstd":      packed(t, []byte("a letter to the editor")),
		"another tar":       packed(t, join(t, []entry{{"README", []byte("hello")}})),
		"another HEAD.json": packed(t, join(t, []entry{{headName, []byte(`{"format":"other"}`)}})),
		"a newer format":    packed(t, join(t, []entry{{headName, []byte(`{"format":"unionhall-backup","version":2}`)}})),
	} {
		damaged(t, what, b, "", "this is no backup of a hall")
	}
}

// Whatever is changed in an archive, the part is named.
func TestDamageNamesThePart(t *testing.T) {
	c := copyOf(t, sqldbtest.SQLiteDSN(t))
	all := entries(t, unpacked(t, c.path))
	at := func(prefix string) int {
		for i, e := range all {
			if strings.HasPrefix(e.name, prefix) {
				return i
			}
		}
		t.Fatalf("no %s", prefix)
		return 0
	}
	with := func(change func(e []entry) []entry) []byte {
		fresh := make([]entry, len(all))
		for i, e := range all {
			fresh[i] = entry{e.name, bytes.Clone(e.content)}
		}
		return packed(t, join(t, change(fresh)))
	}
	swap := func(part, old, new string) []byte {
		return with(func(e []entry) []entry {
			i := at(part)
			if !bytes.Contains(e[i].content, []byte(old)) {
				t.Fatalf("%s does not hold %s", part, old)
			}
			e[i].content = bytes.Replace(e[i].content, []byte(old), []byte(new), 1)
			return e
		})
	}
	without := func(part string) []byte {
		return with(func(e []entry) []entry { return append(e[:at(part)], e[at(part)+1:]...) })
	}
	if _, err := Verify(ctx, bytes.NewReader(with(func(e []entry) []entry { return e }))); err != nil {
		t.Fatal(err)
	}
	const union, kind = "tables/hall_union/000001.ndjson", "tables/exchange_kind/000002.ndjson"
	damaged(t, "a changed cell", swap(union, "id-B", "id-C"), union, "checksum")
	damaged(t, "a cell of another kind", swap(union, `"id-B"`, `12`), union, "line")
	damaged(t, "a file's content", swap(filesFolder, "drawing", "drowing"), filesFolder, "checksum")
	damaged(t, "a missing part", without(kind), "tables/exchange_kind/", "")
	damaged(t, "a missing table", without(union), union, "")
	damaged(t, "a missing file", without(filesFolder), manifestName, "files")
	damaged(t, "no manifest", without(manifestName), "what follows", "incomplete")
	damaged(t, "a manifest of another copy", swap(manifestName, `"count": 2`, `"count": 3`), manifestName, "counted")
	damaged(t, "a head of another copy", swap(headName, `"sqlite"`, `"postgres"`), headName, "checksum")
	damaged(t, "a table's name that is SQL", swap(headName, `"hall_union"`, `"hall_union\" --"`), headName, "name of a table")
	damaged(t, "something more", with(func(e []entry) []entry { return append(e, entry{"x", nil}) }), manifestName, "follows")
	damaged(t, "a name that leads out", with(func(e []entry) []entry { e[at(filesFolder)].name = "files/../../x"; return e }), "files/../../x", "none of the parts")
	damaged(t, "keys that nobody announced", with(func(e []entry) []entry {
		return append(e[:at(manifestName)], entry{"keys/a", nil}, e[at(manifestName)])
	}), "keys/a", "none of the parts")
	damaged(t, "parts in another order", with(func(e []entry) []entry {
		e[at(kind)], e[at(kind)+1] = e[at(kind)+1], e[at(kind)]
		return e
	}), "tables/", "")
}

// Cut short anywhere, or with any byte changed, an archive is refused.
func TestTruncatedAndFlipped(t *testing.T) {
	whole := small(t)
	b := packed(t, whole)
	if _, err := Verify(ctx, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(b); i += 7 {
		var d *Damage
		if _, err := Verify(ctx, bytes.NewReader(b[:i])); !errors.As(err, &d) {
			t.Errorf("%d of %d bytes: %v", i, len(b), err)
		}
		flipped := bytes.Clone(b)
		flipped[i] ^= 0x10
		// A few bits of the compression mean nothing.
		if _, err := Verify(ctx, bytes.NewReader(flipped)); !errors.As(err, &d) && !(err == nil && unpacks(flipped, whole)) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	damaged(t, "something after it", append(bytes.Clone(b), "more"...), "", "")
	// Refused before anything is written.
	path, dir := t.TempDir()+"/cut", t.TempDir()+"/new"
	if err := os.WriteFile(path, b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := into(path, dir, "sqlite:"+dir+"/hall.db", nil); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}

func unpacks(b, want []byte) bool {
	z, err := zstd.NewReader(nil)
	if err != nil {
		return false
	}
	defer z.Close()
	have, err := z.DecodeAll(b, nil)
	return err == nil && bytes.Equal(have, want)
}

// small is an archive of one table, made without a store, for the fuzzer to start from.
func small(t testing.TB) []byte {
	t.Helper()
	db := open(t, sqldbtest.SQLiteDSN(t))
	files := shelf(t, t.TempDir())
	put(t, files, "x")
	exec(t, db, `INSERT INTO hall_login (value, kind, person_id) VALUES ('1', 'phone', 'p')`)
	path := t.TempDir() + "/x"
	if _, err := Make(ctx, Order{Store: db, Contents: files, Out: path, Now: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	return unpacked(t, path)
}

// Whatever comes as an archive, reading it ends, without a panic, and what it accepts it has checked: rows for the
// columns of the head, and contents under their own hashes.
func FuzzRead(f *testing.F) {
	b := small(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(bytes.Replace(b, []byte(headName), []byte("HEAD.jsom"), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := map[string]int64{}
		a, err := readTar(ctx, bytes.NewReader(b), sink{
			row: func(table sqldb.Table, values []any) error {
				if len(values) != len(table.Columns) {
					t.Errorf("%v for %v", values, table)
				}
				rows[table.Name]++
				return nil
			},
			file: func(hash string, r io.Reader) error {
				if !blob.Valid(hash) {
					t.Error(hash)
				}
				return nil
			},
			key: func(name string, _ []byte) error {
				if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
					t.Error(name)
				}
				return nil
			}})
		if err != nil {
			return
		}
		for _, s := range a.Manifest.Sums {
			if rows[s.Table] != s.Rows {
				t.Errorf("%d rows of %s, not %d", rows[s.Table], s.Table, s.Rows)
			}
		}
	})
}
