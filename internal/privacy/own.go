package privacy

import (
	"context"
	"iter"

	"github.com/unionhall/unionhall/internal/dossier"
)

// own is what this package itself knows of a person.
type own struct{ s *Service }

// Mine implements dossier.Part.
func (o own) Mine(ctx context.Context, personID string) ([]dossier.Section, error) {
	values, err := o.s.store.Values(ctx, personID)
	if err != nil {
		return nil, err
	}
	acts, err := o.s.store.Acts(ctx, personID)
	if err != nil {
		return nil, err
	}
	kept, said := [][]any{}, [][]any{}
	for _, v := range values {
		kept = append(kept, []any{string(v.Field), v.Text, v.At})
	}
	for _, a := range acts {
		said = append(said, []any{a.At, a.Purpose, a.Version, a.Given})
	}
	return []dossier.Section{
		dossier.Few("sensitive", []string{"field", "value", "since"}, kept),
		dossier.Few("consents", []string{"at", "purpose", "version", "given"}, said),
		{Key: "readings", Columns: []string{"at", "reader", "role", "field", "reason", "note"}, Rows: o.readings(personID)},
	}, nil
}

// readings reads who read the person's data, a page at a time.
func (o own) readings(personID string) func(context.Context) iter.Seq2[[]any, error] {
	return dossier.Paged("", nil, func(ctx context.Context, before string) ([][]any, string, error) {
		rows, err := o.s.store.ReadingsOf(ctx, personID, before, 500)
		if err != nil {
			return nil, "", err
		}
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.ReaderID
		}
		names, err := o.s.people.Names(ctx, ids)
		if err != nil {
			return nil, "", err
		}
		out, next := make([][]any, len(rows)), ""
		for i, r := range rows {
			out[i] = []any{r.At, names[r.ReaderID], r.Role, string(r.Field), r.Reason, r.Note}
		}
		if len(rows) == 500 {
			next = rows[len(rows)-1].ID
		}
		return out, next, nil
	}).Rows
}

// Hinders implements dossier.Part.
func (o own) Hinders(context.Context, string) ([]string, error) { return nil, nil }

// Erase implements dossier.Part.
func (o own) Erase(ctx context.Context, personID string) (bool, error) {
	return false, o.s.store.Forget(ctx, personID)
}
