package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/seal"
)

const keysUsage = `unionhall keys — the keys of personal data in the store

  list                         numbers, ciphers and ages; never a key itself
  rotate [-cipher aes|sm4]     add a key, seal with it from now on, and seal all rows anew; older keys go on opening
  reseal                       seal anew what older keys have sealed, after a rotation that was cut short
`

// keys runs the commands on the key file. Those that seal rows may run beside a running hall, which reads the new key
// from the file by itself.
func keys(ctx context.Context, args []string) error {
	verbs := map[string]func(context.Context, *flag.FlagSet, []string) error{"list": keysList, "rotate": keysRotate, "reseal": keysReseal}
	if len(args) == 0 || asksHelp(args[0]) {
		fmt.Print(keysUsage)
		return nil
	}
	if verbs[args[0]] == nil {
		return fmt.Errorf("no such command: keys %s; unionhall keys -h lists them", args[0])
	}
	return verbs[args[0]](ctx, flags("keys "+args[0]), args[1:])
}

// cipherFlag lets a command choose a cipher.
func cipherFlag(f *flag.FlagSet, c *app.Config, usage string) {
	f.Func("cipher", usage, func(s string) error {
		c.Cipher = seal.Cipher(s)
		if !slices.Contains(seal.Ciphers, c.Cipher) {
			return errors.New("want aes or sm4")
		}
		return nil
	})
}

func keysList(_ context.Context, f *flag.FlagSet, args []string) error {
	c := configFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	box, err := app.Keys(*c)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, k := range box.Keys() {
		use := "opens"
		if k.Seals {
			use = "seals and opens"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", k.Number, k.Cipher, k.Made.Format(time.RFC3339), use)
	}
	return w.Flush()
}

func keysRotate(ctx context.Context, f *flag.FlagSet, args []string) (err error) {
	c := configFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	if _, err := app.Keys(*c); err != nil { // a rotation is no occasion to make a file
		return err
	}
	cipher := c.Cipher
	c.Cipher = "" // it is for the new key, not for the file as it is
	a, err := open(ctx, *c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	n, err := a.RotateKeys(ctx, cipher)
	if err == nil {
		fmt.Printf("a new key seals; rows sealed anew: %d. Back the key file up again.\n", n)
	}
	return err
}

func keysReseal(ctx context.Context, f *flag.FlagSet, args []string) error {
	return beside(ctx, f, args, func(a *app.App) error {
		n, err := a.ResealRows(ctx)
		if err == nil {
			fmt.Printf("rows sealed anew: %d\n", n)
		}
		return err
	})
}
