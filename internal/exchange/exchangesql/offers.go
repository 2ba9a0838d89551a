package exchangesql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var offerTable = table{"exchange_offer", []string{"owner_id", "kind_id", "id", "union_id", "union_path", "title", "status",
	"capacity", "load", "rating_sum", "rating_count", "solved_count", "doc", "version", "updated_at"}}

const offerColumns = `owner_id, kind_id, id, union_id, union_path, title, status, capacity, load, rating_sum, rating_count,
	solved_count, doc, version, updated_at`

// offerDoc is the part of an offer that no query looks into.
type offerDoc struct {
	Values exchange.Values `json:"values"`
	Trades []string        `json:"trades"`
	Spot   exchange.Spot   `json:"spot"`
	Reach  float64         `json:"reach"`

	OwnReach    *float64 `json:"own_reach,omitempty"`
	OwnCapacity *int     `json:"own_capacity,omitempty"`
}

func offerText(o exchange.Offer) (string, error) {
	return doc(offerDoc{o.Values, o.Trades, o.Spot, o.Reach, o.OwnReach, o.OwnCapacity})
}

func offerRow(o exchange.Offer) ([]any, error) {
	text, err := offerText(o)
	return []any{o.OwnerID, o.KindID, o.ID, o.UnionID, o.UnionPath, o.Title, string(o.Status), o.Capacity, o.Load, o.RatingSum,
		o.RatingCount, o.SolvedCount, text, o.Version, sqldb.Micros(o.Updated)}, err
}

func scanOffer(row sqldb.Scanner) (o exchange.Offer, err error) {
	var text string
	var updated int64
	err = row.Scan(&o.OwnerID, &o.KindID, &o.ID, &o.UnionID, &o.UnionPath, &o.Title, &o.Status, &o.Capacity, &o.Load, &o.RatingSum,
		&o.RatingCount, &o.SolvedCount, &text, &o.Version, &updated)
	if err != nil {
		return o, err
	}
	var d offerDoc
	err = json.Unmarshal([]byte(text), &d)
	o.OwnReach, o.OwnCapacity = d.OwnReach, d.OwnCapacity
	o.Values, o.Trades, o.Spot, o.Reach, o.Updated = d.Values, d.Trades, d.Spot, d.Reach, sqldb.FromMicros(updated)
	return o, err
}

// Offer implements exchange.Store.
func (s *Store) Offer(ctx context.Context, id string) (_ exchange.Offer, err error) {
	defer fault.Wrap(&err, "exchangesql.Offer(%s)", id)
	o, err := sqldb.One(ctx, s.db, scanOffer, `SELECT `+offerColumns+` FROM exchange_offer WHERE id = $1`, id)
	return o, none(err)
}

// OffersByID implements exchange.Store.
func (s *Store) OffersByID(ctx context.Context, ids []string) (_ []exchange.Offer, err error) {
	defer fault.Wrap(&err, "exchangesql.OffersByID(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, s.db, scanOffer, `SELECT `+offerColumns+` FROM exchange_offer WHERE id IN (`+sqldb.In(1, len(ids))+`)`,
		sqldb.Args(ids)...)
}

// OffersOf implements exchange.Store.
func (s *Store) OffersOf(ctx context.Context, ownerIDs ...string) (_ []exchange.Offer, err error) {
	defer fault.Wrap(&err, "exchangesql.OffersOf(%d)", len(ownerIDs))
	if len(ownerIDs) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, s.db, scanOffer, `SELECT `+offerColumns+` FROM exchange_offer WHERE owner_id IN (`+sqldb.In(1, len(ownerIDs))+`)
		ORDER BY owner_id, kind_id`, sqldb.Args(ownerIDs)...)
}

// EachOffer implements exchange.Store.
func (s *Store) EachOffer(ctx context.Context, fn func(exchange.Offer) error) (err error) {
	defer fault.Wrap(&err, "exchangesql.EachOffer")
	owner, kind := "", ""
	for {
		rows, err := sqldb.All(ctx, s.db, scanOffer, `SELECT `+offerColumns+` FROM exchange_offer
			WHERE owner_id > $1 OR owner_id = $2 AND kind_id > $3 ORDER BY owner_id, kind_id LIMIT 0+$4`, owner, owner, kind, eachBatch)
		if err != nil {
			return err
		}
		for _, o := range rows {
			if err := fn(o); err != nil {
				return err
			}
			owner, kind = o.OwnerID, o.KindID
		}
		if len(rows) < eachBatch {
			return nil
		}
	}
}

// Busy implements exchange.Store.
func (s *Store) Busy(ctx context.Context, ownerIDs []string, from time.Time) (_ map[string][]match.Window, err error) {
	defer fault.Wrap(&err, "exchangesql.Busy(%d)", len(ownerIDs))
	return readBusy(ctx, s.db, ownerIDs, from)
}

func readBusy(ctx context.Context, q sqldb.Queryer, ownerIDs []string, from time.Time) (map[string][]match.Window, error) {
	out := map[string][]match.Window{}
	if len(ownerIDs) == 0 {
		return out, nil
	}
	rows, err := sqldb.All(ctx, q, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement
		WHERE owner_id IN (`+sqldb.In(1, len(ownerIDs))+`) AND state = 'accepted'`, sqldb.Args(ownerIDs)...)
	for _, e := range rows {
		for _, v := range e.Visits {
			if v.Open() && !v.Agreed.IsZero() && v.To.After(from) {
				out[e.OwnerID] = append(out[e.OwnerID], match.Window{From: v.From, To: v.To})
			}
		}
	}
	return out, err
}

// SaveOffer implements exchange.Store.
func (s *Store) SaveOffer(ctx context.Context, ownerID, kindID string, change func(exchange.Offer) (exchange.Offer, []event.Event, error)) (o exchange.Offer, err error) {
	defer fault.Wrap(&err, "exchangesql.SaveOffer(%s, %s)", ownerID, kindID)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		old, err := sqldb.One(ctx, tx, scanOffer, `SELECT `+offerColumns+` FROM exchange_offer WHERE owner_id = $1 AND kind_id = $2`,
			ownerID, kindID)
		fresh := errors.Is(err, sql.ErrNoRows)
		if err != nil && !fresh {
			return err
		}
		var events []event.Event
		if o, events, err = change(old); err != nil {
			return err
		}
		if !fresh && len(events) == 0 {
			return nil
		}
		o.Version = old.Version + 1
		if fresh {
			err = insertAll(ctx, tx, offerTable, []exchange.Offer{o}, offerRow)
		} else {
			err = updateOffer(ctx, tx, o)
		}
		if err != nil {
			return err
		}
		return tx.Emit(ctx, events...)
	})
	return o, err
}

// updateOffer leaves the counters alone: they belong to the cases.
func updateOffer(ctx context.Context, tx sqldb.Tx, o exchange.Offer) error {
	text, err := offerText(o)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE exchange_offer SET union_id = $1, union_path = $2, title = $3, status = $4, capacity = $5, doc = $6,
		version = $7, updated_at = $8 WHERE owner_id = $9 AND kind_id = $10`, o.UnionID, o.UnionPath, o.Title, string(o.Status),
		o.Capacity, text, o.Version, sqldb.Micros(o.Updated), o.OwnerID, o.KindID)
	return err
}
