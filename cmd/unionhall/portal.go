package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/portal"
)

const portalUsage = `unionhall portal — partner portals that embed the hall

  add    -name NAME -union PATH [-scopes needs:read,needs:write,engagements:read] [-rate N]
  list
  key    -portal ID [-days N]       make a key; it is shown once
  revoke -key ID
  hook   -portal ID -url URL -events exchange.need.posted,…   make a webhook; its secret is shown once
  status -portal ID -to active|suspended
`

// portals runs the commands on partner portals. Whoever may run them on the machine acts as the hall itself.
func portals(ctx context.Context, args []string) error {
	verbs := map[string]func(context.Context, *flag.FlagSet, []string) error{
		"add": portalAdd, "list": portalList, "key": portalKey, "revoke": portalRevoke, "hook": portalHook, "status": portalStatus,
	}
	if len(args) == 0 || asksHelp(args[0]) {
		fmt.Print(portalUsage)
		return nil
	}
	if verbs[args[0]] == nil {
		return fmt.Errorf("no such command: portal %s; unionhall portal -h lists them", args[0])
	}
	return verbs[args[0]](ctx, flags("portal "+args[0]), args[1:])
}

// beside opens the store and runs f on it.
func beside(ctx context.Context, f *flag.FlagSet, args []string, do func(*app.App) error) (err error) {
	c := configFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	a, err := open(ctx, *c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(a)
}

// named says which flag named what is not there; "not found" alone would leave that open.
func named(err error, format string, args ...any) error {
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf(format, args...)
	}
	return err
}

const noPortal = "no portal has the id %q; unionhall portal list shows them"

func portalAdd(ctx context.Context, f *flag.FlagSet, args []string) error {
	name := f.String("name", "", "name of the portal")
	path := f.String("union", "", "path of its union, /0/35/")
	scopes := f.String("scopes", strings.Join(portal.AllScopes, ","), "what its keys may do")
	rate := f.Int("rate", 600, "requests a minute")
	return beside(ctx, f, args, func(a *app.App) error {
		u, err := a.Hall.UnionAt(ctx, *path)
		if err != nil {
			return named(err, "no union has the path %q; its page in the console shows it", *path)
		}
		p, err := a.Portals.Add(ctx, actor.Hall, portal.Draft{Name: *name, UnionID: u.ID, Scopes: strings.Split(*scopes, ","), RatePerMinute: *rate})
		if err == nil {
			fmt.Println(p.ID)
		}
		return err
	})
}

func portalList(ctx context.Context, f *flag.FlagSet, args []string) error {
	return beside(ctx, f, args, func(a *app.App) error {
		all, err := a.Portals.List(ctx, actor.Hall)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, p := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.Name, p.UnionPath, p.Status, strings.Join(p.Scopes, ","))
		}
		return w.Flush()
	})
}

func portalKey(ctx context.Context, f *flag.FlagSet, args []string) error {
	id := f.String("portal", "", "id of the portal")
	days := f.Int("days", 365, "days until the key ends")
	return beside(ctx, f, args, func(a *app.App) error {
		_, text, err := a.Portals.AddKey(ctx, actor.Hall, *id, time.Now().AddDate(0, 0, *days))
		if err == nil {
			fmt.Println(text)
		}
		return named(err, noPortal, *id)
	})
}

func portalRevoke(ctx context.Context, f *flag.FlagSet, args []string) error {
	id := f.String("key", "", "id of the key: the part after uh_")
	return beside(ctx, f, args, func(a *app.App) error {
		return named(a.Portals.Revoke(ctx, actor.Hall, *id), "no key has the id %q", *id)
	})
}

func portalHook(ctx context.Context, f *flag.FlagSet, args []string) error {
	id := f.String("portal", "", "id of the portal")
	url := f.String("url", "", "where to send")
	events := f.String("events", "", "subjects, separated by commas")
	return beside(ctx, f, args, func(a *app.App) error {
		h, secret, err := a.Portals.AddHook(ctx, actor.Hall, *id, *url, strings.Split(*events, ","))
		if err == nil {
			fmt.Printf("%s\n%s\n", h.ID, secret.Reveal())
		}
		return named(err, noPortal, *id)
	})
}

func portalStatus(ctx context.Context, f *flag.FlagSet, args []string) error {
	id := f.String("portal", "", "id of the portal")
	to := f.String("to", "", "active or suspended")
	return beside(ctx, f, args, func(a *app.App) error {
		return named(a.Portals.SetStatus(ctx, actor.Hall, *id, portal.Status(*to)), noPortal, *id)
	})
}
