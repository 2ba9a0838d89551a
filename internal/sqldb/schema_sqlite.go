package sqldb

import "context"

// catalogue lists every column of every table, by the order that both engines give names.
func (s *sqliteDB) catalogue() string {
	return `SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.name`
}

func (s *sqliteDB) versioned() string {
	return `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'sqldb_version'`
}

// check asks SQLite itself: quickly, which compares no index with its table, or wholly.
func (s *sqliteDB) check(ctx context.Context, q Queryer, whole bool) ([]string, error) {
	if whole {
		return All(ctx, q, Value[string], `PRAGMA integrity_check(20)`)
	}
	return All(ctx, q, Value[string], `PRAGMA quick_check(20)`)
}
