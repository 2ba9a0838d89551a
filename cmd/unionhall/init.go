package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/hall"
)

// found makes the first union and its first lead. The password is read from standard input, so that it stands in
// no process list and no history.
func found(ctx context.Context, args []string) (err error) {
	f := flags("init")
	c := configFlags(f)
	union := f.String("union", "", "name of the first union, in Chinese")
	unionEN := f.String("union-en", "", "its name in English")
	level := f.Int("level", int(hall.Province), "its level: 1 nation, 2 province, 3 city, 4 county, 5 township or park, 6 grassroots")
	person := f.String("name", "", "name of the first officer")
	phone := f.String("phone", "", "their phone number, to sign in with")
	if err := parse(f, args); err != nil {
		return err
	}
	if *union == "" || *person == "" || *phone == "" {
		return errors.New("init needs --union, --name and --phone; unionhall init -h explains them")
	}
	if at, err := os.Stdin.Stat(); err == nil && at.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(os.Stderr, "password for the first officer: ")
	}
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && password != "") {
		return errors.New("no password came on standard input: type one, or send it there in one line")
	}
	a, err := app.Open(ctx, *c, slog.Default())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	p, err := a.Hall.Found(ctx, hall.Founding{Name: *union, NameEN: *unionEN, Level: hall.Level(*level), Person: *person, Phone: *phone,
		Password: strings.TrimRight(password, "\r\n")})
	if err != nil {
		return err
	}
	fmt.Printf("made %s; %s can sign in with %s\n", *union, p.Name, *phone)
	if a.KeysMade != "" {
		fmt.Printf("made the key file %s: keep a copy apart from the store and its backups\n", a.KeysMade)
	}
	return nil
}

// open is for commands that work on a store beside a running hall.
func open(ctx context.Context, c app.Config) (*app.App, error) {
	return app.Open(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
}
