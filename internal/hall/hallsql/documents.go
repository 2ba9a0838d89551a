package hallsql

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	documentColumns = `id, kind, subject_id, state, detail, files, reason, person_id, given_at, decided_by, decided_at`
	insertDocuments = `INSERT INTO hall_document (` + documentColumns + `) VALUES `

	// Whose union decides is where the subject is now, not where it was when the document came.
	fromDocuments = `FROM hall_document d
		LEFT JOIN hall_enterprise e ON d.kind = 'licence' AND e.id = d.subject_id
		LEFT JOIN hall_master m ON d.kind = 'honour' AND m.person_id = d.subject_id
		LEFT JOIN hall_person p ON d.kind = 'honour' AND p.id = d.subject_id `
	selectDocuments = `SELECT d.id, d.kind, d.subject_id, d.state, d.detail, d.files, d.reason, d.person_id, d.given_at, d.decided_by, d.decided_at,
		COALESCE(e.name, p.name, ''), COALESCE(e.licence, ''), COALESCE(e.union_id, m.union_id, ''), COALESCE(e.union_path, m.union_path, '') ` + fromDocuments
)

func documentRow(d hall.Document) []any {
	return []any{d.ID, string(d.Kind), d.SubjectID, string(d.State), encode(d.Honour), encode(d.Papers), d.Reason, d.PersonID, d.Given, d.By, d.At}
}

func scanDocument(s sqldb.Scanner) (d hall.Document, err error) {
	var detail, files string
	err = s.Scan(&d.ID, &d.Kind, &d.SubjectID, &d.State, &detail, &files, &d.Reason, &d.PersonID, (*sqldb.Time)(&d.Given), &d.By, (*sqldb.Time)(&d.At),
		&d.Subject, &d.Licence, &d.UnionID, &d.UnionPath)
	if err == nil {
		err = json.Unmarshal([]byte(detail), &d.Honour)
	}
	if err == nil {
		err = json.Unmarshal([]byte(files), &d.Papers)
	}
	return d, err
}

// Document implements hall.Documents.
func (s *Store) Document(ctx context.Context, id string) (_ hall.Document, err error) {
	defer fault.Wrap(&err, "hallsql.Document(%s)", id)
	return one(ctx, s.db, scanDocument, selectDocuments+`WHERE d.id = $1`, id)
}

const documentsOf = selectDocuments + `WHERE d.subject_id = $1 AND d.kind = $2 AND d.state <> 'replaced' ORDER BY d.id DESC`

// DocumentsOf implements hall.Documents.
func (s *Store) DocumentsOf(ctx context.Context, kind hall.DocumentKind, subjectID string) (_ []hall.Document, err error) {
	defer fault.Wrap(&err, "hallsql.DocumentsOf(%s)", subjectID)
	return sqldb.All(ctx, s.db, scanDocument, documentsOf, subjectID, string(kind))
}

// GiveLicence implements hall.Documents.
func (s *Store) GiveLicence(ctx context.Context, d hall.Document, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.GiveLicence(%s)", d.SubjectID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		for _, q := range []string{touchEnterprise, `UPDATE hall_document SET state = 'replaced' WHERE subject_id = $1 AND kind = 'licence' AND state = 'waiting'`,
			`DELETE FROM hall_verification WHERE enterprise_id = $1`} {
			if _, err := tx.Exec(ctx, q, d.SubjectID); err != nil {
				return t, err
			}
		}
		return t, insert(ctx, tx, insertDocuments, documentRow(d))
	})
}

// decide keeps what an officer found on a document.
func decide(ctx context.Context, tx sqldb.Tx, id string, to hall.DocumentState, reason, by string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE hall_document SET state = $1, reason = $2, decided_by = $3, decided_at = $4 WHERE id = $5`,
		string(to), reason, by, at, id)
	return err
}

// WaitingDocuments implements hall.Documents.
func (s *Store) WaitingDocuments(ctx context.Context, path string, p hall.Page) (_ hall.List[hall.Document], err error) {
	defer fault.Wrap(&err, "hallsql.WaitingDocuments(%s)", path)
	last := ""
	if err := after(p.After, &last); err != nil {
		return hall.List[hall.Document]{}, err
	}
	from, to := actor.Span(path)
	const within = `WHERE d.state = 'waiting' AND COALESCE(e.union_path, m.union_path) >= $1 AND COALESCE(e.union_path, m.union_path) < $2
		AND COALESCE(e.status, m.status) <> 'closed' `
	total, err := sqldb.One(ctx, s.db, count, `SELECT COUNT(*) `+fromDocuments+within, from, to)
	if err != nil {
		return hall.List[hall.Document]{}, err
	}
	list, err := sqldb.All(ctx, s.db, scanDocument, selectDocuments+within+`AND d.id > $3 ORDER BY d.id LIMIT 0+$4`, from, to, last, p.Limit+1)
	return page(list, p.Limit, total, func(d hall.Document) string { return cursor(d.ID) }), err
}

// masterFor reads a master to change them. Touched first, so that of two at once the second waits and sees what the first
// did.
func masterFor(ctx context.Context, tx sqldb.Tx, personID string) (hall.Master, error) {
	if _, err := tx.Exec(ctx, `UPDATE hall_master SET status = status WHERE person_id = $1`, personID); err != nil {
		return hall.Master{}, err
	}
	return one(ctx, tx, scanMaster, selectMasters+`WHERE m.person_id = $1`, personID)
}

func setHonours(ctx context.Context, tx sqldb.Tx, m hall.Master) error {
	_, err := tx.Exec(ctx, `UPDATE hall_master SET honours = $1, rank = $2, words = $3 WHERE person_id = $4`, encode(m.Honours), rank(m), words(m), m.PersonID)
	return err
}

// GiveHonour implements hall.Documents.
func (s *Store) GiveHonour(ctx context.Context, personID string, fn func(hall.Master, []hall.Document) (hall.Master, hall.Document, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.GiveHonour(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		m, err := masterFor(ctx, tx, personID)
		if err != nil {
			return hall.Trace{}, err
		}
		given, err := sqldb.All(ctx, tx, scanDocument, documentsOf, personID, string(hall.HonourDocument))
		if err != nil {
			return hall.Trace{}, err
		}
		m, d, t, err := fn(m, given)
		if err != nil {
			return t, err
		}
		if err := insert(ctx, tx, insertDocuments, documentRow(d)); err != nil {
			return t, err
		}
		return t, setHonours(ctx, tx, m)
	})
}

// honourFor reads an honour that was handed in, and its master as masterFor does.
func honourFor(ctx context.Context, tx sqldb.Tx, id string) (d hall.Document, m hall.Master, err error) {
	subject, err := one(ctx, tx, sqldb.Value[string], `SELECT subject_id FROM hall_document WHERE id = $1 AND kind = 'honour'`, id)
	if err != nil {
		return d, m, err
	}
	if m, err = masterFor(ctx, tx, subject); err != nil {
		return d, m, err
	}
	d, err = one(ctx, tx, scanDocument, selectDocuments+`WHERE d.id = $1`, id)
	return d, m, err
}

// WithdrawHonour implements hall.Documents.
func (s *Store) WithdrawHonour(ctx context.Context, id string, fn func(hall.Document, hall.Master) (hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.WithdrawHonour(%s)", id)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		d, m, err := honourFor(ctx, tx, id)
		if err != nil {
			return hall.Trace{}, err
		}
		t, err := fn(d, m)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM hall_document WHERE id = $1`, id)
		}
		return t, err
	})
}

// DecideHonour implements hall.Documents.
func (s *Store) DecideHonour(ctx context.Context, id string, fn func(hall.Document, hall.Master) (hall.Document, hall.Master, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.DecideHonour(%s)", id)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		d, m, err := honourFor(ctx, tx, id)
		if err != nil {
			return hall.Trace{}, err
		}
		d, m, t, err := fn(d, m)
		if err != nil {
			return t, err
		}
		if err := decide(ctx, tx, d.ID, d.State, d.Reason, d.By, d.At); err != nil {
			return t, err
		}
		return t, setHonours(ctx, tx, m)
	})
}
