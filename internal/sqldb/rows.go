package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Scanner is a row to scan: *sql.Row or *sql.Rows.
type Scanner interface{ Scan(dest ...any) error }

// All reads every row of a query. The result is nil when there are none; bound it with a LIMIT.
func All[T any](ctx context.Context, q Queryer, scan func(Scanner) (T, error), query string, args ...any) (_ []T, err error) {
	end := observe(ctx, q, query)
	defer func() { end(err) }()
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, gone(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, gone(rows.Err())
}

// gone gives fault.Unavailable for a read that failed because the store cannot be reached: whoever asked may ask again.
func gone(err error) error {
	if err != nil && isLost(err) {
		return unavailable(err)
	}
	return err
}

// One reads the first row of a query, or gives sql.ErrNoRows.
func One[T any](ctx context.Context, q Queryer, scan func(Scanner) (T, error), query string, args ...any) (_ T, err error) {
	end := observe(ctx, q, query)
	defer func() {
		if errors.Is(err, sql.ErrNoRows) { // an answer like any other
			end(nil)
			return
		}
		end(err)
	}()
	v, err := scan(q.QueryRow(ctx, query, args...))
	return v, gone(err)
}

// Value scans a row of one column: sqldb.All(ctx, q, sqldb.Value[string], "SELECT id …").
func Value[T any](s Scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

// In lists n placeholders from $first on, for IN lists: In(3, 3) is "$3, $4, $5". For n = 0 it is NULL,
// which no value is in; NOT IN needs a guard of its own, as nothing is "not in" NULL either.
func In(first, n int) string {
	if n <= 0 {
		return "NULL"
	}
	b := make([]byte, 0, 5*n)
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(first+i), 10)
	}
	return string(b)
}

// Args flattens slices (but not []byte and json.RawMessage, which are values) into one list of arguments.
func Args(parts ...any) []any {
	out := make([]any, 0, len(parts))
	for _, p := range parts {
		switch v := p.(type) {
		case []any:
			out = append(out, v...)
		case []string:
			for _, s := range v {
				out = append(out, s)
			}
		case []byte, json.RawMessage, driver.Valuer, nil:
			out = append(out, p)
		default:
			r := reflect.ValueOf(p)
			if r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
				out = append(out, p)
				continue
			}
			for i := range r.Len() {
				out = append(out, r.Index(i).Interface())
			}
		}
	}
	return out
}

// Micros is how a time is stored: microseconds since 1970 in UTC, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the time that Micros stored.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Time binds and scans a time.Time as Micros: s.Scan((*sqldb.Time)(&need.PostedAt)).
type Time time.Time

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) { return Micros(time.Time(t)), nil }

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case int64:
		*t = Time(FromMicros(v))
	case nil:
		*t = Time{}
	default:
		return fmt.Errorf("sqldb.Time: cannot scan %T", src)
	}
	return nil
}

// bind makes arguments mean the same to both drivers: a time.Time becomes Micros, JSON becomes text (as
// bytes SQLite would store a BLOB, which no text equals), and a named type becomes what it is made of.
func bind(args []any) []any {
	own := false
	for i, a := range args {
		b, changed := bindOne(a)
		if !changed {
			continue
		}
		if !own { // the slice may be the caller's, and in use elsewhere
			args, own = append([]any(nil), args...), true
		}
		args[i] = b
	}
	return args
}

func bindOne(a any) (_ any, changed bool) {
	switch v := a.(type) {
	case nil, string, int64, int, bool, []byte, float64, driver.Valuer:
		return a, false
	case time.Time:
		return Micros(v), true
	case *time.Time:
		if v == nil {
			return nil, true
		}
		return Micros(*v), true
	case json.RawMessage:
		return string(v), true
	}
	switch r := reflect.ValueOf(a); r.Kind() {
	case reflect.String:
		return r.String(), true
	case reflect.Bool:
		return r.Bool(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), true
	}
	return a, false
}

// IsUnique reports whether err is the violation of a unique or primary key.
func IsUnique(err error) bool { return isUniqueSQLite(err) || isUniquePostgres(err) }

// ofDatabase reports an error that the engine gave, rather than the code that uses it.
func ofDatabase(err error) bool {
	var s *sqlite.Error
	var p *pgconn.PgError
	return errors.As(err, &s) || errors.As(err, &p) || errors.Is(err, driver.ErrBadConn)
}

// rowError makes the *sql.Row of a query that was not issued. Only database/sql can make one, so it is asked
// for a row of a database that nobody connects to, under a context that has ended with err.
func rowError(ctx context.Context, err error) *sql.Row {
	return nowhere().QueryRowContext(endedContext{ctx, err}, "")
}

var nowhere = sync.OnceValue(func() *sql.DB { return sql.OpenDB(connector{}) })

type connector struct{}

func (connector) Connect(context.Context) (driver.Conn, error) { return nil, driver.ErrBadConn }
func (connector) Driver() driver.Driver                        { return nil }

type endedContext struct {
	context.Context
	err error
}

var closedChan = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (c endedContext) Done() <-chan struct{} { return closedChan }
func (c endedContext) Err() error            { return c.err }

// oneLine shortens a query for an error or the log.
func oneLine(q string) string {
	q = strings.Join(strings.Fields(q), " ")
	if len(q) > 120 {
		q = q[:120] + "…"
	}
	return q
}
