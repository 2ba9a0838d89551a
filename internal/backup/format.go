package backup

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	format        = "unionhall-backup"
	formatVersion = 1

	headName     = "HEAD.json"
	manifestName = "MANIFEST.json"
	tablesFolder = "tables/"
	filesFolder  = "files/"
	keysFolder   = "keys/"

	// partMax bounds what one part may be, and so one row; whoever reads an archive takes no more.
	partMax = 256 << 20
	// keyMax bounds a key.
	keyMax = 1 << 20
)

// partSize is where a part of a table ends, at the next row: what a copy holds in memory. Tests make it small.
var partSize = 4 << 20

// Keys says what an archive holds of the hall's keys.
type Keys string

// What became of the keys.
const (
	NoKeys   Keys = "none"     // the hall had none
	LeftOut  Keys = "left out" // it had, and they are elsewhere
	Included Keys = "included" // whoever holds the archive can read what is sealed
)

// Head begins an archive.
type Head struct {
	Format  string        `json:"format"`
	Version int           `json:"version"`
	Made    time.Time     `json:"made"`
	Dialect sqldb.Dialect `json:"dialect"`
	Steps   []int64       `json:"schema_steps"`
	Tables  []sqldb.Table `json:"tables"`
	Keys    Keys          `json:"keys"`
}

// Sum is what a table holds: how many rows, and the SHA-256 of all of them in the order of the key.
type Sum struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Part is one entry of an archive.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Files sums up the contents in an archive. Each is named by its own SHA-256; this one is of their names, in order.
type Files struct {
	Count  int64  `json:"count"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Manifest ends an archive: one that has it was completed.
type Manifest struct {
	Sums  []Sum  `json:"tables"`
	Parts []Part `json:"parts"` // all but the files
	Files Files  `json:"files"`
	Gaps  Gaps   `json:"gaps"`
}

// Gaps are the files that the hall itself had lost when it was copied.
type Gaps struct {
	Missing int64    `json:"missing"` // named by a row and not there; one that two rows name counts twice
	Damaged int64    `json:"damaged"` // there, with another content than its name says
	Hashes  []string `json:"hashes"`  // the first of them
}

const gapsShown = 20

func (g *Gaps) add(n *int64, hash string) {
	*n++
	if len(g.Hashes) < gapsShown && !slices.Contains(g.Hashes, hash) {
		g.Hashes = append(g.Hashes, hash)
	}
}

// Any reports whether there are gaps.
func (g Gaps) Any() bool { return g.Missing+g.Damaged > 0 }

// Damage says which part of an archive is not what it should be, and why.
type Damage struct {
	Part  string
	Why   string
	cause error
}

// Error is one sentence.
func (d *Damage) Error() string {
	if d.Part == "" {
		return "this is no backup of a hall: " + d.Why
	}
	return fmt.Sprintf("the backup is damaged at %s: %s", d.Part, d.Why)
}

// Unwrap gives the cause.
func (d *Damage) Unwrap() error { return d.cause }

var (
	identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	keyFile    = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,3}$`)
)

// check refuses a head whose names could mean anything but tables and columns: they become part of statements.
func (h Head) check() error {
	switch {
	case h.Format != format:
		return &Damage{Why: fmt.Sprintf("its head says %q", h.Format)}
	case h.Version != formatVersion:
		return &Damage{Why: fmt.Sprintf("it has version %d of the format, and this unionhall reads version %d", h.Version, formatVersion)}
	case h.Keys != NoKeys && h.Keys != LeftOut && h.Keys != Included:
		return &Damage{Part: headName, Why: fmt.Sprintf("keys are %q", h.Keys)}
	}
	last := ""
	for _, t := range h.Tables {
		if t.Name <= last {
			return &Damage{Part: headName, Why: "the tables are not in order"}
		}
		last = t.Name
		if err := checkTable(t); err != nil {
			return err
		}
	}
	return nil
}

func checkTable(t sqldb.Table) error {
	wrong := func(why string) error {
		return &Damage{Part: headName, Why: fmt.Sprintf("table %.70q: %s", t.Name, why)}
	}
	if !identifier.MatchString(t.Name) {
		return wrong("that is no name of a table")
	}
	names := map[string]bool{}
	last := ""
	for _, c := range t.Columns {
		if !identifier.MatchString(c.Name) || c.Name <= last {
			return wrong("its columns are not in order")
		}
		if !slices.Contains([]sqldb.Kind{sqldb.Text, sqldb.Integer, sqldb.Float, sqldb.Boolean, sqldb.Bytes}, c.Kind) {
			return wrong(fmt.Sprintf("column %s is of an unknown kind", c.Name))
		}
		names[c.Name], last = true, c.Name
	}
	if len(t.Key) == 0 {
		return wrong("it has no key")
	}
	for _, k := range t.Key {
		if !names[k] {
			return wrong("its key is no column")
		}
	}
	return nil
}

// tablePart is the name of the n-th part of a table, from 1.
func tablePart(table string, n int) string {
	return fmt.Sprintf("%s%s/%06d.ndjson", tablesFolder, table, n)
}

// fileHash gives the hash of a file by its name in the archive.
func fileHash(name string) (string, bool) {
	hash, ok := strings.CutPrefix(name, filesFolder)
	return hash, ok && blob.Valid(hash)
}

// keyName gives the name of a key by its name in the archive; no such name leads out of the folder.
func keyName(name string) (string, bool) {
	key, ok := strings.CutPrefix(name, keysFolder)
	return key, ok && keyFile.MatchString(key) && path.Clean(key) == key
}
