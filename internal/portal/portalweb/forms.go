package portalweb

import (
	"time"

	"github.com/unionhall/unionhall/internal/portal"
)

// Hook is a hook as the API shows it.
type Hook struct {
	ID          string            `json:"id"`
	URL         string            `json:"url"`
	Events      []string          `json:"events" doc:"Subjects, or * for all that the portal may hear of"`
	Status      portal.HookStatus `json:"status" enum:"active,paused,disabled"`
	Failures    int               `json:"failures" doc:"Attempts that failed since the last one that did not"`
	PausedUntil *time.Time        `json:"paused_until,omitempty" doc:"When a paused hook is tried again"`
	CreatedAt   time.Time         `json:"created_at"`
}

// NewHook is a hook with its secret, which is shown this once.
type NewHook struct {
	Hook
	Secret string `json:"secret" doc:"What deliveries are signed with; it is not shown again"`
}

// Delivery is one event on its way over a hook.
type Delivery struct {
	ID        string         `json:"id"`
	EventID   string         `json:"event_id" doc:"The webhook-id"`
	Type      string         `json:"type" doc:"The event's subject"`
	State     portal.State   `json:"state" enum:"pending,delivered,failed"`
	Attempts  int            `json:"attempts"`
	DueAt     *time.Time     `json:"due_at,omitempty" doc:"The next attempt, while pending"`
	LastAt    *time.Time     `json:"last_at,omitempty" doc:"The last attempt"`
	Status    int            `json:"status,omitempty" doc:"HTTP status of the last answer"`
	Failure   portal.Failure `json:"failure,omitempty" enum:"status,timeout,connect,name,tls,address,expired" doc:"Why the last attempt failed"`
	TookMS    int64          `json:"took_ms,omitempty" doc:"How long the last attempt took"`
	CreatedAt time.Time      `json:"created_at"`
}

type hooksOut struct {
	Body struct {
		Hooks []Hook `json:"hooks"`
	}
}

type addIn struct {
	Body struct {
		URL    string   `json:"url" format:"uri" maxLength:"2048" doc:"An https address that can be reached from the internet"`
		Events []string `json:"events,omitempty" maxItems:"50" doc:"Subjects to hear of; none, or *, are all that the portal may hear of"`
	}
}

type newHookOut struct{ Body NewHook }

type hookIn struct {
	Hook string `path:"hook" maxLength:"64"`
}

type deliveriesIn struct {
	Hook  string `path:"hook" maxLength:"64"`
	After string `query:"after" maxLength:"64" doc:"The next cursor of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type deliveriesOut struct {
	Body struct {
		Deliveries []Delivery `json:"deliveries"`
		Next       string     `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

type deliveryIn struct {
	Hook     string `path:"hook" maxLength:"64"`
	Delivery string `path:"delivery" maxLength:"64"`
}

func hookOf(h portal.Hook) Hook {
	return Hook{
		ID: h.ID, URL: h.URL, Events: h.Events, Status: h.Status, Failures: h.Failures,
		PausedUntil: known(h.PausedUntil), CreatedAt: h.CreatedAt,
	}
}

func deliveryOf(d portal.Delivery) Delivery {
	out := Delivery{
		ID: d.ID, EventID: d.EventID, Type: d.Subject, State: d.State, Attempts: d.Attempts, LastAt: known(d.LastAt),
		Status: d.Status, Failure: d.Failure, TookMS: d.Took.Milliseconds(), CreatedAt: d.CreatedAt,
	}
	if d.State == portal.Pending {
		out.DueAt = known(d.DueAt)
	}
	return out
}

// known leaves a time that never was out of the JSON.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
