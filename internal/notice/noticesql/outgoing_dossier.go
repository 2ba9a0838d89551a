package noticesql

import (
	"context"
	"encoding/json"

	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var _ dossier.Part = (*Outgoing)(nil)

// Mine implements dossier.Part: where the person is told beyond the hall's pages, and what they have chosen.
func (o *Outgoing) Mine(ctx context.Context, personID string) (_ []dossier.Section, err error) {
	defer fault.Wrap(&err, "noticesql.Mine(%s)", personID)
	all, err := o.Addresses(ctx, []string{personID})
	if err != nil {
		return nil, err
	}
	chosen, err := o.Choices(ctx, []string{personID})
	if err != nil {
		return nil, err
	}
	var at, how [][]any
	for _, a := range all[personID] {
		at = append(at, []any{string(a.Way), a.Value, string(a.State), a.CreatedAt})
	}
	if c, ok := chosen[personID]; ok {
		text, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		how = append(how, []any{string(text)})
	}
	return []dossier.Section{
		dossier.Few("told-at", []string{"way", "value", "status", "since"}, at),
		dossier.Few("told-how", []string{"choices"}, how),
	}, nil
}

// Hinders implements dossier.Part.
func (o *Outgoing) Hinders(context.Context, string) ([]string, error) { return nil, nil }

// Erase implements dossier.Part.
func (o *Outgoing) Erase(ctx context.Context, personID string) (more bool, err error) {
	defer fault.Wrap(&err, "noticesql.Erase(%s)", personID)
	err = o.db.Update(ctx, func(tx sqldb.Tx) error {
		for _, q := range []string{`DELETE FROM notice_setting WHERE person_id = $1`, `DELETE FROM notice_address WHERE person_id = $1`} {
			if _, err := tx.Exec(ctx, q, personID); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `DELETE FROM notice_delivery WHERE person_id = $1 AND (event_id, msg, way, address_id) IN (
			SELECT event_id, msg, way, address_id FROM notice_delivery WHERE person_id = $1 LIMIT 0+$2)`, personID, dossierPage)
		more = n == dossierPage
		return err
	})
	return more, err
}
