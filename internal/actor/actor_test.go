package actor

import "testing"

func TestSubtree(t *testing.T) {
	clerk := Actor{Kind: Person, Grants: []Grant{{Role: Clerk, Path: "/0/33/01/"}}}
	for _, c := range []struct {
		path      string
		read, act bool
	}{
		{"/0/33/01/", true, true},
		{"/0/33/01/07/", true, true},
		{"/0/33/", false, false},    // above
		{"/0/33/02/", false, false}, // beside
		{"/0/33/011/", false, false},
		{"", false, false},
	} {
		if clerk.MayRead(c.path) != c.read || clerk.MayAct(c.path) != c.act {
			t.Errorf("%q: read %v act %v", c.path, clerk.MayRead(c.path), clerk.MayAct(c.path))
		}
	}
	if clerk.MayLead("/0/33/01/") {
		t.Error("a clerk must not lead")
	}
	auditor := Actor{Kind: Person, Grants: []Grant{{Role: Auditor, Path: "/0/"}}}
	if !auditor.MayRead("/0/33/") || auditor.MayAct("/0/33/") {
		t.Error("an auditor reads and nothing else")
	}
	if (Actor{Kind: Person, Grants: []Grant{{Role: Lead}}}).MayRead("/0/") {
		t.Error("a grant without a path must hold nothing")
	}
}

func TestSpeaksFor(t *testing.T) {
	a := Actor{Kind: Person, Enterprises: []string{"e1"}}
	if !a.SpeaksFor("e1") || a.SpeaksFor("e2") || a.SpeaksFor("") {
		t.Error("only for one's own enterprise")
	}
}

func TestRootsDropsNested(t *testing.T) {
	a := Actor{Grants: []Grant{{Path: "/0/33/01/"}, {Path: "/0/33/"}, {Path: "/0/33/"}, {Path: "/0/12/"}}}
	r := a.Roots()
	if len(r) != 2 || r[0].Path != "/0/33/" || r[1].Path != "/0/12/" {
		t.Fatalf("%v", r)
	}
}
