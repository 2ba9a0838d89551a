package exchangeweb

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web"
)

// readAfter reads a measured value, nil when none is given.
func readAfter(f *web.Form, field string, c *fault.Check) *float64 {
	v := f.Get(field)
	if v == "" {
		return nil
	}
	n, ok := exchange.ParseNumber(v)
	c.That(ok, field, "field.number")
	return &n
}

// close is one side's end: the result, what was measured, the rating of the other side.
func (p *Pages) close(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "close", "", "exchange.flash.closed", func(needID, engagementID string, f *web.Form) error {
		var c fault.Check
		end := exchange.Closing{Result: exchange.Result(f.Get("result")), After: readAfter(f, "after", &c), Note: f.Get("note"),
			Comment: f.Get("comment")}
		end.Stars, _ = strconv.Atoi(f.Get("stars")) // what is no number is no star
		if err := c.Err(); err != nil {
			return err
		}
		_, err := p.Exchange.Close(r.Context(), actor.From(r.Context()), needID, engagementID, end)
		return err
	})
}

// answerFollowUp says whether the gain holds.
func (p *Pages) answerFollowUp(w http.ResponseWriter, r *http.Request) error {
	days, err := strconv.Atoi(r.PathValue("days"))
	if err != nil {
		return fault.NoSuch()
	}
	return p.act(w, r, "follow", "", "exchange.flash.followed", func(needID, engagementID string, f *web.Form) error {
		var c fault.Check
		value := readAfter(f, "value", &c)
		if err := c.Err(); err != nil {
			return err
		}
		return p.Exchange.AnswerFollowUp(r.Context(), actor.From(r.Context()), needID, engagementID, days,
			exchange.Gain(f.Get("holds")), value, f.Get("gain_note"))
	})
}

// readTool reads the words of a toolbox entry.
func readTool(f *web.Form) exchange.Tool {
	return exchange.Tool{Title: f.Get("title"), Problem: f.Get("problem"), Cause: f.Get("cause"), Method: f.Get("method"), Gear: f.Get("gear")}
}

// writeTool publishes what was learned, and leads to it. Pressed twice it leads to what the first press made.
func (p *Pages) writeTool(w http.ResponseWriter, r *http.Request) error {
	d, err := p.deal(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	t, err := p.Exchange.WriteTool(r.Context(), actor.From(r.Context()), d.need.ID, d.e.ID, readTool(f))
	switch {
	case fault.Is(err, fault.Invalid):
		return p.showSent(w, r, "tool", f, err)
	case fault.Is(err, fault.Conflict):
		return done(w, r, err, d.href(""), "")
	}
	return done(w, r, err, "/toolbox/"+t.ID, "exchange.flash.tool-written")
}

// draftTool is the entry as the page suggests it, from what the case holds.
func (d deal) draftTool() exchange.Tool {
	t := exchange.Tool{Title: d.need.Title}
	for _, x := range d.kind.Need.Fields {
		v := d.need.Values[x.Key].Text
		switch {
		case x.Type == exchange.Prose && t.Problem == "":
			t.Problem = v
		case x.Type == exchange.Line && t.Gear == "":
			t.Gear = v
		}
	}
	if d.e.OfferEnd != nil {
		t.Method = strings.TrimSpace(d.e.OfferEnd.Note)
	}
	return t
}

// mayClose reports whether the reader may close, or change how their side has closed.
func (d deal) mayClose() bool { return d.works() && d.party() }

// outcome is the value after the service: what the need's side measured, or else the other.
func (d deal) outcome() *float64 {
	for _, end := range []*exchange.Closing{d.e.NeedEnd, d.e.OfferEnd} {
		if end != nil && end.After != nil {
			return end.After
		}
	}
	return nil
}
