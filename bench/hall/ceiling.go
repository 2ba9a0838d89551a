package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/unionhall/unionhall/bench/report"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// bareHandler is what this machine can answer at most: net/http alone with a body of the same size, asked by the same
// users over the same loopback.
func bareHandler(name string, size int) (report.Figure, error) {
	body := bytes.Repeat([]byte("职工之家"), size/12+1)[:size]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return report.Figure{}, err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	url := "http://" + l.Addr().String() + "/"
	return measure(name, func(int, int) (bool, error) { return true, get(url, "", http.StatusOK) })
}

// bareInserts writes rows as wide as a need with its event, on the same engine: one transaction for each, and batches of
// 64 at once. Nothing is checked, matched or rendered.
func bareInserts(ctx context.Context, engine string, db *sqldb.DB, row string) (one, batched report.Figure, err error) {
	if err := db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE bench_row (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)`)
		return err
	}); err != nil {
		return one, batched, err
	}
	insert := func(n int) error {
		return db.Update(ctx, func(tx sqldb.Tx) error {
			for range n {
				if _, err := tx.Exec(ctx, `INSERT INTO bench_row (id, body) VALUES ($1, $2)`, id.New(), row); err != nil {
					return err
				}
			}
			return nil
		})
	}
	alone := make(chan struct{}, 1) // one at a time: what a plain program without batching would get
	one, err = measure(engine+"/bare-insert-alone", func(int, int) (bool, error) {
		alone <- struct{}{}
		defer func() { <-alone }()
		return true, insert(1)
	})
	if err != nil {
		return one, batched, err
	}
	const batch = 64
	var rows atomic.Int64
	var rates []float64
	for range rounds {
		rows.Store(0)
		t, err := round(nil, func(user, _ int) (bool, error) {
			if user >= 2 { // two are enough to keep the engine busy
				return false, nil
			}
			rows.Add(batch)
			return true, insert(batch)
		}, each, 0)
		if err != nil {
			return one, batched, err
		}
		rates = append(rates, float64(rows.Load())/t.wall.Seconds())
	}
	batched = report.Of(engine+"/bare-insert-batched", "rows/s", rates)
	batched.Print(out)
	return one, batched, nil
}

// wide is a row about as long as a need's columns and its event.
func wide() string { return strings.Repeat("不锈钢薄壁套车完一松卡爪就椭圆。", 24) }
