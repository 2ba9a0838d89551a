package app

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/intake/intakesql"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/privacy/privacysql"
)

// private makes the service of people's rights over their data. Every module that knows something of people is a part
// here; the hall's own comes last, since without its row nobody could be found to go on with.
func (a *App) private() {
	a.sealed = privacysql.New(a.DB, a.box)
	a.Privacy = privacy.New(privacy.Options{
		Store: a.sealed, People: privatePeople{a.Hall}, Unions: privateUnions{a.Hall}, Clock: a.clock, Log: a.log,
		Parts: []dossier.Part{a.cases, noticesql.New(a.DB), a.out, intakesql.New(a.DB), hallsql.NewDossier(a.people, a.clock.Now)},
		Keep: []privacy.Keep{
			{Kind: "imports", Days: privacy.ImportDays, Trim: a.Imports.ForgetFiles},
			{Kind: "notices", Days: 180, Trim: func(ctx context.Context, _ time.Time, _ int) (int, error) { return a.Notices.Trim(ctx) }},
			{Kind: "sessions", Days: 14, Trim: func(ctx context.Context, idle time.Time, _ int) (int, error) {
				return a.people.TrimSessions(ctx, a.clock.Now(), idle)
			}},
		},
	})
}

// privatePeople answers privacy's questions about people.
type privatePeople struct{ hall *hall.Service }

// Person implements privacy.People.
func (p privatePeople) Person(ctx context.Context, id string) (privacy.Person, error) {
	found, err := p.hall.Person(ctx, actor.Hall, id)
	return privacy.Person{ID: found.ID, Name: found.Name, UnionID: found.UnionID, UnionPath: found.UnionPath,
		Phone: found.Phone.Masked(), Email: found.Email.Masked(), Closed: found.Status == hall.Closed}, err
}

// Whole implements privacy.People.
func (p privatePeople) Whole(ctx context.Context, ids []string, f privacy.Field) (map[string]privacy.Reached, error) {
	found, err := p.hall.People(ctx, actor.Hall, ids)
	out := make(map[string]privacy.Reached, len(found))
	for id, person := range found {
		v := person.Phone.Whole()
		if f == privacy.EmailField {
			v = string(person.Email)
		}
		if v != "" {
			out[id] = privacy.Reached{Text: v, UnionPath: person.UnionPath}
		}
	}
	return out, err
}

// Names implements privacy.People.
func (p privatePeople) Names(ctx context.Context, ids []string) (map[string]string, error) {
	return p.hall.Names(ctx, ids)
}

// privateUnions answers privacy's questions about unions.
type privateUnions struct{ hall *hall.Service }

// Scope implements privacy.Unions.
func (u privateUnions) Scope(ctx context.Context, a actor.Actor, unionID string) (privacy.Union, error) {
	found, err := u.hall.Scope(ctx, a, unionID)
	return privacy.Union{ID: found.ID, Path: found.Path, Name: found.Name}, err
}

// numbers shows the two sides of an engagement each other's telephone numbers, under a record.
func (a *App) numbers(ctx context.Context, who actor.Actor, personIDs []string, engagementID string) (map[string]string, error) {
	return a.Privacy.Numbers(ctx, who, personIDs, "engagement/"+engagementID)
}

// takenAway keeps that an officer takes rows of an import away as a file.
func (a *App) takenAway(ctx context.Context, who actor.Actor, j intake.Job) error {
	return a.Privacy.NoteList(ctx, who, j.UnionPath, "import/"+j.ID)
}
