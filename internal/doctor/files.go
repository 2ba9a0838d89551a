package doctor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// sample is how many rows of each table are looked at unless all are to be.
const sample = 2000

// filesShown is how many hashes a finding names.
const filesShown = 20

// look is what was found among the files.
type look struct {
	seen           int
	bad            []string
	missing, wrong int
}

func (l *look) note(n *int, hash string) {
	*n++
	if len(l.bad) < filesShown {
		l.bad = append(l.bad, hash)
	}
}

// files sees that what rows name is there: for the last rows of each table, or for all; then every file is read too.
func files(ctx context.Context, h *seen) Finding {
	store, err := h.contents()
	switch {
	case errors.Is(err, errNone):
		return fine("there are none yet")
	case err != nil:
		return failed(err)
	}
	var l look
	if err := h.named(ctx, store, &l); err != nil {
		return failed(err)
	}
	if h.Deep {
		if err := l.read(ctx, store); err != nil {
			return failed(err)
		}
	}
	switch {
	case l.missing+l.wrong > 0:
		return wrong("bring them back from a backup: in the archive they are files/HASH, in the data folder files/HA/SH/HASH; people who open them meanwhile are told that they are not there",
			"%d are missing, %d are damaged: %s", l.missing, l.wrong, strings.Join(l.bad, " "))
	case h.Deep:
		return fine("every file that is named is there and whole (%d looked at)", l.seen)
	}
	return fine("those that the newest rows name are there (%d looked at); --deep looks at all", l.seen)
}

// named looks for the files that rows name.
func (h *seen) named(ctx context.Context, store blob.Store, l *look) error {
	return h.db.View(ctx, func(q sqldb.Queryer) error {
		tables, err := h.db.Tables(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range tables {
			for _, c := range t.Columns {
				if c.Kind != sqldb.Text {
					continue
				}
				if err := h.column(ctx, q, t, c.Name, store, l); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (h *seen) column(ctx context.Context, q sqldb.Queryer, t sqldb.Table, column string, store blob.Store, l *look) error {
	text := fmt.Sprintf(`SELECT "%s" FROM "%s"`, column, t.Name)
	if !h.Deep {
		text += fmt.Sprintf(` ORDER BY "%s" DESC LIMIT %d`, strings.Join(t.Key, `" DESC, "`), sample)
	}
	rows, err := q.Query(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var doc sql.NullString
		if err := rows.Scan(&doc); err != nil {
			return err
		}
		for hash := range blob.Named(doc.String) {
			l.seen++
			f, err := store.Open(ctx, hash)
			if fault.Is(err, fault.NotFound) {
				l.note(&l.missing, hash)
				continue
			}
			if err != nil {
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// read reads every file there is.
func (l *look) read(ctx context.Context, store blob.Store) error {
	return store.List(ctx, func(ref blob.Ref) error {
		f, err := store.Open(ctx, ref.Hash)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		l.seen++
		if _, err := io.Copy(io.Discard, f); err != nil {
			l.note(&l.wrong, ref.Hash)
		}
		return nil
	})
}
