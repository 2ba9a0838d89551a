// Command unionhall is the digital hall of a trade-union federation.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

const usage = `unionhall — 职工之家

  unionhall serve [--demo]     run the hall
  unionhall init               make the first union and its first officer in an empty store
  unionhall migrate            bring the store's schema up to date and stop
  unionhall portal …           partner portals: add, list, key, revoke, hook, status

Each command explains its flags with -h. A flag --some-name can be given as UNIONHALL_SOME_NAME instead.
`

// command is one word after the program's name.
type command struct {
	name string
	run  func(ctx context.Context, args []string) error
}

var commands = []command{
	{"serve", serve},
	{"init", found},
	{"migrate", migrate},
	{"portal", portals},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends what does not come to an end by itself
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "unionhall:", plain(err))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Print(usage)
		return nil
	}
	for _, c := range commands {
		if c.name == args[0] {
			err := c.run(ctx, args[1:])
			if errors.Is(err, flag.ErrHelp) {
				return nil
			}
			return err
		}
	}
	fmt.Print(usage)
	return fmt.Errorf("no such command: %s", args[0])
}

// plain says a fault in words; whoever runs commands on the machine may also see the cause.
func plain(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	ctx := lang.With(context.Background(), lang.EN)
	out := lang.T(ctx, f.Msg, f.Args...)
	for _, x := range f.Fields {
		out += fmt.Sprintf("\n  %s: %s", x.Path, lang.T(ctx, x.Msg, x.Args...))
	}
	if cause := f.Unwrap(); cause != nil {
		out += fmt.Sprintf(" (%v)", cause)
	}
	return out
}

// flags makes a flag set whose flags can also come from the environment.
func flags(name string) *flag.FlagSet {
	return flag.NewFlagSet("unionhall "+name, flag.ContinueOnError)
}

// parse reads the flags; one that is not given takes its value from the environment.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) { given[x.Name] = true })
	var err error
	f.VisitAll(func(x *flag.Flag) {
		env := "UNIONHALL_" + strings.ToUpper(strings.ReplaceAll(x.Name, "-", "_"))
		if v, ok := os.LookupEnv(env); ok && !given[x.Name] && err == nil {
			if e := x.Value.Set(v); e != nil {
				err = fmt.Errorf("%s: %w", env, e)
			}
		}
	})
	return err
}

// configFlags are those of every command that opens the hall.
func configFlags(f *flag.FlagSet) *app.Config {
	c := &app.Config{}
	f.StringVar(&c.Dir, "data", "data", "folder for everything embedded: store, stream, files")
	f.StringVar(&c.Store, "store", "", "the store: empty for SQLite in the data folder, or postgres://…")
	f.StringVar(&c.BaseURL, "base-url", "", "where people reach the hall, https://hall.example.org; empty for this machine")
	f.BoolVar(&c.Private, "hooks-to-private", false, "let webhooks go to http and to private addresses")
	f.Func("proxy", "network of a proxy whose X-Forwarded-For is believed, 10.0.0.0/8; may be repeated", func(s string) error {
		p, err := netip.ParsePrefix(s)
		c.Proxies = append(c.Proxies, p)
		return err
	})
	return c
}

func logger(level string, json bool) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, err
	}
	o := &slog.HandlerOptions{Level: l}
	if json {
		return slog.New(slog.NewJSONHandler(os.Stderr, o)), nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o)), nil
}

func serve(ctx context.Context, args []string) (err error) {
	f := flags("serve")
	c := configFlags(f)
	f.StringVar(&c.Listen, "listen", ":8080", "address to listen on")
	demo := f.Bool("demo", false, "load the demonstration province into an empty store")
	seed := f.Uint64("demo-seed", app.DemoSeed, "what the demonstration data grows from")
	level := f.String("log", "info", "debug, info, warn or error")
	asJSON := f.Bool("log-json", false, "log as JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	log, err := logger(*level, *asJSON)
	if err != nil {
		return err
	}
	slog.SetDefault(log)
	a, err := app.Open(ctx, *c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var accounts []app.Account
	if *demo {
		fmt.Println("职工之家 · unionhall: preparing the demonstration province …")
		if accounts, err = a.LoadDemo(ctx, *seed); err != nil {
			return err
		}
	}
	return a.Run(ctx, func(net.Addr) { greet(c.Address(), accounts) })
}

// greet prints where the hall is and who can come in.
func greet(address string, accounts []app.Account) {
	fmt.Printf("\n职工之家 · unionhall\n\n  %s\n\n", address)
	if len(accounts) == 0 {
		return
	}
	fmt.Printf("  demonstration accounts, password %s\n\n", app.DemoPassword)
	for _, a := range accounts {
		fmt.Printf("  %-14s %s\n", a.Login, a.Who)
	}
	fmt.Println()
}

func migrate(ctx context.Context, args []string) error {
	f := flags("migrate")
	c := configFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	a, err := app.Open(ctx, *c, slog.Default())
	if err != nil {
		return err
	}
	return a.Close()
}
