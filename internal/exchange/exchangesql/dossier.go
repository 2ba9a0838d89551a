package exchangesql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var _ dossier.Part = (*Store)(nil)

const dossierPage = 200

// Mine implements dossier.Part.
func (s *Store) Mine(_ context.Context, personID string) ([]dossier.Section, error) {
	return []dossier.Section{
		dossier.Paged("needs", []string{"at", "id", "title", "status", "text"}, func(ctx context.Context, after string) ([][]any, string, error) {
			list, err := sqldb.All(ctx, s.db, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE poster_id = $1 AND id > $2 ORDER BY id LIMIT 0+$3`,
				personID, after, dossierPage)
			return paged(list, err, func(n exchange.Need) (string, []any) {
				return n.ID, []any{n.Posted, n.ID, n.Title, string(n.State), text(n.Values)}
			})
		}),
		dossier.Paged("engagements", []string{"at", "need", "status", "text"}, func(ctx context.Context, after string) ([][]any, string, error) {
			list, err := sqldb.All(ctx, s.db, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT 0+$3`,
				personID, after, dossierPage)
			return paged(list, err, func(e exchange.Engagement) (string, []any) {
				return e.ID, []any{e.Accepted, e.NeedID, string(e.State), text([]any{e.Visits, e.NeedEnd, e.OfferEnd, e.FollowUps})}
			})
		}),
		dossier.Paged("messages", []string{"at", "need", "text", "files"}, func(ctx context.Context, after string) ([][]any, string, error) {
			list, err := sqldb.All(ctx, s.db, scanMessage, `SELECT need_id, engagement_id, id, author_id, side, body, files, at FROM exchange_message
				WHERE author_id = $1 AND id > $2 ORDER BY id LIMIT 0+$3`, personID, after, dossierPage)
			return paged(list, err, func(m exchange.Message) (string, []any) {
				return m.ID, []any{m.At, m.NeedID, m.Body, text(m.Files)}
			})
		}),
		dossier.Paged("offers", []string{"at", "kind", "title", "status", "text"}, func(ctx context.Context, _ string) ([][]any, string, error) {
			list, err := s.OffersOf(ctx, personID) // one of each kind
			rows, _, err := paged(list, err, func(o exchange.Offer) (string, []any) {
				return o.ID, []any{o.Updated, o.KindID, o.Title, string(o.Status), text(o.Values)}
			})
			return rows, "", err
		}),
		dossier.Paged("tools", []string{"at", "title", "problem", "cause", "method", "gear"}, func(ctx context.Context, after string) ([][]any, string, error) {
			list, err := sqldb.All(ctx, s.db, scanTool, `SELECT `+toolColumns+` FROM exchange_tool WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT 0+$3`,
				personID, after, dossierPage)
			return paged(list, err, func(t exchange.Tool) (string, []any) {
				return t.ID, []any{t.Published, t.Title, t.Problem, t.Cause, t.Method, t.Gear}
			})
		}),
	}, nil
}

func text(v any) string {
	s, err := doc(v)
	if err != nil || s == "null" {
		return ""
	}
	return s
}

// paged makes rows of a page, and the cursor of the next one where the page is full.
func paged[T any](list []T, err error, row func(T) (id string, cells []any)) ([][]any, string, error) {
	out, last := make([][]any, len(list)), ""
	for i, v := range list {
		last, out[i] = row(v)
	}
	if len(list) < dossierPage {
		last = ""
	}
	return out, last, err
}

// Hinders implements dossier.Part: what others count on comes to its end first.
func (s *Store) Hinders(ctx context.Context, personID string) (_ []string, err error) {
	defer fault.Wrap(&err, "exchangesql.Hinders(%s)", personID)
	n, err := sqldb.One(ctx, s.db, sqldb.Value[int], `SELECT (SELECT COUNT(*) FROM exchange_engagement WHERE owner_id = $1 AND state = 'accepted')
		+ (SELECT COUNT(*) FROM exchange_need WHERE poster_id = $1 AND state IN ('open', 'engaged'))`, personID)
	if n > 0 {
		return []string{"privacy.hinder.case"}, err
	}
	return nil, err
}

// Erase implements dossier.Part: the person's words go; what a case came to, its dates, results, measures and stars, stays.
func (s *Store) Erase(ctx context.Context, personID string) (more bool, err error) {
	defer fault.Wrap(&err, "exchangesql.Erase(%s)", personID)
	err = s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		for _, step := range []func(context.Context, sqldb.Tx, string) (bool, error){eraseCases, eraseNeeds, eraseMessages, eraseOffers} {
			if more, err = step(ctx, tx, personID); err != nil || more {
				return err
			}
		}
		for _, q := range []string{`DELETE FROM exchange_once WHERE owner_id = $1`, `DELETE FROM exchange_helped WHERE person_id = $1`} {
			if _, err := tx.Exec(ctx, q, personID); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// eraseCases takes the person's words out of the engagements that they had a part in, before their messages, by which
// these are found.
func eraseCases(ctx context.Context, tx sqldb.Tx, personID string) (bool, error) {
	list, err := sqldb.All(ctx, tx, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement WHERE owner_id = $1
		OR need_id IN (SELECT id FROM exchange_need WHERE poster_id = $1) OR need_id IN (SELECT need_id FROM exchange_message WHERE author_id = $1)
		ORDER BY need_id, id`, personID)
	if err != nil {
		return false, err
	}
	changed := 0
	for _, e := range list {
		before := text(e)
		if e.OwnerID == personID && e.State == exchange.Invited {
			e.State = exchange.Declined
		}
		eraseWords(&e, personID)
		if text(e) == before {
			continue
		}
		if changed++; changed > dossierPage {
			return true, nil
		}
		if _, err := tx.Exec(ctx, `UPDATE exchange_engagement SET state = $1, doc = $2 WHERE need_id = $3 AND id = $4`, string(e.State), text(e), e.NeedID, e.ID); err != nil {
			return false, err
		}
	}
	return false, nil
}

func eraseWords(e *exchange.Engagement, personID string) {
	for _, end := range []*exchange.Closing{e.NeedEnd, e.OfferEnd} {
		if end != nil && end.By == personID {
			end.Note, end.Comment = "", ""
		}
	}
	for i := range e.Visits {
		if e.Visits[i].By == personID {
			e.Visits[i].Note = ""
		}
	}
	if e.OwnerID == personID {
		e.Reason = ""
	}
}

// eraseNeeds takes out what was asked for oneself; what was asked for an enterprise is the enterprise's.
func eraseNeeds(ctx context.Context, tx sqldb.Tx, personID string) (bool, error) {
	list, err := sqldb.All(ctx, tx, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE poster_id = $1 AND enterprise_id = '' AND portal_id = ''
		AND title <> $2 ORDER BY id LIMIT 0+$3`, personID, dossier.Gone, dossierPage)
	for _, n := range list {
		empty, docErr := doc(needDoc{})
		if docErr != nil {
			return false, docErr
		}
		_, err = tx.Exec(ctx, `UPDATE exchange_need SET title = $1, doc = $2, version = version + 1 WHERE id = $3`, dossier.Gone, empty, n.ID)
		if err != nil {
			return false, err
		}
	}
	return len(list) == dossierPage, err
}

func eraseMessages(ctx context.Context, tx sqldb.Tx, personID string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE exchange_message SET body = $1, files = '[]' WHERE author_id = $2 AND (need_id, engagement_id, id) IN (
		SELECT need_id, engagement_id, id FROM exchange_message WHERE author_id = $2 AND (body <> $1 OR files <> '[]') LIMIT 0+$3)`,
		dossier.Gone, personID, dossierPage)
	return n == dossierPage, err
}

// eraseOffers ends the person's offers; the rows stay, as engagements name them.
func eraseOffers(ctx context.Context, tx sqldb.Tx, personID string) (bool, error) {
	empty, err := doc(offerDoc{})
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `UPDATE exchange_offer SET title = '', status = 'ended', doc = $1, version = version + 1, updated_at = $2 WHERE owner_id = $3`,
		empty, sqldb.Micros(time.Now()), personID)
	return false, err
}
