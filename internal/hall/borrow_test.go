package hall_test

import (
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

// Who can hand out a password can sign in with it: an officer must not come to speak for an enterprise of a sister union
// through one of their own people.
func TestAPasswordBorrowsNoEnterpriseElsewhere(t *testing.T) {
	w, s, _ := world(t)
	person := w.A.Worker.ID
	clerk := actor.Actor{Kind: actor.Person, ID: "clerk", Grants: []actor.Grant{{Role: actor.Clerk, UnionID: w.A.Sub.ID, Path: w.A.Worker.UnionPath}}}
	if _, err := s.HandOutPassword(bg, clerk, person); err != nil {
		t.Fatal(err)
	}
	_, err := s.AddContact(bg, actor.Hall, hall.ContactInput{EnterpriseID: w.B.Enterprise.ID, Title: "顾问", Phone: string(w.A.Worker.Phone)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.HandOutPassword(bg, clerk, person); !fault.Is(err, fault.Denied) {
		t.Fatalf("want denied, got %v", err)
	}
	if _, err := s.HandOutPassword(bg, actor.Hall, person); err != nil {
		t.Fatal(err)
	}
}
