package intakesql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var _ dossier.Part = (*Store)(nil)

const dossierPage = 200

// Mine implements dossier.Part: the lists that the person took in as an officer; not what is in them, which is others'.
func (s *Store) Mine(ctx context.Context, personID string) ([]dossier.Section, error) {
	return []dossier.Section{dossier.Paged("imports", []string{"at", "kind", "file", "status"}, func(ctx context.Context, after string) (out [][]any, next string, err error) {
		defer fault.Wrap(&err, "intakesql.Mine(%s)", personID)
		jobs, err := sqldb.All(ctx, s.db, scan, `SELECT `+columns+` FROM intake_job WHERE by_id = $1 AND id > $2 ORDER BY id LIMIT 0+$3`, personID, after, dossierPage)
		for _, j := range jobs {
			out = append(out, []any{j.Created, j.Kind, j.Name, string(j.State)})
		}
		if len(jobs) == dossierPage {
			next = jobs[len(jobs)-1].ID
		}
		return out, next, err
	})}, nil
}

// Hinders implements dossier.Part.
func (s *Store) Hinders(context.Context, string) ([]string, error) { return nil, nil }

// Erase implements dossier.Part: who took a list in is an identifier, as in every record.
func (s *Store) Erase(context.Context, string) (bool, error) { return false, nil }

// Old implements intake.Store.
func (s *Store) Old(ctx context.Context, before time.Time, limit int) (_ []intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.Old")
	return sqldb.All(ctx, s.db, scan, `SELECT `+columns+` FROM intake_job WHERE file <> '' AND working = FALSE AND changed_at < $1
		ORDER BY changed_at, id LIMIT 0+$2`, before, limit)
}

// LoseFile implements intake.Store.
func (s *Store) LoseFile(ctx context.Context, id string) (err error) {
	defer fault.Wrap(&err, "intakesql.LoseFile(%s)", id)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		j, err := one(ctx, tx, scan, selectJob, id)
		if err != nil {
			return err
		}
		if j.State == intake.Mapping || j.State == intake.Checked {
			j.State = intake.Canceled
		}
		n, err := tx.Exec(ctx, `UPDATE intake_job SET file = '', state = $1 WHERE id = $2 AND working = FALSE AND file <> ''`, j.State, id)
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, "intake.fault.moved")
		}
		if err != nil {
			return err
		}
		return tx.Emit(ctx, intake.EventOf(j))
	})
}
