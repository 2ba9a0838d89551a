package sqldb

import "context"

// catalogue lists every column of every table, by the order that both engines give names.
func (p *postgresDB) catalogue() string {
	// indkey counts from 0.
	return `SELECT t.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
			coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
		FROM pg_class AS t
		JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisprimary
		WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace
		ORDER BY t.relname::text, a.attname::text`
}

func (p *postgresDB) versioned() string {
	return `SELECT count(*) FROM pg_class WHERE relname = 'sqldb_version' AND relnamespace = current_schema()::regnamespace`
}

// check finds nothing: PostgreSQL guards its files itself, and says so when one of them is damaged.
func (p *postgresDB) check(context.Context, Queryer, bool) ([]string, error) { return nil, nil }
