// Package event is the form of what modules tell each other. A module emits events inside the
// transaction that makes them true; the outbox publishes them after the commit; consumers receive
// each at least once and must be idempotent by ID.
package event

import (
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/id"
)

// Event is one thing that happened. Subject is "module.thing.verb" ("exchange.need.posted"). Data is
// JSON and holds identifiers, not personal data: a consumer reads what it needs from the store, by
// its own right.
type Event struct {
	ID      string
	Subject string
	At      time.Time
	Data    json.RawMessage
}

// New makes an event; data must marshal to JSON.
func New(subject string, at time.Time, data any) Event {
	b, err := json.Marshal(data)
	if err != nil {
		panic("event: " + subject + ": " + err.Error()) // a type that cannot marshal is a defect of the caller
	}
	return Event{ID: id.New(), Subject: subject, At: at, Data: b}
}
