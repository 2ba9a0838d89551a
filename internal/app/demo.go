package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/demo"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
)

// DemoSeed is what the demonstration grows from unless another is given.
const DemoSeed = 1

// DemoPassword opens every demonstration account. It is printed at each start: a hall with demonstration data is
// for looking around, and holds nobody's secrets.
const DemoPassword = "laodong-guangrong"

// Account is somebody the demonstration introduces.
type Account struct {
	Login string `json:"login"`
	Who   string `json:"who"`
}

// demoFile keeps the accounts for later starts; that it is there says that everything was loaded.
const demoFile = "demo.json"

// LoadDemo puts the demonstration province into an empty store and gives its accounts. A store that it has filled
// before is left as it is; one that holds anything else is refused.
func (a *App) LoadDemo(ctx context.Context, seed uint64) (_ []Account, err error) {
	defer fault.Wrap(&err, "app.LoadDemo")
	path := filepath.Join(a.Config.Dir, demoFile)
	if b, err := os.ReadFile(path); err == nil {
		var known []Account
		return known, json.Unmarshal(b, &known)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	empty, err := a.Hall.Empty(ctx)
	if err != nil {
		return nil, err
	}
	if !empty {
		return nil, advise(nil, "the store already holds a hall of its own: start it without --demo, or choose another folder with --data")
	}
	if n, err := a.Exchange.Count(ctx, actor.Hall, exchange.NeedFilter{}); err != nil {
		return nil, err
	} else if n > 0 {
		return nil, advise(nil, "an earlier start was interrupted while it loaded the demonstration: delete the data folder %s and start again", a.Config.Dir)
	}
	accounts, err := a.fill(ctx, demo.Generate(seed, a.clock.Now()))
	if err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(accounts, "", "  ")
	if err != nil {
		return nil, err
	}
	return accounts, os.WriteFile(path, b, 0o600)
}

// fill loads a world: the hall last, since an empty hall is what allows loading.
func (a *App) fill(ctx context.Context, w demo.World) ([]Account, error) {
	if err := a.Exchange.LoadKinds(ctx); err != nil {
		return nil, err
	}
	k, err := a.Exchange.Kind(actor.Hall, exchange.ExpertVisit)
	if err != nil {
		return nil, err
	}
	m := worldMap{w: w, kind: k, unions: map[string]demo.Union{}, firms: map[string]demo.Enterprise{}, masters: map[string]demo.Master{}}
	for _, u := range w.Unions {
		m.unions[u.ID] = u
	}
	for _, e := range w.Enterprises {
		m.firms[e.ID] = e
	}
	for _, x := range w.Masters {
		m.masters[x.PersonID] = x
	}
	if err := a.cases.Load(ctx, m.exchange()); err != nil {
		return nil, err
	}
	for _, p := range w.Portals {
		if err := a.portals.AddPortal(ctx, m.portal(p)); err != nil {
			return nil, err
		}
	}
	hash, err := a.hasher.Hash(ctx, DemoPassword)
	if err != nil {
		return nil, err
	}
	if err := a.Hall.Load(ctx, m.hall(hash)); err != nil {
		return nil, err
	}
	if err := a.DB.Analyze(ctx); err != nil {
		return nil, err
	}
	return a.introduce(ctx, w)
}

// introduce lists the accounts, each portal with a key of its own.
func (a *App) introduce(ctx context.Context, w demo.World) ([]Account, error) {
	var out []Account
	for _, x := range w.Accounts {
		login := x.Phone
		if x.PortalID != "" {
			_, key, err := a.Portals.AddKey(ctx, actor.Hall, x.PortalID, a.clock.Now().AddDate(1, 0, 0))
			if err != nil {
				return nil, err
			}
			login = key
		}
		out = append(out, Account{Login: login, Who: x.Name + " · " + x.Note.ZH})
	}
	return out, nil
}

// worldMap says the demonstration's structs in the modules' own.
type worldMap struct {
	w        demo.World
	kind     exchange.Kind
	unions   map[string]demo.Union
	firms    map[string]demo.Enterprise
	masters  map[string]demo.Master
	offers   map[string]string // person → offer
	officers map[string]string // union → who works on it
}

func place(p demo.Place) hall.Place { return hall.Place{Lat: p.Lat, Lng: p.Lng} }

func (m *worldMap) hall(hash string) hall.Batch {
	var b hall.Batch
	for _, u := range m.w.Unions {
		b.Unions = append(b.Unions, hall.Union{ID: u.ID, ParentID: u.ParentID, Level: hall.Level(u.Level), Code: u.Code, Path: u.Path,
			Name: lang.Text{ZH: u.Name.ZH, EN: u.Name.EN}, Kind: hall.UnionKind(u.Kind), Place: place(u.Place), Created: u.Created})
	}
	introduced := map[string]bool{}
	for _, x := range m.w.Accounts {
		introduced[x.PersonID] = true
	}
	for _, p := range m.w.People {
		phone, _ := hall.ParsePhone(p.Phone)
		n := hall.NewPerson{Person: hall.Person{ID: p.ID, Name: p.Name, Phone: phone, UnionID: p.UnionID, UnionPath: m.unions[p.UnionID].Path,
			Status: hall.Active, Created: p.Joined}}
		if introduced[p.ID] {
			n.Hash = hash
		}
		b.People = append(b.People, n)
	}
	for _, g := range m.w.Grants {
		b.Grants = append(b.Grants, hall.Grant{ID: id.New(), PersonID: g.PersonID, UnionID: g.UnionID, UnionPath: m.unions[g.UnionID].Path,
			Role: actor.Role(g.Role), GivenBy: actor.Hall.ID, Given: g.Since})
	}
	for _, e := range m.w.Enterprises {
		b.Enterprises = append(b.Enterprises, hall.Enterprise{ID: e.ID, Name: e.Name, Industry: e.Industry, Size: hall.Size(e.Size),
			Specialised: e.Specialised, UnionID: e.UnionID, UnionPath: m.unions[e.UnionID].Path, Address: e.Address, Place: place(e.Place),
			Status: hall.Active, Created: e.Created})
	}
	for _, c := range m.w.Contacts {
		b.Contacts = append(b.Contacts, hall.Contact{EnterpriseID: c.EnterpriseID, PersonID: c.PersonID, Title: c.Title, Since: c.Since})
	}
	for _, x := range m.w.Masters {
		b.Masters = append(b.Masters, m.master(x))
	}
	return b
}

func (m *worldMap) master(x demo.Master) hall.Master {
	out := hall.Master{PersonID: x.PersonID, Name: x.Name, UnionID: x.UnionID, UnionPath: m.unions[x.UnionID].Path, Title: x.Title,
		Craft: x.Trades, Bio: about(x), City: x.City, Place: place(x.Place), ReachMetre: x.ReachKM * 1000, MaxLoad: x.MaxLoad,
		Status: hall.Active, Created: x.Joined}
	out.Honours = m.honours(x)
	for _, s := range x.Weekly {
		out.Calendar.Weekly = append(out.Calendar.Weekly, hall.Slot{Weekday: s.Weekday, From: s.From, To: s.To})
	}
	for _, d := range x.Absences {
		out.Calendar.Absences = append(out.Calendar.Absences, hall.Absence{From: d.From, To: d.To, Reason: d.Reason})
	}
	return out
}

// about is what a master says of themself: the specialities first, since others search for them.
func about(x demo.Master) string {
	return strings.Join(x.Specialities, "；") + "。\n" + x.Bio
}

func (m *worldMap) portal(p demo.Portal) portal.Portal {
	return portal.Portal{ID: p.ID, Name: p.Name.ZH, UnionID: p.UnionID, UnionPath: m.unions[p.UnionID].Path, Status: portal.Active,
		Scopes: portal.AllScopes, RatePerMinute: portal.DefaultRate, CreatedAt: p.Created}
}

func (m *worldMap) exchange() exchange.Batch {
	var b exchange.Batch
	m.offers = map[string]string{}
	index := map[string]int{}
	for _, x := range m.w.Masters {
		o := exchange.FromProvider(m.kind, exchange.Offer{ID: id.New(), KindID: m.kind.ID, OwnerID: x.PersonID, UnionID: x.UnionID,
			UnionPath: m.unions[x.UnionID].Path, Version: 1, Updated: m.w.Now}, m.provider(x))
		m.offers[x.PersonID] = o.ID
		index[o.ID] = len(b.Offers)
		b.Offers = append(b.Offers, o)
	}
	for _, n := range m.w.Needs {
		c := m.fileCase(n, &b)
		b.Needs = append(b.Needs, c.Need)
		b.Engagements = append(b.Engagements, c.Engagements...)
		b.Messages = append(b.Messages, c.Said...)
		for _, e := range c.Engagements {
			if i, ok := index[e.OfferID]; ok {
				b.Offers[i].Count(e.Tally())
			}
		}
	}
	return b
}

func (m *worldMap) provider(x demo.Master) exchange.Provider {
	p := exchange.Provider{ID: x.PersonID, Name: x.Name, Master: true, Title: x.Title, Craft: x.Trades, Bio: about(x),
		Spot: exchange.Spot{Lat: x.Place.Lat, Lng: x.Place.Lng, Address: x.City}, Reach: float64(x.ReachKM) * 1000, MaxLoad: x.MaxLoad}
	for _, h := range x.Honours {
		p.Honours = append(p.Honours, h.Name)
	}
	return p
}

// fileCase makes a need with all that became of it; its tools go straight into the batch.
func (m *worldMap) fileCase(n demo.Need, b *exchange.Batch) exchange.Case {
	firm := m.firms[n.EnterpriseID]
	c := exchange.Case{Need: exchange.Need{ID: n.ID, KindID: m.kind.ID, UnionID: firm.UnionID, UnionPath: m.unions[firm.UnionID].Path,
		EnterpriseID: n.EnterpriseID, PosterID: n.PosterID, PortalID: n.PortalID, PortalRef: n.PortalRef, Title: n.Title, Trades: []string{n.Trade},
		Values: values(n), State: exchange.NeedState(n.State), Result: exchange.Result(n.Result), Posted: n.Posted, FirstAnswer: n.FirstAnswer,
		Closed: n.Closed, Version: 1}}
	for _, e := range n.Engagements {
		x := exchange.Engagement{ID: e.ID, NeedID: n.ID, OfferID: m.offers[e.MasterID], OwnerID: e.MasterID, State: exchange.EngagementState(e.State),
			InvitedBy: e.InvitedBy, Assigned: e.Assigned, Invited: e.Invited, Accepted: e.Accepted, Ended: e.Ended, Reason: e.Reason,
			Messages: len(e.Messages), NeedEnd: closing(e.NeedEnd), OfferEnd: closing(e.OfferEnd)}
		for _, s := range e.Messages {
			x.LastWord = s.At
			c.Said = append(c.Said, exchange.Message{ID: s.ID, NeedID: n.ID, EngagementID: e.ID, AuthorID: s.AuthorID, Side: exchange.Side(s.Side),
				Body: s.Body, At: s.At})
		}
		for _, v := range e.Visits {
			x.Visits = append(x.Visits, exchange.Visit{ID: v.ID, From: v.From, To: v.To, Address: v.Address, Note: v.Note, By: v.ByID,
				Side: exchange.Side(v.Side), Proposed: v.Proposed, Agreed: v.Agreed, Done: v.Done, Edition: 1})
		}
		for _, f := range e.FollowUps {
			x.FollowUps = append(x.FollowUps, exchange.FollowUp{Days: f.Days, Due: f.Due, Asked: f.Asked, Answered: f.Answered,
				Holds: exchange.Gain(f.Holds), Value: f.Value, Note: f.Note})
		}
		if t := e.Tool; t != nil {
			x.ToolID = t.ID
			b.Tools = append(b.Tools, exchange.Tool{ID: t.ID, KindID: m.kind.ID, OwnerID: e.MasterID, NeedID: n.ID, EngagementID: e.ID,
				UnionID: firm.UnionID, UnionPath: c.Need.UnionPath, Title: t.Title, Trades: []string{t.Trade}, Problem: t.Problem, Cause: t.Cause,
				Method: t.Method, Gear: t.Gear, Measure: measure(t.Measure), After: t.After, Helped: t.Helped, Published: t.Published,
				Updated: t.Published, Version: 1})
		}
		c.Engagements = append(c.Engagements, x)
	}
	c.Settle(m.kind, m.w.Now)
	return c
}

func closing(c *demo.Closing) *exchange.Closing {
	if c == nil {
		return nil
	}
	return &exchange.Closing{By: c.ByID, At: c.At, Result: exchange.Result(c.Result), After: c.After, Note: c.Note, Stars: c.Stars, Comment: c.Comment}
}

func measure(x *demo.Measure) *exchange.Measure {
	if x == nil {
		return nil
	}
	return &exchange.Measure{Name: x.Name, Before: x.Before, Target: x.Target, Unit: x.Unit}
}

func values(n demo.Need) exchange.Values {
	v := exchange.Values{
		"title":   {Text: n.Title},
		"trade":   {Text: n.Trade},
		"story":   {Text: n.Text},
		"place":   {Spot: &exchange.Spot{Lat: n.Place.Lat, Lng: n.Place.Lng, Address: n.Address}},
		"urgency": {Text: n.Urgency},
	}
	if n.Equipment != "" {
		v["equipment"] = exchange.Value{Text: n.Equipment}
	}
	if n.Measure != nil {
		v["measure"] = exchange.Value{Measure: measure(n.Measure)}
	}
	if n.WantFrom != "" || n.WantTo != "" {
		v["days"] = exchange.Value{Days: &exchange.Span{From: day(n.WantFrom), To: endOf(n.WantTo)}}
	}
	return v
}

// day is when a day of the calendar begins where the hall's people live; zero for none.
func day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, lang.Zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// endOf is when a day ends.
func endOf(s string) time.Time {
	t := day(s)
	if t.IsZero() {
		return t
	}
	return t.AddDate(0, 0, 1)
}
