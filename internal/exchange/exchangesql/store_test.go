package exchangesql_test

import (
	"testing"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestSQLite(t *testing.T) {
	exchangetest.Store(t, func(t *testing.T) exchange.Store {
		s := exchangesql.New(sqldbtest.SQLite(t))
		t.Cleanup(s.Close)
		return s
	})
}

func TestPostgres(t *testing.T) {
	exchangetest.Store(t, func(t *testing.T) exchange.Store {
		s := exchangesql.New(sqldbtest.Postgres(t))
		t.Cleanup(s.Close)
		return s
	})
}
