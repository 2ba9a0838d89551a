// Package doctor looks at a hall, running or not, and says in plain words what is wrong and how to mend it. It changes
// nothing.
package doctor

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/stream"
)

// Hall is what to look at.
type Hall struct {
	Dir    string // the data folder
	Deep   bool   // look at every file and every page, however long it takes
	Now    func() time.Time
	Engine func(ctx context.Context) (*sqldb.DB, error) // opens the store as it is; an error says what to do
	// SMS opens the way to telephones; nil and no error when messages are written to a file. An error says what to do.
	SMS func() (gateway string, err error)
	// Mail knocks at the mail server and names it; nil when there is none.
	Mail func(ctx context.Context) (server string, err error)
	// Bucket opens the files that are kept elsewhere than in the folder; nil when they are in it.
	Bucket func() (Bucket, error)
	// Stream looks at the stream on servers elsewhere; nil when it is in the folder.
	Stream func(ctx context.Context) (stream.Health, error)
	// Keys tries the key file on the store; nil when nobody asks. An error says what is wrong and what to do.
	Keys func(ctx context.Context, db *sqldb.DB) (file string, err error)
	// Unfinished reports whether a restore into the folder was interrupted.
	Unfinished bool
}

// State is how bad something is.
type State string

// The states. Only what is Wrong makes a diagnosis bad.
const (
	Fine    State = "ok"
	Careful State = "careful" // it works, and may not for long
	Wrong   State = "WRONG"
)

// Finding is what one check found.
type Finding struct {
	Check string
	State State
	Says  string
	Mend  string // what to do; empty for what is fine
}

func fine(format string, args ...any) Finding {
	return Finding{State: Fine, Says: fmt.Sprintf(format, args...)}
}

func careful(mend, format string, args ...any) Finding {
	return Finding{State: Careful, Says: fmt.Sprintf(format, args...), Mend: mend}
}

func wrong(mend, format string, args ...any) Finding {
	return Finding{State: Wrong, Says: fmt.Sprintf(format, args...), Mend: mend}
}

// check is one thing to look at. Those on the store are left out when it cannot be opened.
type check struct {
	name    string
	look    func(ctx context.Context, h *seen) Finding
	onStore bool
}

// seen is the hall with what earlier checks have learnt.
type seen struct {
	Hall
	db      *sqldb.DB
	running bool
	steps   []int64
}

var checks = []check{
	{name: "folder", look: folder},
	{name: "disk", look: disk},
	{name: "restore", look: unfinished},
	{name: "stream", look: streamThere},
	{name: "hall", look: running},
	{name: "messages", look: messages},
	{name: "mail", look: mail},
	{name: "bucket", look: bucketThere},
	{name: "store", look: open},
	{name: "schema", look: schema, onStore: true},
	{name: "database", look: database, onStore: true},
	{name: "keys", look: keys, onStore: true},
	{name: "outbox", look: outbox, onStore: true},
	{name: "clock", look: clocks, onStore: true},
	{name: "rows", look: invariants, onStore: true},
	{name: "files", look: files, onStore: true},
}

// Examine makes every check that can be made, in order, and tells each finding as it comes.
func Examine(ctx context.Context, h Hall, tell func(Finding)) error {
	s := &seen{Hall: h}
	for _, c := range checks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.onStore && s.db == nil {
			continue
		}
		f := c.look(ctx, s)
		f.Check = c.name
		tell(f)
	}
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// Print writes a finding for a person to read.
func Print(w io.Writer, f Finding) {
	fmt.Fprintf(w, "%-8s %-9s %s\n", f.State, f.Check, f.Says)
	if f.Mend != "" {
		fmt.Fprintf(w, "%-18s → %s\n", "", f.Mend)
	}
}
