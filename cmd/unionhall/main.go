// Command unionhall is the digital hall of a trade-union federation.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"slices"
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
  unionhall keys …             keys of personal data: list, rotate, reseal

  unionhall backup             copy the hall into one file, while it runs
  unionhall verify-backup FILE check every part of such a file
  unionhall restore FILE       fill an empty folder, and an empty store, from it
  unionhall migrate-store      move the store from SQLite to PostgreSQL, or back
  unionhall doctor             look for what is wrong, and say how to mend it

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
	{"keys", keys},
	{"backup", makeBackup},
	{"verify-backup", verifyBackup},
	{"restore", restore},
	{"migrate-store", migrateStore},
	{"doctor", examine},
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
	if len(args) == 0 || asksHelp(args[0]) {
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
	return fmt.Errorf("no such command: %s; unionhall -h lists them", args[0])
}

func asksHelp(word string) bool {
	return slices.Contains([]string{"-h", "-help", "--help", "help"}, word)
}

// plain says in one line what went wrong. Whoever runs commands on the machine may also see the cause, unless there is
// something better to say: what to do.
func plain(err error) string {
	var advice *app.Advice
	var f *fault.Error
	out := err.Error()
	switch {
	case errors.As(err, &advice):
		out = advice.Text
	case errors.As(err, &f):
		out = inWords(f)
	}
	return strings.Join(strings.Fields(out), " ")
}

// inWords says a fault with its fields and its cause.
func inWords(f *fault.Error) string {
	ctx := lang.With(context.Background(), lang.EN)
	out := lang.T(ctx, f.Msg, f.Args...)
	for _, x := range f.Fields {
		out += fmt.Sprintf("; %s: %s", x.Path, lang.T(ctx, x.Msg, x.Args...))
	}
	if cause := f.Unwrap(); cause != nil {
		out += fmt.Sprintf(" (%v)", cause)
	}
	return out
}

// flags makes a flag set whose flags can also come from the environment. What is wrong with them is told once, by main.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet("unionhall "+name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// parse reads the flags; one that is not given takes its value from the environment. Nothing may follow them: it would
// be a flag whose dashes were forgotten.
func parse(f *flag.FlagSet, args []string) error {
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(os.Stdout)
		fmt.Printf("%s: its flags\n", f.Name())
		f.PrintDefaults()
		return err
	case err != nil:
		return fmt.Errorf("%w; %s -h lists the flags", err, f.Name())
	case f.NArg() > 0:
		return fmt.Errorf("%s takes flags only, and no %q; %s -h lists them", f.Name(), f.Arg(0), f.Name())
	}
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) { given[x.Name] = true })
	f.VisitAll(func(x *flag.Flag) {
		env := "UNIONHALL_" + strings.ToUpper(strings.ReplaceAll(x.Name, "-", "_"))
		if v, ok := os.LookupEnv(env); ok && !given[x.Name] && err == nil {
			if e := x.Value.Set(v); e != nil {
				err = fmt.Errorf("invalid value %q in %s: %w", v, env, e)
			}
		}
	})
	return err
}

const filesUsage = "where files are kept: empty for the data folder, or s3://bucket/prefix?endpoint=https://…"

// configFlags are those of every command that opens the hall.
func configFlags(f *flag.FlagSet) *app.Config {
	c := &app.Config{}
	f.StringVar(&c.Dir, "data", "data", "folder for everything embedded: store, stream, files")
	f.StringVar(&c.Store, "store", "", "the store: empty for SQLite in the data folder, or postgres://…")
	f.StringVar(&c.Files, "files", "", filesUsage)
	streamFlag(f, c)
	keysFlag(f, c)
	cipherFlag(f, c, "what the key file seals with when it is made: aes or sm4; aes unless given")
	f.Func("base-url", "where people reach the hall, https://hall.example.org; empty for this machine", func(s string) error {
		c.BaseURL = s
		return isBase(s)
	})
	smsFlag(f, c)
	f.StringVar(&c.Directory, "directory", "", "a JSON file that describes the federation's directory (OpenID Connect); empty for none")
	mailFlags(f, c)
	f.BoolVar(&c.Private, "hooks-to-private", false, "let webhooks go to http and to private addresses")
	f.Func("proxy", "network of a proxy whose X-Forwarded-For is believed, 10.0.0.0/8; may be repeated", func(s string) error {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return errors.New("want a network such as 10.0.0.0/8, or 127.0.0.1/32 for one machine")
		}
		c.Proxies = append(c.Proxies, p)
		return nil
	})
	return c
}

func keysFlag(f *flag.FlagSet, c *app.Config) {
	f.StringVar(&c.Keys, "keys", "", "the key file of personal data; empty for keys/seal.json in the data folder")
}

func streamFlag(f *flag.FlagSet, c *app.Config) {
	f.StringVar(&c.Stream, "stream", "", "the stream of events: empty for the data folder, or nats://host:4222,nats://host:4222,…, which several processes on one PostgreSQL share")
}

func smsFlag(f *flag.FlagSet, c *app.Config) {
	f.StringVar(&c.SMS, "sms", "", "how short messages are sent: file (into sms.jsonl in the data folder and onto the terminal, to nobody), or a JSON file that describes a gateway; file unless given")
}

// isBase checks the address of the hall: pages, cookies and links hang on it.
func isBase(s string) error {
	u, err := url.Parse(s)
	if s != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "") {
		return errors.New("want an address without a path, such as https://hall.example.org")
	}
	return nil
}

// watchFlags are for those who watch the hall with tools of their own.
func watchFlags(f *flag.FlagSet, c *app.Config) {
	f.StringVar(&c.Metrics, "metrics", "", "address that serves figures to Prometheus at /metrics, such as 127.0.0.1:9464; it asks nobody who they are; empty for none")
	f.StringVar(&c.Traces, "traces", "", "collector that takes traces over OTLP/HTTP, such as http://127.0.0.1:4318; empty sends none")
	f.Float64Var(&c.TraceShare, "trace-share", 0.05, "how many requests of all are traced, 0 to 1")
}

func logger(level slog.Level, json bool) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if json {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

func serve(ctx context.Context, args []string) (err error) {
	f := flags("serve")
	c := configFlags(f)
	f.StringVar(&c.Listen, "listen", ":8080", "address to listen on")
	watchFlags(f, c)
	demo := f.Bool("demo", false, "load the demonstration province into an empty store")
	seed := f.Uint64("demo-seed", app.DemoSeed, "what the demonstration data grows from")
	level := slog.LevelInfo
	f.Func("log", "debug, info, warn or error; info unless given", func(s string) error {
		if err := level.UnmarshalText([]byte(s)); err != nil {
			return errors.New("want debug, info, warn or error")
		}
		return nil
	})
	asJSON := f.Bool("log-json", false, "log as JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	log := logger(level, *asJSON)
	slog.SetDefault(log)
	// An address that cannot be had is told before anything is loaded.
	l, err := app.Listen(c.Listen)
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
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
