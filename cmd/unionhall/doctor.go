package main

import (
	"context"
	"errors"
	"os"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/doctor"
)

// examine prints what is wrong and how to mend it, and fails when anything is.
func examine(ctx context.Context, args []string) error {
	f := flags("doctor")
	c := &app.Config{}
	storeFlags(c, f)
	keysFlag(f, c)
	streamFlag(f, c)
	smsFlag(f, c)
	mailFlags(f, c)
	deep := f.Bool("deep", false, "look at every file and every page of the store, however long it takes")
	if err := parse(f, args); err != nil {
		return err
	}
	bad := false
	err := app.Diagnose(ctx, *c, *deep, func(f doctor.Finding) {
		doctor.Print(os.Stdout, f)
		bad = bad || f.State == doctor.Wrong
	})
	if err == nil && bad {
		err = errors.New("something is wrong with this hall: see above")
	}
	return err
}
