package hall_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/unionhall/unionhall/internal/hall/halltest"
)

// Devices are asked for keys of approved algorithms alone (RFC 9053, RFC 8812): none with SHA-1, none without a hash.
func TestPasskeysHaveApprovedAlgorithms(t *testing.T) {
	w, s, _ := world(t)
	if err := s.UsePasskeys(at); err != nil {
		t.Fatal(err)
	}
	c, err := s.BeginPasskey(bg, halltest.Actor(t, s, w.A.Worker))
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		PubKeyCredParams []struct{ Alg int }
	}
	if err := json.Unmarshal(c.Options, &o); err != nil || len(o.PubKeyCredParams) < 3 {
		t.Fatalf("%s %v", c.Options, err)
	}
	approved := []int{-7, -35, -36, -37, -38, -39, -257, -258, -259, -8} // ES, PS and RS with SHA-2, EdDSA
	for _, p := range o.PubKeyCredParams {
		if !slices.Contains(approved, p.Alg) {
			t.Errorf("%d is asked for", p.Alg)
		}
	}
}
