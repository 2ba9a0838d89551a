package app

import (
	"context"
	"errors"

	oidc "github.com/unionhall/unionhall/internal/directory"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
)

// federation is the directory of the federation, as the hall asks it.
type federation struct{ *oidc.Directory }

var _ hall.Directory = federation{}

// Called implements hall.Directory.
func (f federation) Called() lang.Text {
	n := f.Name()
	return lang.Text{ZH: n.ZH, EN: n.EN}
}

// Identity implements hall.Directory.
func (f federation) Identity(ctx context.Context, code, nonce, verifier string) (hall.Identity, bool, error) {
	i, err := f.Directory.Identity(ctx, code, nonce, verifier)
	if errors.Is(err, oidc.ErrRefused) {
		return hall.Identity{}, false, nil
	}
	return hall.Identity{Issuer: i.Issuer, Subject: i.Subject, Login: i.Login, At: i.At}, err == nil, err
}

// federate lets in whom the federation's directory knows.
func (a *App) federate() error {
	if a.Config.Directory == "" {
		return nil
	}
	d, err := oidc.Read(a.Config.Directory, a.Config.Address()+"/signin/directory/back")
	if err != nil {
		return advise(err, "cannot use the directory (%v): see that --directory is right", err)
	}
	a.Hall.UseDirectory(federation{d})
	return nil
}
