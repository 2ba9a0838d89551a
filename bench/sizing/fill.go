package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	domain "github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// hall is one that is measured.
type hall struct {
	engine, program, dir, store string
	members                     int

	need string // of the demonstration's contact, with matches to show
}

func (h *hall) dsn() string {
	if h.store != "" {
		return h.store
	}
	return "sqlite:" + filepath.Join(h.dir, "hall.db")
}

// world is what the demonstration gives to copy from.
type world struct {
	homes []domain.Master // where members are at home
	needs []exchange.Need
	offer exchange.Offer
}

// fill makes the hall and says what room members and cases take.
func (h *hall) fill(ctx context.Context) error {
	w, err := h.demonstration(ctx)
	if err != nil {
		return err
	}
	empty, err := h.size(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := h.opened(ctx, func(db *sqldb.DB, box *seal.Box) error { return h.addMembers(ctx, hallsql.New(db, box), w) }); err != nil {
		return err
	}
	took := time.Since(began)
	peopled, err := h.size(ctx)
	if err != nil {
		return err
	}
	cases := h.members / share
	err = h.opened(ctx, func(db *sqldb.DB, _ *seal.Box) error {
		return errors.Join(h.addCases(ctx, exchangesql.New(db), w, cases), db.Analyze(ctx))
	})
	if err != nil {
		return err
	}
	full, err := h.size(ctx)
	if err != nil {
		return err
	}
	h.say("members-added", "members/s", float64(h.members)/took.Seconds())
	h.say("disk-per-member", "bytes", float64(peopled-empty)/float64(h.members))
	h.say("disk-per-case", "bytes", float64(full-peopled)/float64(cases))
	h.say("cases", "cases", float64(cases))
	h.say("disk", "MB", megabytes(full))
	return nil
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// demonstration loads the province, and looks up what there is to copy from and to ask for.
func (h *hall) demonstration(ctx context.Context) (w world, err error) {
	a, err := app.Open(ctx, app.Config{Dir: h.dir, Store: h.store, Cheap: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if _, err := a.LoadDemo(ctx, app.DemoSeed); err != nil {
		return w, err
	}
	if err := a.Hall.EachMaster(ctx, func(m domain.Master) error { w.homes = append(w.homes, m); return nil }); err != nil {
		return w, err
	}
	offers, err := a.Exchange.OffersOf(ctx, w.homes[0].PersonID)
	if err != nil || len(offers) == 0 {
		return w, fmt.Errorf("a master's offers: %d, %w", len(offers), err)
	}
	w.offer = offers[0]
	if w.needs, err = a.Exchange.List(ctx, actor.Hall, exchange.NeedFilter{KindID: exchange.ExpertVisit, States: []exchange.NeedState{exchange.NeedClosed}, Limit: 100}); err != nil || len(w.needs) == 0 {
		return w, fmt.Errorf("closed needs: %d, %w", len(w.needs), err)
	}
	root, err := a.Hall.Root(ctx)
	if err != nil {
		return w, err
	}
	people, err := a.Hall.Workers(ctx, actor.Hall, root.ID, domain.Search{Words: contact, Page: domain.Page{Limit: 1}})
	if err != nil || len(people.Rows) == 0 {
		return w, fmt.Errorf("the demonstration's contact: %d found, %w", len(people.Rows), err)
	}
	who, err := a.Hall.Actor(ctx, people.Rows[0].ID)
	if err != nil {
		return w, err
	}
	mine, err := a.Exchange.List(ctx, who, exchange.NeedFilter{States: []exchange.NeedState{exchange.NeedOpen}, Limit: 1})
	if err != nil || len(mine) == 0 {
		return w, fmt.Errorf("the contact's open needs: %d, %w", len(mine), err)
	}
	h.need = mine[0].ID
	return w, nil
}

// opened does something to the store behind the hall, which does not run.
func (h *hall) opened(ctx context.Context, do func(*sqldb.DB, *seal.Box) error) error {
	box, err := seal.Load(filepath.Join(h.dir, "keys", "seal.json"))
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, h.dsn())
	if err != nil {
		return err
	}
	return errors.Join(do(db, box), db.Close())
}

// size is the room that the store takes.
func (h *hall) size(ctx context.Context) (bytes int64, err error) {
	if h.store == "" {
		i, err := os.Stat(filepath.Join(h.dir, "hall.db"))
		if err != nil {
			return 0, err
		}
		return i.Size(), nil
	}
	err = h.opened(ctx, func(db *sqldb.DB, _ *seal.Box) error {
		bytes, err = sqldb.One(ctx, db, sqldb.Value[int64], `SELECT pg_database_size(current_database())`)
		return err
	})
	return bytes, err
}

// batch is how many rows are written in one transaction.
const batch = 5000

func (h *hall) addMembers(ctx context.Context, s *hallsql.Store, w world) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	for from := 0; from < h.members; from += batch {
		var b domain.Batch
		for i := from; i < min(from+batch, h.members); i++ {
			home := w.homes[i%len(w.homes)]
			phone, ok := domain.ParsePhone(fmt.Sprintf("135%08d", i))
			if !ok {
				return fmt.Errorf("member %d has no telephone", i)
			}
			b.People = append(b.People, domain.NewPerson{Person: domain.Person{ID: id.New(), Name: fmt.Sprintf("职工%07d", i), Phone: phone,
				UnionID: home.UnionID, UnionPath: home.UnionPath, Status: domain.Active, Created: now}})
		}
		if err := s.Load(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// addCases adds closed cases: the demonstration's, each with one who helped and six messages.
func (h *hall) addCases(ctx context.Context, s *exchangesql.Store, w world, cases int) error {
	const words = "夹紧的时候是圆的，松开就成了椭圆。换成软爪，包角做大一些，夹紧力降到原来的一半，再试三件，量了告诉我。"
	for from := 0; from < cases; from += batch / 10 {
		var b exchange.Batch
		for i := from; i < min(from+batch/10, cases); i++ {
			n := w.needs[i%len(w.needs)]
			n.ID, n.PortalID, n.PortalRef, n.Files = id.New(), "", "", nil
			e := exchange.Engagement{ID: id.New(), NeedID: n.ID, OfferID: w.offer.ID, OwnerID: w.offer.OwnerID, State: exchange.Finished,
				Accepted: n.Posted, Ended: n.Closed, Messages: 6, LastWord: n.Closed}
			b.Needs, b.Engagements = append(b.Needs, n), append(b.Engagements, e)
			for range 6 {
				b.Messages = append(b.Messages, exchange.Message{ID: id.New(), NeedID: n.ID, EngagementID: e.ID, AuthorID: w.offer.OwnerID,
					Side: exchange.OfferSide, Body: words, At: n.Posted})
			}
		}
		if err := s.Load(ctx, b); err != nil {
			return err
		}
	}
	return nil
}
