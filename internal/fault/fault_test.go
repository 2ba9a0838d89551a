package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestCodeOfLooksThroughWrapping(t *testing.T) {
	err := fmt.Errorf("outer: %w", New(Conflict, "x").Because(errors.New("disk")))
	if CodeOf(err) != Conflict {
		t.Fatalf("got %s", CodeOf(err))
	}
	if CodeOf(errors.New("plain")) != Internal {
		t.Fatal("an unknown error must be internal")
	}
	if Is(nil, Internal) {
		t.Fatal("nil carries no code")
	}
}

func TestCheckNamesEveryField(t *testing.T) {
	var c Check
	if c.Err() != nil {
		t.Fatal("an empty check must pass")
	}
	c.That(false, "title", "field.required")
	c.That(true, "trade", "field.required")
	c.Add("target", "field.number")
	var f *Error
	if !errors.As(c.Err(), &f) || len(f.Fields) != 2 || f.Code != Invalid {
		t.Fatalf("got %v", c.Err())
	}
}

func TestWrapKeepsNil(t *testing.T) {
	var err error
	Wrap(&err, "op")
	if err != nil {
		t.Fatal("nil must stay nil")
	}
	err = NoSuch()
	Wrap(&err, "op(%d)", 3)
	if !Is(err, NotFound) || !strings.HasPrefix(err.Error(), "op(3): ") {
		t.Fatal(err)
	}
}
