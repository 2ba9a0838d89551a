package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/backup"
)

// storeFlags are those of commands that work on a hall without opening it.
func storeFlags(c *app.Config, f interface {
	StringVar(p *string, name, value, usage string)
}) {
	f.StringVar(&c.Dir, "data", "data", "folder for everything embedded: store, stream, files")
	f.StringVar(&c.Store, "store", "", "the store: empty for SQLite in the data folder, or postgres://…")
	f.StringVar(&c.Files, "files", "", filesUsage)
}

// makeBackup copies a hall, running or not, into one file.
func makeBackup(ctx context.Context, args []string) error {
	f := flags("backup")
	c := &app.Config{}
	storeFlags(c, f)
	out := f.String("out", "", "the archive to make, hall-2026-11-25.tar.zst; it must not be there yet")
	withKeys := f.Bool("with-keys", false, "also copy the folder keys of the data folder: whoever has the archive can then read what is sealed in the store")
	if err := parse(f, args); err != nil {
		return err
	}
	if *out == "" {
		return errors.New("backup needs --out; unionhall backup -h explains it")
	}
	a, err := app.Backup(ctx, *c, *out, *withKeys)
	if err != nil {
		return err
	}
	contents(os.Stdout, a)
	switch a.Head.Keys {
	case backup.LeftOut, backup.NoKeys:
		fmt.Println("\nThe keys are not in it: keep a copy of the key file elsewhere, or what is sealed in the store stays sealed.")
	case backup.Included:
		fmt.Println("\nThe keys are in it: keep it as safe as the keys themselves.")
	}
	fmt.Printf("\n%s is complete and reads back whole.\n", *out)
	return gaps(a)
}

// gaps tells what the hall itself had lost; a backup that says nothing would be trusted with it.
func gaps(a backup.Archive) error {
	g := a.Manifest.Gaps
	if !g.Any() {
		return nil
	}
	return fmt.Errorf("the backup is made, but the hall had lost files before: %d references to missing ones, %d damaged ones; unionhall doctor --deep names them, an older backup may still have them", g.Missing, g.Damaged)
}

func verifyBackup(ctx context.Context, args []string) error {
	f := flags("verify-backup")
	in := f.String("in", "", "the archive; it can also be given without the flag, first")
	args, path := split(args)
	if err := parse(f, args); err != nil {
		return err
	}
	if path == "" {
		path = *in
	}
	if path == "" {
		return errors.New("verify-backup needs the archive: unionhall verify-backup FILE")
	}
	a, err := backup.VerifyFile(ctx, path)
	if err != nil {
		return err
	}
	contents(os.Stdout, a)
	fmt.Printf("\n%s is whole: every part has the checksum it should have.\n", path)
	return nil
}

// split takes the file that comes before the flags.
func split(args []string) (rest []string, path string) {
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		return args[1:], args[0]
	}
	return args, ""
}

func restore(ctx context.Context, args []string) error {
	f := flags("restore")
	c := &app.Config{}
	in := f.String("in", "", "the archive; it can also be given without the flag, first")
	f.StringVar(&c.Dir, "dir", "", "the data folder to fill; it must be empty or not there")
	f.StringVar(&c.Store, "store", "", "an empty store to fill: empty for SQLite in the folder, or postgres://…")
	f.StringVar(&c.Files, "files", "", "where the files are to go: empty for the folder, or s3://bucket/prefix?endpoint=https://…")
	args, path := split(args)
	if err := parse(f, args); err != nil {
		return err
	}
	if path == "" {
		path = *in
	}
	if path == "" || c.Dir == "" {
		return errors.New("restore needs the archive and a folder: unionhall restore FILE --dir FOLDER")
	}
	a, err := app.Restore(ctx, *c, path)
	if err != nil {
		return err
	}
	contents(os.Stdout, a)
	fmt.Printf("\nRestored into %s, and every table reads as the backup says.\n", c.Dir)
	if a.Head.Keys != backup.Included {
		fmt.Printf("The backup holds no keys: before you start the hall, put the key file of the hall it came from at %s/keys/seal.json, or name it with --keys. Without it, what is sealed in the store cannot be read.\n", c.Dir)
	}
	return gaps(a)
}

// contents lists what an archive holds.
func contents(to io.Writer, a backup.Archive) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "made %s on %s\n\ntable\trows\tSHA-256\n", a.Head.Made.Format(time.RFC3339), a.Head.Dialect)
	for _, s := range a.Manifest.Sums {
		fmt.Fprintf(w, "%s\t%d\t%s\n", s.Table, s.Rows, s.SHA256)
	}
	fmt.Fprintf(w, "files\t%d\t%d bytes\n", a.Manifest.Files.Count, a.Manifest.Files.Bytes)
	_ = w.Flush() // a closed standard output is nobody's loss here
}

// migrateStore moves a hall from one store to another.
func migrateStore(ctx context.Context, args []string) error {
	f := flags("migrate-store")
	from := f.String("from", "", "the store as it is: sqlite:/var/lib/unionhall/hall.db or postgres://…; stop the hall first")
	to := f.String("to", "", "an empty store: postgres://… or sqlite:PATH")
	if err := parse(f, args); err != nil {
		return err
	}
	if *from == "" || *to == "" {
		return errors.New("migrate-store needs --from and --to; unionhall migrate-store -h explains them")
	}
	moved, err := app.MoveStore(ctx, *from, *to)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "table\trows from\trows to\tSHA-256 from\tSHA-256 to")
	for _, m := range moved {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", m.From.Table, m.From.Rows, m.To.Rows, m.From.SHA256, m.To.SHA256)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("\nEvery table is the same on both sides. The files stay in the data folder: start the hall with the same --data and the new --store.")
	return nil
}
