package doctor

import (
	"context"
	"errors"
	"testing"
)

func TestMail(t *testing.T) {
	for err, want := range map[error]State{nil: Fine, errors.New("wrong password"): Wrong} {
		f := mail(ctx, &seen{Hall: Hall{Mail: func(context.Context) (string, error) { return "mail.example:587", err }}})
		if f.State != want || (f.Mend == "") != (want == Fine) {
			t.Errorf("%v: %+v", err, f)
		}
	}
	if f := mail(ctx, &seen{}); f.State != Fine {
		t.Errorf("%+v", f)
	}
}
