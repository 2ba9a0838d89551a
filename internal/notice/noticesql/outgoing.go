package noticesql

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Outgoing is a notice.Outgoing. Addresses are sealed under their person and id.
type Outgoing struct {
	db  *sqldb.DB
	box *seal.Box
}

var _ notice.Outgoing = (*Outgoing)(nil)

// NewOutgoing makes one on a migrated database.
func NewOutgoing(db *sqldb.DB, box *seal.Box) *Outgoing { return &Outgoing{db, box} }

const deliveryColumns = `person_id, event_id, msg, way, address_id, item_id, state, attempts, created_at, due_at, expires_at, begun_at, lease, why`

func scanDelivery(s sqldb.Scanner) (d notice.Delivery, err error) {
	return d, s.Scan(&d.PersonID, &d.EventID, &d.Msg, &d.Way, &d.AddressID, &d.ItemID, &d.State, &d.Attempts, (*sqldb.Time)(&d.CreatedAt),
		(*sqldb.Time)(&d.DueAt), (*sqldb.Time)(&d.ExpiresAt), (*sqldb.Time)(&d.BegunAt), &d.Lease, &d.Why)
}

func insertDeliveries(ctx context.Context, tx sqldb.Tx, ds []notice.Delivery) error {
	for _, d := range ds {
		_, err := tx.Exec(ctx, `INSERT INTO notice_delivery (`+deliveryColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
			ON CONFLICT (person_id, event_id, msg, way, address_id) DO NOTHING`,
			d.PersonID, d.EventID, d.Msg, string(d.Way), d.AddressID, d.ItemID, string(d.State), d.Attempts, d.CreatedAt, d.DueAt,
			d.ExpiresAt, d.BegunAt, d.Lease, d.Why)
		if err != nil {
			return err
		}
	}
	return nil
}

// Choices implements notice.Outgoing.
func (o *Outgoing) Choices(ctx context.Context, people []string) (_ map[string]notice.Choices, err error) {
	defer fault.Wrap(&err, "noticesql.Choices(%d)", len(people))
	out := map[string]notice.Choices{}
	_, err = sqldb.All(ctx, o.db, func(s sqldb.Scanner) (struct{}, error) {
		var person, text string
		if err := s.Scan(&person, &text); err != nil {
			return struct{}{}, err
		}
		var c notice.Choices
		err := json.Unmarshal([]byte(text), &c)
		out[person] = c
		return struct{}{}, err
	}, `SELECT person_id, choices FROM notice_setting WHERE person_id IN (`+sqldb.In(1, len(people))+`)`, sqldb.Args(people)...)
	return out, err
}

// SaveChoices implements notice.Outgoing.
func (o *Outgoing) SaveChoices(ctx context.Context, personID string, c notice.Choices) (err error) {
	defer fault.Wrap(&err, "noticesql.SaveChoices(%s)", personID)
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return o.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO notice_setting (person_id, choices) VALUES ($1, $2)
			ON CONFLICT (person_id) DO UPDATE SET choices = excluded.choices`, personID, string(text))
		return err
	})
}

func place(personID, id string) string { return "notice_address.value/" + personID + "/" + id }

// Addresses implements notice.Outgoing.
func (o *Outgoing) Addresses(ctx context.Context, people []string) (_ map[string][]notice.Address, err error) {
	defer fault.Wrap(&err, "noticesql.Addresses(%d)", len(people))
	out := map[string][]notice.Address{}
	all, err := sqldb.All(ctx, o.db, func(s sqldb.Scanner) (a notice.Address, err error) {
		return a, s.Scan(&a.PersonID, &a.ID, &a.Way, &a.Value, &a.State, &a.Why, (*sqldb.Time)(&a.CreatedAt))
	}, `SELECT person_id, id, way, value, state, why, created_at FROM notice_address
		WHERE person_id IN (`+sqldb.In(1, len(people))+`) ORDER BY person_id, created_at, id`, sqldb.Args(people)...)
	for _, a := range all {
		if a.Value, err = o.box.Open(place(a.PersonID, a.ID), a.Value); err != nil {
			return nil, err
		}
		out[a.PersonID] = append(out[a.PersonID], a)
	}
	return out, err
}

// PutAddress implements notice.Outgoing.
func (o *Outgoing) PutAddress(ctx context.Context, a notice.Address, ask notice.Delivery) (err error) {
	defer fault.Wrap(&err, "noticesql.PutAddress(%s)", a)
	sealed, err := o.box.Seal(place(a.PersonID, a.ID), a.Value)
	if err != nil {
		return err
	}
	return o.db.Update(ctx, func(tx sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM notice_address WHERE person_id = $1 AND way = $2`, a.PersonID, string(a.Way)); err != nil {
			return err
		}
		if err := o.insertAddress(ctx, tx, a, sealed); err != nil {
			return err
		}
		return insertDeliveries(ctx, tx, []notice.Delivery{ask})
	})
}

// AddAddress implements notice.Outgoing.
func (o *Outgoing) AddAddress(ctx context.Context, a notice.Address) (err error) {
	defer fault.Wrap(&err, "noticesql.AddAddress(%s)", a)
	sealed, err := o.box.Seal(place(a.PersonID, a.ID), a.Value)
	if err != nil {
		return err
	}
	return o.db.Update(ctx, func(tx sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM notice_address WHERE id = $1`, a.ID); err != nil {
			return err
		}
		return o.insertAddress(ctx, tx, a, sealed)
	})
}

func (o *Outgoing) insertAddress(ctx context.Context, tx sqldb.Tx, a notice.Address, sealed string) error {
	_, err := tx.Exec(ctx, `INSERT INTO notice_address (person_id, id, way, value, state, why, created_at, mark)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.PersonID, a.ID, string(a.Way), sealed, string(a.State), a.Why, a.CreatedAt, o.mark(a.Way, a.Value))
	return err
}

// SetAddress implements notice.Outgoing.
func (o *Outgoing) SetAddress(ctx context.Context, personID, id string, to notice.AddressState, why string, from ...notice.AddressState) (found bool, err error) {
	defer fault.Wrap(&err, "noticesql.SetAddress(%s, %s)", personID, id)
	err = o.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE notice_address SET state = $1, why = $2 WHERE person_id = $3 AND id = $4
			AND state IN (`+sqldb.In(5, len(from))+`)`, sqldb.Args(string(to), why, personID, id, from)...)
		found = n > 0
		return err
	})
	return found, err
}

// DropAddress implements notice.Outgoing.
func (o *Outgoing) DropAddress(ctx context.Context, personID, id string) (err error) {
	defer fault.Wrap(&err, "noticesql.DropAddress(%s, %s)", personID, id)
	return o.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM notice_address WHERE person_id = $1 AND id = $2`, personID, id)
		return err
	})
}

// Due implements notice.Outgoing.
func (o *Outgoing) Due(ctx context.Context, now time.Time, limit int) (_ []notice.Delivery, err error) {
	defer fault.Wrap(&err, "noticesql.Due")
	all, err := sqldb.All(ctx, o.db, scanDelivery, `SELECT `+deliveryColumns+` FROM notice_delivery
		WHERE state = 'waiting' AND due_at <= $1 AND expires_at > $2 ORDER BY due_at, person_id LIMIT 0+$3`, now, now, limit)
	digests := map[string]bool{}
	out := all[:0]
	for _, d := range all {
		if d.Way == notice.Digest && digests[d.PersonID] {
			continue
		}
		digests[d.PersonID] = digests[d.PersonID] || d.Way == notice.Digest
		out = append(out, d)
	}
	return out, err
}

// DueDigest implements notice.Outgoing.
func (o *Outgoing) DueDigest(ctx context.Context, personID string, now time.Time, limit int) (_ []notice.Delivery, err error) {
	defer fault.Wrap(&err, "noticesql.DueDigest(%s)", personID)
	return sqldb.All(ctx, o.db, scanDelivery, `SELECT `+deliveryColumns+` FROM notice_delivery
		WHERE person_id = $1 AND way = 'digest' AND state = 'waiting' AND due_at <= $2 AND expires_at > $3
		ORDER BY created_at LIMIT 0+$4`, personID, now, now, limit)
}

// Begin implements notice.Outgoing.
func (o *Outgoing) Begin(ctx context.Context, ds []notice.Delivery, lease string, now time.Time) (begun []notice.Delivery, err error) {
	defer fault.Wrap(&err, "noticesql.Begin(%d)", len(ds))
	err = o.db.Update(ctx, func(tx sqldb.Tx) error {
		begun = nil
		for _, d := range ds {
			n, err := tx.Exec(ctx, `UPDATE notice_delivery SET state = 'sending', lease = $1, begun_at = $2, attempts = attempts + 1
				WHERE person_id = $3 AND event_id = $4 AND msg = $5 AND way = $6 AND address_id = $7 AND state = 'waiting'
				AND attempts = $8`, lease, now, d.PersonID, d.EventID, d.Msg, string(d.Way), d.AddressID, d.Attempts)
			if err != nil {
				return err
			}
			if n == 1 {
				d.State, d.Lease, d.BegunAt, d.Attempts = notice.Sending, lease, now, d.Attempts+1
				begun = append(begun, d)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err // whether it was noted is not known: what was stays Sending and lapses
	}
	return begun, nil
}

// Settle implements notice.Outgoing.
func (o *Outgoing) Settle(ctx context.Context, ds []notice.Delivery, lease string) (err error) {
	defer fault.Wrap(&err, "noticesql.Settle(%d)", len(ds))
	was := notice.Sending
	if lease == "" {
		was = notice.Waiting
	}
	return o.db.Update(ctx, func(tx sqldb.Tx) error {
		for _, d := range ds {
			spared := 0
			if d.Spared {
				spared = 1
			}
			_, err := tx.Exec(ctx, `UPDATE notice_delivery SET state = $1, due_at = $2, why = $3, lease = '', attempts = attempts - $4
				WHERE person_id = $5 AND event_id = $6 AND msg = $7 AND way = $8 AND address_id = $9 AND state = $10 AND lease = $11`,
				string(d.State), d.DueAt, d.Why, spared, d.PersonID, d.EventID, d.Msg, string(d.Way), d.AddressID, string(was), lease)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Lapse implements notice.Outgoing.
func (o *Outgoing) Lapse(ctx context.Context, begunBefore, now time.Time) (unknown, expired int, err error) {
	defer fault.Wrap(&err, "noticesql.Lapse")
	err = o.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE notice_delivery SET state = 'unknown', why = 'cut short', lease = ''
			WHERE state = 'sending' AND begun_at < $1`, begunBefore)
		if err != nil {
			return err
		}
		m, err := tx.Exec(ctx, `UPDATE notice_delivery SET state = 'expired' WHERE state = 'waiting' AND expires_at <= $1`, now)
		unknown, expired = int(n), int(m)
		return err
	})
	return unknown, expired, err
}

// Begun implements notice.Outgoing.
func (o *Outgoing) Begun(ctx context.Context, personID string, w notice.Way, since time.Time) (n int, err error) {
	defer fault.Wrap(&err, "noticesql.Begun(%s)", personID)
	return sqldb.One(ctx, o.db, sqldb.Value[int], `SELECT COUNT(*) FROM notice_delivery
		WHERE person_id = $1 AND way = $2 AND begun_at >= $3`, personID, string(w), since)
}

// Asked implements notice.Outgoing.
func (o *Outgoing) Asked(ctx context.Context, personID string, since time.Time) (n int, err error) {
	defer fault.Wrap(&err, "noticesql.Asked(%s)", personID)
	return sqldb.One(ctx, o.db, sqldb.Value[int], `SELECT COUNT(*) FROM notice_delivery
		WHERE person_id = $1 AND way = 'mail' AND created_at >= $2 AND msg = $3`, personID, since, notice.MsgConfirm)
}

// TrimDeliveries implements notice.Outgoing.
func (o *Outgoing) TrimDeliveries(ctx context.Context, before time.Time, limit int) (trimmed int, err error) {
	defer fault.Wrap(&err, "noticesql.TrimDeliveries")
	err = o.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM notice_delivery WHERE (person_id, event_id, msg, way, address_id) IN (
			SELECT person_id, event_id, msg, way, address_id FROM notice_delivery WHERE created_at < $1 ORDER BY created_at LIMIT 0+$2)`,
			before, limit)
		trimmed = int(n)
		return err
	})
	return trimmed, err
}

// Reseal seals with the newest key what older ones have sealed, and says how many rows that were.
func (o *Outgoing) Reseal(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "noticesql.Reseal")
	const query = `SELECT person_id, id, value FROM notice_address WHERE (person_id, id) > ($1, $2) ORDER BY person_id, id LIMIT 0+$3`
	return o.db.ChangeRows(ctx, query, 2, 3, func(tx sqldb.Tx, r []string) (bool, error) {
		value, err := o.box.Renew(place(r[0], r[1]), r[2])
		if err != nil || value == r[2] {
			return false, err
		}
		_, err = tx.Exec(ctx, `UPDATE notice_address SET value = $1 WHERE person_id = $2 AND id = $3`, value, r[0], r[1])
		return true, err
	})
}
