package hallsql

import (
	"context"
	"errors"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	requestColumns = `id, kind, state, person_id, union_id, union_path, from_path, name, phone, employer, enterprise_id, note, lang, reason,
		decided_by, created_at, decided_at`
	insertRequests = `INSERT INTO hall_request (` + requestColumns + `, phone_mark, told_at) VALUES `
	selectRequest  = `SELECT ` + requestColumns + ` FROM hall_request WHERE id = $1`
	insertOpen     = `INSERT INTO hall_request_open (value, request_id) VALUES `
)

// personal are the parts of a request that tell who asks, in the order in which they are sealed.
func personal(r *hall.Request) []struct {
	column string
	text   *string
} {
	return []struct {
		column string
		text   *string
	}{{"name", &r.Name}, {"phone", (*string)(&r.Phone)}, {"employer", &r.Employer}, {"note", &r.Note}}
}

func (s *Store) requestRow(r hall.Request) ([]any, error) {
	mark := ""
	if r.Phone != "" {
		mark = s.mark(hall.ByPhone, string(r.Phone))
	}
	for _, p := range personal(&r) {
		sealed, err := s.box.Seal(place("hall_request", p.column, r.ID), *p.text)
		if err != nil {
			return nil, err
		}
		*p.text = sealed
	}
	return []any{r.ID, string(r.Kind), string(r.State), r.PersonID, r.UnionID, r.UnionPath, r.FromPath, r.Name, string(r.Phone), r.Employer, r.EnterpriseID,
		r.Note, r.Lang, r.Reason, r.By, r.Created, r.Decided, mark, time.Time{}}, nil
}

func (s *Store) scanRequest(row sqldb.Scanner) (r hall.Request, err error) {
	if err := row.Scan(&r.ID, &r.Kind, &r.State, &r.PersonID, &r.UnionID, &r.UnionPath, &r.FromPath, &r.Name, &r.Phone, &r.Employer, &r.EnterpriseID, &r.Note,
		&r.Lang, &r.Reason, &r.By, (*sqldb.Time)(&r.Created), (*sqldb.Time)(&r.Decided)); err != nil {
		return hall.Request{}, err
	}
	for _, p := range personal(&r) {
		if *p.text, err = s.box.Open(place("hall_request", p.column, r.ID), *p.text); err != nil {
			return hall.Request{}, err
		}
	}
	return r, nil
}

// What waits for a number is found by its mark, what waits for a member by their id.
func openPerson(personID string) string { return "person " + personID }

func (s *Store) openKey(r hall.Request) string {
	if r.Kind == hall.Transfer {
		return openPerson(r.PersonID)
	}
	return s.mark(hall.ByPhone, string(r.Phone))
}

// onceOpen is update for what makes a request wait. Of two at once one meets the other's key; it looks again and finds it.
func (s *Store) onceOpen(ctx context.Context, fn func(tx sqldb.Tx) (hall.Trace, error)) (err error) {
	for range 3 {
		if err = s.update(ctx, fn); !sqldb.IsUnique(err) {
			return err
		}
	}
	return err
}

// DraftRequest implements hall.Memberships.
func (s *Store) DraftRequest(ctx context.Context, r hall.Request) (err error) {
	defer fault.Wrap(&err, "hallsql.DraftRequest(%s)", r.ID)
	row, err := s.requestRow(r)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error { return insert(ctx, tx, insertRequests, row) })
}

// waiting gives the request that waits under the key, if one does.
func (s *Store) waiting(ctx context.Context, tx sqldb.Tx, key string) (r hall.Request, found bool, err error) {
	r, err = one(ctx, tx, s.scanRequest, `SELECT `+requestColumns+` FROM hall_request
		WHERE id IN (SELECT request_id FROM hall_request_open WHERE value = $1)`, key)
	if fault.Is(err, fault.NotFound) {
		return hall.Request{}, false, nil
	}
	return r, err == nil, err
}

// ProveRequest implements hall.Memberships.
func (s *Store) ProveRequest(ctx context.Context, id string, at time.Time, trace func(hall.Request) hall.Trace) (out hall.Request, err error) {
	defer fault.Wrap(&err, "hallsql.ProveRequest(%s)", id)
	err = s.onceOpen(ctx, func(tx sqldb.Tx) (t hall.Trace, err error) {
		r, err := one(ctx, tx, s.scanRequest, selectRequest, id)
		if err != nil {
			return t, err
		}
		if out = r; r.State != hall.Unproved {
			return t, nil // proved before, and the answer was lost
		}
		if there, found, err := s.waiting(ctx, tx, s.openKey(r)); found || err != nil {
			out = there
			if err == nil {
				_, err = tx.Exec(ctx, `DELETE FROM hall_request WHERE id = $1`, id)
			}
			return t, err
		}
		out.State, out.Created = hall.Waiting, at
		if _, err := tx.Exec(ctx, `UPDATE hall_request SET state = $1, created_at = $2 WHERE id = $3`, string(out.State), at, id); err != nil {
			return t, err
		}
		return trace(out), insert(ctx, tx, insertOpen, []any{s.openKey(r), id})
	})
	return out, err
}

// FileRequest implements hall.Memberships.
func (s *Store) FileRequest(ctx context.Context, r hall.Request, t hall.Trace) (out hall.Request, err error) {
	defer fault.Wrap(&err, "hallsql.FileRequest(%s)", r.ID)
	row, err := s.requestRow(r)
	if err != nil {
		return hall.Request{}, err
	}
	err = s.onceOpen(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if there, found, err := s.waiting(ctx, tx, s.openKey(r)); found || err != nil {
			out = there
			return hall.Trace{}, err
		}
		out = r
		if err := insert(ctx, tx, insertRequests, row); err != nil {
			return t, err
		}
		return t, insert(ctx, tx, insertOpen, []any{s.openKey(r), r.ID})
	})
	return out, err
}

// Request implements hall.Memberships.
func (s *Store) Request(ctx context.Context, id string) (_ hall.Request, err error) {
	defer fault.Wrap(&err, "hallsql.Request(%s)", id)
	return one(ctx, s.db, s.scanRequest, selectRequest, id)
}

// RequestOf implements hall.Memberships.
func (s *Store) RequestOf(ctx context.Context, phone hall.Phone) (_ hall.Request, err error) {
	defer fault.Wrap(&err, "hallsql.RequestOf")
	return one(ctx, s.db, s.scanRequest, `SELECT `+requestColumns+` FROM hall_request WHERE phone_mark = $1 AND state <> 'unproved' ORDER BY id DESC LIMIT 1`,
		s.mark(hall.ByPhone, string(phone)))
}

// TransferOf implements hall.Memberships.
func (s *Store) TransferOf(ctx context.Context, personID string) (_ hall.Request, err error) {
	defer fault.Wrap(&err, "hallsql.TransferOf(%s)", personID)
	return one(ctx, s.db, s.scanRequest, `SELECT `+requestColumns+` FROM hall_request WHERE person_id = $1 AND kind = 'transfer' ORDER BY id DESC LIMIT 1`, personID)
}

// ListRequests implements hall.Memberships. Identifiers sort by time.
func (s *Store) ListRequests(ctx context.Context, path string, decided bool, p hall.Page) (_ hall.List[hall.Request], err error) {
	defer fault.Wrap(&err, "hallsql.ListRequests(%s)", path)
	const touching = ` FROM hall_request WHERE (union_path >= $1 AND union_path < $2 OR from_path >= $3 AND from_path < $4) `
	which, last, next := `AND state = 'waiting' `, "", `AND id > $5 ORDER BY id LIMIT 0+$6`
	if decided {
		which, last, next = `AND state IN ('approved', 'refused') `, "~", `AND id < $5 ORDER BY id DESC LIMIT 0+$6`
	}
	if err := after(p.After, &last); err != nil {
		return hall.List[hall.Request]{}, err
	}
	from, to := actor.Span(path)
	total, err := sqldb.One(ctx, s.db, count, `SELECT COUNT(*)`+touching+which, from, to, from, to)
	if err != nil {
		return hall.List[hall.Request]{}, err
	}
	list, err := sqldb.All(ctx, s.db, s.scanRequest, `SELECT `+requestColumns+touching+which+next, from, to, from, to, last, p.Limit+1)
	return page(list, p.Limit, total, func(r hall.Request) string { return cursor(r.ID) }), err
}

// DecideRequest implements hall.Memberships.
func (s *Store) DecideRequest(ctx context.Context, id string, fn func(hall.Request, *hall.Belonging) (hall.Outcome, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.DecideRequest(%s)", id)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		// Touched first, so that of two officers at once the second waits and sees what the first decided.
		if _, err := tx.Exec(ctx, `UPDATE hall_request SET state = state WHERE id = $1`, id); err != nil {
			return hall.Trace{}, err
		}
		r, err := one(ctx, tx, s.scanRequest, selectRequest, id)
		if err != nil {
			return hall.Trace{}, err
		}
		known, err := s.behind(ctx, tx, r)
		if err != nil {
			return hall.Trace{}, err
		}
		out, err := fn(r, known)
		if err != nil {
			return out.Trace, err
		}
		return out.Trace, s.decided(ctx, tx, r, known, out)
	})
}

// behind gives the member who asks, or whoever has the applicant's number.
func (s *Store) behind(ctx context.Context, tx sqldb.Tx, r hall.Request) (*hall.Belonging, error) {
	personID := r.PersonID
	if r.Kind == hall.Joining {
		found, err := sqldb.All(ctx, tx, sqldb.Value[string], `SELECT person_id FROM hall_login WHERE value = $1`, s.mark(hall.ByPhone, string(r.Phone)))
		if err != nil || len(found) == 0 {
			return nil, err
		}
		personID = found[0]
	}
	b, err := s.held(ctx, tx, personID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &b, err
}

func (s *Store) decided(ctx context.Context, tx sqldb.Tx, r hall.Request, known *hall.Belonging, out hall.Outcome) error {
	now := out.Request
	_, err := tx.Exec(ctx, `UPDATE hall_request SET state = $1, person_id = $2, reason = $3, decided_by = $4, decided_at = $5 WHERE id = $6`,
		string(now.State), now.PersonID, now.Reason, now.By, now.Decided, r.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM hall_request_open WHERE value = $1 AND request_id = $2`, s.openKey(r), r.ID); err != nil {
		return err
	}
	if out.Turned != nil && known != nil {
		return s.turn(ctx, tx, *known, *out.Turned)
	}
	if out.Strip && known != nil {
		if err := s.strip(ctx, tx, known.Person); err != nil {
			return err
		}
	}
	if out.Newcomer == nil {
		return nil
	}
	if err := s.insertPerson(ctx, tx, *out.Newcomer); err != nil {
		return err
	}
	if out.Entry == nil {
		return errors.New("a newcomer without an entry in their history")
	}
	return insert(ctx, tx, insertMemberships, membershipRow(*out.Entry))
}

// strip takes the number from somebody who has it no more.
func (s *Store) strip(ctx context.Context, tx sqldb.Tx, p hall.Person) error {
	if err := s.moveLogin(ctx, tx, p.ID, hall.ByPhone, string(p.Phone), ""); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE hall_person SET phone = '' WHERE id = $1`, p.ID)
	return err
}

// TakeTelling implements hall.Memberships.
func (s *Store) TakeTelling(ctx context.Context, id string, at time.Time) (mine bool, err error) {
	defer fault.Wrap(&err, "hallsql.TakeTelling(%s)", id)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE hall_request SET told_at = $1 WHERE id = $2 AND told_at <= $3`, at, id, time.Time{})
		mine = n > 0
		return err
	})
	return mine && err == nil, err
}

// TrimRequests implements hall.Memberships.
func (s *Store) TrimRequests(ctx context.Context, drafts, decided time.Time) (gone int, err error) {
	defer fault.Wrap(&err, "hallsql.TrimRequests")
	gone, err = s.trim(ctx, `DELETE FROM hall_request WHERE id IN (SELECT id FROM hall_request WHERE state = 'unproved' AND created_at < $1 LIMIT 0+$2)`, drafts, trimAtOnce)
	if err != nil {
		return gone, err
	}
	more, err := s.trim(ctx, `DELETE FROM hall_request WHERE id IN (SELECT id FROM hall_request
		WHERE state IN ('approved', 'refused', 'withdrawn') AND decided_at < $1 LIMIT 0+$2)`, decided, trimAtOnce)
	return gone + more, err
}
