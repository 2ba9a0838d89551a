package exchangeweb

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// lengths are how long a visit may be proposed for, in hours: up to a day, and then to the end of a later one.
var lengths = []int{1, 2, 3, 4, 8, 32, 56}

// proposeVisit proposes a date on site.
func (p *Pages) proposeVisit(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "visit", "#visits", "exchange.flash.visit-proposed", func(needID, engagementID string, f *web.Form) error {
		var c fault.Check
		plan := exchange.VisitPlan{Address: f.Get("address"), Note: f.Get("visit_note")}
		if v := f.Get("from"); c.That(v != "", "from", "field.required") {
			var ok bool
			plan.From, ok = local(v)
			c.That(ok, "from", "field.date")
		}
		hours, _ := strconv.Atoi(f.Get("to"))
		c.That(slices.Contains(lengths, hours), "to", "field.choice")
		plan.To = plan.From.Add(time.Duration(hours) * time.Hour)
		if err := c.Err(); err != nil {
			return err
		}
		_, err := p.Exchange.ProposeVisit(r.Context(), actor.From(r.Context()), needID, engagementID, plan)
		return err
	})
}

// visit runs what a visit's button asks for.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request, msg string, do func(needID, engagementID, visitID string, f *web.Form) error) error {
	visitID, err := given(r, "visit")
	if err != nil {
		return err
	}
	return p.act(w, r, "", "#visits", msg, func(needID, engagementID string, f *web.Form) error {
		return do(needID, engagementID, visitID, f)
	})
}

func (p *Pages) agreeVisit(w http.ResponseWriter, r *http.Request) error {
	return p.visit(w, r, "exchange.flash.visit-agreed", func(needID, engagementID, visitID string, _ *web.Form) error {
		return p.Exchange.AgreeVisit(r.Context(), actor.From(r.Context()), needID, engagementID, visitID)
	})
}

func (p *Pages) cancelVisit(w http.ResponseWriter, r *http.Request) error {
	return p.visit(w, r, "exchange.flash.visit-canceled", func(needID, engagementID, visitID string, f *web.Form) error {
		return p.Exchange.CancelVisit(r.Context(), actor.From(r.Context()), needID, engagementID, visitID, f.Get("reason-"+visitID))
	})
}

func (p *Pages) confirmVisit(w http.ResponseWriter, r *http.Request) error {
	return p.visit(w, r, "exchange.flash.visit-done", func(needID, engagementID, visitID string, _ *web.Form) error {
		return p.Exchange.ConfirmVisit(r.Context(), actor.From(r.Context()), needID, engagementID, visitID)
	})
}

// firstDay is the date that the form begins with: the first day that is wanted, or else the next working day, in
// the morning.
func (d deal) firstDay() string {
	t := d.now.In(lang.Zone)
	if s := d.need.Days(d.kind); s != nil && s.From.After(d.now) {
		t = s.From.In(lang.Zone).AddDate(0, 0, -1)
	}
	for {
		t = t.AddDate(0, 0, 1)
		if wd := t.Weekday(); wd != time.Saturday && wd != time.Sunday {
			return t.Format(time.DateOnly) + "T09:00"
		}
	}
}

// place is where the need is, as a visit's address begins.
func (d deal) place() string {
	if s := d.need.Spot(d.kind); s != nil {
		return s.Address
	}
	return ""
}

// shownVisits are the visits worth showing: what is open or has taken place, and the last that was called off when
// there is nothing else.
func (d deal) shownVisits() []exchange.Visit {
	var out []exchange.Visit
	for _, v := range d.e.Visits {
		if v.Canceled.IsZero() {
			out = append(out, v)
		}
	}
	if n := len(d.e.Visits); len(out) == 0 && n > 0 {
		out = d.e.Visits[n-1:]
	}
	return out
}
