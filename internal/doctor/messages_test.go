package doctor

import (
	"errors"
	"testing"
)

func TestMessages(t *testing.T) {
	for _, c := range []struct {
		gateway string
		err     error
		want    State
	}{{"https://sms.example", nil, Fine}, {"", nil, Careful}, {"", errors.New("no such file"), Wrong}} {
		f := messages(ctx, &seen{Hall: Hall{SMS: func() (string, error) { return c.gateway, c.err }}})
		if f.State != c.want || (f.Mend == "") != (c.want == Fine) {
			t.Errorf("%+v: %+v", c, f)
		}
	}
}
