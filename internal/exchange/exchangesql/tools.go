package exchangesql

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var toolTable = table{"exchange_tool", []string{"id", "kind_id", "owner_id", "need_id", "union_path", "title", "trades", "helped",
	"doc", "version", "published_at", "updated_at"}}

const toolColumns = `id, kind_id, owner_id, need_id, union_path, title, trades, helped, doc, version, published_at, updated_at`

// toolDoc is the part of an entry that no query looks into.
type toolDoc struct {
	EngagementID string            `json:"engagement"`
	UnionID      string            `json:"union"`
	Problem      string            `json:"problem"`
	Cause        string            `json:"cause,omitempty"`
	Method       string            `json:"method"`
	Gear         string            `json:"gear,omitempty"`
	Measure      *exchange.Measure `json:"measure,omitempty"`
	After        *float64          `json:"after,omitempty"`
}

func toolText(t exchange.Tool) (string, error) {
	return doc(toolDoc{t.EngagementID, t.UnionID, t.Problem, t.Cause, t.Method, t.Gear, t.Measure, t.After})
}

func toolRow(t exchange.Tool) ([]any, error) {
	text, err := toolText(t)
	return []any{t.ID, t.KindID, t.OwnerID, t.NeedID, t.UnionPath, t.Title, trades(t.Trades), t.Helped, text, t.Version,
		sqldb.Micros(t.Published), sqldb.Micros(t.Updated)}, err
}

func scanTool(row sqldb.Scanner) (t exchange.Tool, err error) {
	var text, codes string
	var published, updated int64
	err = row.Scan(&t.ID, &t.KindID, &t.OwnerID, &t.NeedID, &t.UnionPath, &t.Title, &codes, &t.Helped, &text, &t.Version, &published, &updated)
	if err != nil {
		return t, err
	}
	var d toolDoc
	err = json.Unmarshal([]byte(text), &d)
	t.EngagementID, t.UnionID, t.Problem, t.Cause, t.Method, t.Gear = d.EngagementID, d.UnionID, d.Problem, d.Cause, d.Method, d.Gear
	t.Measure, t.After, t.Trades = d.Measure, d.After, codesOf(codes)
	t.Published, t.Updated = sqldb.FromMicros(published), sqldb.FromMicros(updated)
	return t, err
}

// Tool implements exchange.Store.
func (s *Store) Tool(ctx context.Context, id string) (_ exchange.Tool, err error) {
	defer fault.Wrap(&err, "exchangesql.Tool(%s)", id)
	t, err := sqldb.One(ctx, s.db, scanTool, `SELECT `+toolColumns+` FROM exchange_tool WHERE id = $1`, id)
	return t, none(err)
}

// ToolsByID implements exchange.Store.
func (s *Store) ToolsByID(ctx context.Context, ids []string) (_ []exchange.Tool, err error) {
	defer fault.Wrap(&err, "exchangesql.ToolsByID(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, s.db, scanTool, `SELECT `+toolColumns+` FROM exchange_tool WHERE id IN (`+sqldb.In(1, len(ids))+`)`,
		sqldb.Args(ids)...)
}

// Tools implements exchange.Store.
func (s *Store) Tools(ctx context.Context, f exchange.ToolFilter) (_ []exchange.Tool, err error) {
	defer fault.Wrap(&err, "exchangesql.Tools")
	w := &where{}
	if f.KindID != "" {
		w.add("kind_id = %s", f.KindID)
	}
	if f.OwnerID != "" {
		w.add("owner_id = %s", f.OwnerID)
	}
	if f.Trade != "" {
		w.add(`trades LIKE %s ESCAPE '\'`, "%|"+strings.Trim(like(f.Trade), "%")+"|%")
	}
	if f.Words != "" {
		w.add(`lower(title) LIKE %s ESCAPE '\'`, like(f.Words))
	}
	if f.Before != "" {
		w.add("id < %s", f.Before)
	}
	w.args = append(w.args, max(1, f.Limit))
	return sqldb.All(ctx, s.db, scanTool, fmt.Sprintf(`SELECT %s FROM exchange_tool%s ORDER BY id DESC LIMIT 0+$%d`, toolColumns, w, len(w.args)),
		w.args...)
}

// EachTool implements exchange.Store.
func (s *Store) EachTool(ctx context.Context, fn func(exchange.Tool) error) (err error) {
	defer fault.Wrap(&err, "exchangesql.EachTool")
	last := ""
	for {
		rows, err := sqldb.All(ctx, s.db, scanTool, `SELECT `+toolColumns+` FROM exchange_tool WHERE id > $1 ORDER BY id LIMIT 0+$2`,
			last, eachBatch)
		if err != nil {
			return err
		}
		for _, t := range rows {
			if err := fn(t); err != nil {
				return err
			}
			last = t.ID
		}
		if len(rows) < eachBatch {
			return nil
		}
	}
}

// AddTool implements exchange.Store.
func (s *Store) AddTool(ctx context.Context, t exchange.Tool, change exchange.CaseChange) (err error) {
	defer fault.Wrap(&err, "exchangesql.AddTool(%s)", t.ID)
	return s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		if _, err := changeCase(ctx, tx, t.NeedID, change); err != nil {
			return err
		}
		return insertAll(ctx, tx, toolTable, []exchange.Tool{t}, toolRow)
	})
}

// UpdateTool implements exchange.Store.
func (s *Store) UpdateTool(ctx context.Context, id string, change func(exchange.Tool) (exchange.Tool, []event.Event, error)) (t exchange.Tool, err error) {
	defer fault.Wrap(&err, "exchangesql.UpdateTool(%s)", id)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		old, err := sqldb.One(ctx, tx, scanTool, `SELECT `+toolColumns+` FROM exchange_tool WHERE id = $1`, id)
		if err != nil {
			return none(err)
		}
		var events []event.Event
		if t, events, err = change(old); err != nil {
			return err
		}
		t.Version = old.Version + 1
		text, err := toolText(t)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE exchange_tool SET title = $1, trades = $2, doc = $3, version = $4, updated_at = $5 WHERE id = $6`,
			t.Title, trades(t.Trades), text, t.Version, sqldb.Micros(t.Updated), id)
		if err != nil {
			return err
		}
		return tx.Emit(ctx, events...)
	})
	return t, err
}

// Helped implements exchange.Store.
func (s *Store) Helped(ctx context.Context, toolID, personID string) (err error) {
	defer fault.Wrap(&err, "exchangesql.Helped(%s)", toolID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		added, err := tx.Exec(ctx, `INSERT INTO exchange_helped (tool_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, toolID, personID)
		if err != nil || added == 0 {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE exchange_tool SET helped = helped + 1 WHERE id = $1`, toolID)
		if err == nil && n == 0 {
			err = fault.NoSuch()
		}
		return err
	})
}
