package noticesql

import (
	"context"

	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var _ dossier.Part = (*Store)(nil)

const dossierPage = 500

// Mine implements dossier.Part: what the person was told.
func (s *Store) Mine(ctx context.Context, personID string) ([]dossier.Section, error) {
	return []dossier.Section{dossier.Paged("notices", []string{"at", "text", "link", "read"}, func(ctx context.Context, cursor string) (out [][]any, next string, err error) {
		defer fault.Wrap(&err, "noticesql.Mine(%s)", personID)
		var items []notice.Item
		if cursor == "" {
			items, err = s.List(ctx, personID, notice.Position{}, dossierPage)
		} else {
			var last notice.Item
			if last, err = s.Item(ctx, personID, cursor); err == nil {
				items, err = s.List(ctx, personID, notice.Position{At: last.CreatedAt, ID: last.ID}, dossierPage)
			}
		}
		for _, it := range items {
			out = append(out, []any{it.CreatedAt, sentence(ctx, it), it.Link, !it.Unread()})
		}
		if len(items) == dossierPage {
			next = items[len(items)-1].ID
		}
		return out, next, err
	})}, nil
}

func sentence(ctx context.Context, it notice.Item) string {
	if !lang.Has(it.Msg) {
		return it.Msg
	}
	args := make([]any, len(it.Args))
	for i, a := range it.Args {
		args[i] = a
	}
	return lang.T(ctx, it.Msg, args...)
}

// Hinders implements dossier.Part.
func (s *Store) Hinders(context.Context, string) ([]string, error) { return nil, nil }

// Erase implements dossier.Part.
func (s *Store) Erase(ctx context.Context, personID string) (more bool, err error) {
	defer fault.Wrap(&err, "noticesql.Erase(%s)", personID)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM notice_item WHERE person_id = $1 AND (event_id, msg) IN (
			SELECT event_id, msg FROM notice_item WHERE person_id = $1 LIMIT 0+$2)`, personID, dossierPage)
		more = n == dossierPage
		return err
	})
	return more, err
}
