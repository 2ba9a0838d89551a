package exchangesql

import (
	"context"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// KnownNeeds implements exchange.Admissions.
func (s *Store) KnownNeeds(ctx context.Context, k exchange.NeedKeys) (_ []exchange.Need, err error) {
	defer fault.Wrap(&err, "exchangesql.KnownNeeds")
	return knownNeeds(ctx, s.db, k)
}

func knownNeeds(ctx context.Context, q sqldb.Queryer, k exchange.NeedKeys) (out []exchange.Need, err error) {
	if len(k.IDs) > 0 {
		if out, err = needsByID(ctx, q, k.IDs); err != nil {
			return nil, err
		}
	}
	if len(k.Enterprises) == 0 || len(k.Titles) == 0 {
		return out, nil
	}
	n := len(k.Enterprises)
	named, err := sqldb.All(ctx, q, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE enterprise_id IN (`+sqldb.In(1, n)+`)
		AND title IN (`+sqldb.In(n+1, len(k.Titles))+`)`, append(sqldb.Args(k.Enterprises), sqldb.Args(k.Titles)...)...)
	return append(out, named...), err
}

func needsByID(ctx context.Context, q sqldb.Queryer, ids []string) ([]exchange.Need, error) {
	return sqldb.All(ctx, q, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE id IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
}

// AdmitNeeds implements exchange.Admissions.
func (s *Store) AdmitNeeds(ctx context.Context, k exchange.NeedKeys, fn func([]exchange.Need) ([]exchange.Need, []event.Event)) (err error) {
	defer fault.Wrap(&err, "exchangesql.AdmitNeeds")
	return s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		known, err := knownNeeds(ctx, tx, k)
		if err != nil {
			return err
		}
		fresh, events := fn(known)
		if err := insertAll(ctx, tx, needTable, fresh, needRow); err != nil {
			return err
		}
		return tx.Emit(ctx, events...)
	})
}

// ExpelNeeds implements exchange.Admissions.
func (s *Store) ExpelNeeds(ctx context.Context, ids []string, fn func([]exchange.Case) ([]string, []event.Event)) (err error) {
	defer fault.Wrap(&err, "exchangesql.ExpelNeeds(%d)", len(ids))
	if len(ids) == 0 {
		return nil
	}
	return s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		there, err := casesOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		gone, events := fn(there)
		if len(gone) == 0 {
			return nil
		}
		for _, from := range []string{`exchange_once WHERE need_id`, `exchange_need WHERE id`} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+from+` IN (`+sqldb.In(1, len(gone))+`)`, sqldb.Args(gone)...); err != nil {
				return err
			}
		}
		return tx.Emit(ctx, events...)
	})
}

func casesOf(ctx context.Context, q sqldb.Queryer, ids []string) ([]exchange.Case, error) {
	needs, err := needsByID(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.All(ctx, q, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement
		WHERE need_id IN (`+sqldb.In(1, len(ids))+`) ORDER BY need_id, id`, sqldb.Args(ids)...)
	out, at := make([]exchange.Case, len(needs)), make(map[string]int, len(needs))
	for i, n := range needs {
		out[i].Need, at[n.ID] = n, i
	}
	for _, e := range all {
		if i, there := at[e.NeedID]; there {
			out[i].Engagements = append(out[i].Engagements, e)
		}
	}
	return out, err
}

// Engaged implements exchange.Admissions.
func (s *Store) Engaged(ctx context.Context, ownerIDs []string) (_ map[string]bool, err error) {
	defer fault.Wrap(&err, "exchangesql.Engaged(%d)", len(ownerIDs))
	out := map[string]bool{}
	if len(ownerIDs) == 0 {
		return out, nil
	}
	list, err := sqldb.All(ctx, s.db, sqldb.Value[string], `SELECT DISTINCT owner_id FROM exchange_engagement
		WHERE owner_id IN (`+sqldb.In(1, len(ownerIDs))+`)`, sqldb.Args(ownerIDs)...)
	for _, p := range list {
		out[p] = true
	}
	return out, err
}

// ExpelOffers implements exchange.Admissions.
func (s *Store) ExpelOffers(ctx context.Context, ownerIDs, kindIDs []string, about func(exchange.Offer) event.Event) (gone []exchange.Offer, err error) {
	defer fault.Wrap(&err, "exchangesql.ExpelOffers(%d)", len(ownerIDs))
	if len(ownerIDs) == 0 || len(kindIDs) == 0 {
		return nil, nil
	}
	n := len(ownerIDs)
	which := ` FROM exchange_offer WHERE owner_id IN (` + sqldb.In(1, n) + `) AND kind_id IN (` + sqldb.In(n+1, len(kindIDs)) + `)`
	args := append(sqldb.Args(ownerIDs), sqldb.Args(kindIDs)...)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		gone, err = sqldb.All(ctx, tx, scanOffer, `SELECT `+offerColumns+which, args...)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE`+which, args...); err != nil {
			return err
		}
		events := make([]event.Event, len(gone))
		for i, o := range gone {
			events[i] = about(o)
		}
		return tx.Emit(ctx, events...)
	})
	return gone, err
}
