package hall_test

import (
	"errors"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestVerifyingAnEnterprise(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := halltest.NewWorld(t)
		s, _ := w.Service(t, hallsql.New(db, sealtest.Box(t)))
		clerk := halltest.Actor(t, s, w.A.Clerk)
		mine, other := hall.LicenceFrom("91350100MA2XN0011"), hall.LicenceFrom("91350100MA2XN0012")
		enter := func(name, licence string) hall.Enterprise {
			e, err := s.CreateEnterprise(bg, clerk, hall.EnterpriseInput{Name: name, Licence: licence, Industry: "mould", Size: hall.Small, UnionID: w.A.Sub.ID})
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		with, without := enter("甲厂", mine), enter("乙厂", "")
		verify := func(e hall.Enterprise, f hall.Finding, licence, reason string) error {
			return s.VerifyEnterprise(bg, clerk, hall.VerifyInput{EnterpriseID: e.ID, State: f, Licence: licence, Reason: reason})
		}
		found := func(a actor.Actor, e hall.Enterprise) hall.Verification {
			m, err := s.Verifications(bg, a, []hall.Enterprise{e})
			if err != nil {
				t.Fatal(err)
			}
			return m[e.ID]
		}
		audits := func(e hall.Enterprise) int {
			list, err := s.Audits(bg, halltest.Actor(t, s, w.A.Lead), w.A.Union.ID, hall.Page{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, a := range list.Rows {
				if a.On == e.ID && (a.What == hall.AuditEnterpriseVerified || a.What == hall.AuditEnterpriseRefused) {
					n++
				}
			}
			return n
		}

		for _, bad := range []error{verify(with, "", mine, ""), verify(with, hall.Verified, "", ""), verify(with, hall.Verified, mine[:17], ""),
			verify(with, hall.Verified, other, ""), verify(with, hall.Refused, mine, " ")} {
			if code(bad) != fault.Invalid {
				t.Error(bad)
			}
		}
		if v := found(clerk, with); v.State != "" || audits(with) != 0 {
			t.Fatalf("%+v", v)
		}
		for range 2 { // pressed twice
			if err := verify(with, hall.Verified, " "+mine, "not kept"); err != nil {
				t.Fatal(err)
			}
		}
		v := found(clerk, with)
		if v.State != hall.Verified || v.Licence != mine || v.Reason != "" || v.By != w.A.Clerk.ID || v.At.IsZero() || audits(with) != 1 {
			t.Fatalf("%+v, %d audits", v, audits(with))
		}
		if v := found(halltest.Actor(t, s, w.B.Lead), with); v.State != "" {
			t.Errorf("a sister union's lead reads %+v", v)
		}

		// One code, one enterprise: also for the one that had none.
		if err := verify(without, hall.Verified, mine, ""); !errors.Is(err, hall.TakenLicence) || found(clerk, without).State != "" {
			t.Fatal(err)
		}
		if err := verify(without, hall.Verified, other, ""); err != nil {
			t.Fatal(err)
		}
		if e, err := s.Enterprise(bg, clerk, without.ID); err != nil || e.Licence != other {
			t.Fatalf("%+v %v", e, err)
		}
		if _, err := s.CreateEnterprise(bg, clerk, hall.EnterpriseInput{Name: "丙厂", Licence: other, Industry: "mould", Size: hall.Small, UnionID: w.A.Sub.ID}); !errors.Is(err, hall.TakenLicence) {
			t.Fatal("the code found is as taken as one that was entered:", err)
		}

		if err := verify(with, hall.Refused, mine, "执照已注销"); err != nil {
			t.Fatal(err)
		}
		if v := found(clerk, with); v.State != hall.Refused || v.Licence != "" || v.Reason != "执照已注销" || audits(with) != 2 {
			t.Fatalf("%+v", v)
		}
		if err := s.CloseEnterprise(bg, clerk, with.ID, "歇业"); err != nil {
			t.Fatal(err)
		}
		if err := verify(with, hall.Verified, mine, ""); !errors.Is(err, hall.EnterpriseClosed) {
			t.Fatal(err)
		}
		if gone, left, err := s.ExpelEnterprises(bg, clerk, []string{without.ID}, nil); err != nil || len(gone) != 0 || len(left) != 1 {
			t.Fatal("an import's undoing takes no enterprise that was verified:", gone, left, err)
		}
	})
}
