package exchangesql

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var needTable = table{"exchange_need", []string{"id", "kind_id", "union_id", "union_path", "enterprise_id", "poster_id",
	"portal_id", "portal_ref", "title", "trades", "state", "result", "posted_at", "first_answer_at", "closed_at", "visits",
	"rating_sum", "rating_count", "waits_for", "waits_since", "due_at", "ask_at", "doc", "version", "updated_at"}}

const needColumns = `id, kind_id, union_id, union_path, enterprise_id, poster_id, portal_id, portal_ref, title, trades, state,
	result, posted_at, first_answer_at, closed_at, visits, rating_sum, rating_count, waits_for, waits_since, due_at, ask_at,
	doc, version, updated_at`

// needDoc is the part of a need that no query looks into.
type needDoc struct {
	Values exchange.Values `json:"values"`
	Files  []exchange.File `json:"files,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Sum    string          `json:"sum,omitempty"`
}

func needText(n exchange.Need) (string, error) {
	return doc(needDoc{n.Values, n.Files, n.Reason, n.Sum})
}

// trades writes codes so that one can be looked for between bars.
func trades(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return "|" + strings.Join(codes, "|") + "|"
}

func codesOf(column string) []string {
	if column == "" {
		return nil
	}
	return strings.Split(strings.Trim(column, "|"), "|")
}

func needRow(n exchange.Need) ([]any, error) {
	text, err := needText(n)
	return []any{n.ID, n.KindID, n.UnionID, n.UnionPath, n.EnterpriseID, n.PosterID, n.PortalID, n.PortalRef, n.Title,
		trades(n.Trades), string(n.State), string(n.Result), sqldb.Micros(n.Posted), sqldb.Micros(n.FirstAnswer),
		sqldb.Micros(n.Closed), n.Visits, n.RatingSum, n.RatingCount, string(n.Wait.For), sqldb.Micros(n.Wait.Since),
		sqldb.Micros(n.Wait.Due), sqldb.Micros(n.AskAt), text, n.Version, sqldb.Micros(n.Updated)}, err
}

func scanNeed(row sqldb.Scanner) (n exchange.Need, err error) {
	var posted, first, closed, since, due, ask, updated int64
	var text, codes string
	err = row.Scan(&n.ID, &n.KindID, &n.UnionID, &n.UnionPath, &n.EnterpriseID, &n.PosterID, &n.PortalID, &n.PortalRef,
		&n.Title, &codes, &n.State, &n.Result, &posted, &first, &closed, &n.Visits, &n.RatingSum, &n.RatingCount, &n.Wait.For,
		&since, &due, &ask, &text, &n.Version, &updated)
	if err != nil {
		return n, err
	}
	n.Trades = codesOf(codes)
	n.Posted, n.FirstAnswer, n.Closed = sqldb.FromMicros(posted), sqldb.FromMicros(first), sqldb.FromMicros(closed)
	n.Wait.Since, n.Wait.Due = sqldb.FromMicros(since), sqldb.FromMicros(due)
	n.AskAt, n.Updated = sqldb.FromMicros(ask), sqldb.FromMicros(updated)
	var d needDoc
	err = json.Unmarshal([]byte(text), &d)
	n.Values, n.Files, n.Reason, n.Sum = d.Values, d.Files, d.Reason, d.Sum
	return n, err
}

var engagementTable = table{"exchange_engagement", []string{"need_id", "id", "offer_id", "owner_id", "state", "doc"}}

const engagementColumns = `need_id, id, offer_id, owner_id, state, doc`

func engagementRow(e exchange.Engagement) ([]any, error) {
	text, err := doc(e)
	return []any{e.NeedID, e.ID, e.OfferID, e.OwnerID, string(e.State), text}, err
}

func scanEngagement(row sqldb.Scanner) (e exchange.Engagement, err error) {
	var needID, id, offerID, ownerID, state, text string
	if err := row.Scan(&needID, &id, &offerID, &ownerID, &state, &text); err != nil {
		return e, err
	}
	err = json.Unmarshal([]byte(text), &e)
	e.NeedID, e.ID, e.OfferID, e.OwnerID, e.State = needID, id, offerID, ownerID, exchange.EngagementState(state)
	return e, err
}

var messageTable = table{"exchange_message", []string{"need_id", "engagement_id", "id", "author_id", "side", "body", "files", "at"}}

func messageRow(m exchange.Message) ([]any, error) {
	files, err := doc(m.Files)
	return []any{m.NeedID, m.EngagementID, m.ID, m.AuthorID, string(m.Side), m.Body, files, sqldb.Micros(m.At)}, err
}

func scanMessage(row sqldb.Scanner) (m exchange.Message, err error) {
	var files string
	var at int64
	if err := row.Scan(&m.NeedID, &m.EngagementID, &m.ID, &m.AuthorID, &m.Side, &m.Body, &files, &at); err != nil {
		return m, err
	}
	m.At = sqldb.FromMicros(at)
	return m, json.Unmarshal([]byte(files), &m.Files)
}

// AddNeed implements exchange.Store.
func (s *Store) AddNeed(ctx context.Context, n exchange.Need, once string, events ...event.Event) (kept exchange.Need, fresh bool, err error) {
	defer fault.Wrap(&err, "exchangesql.AddNeed(%s)", n.ID)
	owner := n.PosterID + n.PortalID
	err = s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		kept, fresh = n, true
		if once != "" {
			added, err := tx.Exec(ctx, `INSERT INTO exchange_once (owner_id, once, need_id, at) VALUES ($1, $2, $3, $4)
				ON CONFLICT DO NOTHING`, owner, once, n.ID, sqldb.Micros(n.Posted))
			if err != nil {
				return err
			}
			if added == 0 {
				fresh = false
				kept, err = sqldb.One(ctx, tx, scanNeed, `SELECT `+needColumns+` FROM exchange_need
					WHERE id = (SELECT need_id FROM exchange_once WHERE owner_id = $1 AND once = $2)`, owner, once)
				return none(err)
			}
		}
		if err := insertAll(ctx, tx, needTable, []exchange.Need{n}, needRow); err != nil {
			return err
		}
		return tx.Emit(ctx, events...)
	})
	return kept, fresh, err
}

// Case implements exchange.Store.
func (s *Store) Case(ctx context.Context, needID string) (c exchange.Case, err error) {
	defer fault.Wrap(&err, "exchangesql.Case(%s)", needID)
	err = s.db.View(ctx, func(q sqldb.Queryer) error {
		c, err = readCase(ctx, q, needID)
		return err
	})
	return c, err
}

func readCase(ctx context.Context, q sqldb.Queryer, needID string) (c exchange.Case, err error) {
	c.Need, err = sqldb.One(ctx, q, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE id = $1`, needID)
	if err != nil {
		return c, none(err)
	}
	c.Engagements, err = sqldb.All(ctx, q, scanEngagement,
		`SELECT `+engagementColumns+` FROM exchange_engagement WHERE need_id = $1 ORDER BY id`, needID)
	return c, err
}

// EngagementsIn implements exchange.Store.
func (s *Store) EngagementsIn(ctx context.Context, needIDs []string) (_ []exchange.Engagement, err error) {
	defer fault.Wrap(&err, "exchangesql.EngagementsIn(%d)", len(needIDs))
	if len(needIDs) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, s.db, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement
		WHERE need_id IN (`+sqldb.In(1, len(needIDs))+`) ORDER BY need_id, id`, sqldb.Args(needIDs)...)
}

// UpdateCase implements exchange.Store.
func (s *Store) UpdateCase(ctx context.Context, needID string, change exchange.CaseChange) (c exchange.Case, err error) {
	defer fault.Wrap(&err, "exchangesql.UpdateCase(%s)", needID)
	err = s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		c, err = changeCase(ctx, tx, needID, change)
		return err
	})
	return c, err
}

// Book implements exchange.Store.
func (s *Store) Book(ctx context.Context, needID, ownerID string,
	change func(exchange.Case, []match.Window) (exchange.Case, []event.Event, error)) (c exchange.Case, err error) {
	defer fault.Wrap(&err, "exchangesql.Book(%s, %s)", needID, ownerID)
	err = s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		busy, err := readBusy(ctx, tx, []string{ownerID}, time.Time{})
		if err != nil {
			return err
		}
		c, err = changeCase(ctx, tx, needID, func(old exchange.Case) (exchange.Case, []event.Event, error) {
			return change(old, busy[ownerID])
		})
		return err
	})
	return c, err
}

// accept is what the batcher carries.
type accept struct {
	needID, offerID, ownerID string
	most                     int
	change                   exchange.CaseChange
}

// Accept implements exchange.Store. Commands for one need share a commit; what keeps an offer from being taken
// more often than it can carry is the conditional update in applyAccept, on any node.
func (s *Store) Accept(ctx context.Context, needID, offerID, ownerID string, most int, change exchange.CaseChange) (_ exchange.Case, err error) {
	defer fault.Wrap(&err, "exchangesql.Accept(%s, %s)", needID, offerID)
	defer s.summed.Clear()
	return s.accepts.Do(ctx, needID, accept{needID, offerID, ownerID, most, change})
}

func applyAccept(ctx context.Context, tx sqldb.Tx, a accept) (exchange.Case, error) {
	c, err := changeCase(ctx, tx, a.needID, a.change)
	if err != nil {
		return c, err
	}
	// changeCase has already counted the engagement; here the count must still be within what the offer carries.
	n, err := tx.Exec(ctx, `UPDATE exchange_offer SET load = load WHERE owner_id = $1 AND id = $2 AND load <= capacity`,
		a.ownerID, a.offerID)
	full := n == 0
	if err == nil && !full && a.most > 0 {
		var carried int
		carried, err = sqldb.One(ctx, tx, sqldb.Value[int], `SELECT CAST(COALESCE(SUM(load), 0) AS BIGINT) FROM exchange_offer WHERE owner_id = $1`, a.ownerID)
		full = carried > a.most
	}
	if err == nil && full {
		err = fault.New(fault.Conflict, "exchange.offer.full")
	}
	return c, err
}

// changeCase runs change and writes what it changed: the need, engagements that differ, new messages, and what
// the offers' counters gain or lose by it.
func changeCase(ctx context.Context, tx sqldb.Tx, needID string, change exchange.CaseChange) (exchange.Case, error) {
	old, err := readCase(ctx, tx, needID)
	if err != nil {
		return old, err
	}
	c, events, err := change(old.Clone())
	if err != nil {
		return c, err
	}
	if err := writeNeed(ctx, tx, old.Need, &c.Need); err != nil {
		return c, err
	}
	for _, e := range c.Engagements {
		was := old.Engagement(e.ID)
		if was != nil && reflect.DeepEqual(*was, e) {
			continue
		}
		if err := writeEngagement(ctx, tx, was, e); err != nil {
			return c, err
		}
	}
	if err := insertAll(ctx, tx, messageTable, c.Said, messageRow); err != nil {
		return c, err
	}
	if err := tx.Emit(ctx, events...); err != nil {
		return c, err
	}
	c.Said = nil
	return c, nil
}

func writeNeed(ctx context.Context, tx sqldb.Tx, old exchange.Need, n *exchange.Need) error {
	if reflect.DeepEqual(old, *n) {
		return nil
	}
	n.Version = old.Version + 1
	text, err := needText(*n)
	if err != nil {
		return err
	}
	changed, err := tx.Exec(ctx, `UPDATE exchange_need SET title = $1, trades = $2, state = $3, result = $4, first_answer_at = $5,
		closed_at = $6, visits = $7, rating_sum = $8, rating_count = $9, waits_for = $10, waits_since = $11, due_at = $12,
		ask_at = $13, doc = $14, version = $15, updated_at = $16 WHERE id = $17 AND version = $18`,
		n.Title, trades(n.Trades), string(n.State), string(n.Result), sqldb.Micros(n.FirstAnswer), sqldb.Micros(n.Closed),
		n.Visits, n.RatingSum, n.RatingCount, string(n.Wait.For), sqldb.Micros(n.Wait.Since), sqldb.Micros(n.Wait.Due),
		sqldb.Micros(n.AskAt), text, n.Version, sqldb.Micros(n.Updated), n.ID, old.Version)
	if err == nil && changed == 0 {
		err = fault.New(fault.Conflict, "fault.moved")
	}
	return err
}

func writeEngagement(ctx context.Context, tx sqldb.Tx, was *exchange.Engagement, e exchange.Engagement) error {
	text, err := doc(e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO exchange_engagement (need_id, id, offer_id, owner_id, state, doc)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (need_id, id) DO UPDATE SET state = excluded.state, doc = excluded.doc`,
		e.NeedID, e.ID, e.OfferID, e.OwnerID, string(e.State), text)
	if err != nil {
		return err
	}
	gain := e.Tally().Minus(was.Tally())
	if gain == (exchange.Tally{}) {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE exchange_offer SET load = load + $1, rating_sum = rating_sum + $2,
		rating_count = rating_count + $3, solved_count = solved_count + $4, version = version + 1 WHERE owner_id = $5 AND id = $6`,
		gain.Load, gain.RatingSum, gain.RatingCount, gain.Solved, e.OwnerID, e.OfferID)
	return err
}

// Messages implements exchange.Store.
func (s *Store) Messages(ctx context.Context, needID, engagementID string) (_ []exchange.Message, err error) {
	defer fault.Wrap(&err, "exchangesql.Messages(%s)", engagementID)
	return sqldb.All(ctx, s.db, scanMessage, `SELECT need_id, engagement_id, id, author_id, side, body, files, at
		FROM exchange_message WHERE need_id = $1 AND engagement_id = $2 ORDER BY id`, needID, engagementID)
}

// AskDue implements exchange.Store.
func (s *Store) AskDue(ctx context.Context, now time.Time, limit int) (_ []string, err error) {
	defer fault.Wrap(&err, "exchangesql.AskDue")
	return sqldb.All(ctx, s.db, sqldb.Value[string], `SELECT id FROM exchange_need WHERE ask_at > 0 AND ask_at <= $1
		ORDER BY ask_at, id LIMIT 0+$2`, sqldb.Micros(now), limit)
}
