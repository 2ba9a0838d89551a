package hallsql

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// FirmsNamed implements hall.Enterprises.
func (s *Store) FirmsNamed(ctx context.Context, path string, licences, names []string) (_ []hall.Enterprise, err error) {
	defer fault.Wrap(&err, "hallsql.FirmsNamed(%s)", path)
	if len(licences)+len(names) == 0 {
		return nil, nil
	}
	from, until := actor.Span(path)
	where, args := `FALSE`, []any{}
	if len(names) > 0 {
		where = `union_path >= $1 AND union_path < $2 AND name IN (` + sqldb.In(3, len(names)) + `)`
		args = append([]any{from, until}, sqldb.Args(names)...)
	}
	if len(licences) > 0 {
		where += ` OR id IN (SELECT enterprise_id FROM hall_licence WHERE value IN (` + sqldb.In(len(args)+1, len(licences)) + `))`
		args = append(args, sqldb.Args(licences)...)
	}
	return sqldb.All(ctx, s.db, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise WHERE `+where, args...)
}
