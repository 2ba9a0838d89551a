package hall

import (
	"context"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Finding is what an officer found when they compared an enterprise with its business licence.
type Finding string

// The findings: 已核验, 未通过核验. An enterprise that nobody looked at has none.
const (
	Verified Finding = "verified"
	Refused  Finding = "refused"
)

// Findings are all findings in the order in which forms offer them.
var Findings = []Finding{Verified, Refused}

// Verification is the last finding about an enterprise.
type Verification struct {
	EnterpriseID string
	State        Finding
	Licence      string // as read from the document; "" when refused
	Reason       string // why it was refused
	By           string // the officer
	At           time.Time
}

// VerifyInput is what an officer reads from the business licence. The code is typed anew, not confirmed: whoever only
// presses a button has compared nothing.
type VerifyInput struct {
	EnterpriseID string
	State        Finding
	Licence      string
	Reason       string
	DocumentID   string // the licence that the officer looked at; "" when none was handed in
}

func (in VerifyInput) check() (Verification, error) {
	var c fault.Check
	v := Verification{EnterpriseID: in.EnterpriseID, State: in.State}
	switch in.State {
	case Verified:
		if v.Licence = tidyLicence(in.Licence); c.That(v.Licence != "", "licence", "hall.fault.required") {
			checkLicence(&c, v.Licence)
		}
	case Refused:
		v.Reason = strings.TrimSpace(in.Reason)
		checkLine(&c, "reason", v.Reason, 200)
	default:
		c.Add("state", "hall.fault.choice")
	}
	return v, c.Err()
}

// same reports whether two findings say the same, whoever found it and when.
func (v Verification) same(o Verification) bool {
	return v.State == o.State && v.Licence == o.Licence && v.Reason == o.Reason
}

// VerifyEnterprise keeps what an officer who works on the enterprise's union found. An enterprise without a code gets
// the one on the document; one with another code is not verified. Refusing a verified one withdraws that. The same
// finding twice changes nothing.
func (s *Service) VerifyEnterprise(ctx context.Context, a actor.Actor, in VerifyInput) (err error) {
	defer fault.Wrap(&err, "hall.VerifyEnterprise(%s)", in.EnterpriseID)
	if _, err := s.worksOn(ctx, a, in.EnterpriseID); err != nil {
		return err
	}
	v, err := in.check()
	if err != nil {
		return err
	}
	v.By, v.At = a.ID, s.clock.Now()
	return s.store.Verify(ctx, v.EnterpriseID, func(e Enterprise, old Verification, d Document) (Verification, Trace, error) {
		if e.Status == Closed {
			return old, Trace{}, EnterpriseClosed
		}
		if d.ID != in.DocumentID { // a contact has handed in another since the officer looked
			return old, Trace{}, DocumentMoved
		}
		var c fault.Check
		c.That(v.State != Verified || e.Licence == "" || e.Licence == v.Licence, "licence", "hall.fault.licence-differs")
		if err := c.Err(); err != nil || v.same(old) {
			return old, Trace{}, err
		}
		what, detail := AuditEnterpriseVerified, map[string]string{"name": e.Name, "licence": v.Licence}
		if v.State == Refused {
			what, detail = AuditEnterpriseRefused, map[string]string{"name": e.Name, "reason": v.Reason}
		}
		t := s.trace(s.audit(a, what, e.UnionPath, e.ID, detail), EnterpriseChanged, e.ID)
		if d.ID != "" {
			t.Events = append(t.Events, changed(DocumentChanged, v.At, d.ID, e.UnionPath))
		}
		return v, t, nil
	})
}

// Verifications gives what was found about enterprises, by id, in one query, to whoever may read each of them.
func (s *Service) Verifications(ctx context.Context, a actor.Actor, list []Enterprise) (_ map[string]Verification, err error) {
	defer fault.Wrap(&err, "hall.Verifications(%d)", len(list))
	var ids []string
	for _, e := range list {
		if a.SpeaksFor(e.ID) || a.MayRead(e.UnionPath) {
			ids = append(ids, e.ID)
		}
	}
	out := make(map[string]Verification, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := s.store.Verifications(ctx, ids)
	for _, v := range rows {
		out[v.EnterpriseID] = v
	}
	return out, err
}
