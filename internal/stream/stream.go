// Package stream carries events from the outbox to those who act on them: durable consumers that work
// through every event, and followers that only want to know what happens while they live.
//
// It is transport, never the record: what it has lost is published again from the outbox, and what it has
// published twice its consumers recognise by the event's ID.
package stream

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/event"
)

// Stream carries events. Subjects are an event's own ("exchange.need.posted"); where a list of subjects is
// asked for, "*" stands for one word and a last ">" for one or more, and no two may overlap. It is safe for concurrent
// use.
//
// Guarantees:
//   - An event for which Publish returned nil reaches every consumer that is or will be there within seven
//     days, at least once. Twice is rare (a redelivery after a crash, an event published again after the
//     duplicate window) but happens.
//   - Order is that of publishing, until an event fails or is published again.
//   - Nothing here is synced to disk before Publish returns. A power failure may take the last seconds back;
//     Relay publishes them again.
type Stream interface {
	// Publish returns nil when every event has been taken. After an error any part of them may have been;
	// to publish all again is right, as an event with an ID seen in the last minutes is taken once.
	Publish(ctx context.Context, events ...event.Event) error

	// Consume calls fn for every event of the subjects, one at a time in this process. The name is
	// durable and shared: consumers of one name, in one process or on several nodes, divide the events
	// among them, and go on where they left off after a restart. A new name begins with the oldest event
	// that is kept. When fn fails or panics, the event comes again, after a pause that grows to ten
	// minutes, for as long as it takes; other events go on meanwhile. fn's context ends when ctx does or the
	// stream is closed, and what fn had not finished then comes again.
	//
	// Consume returns when subscribed; ctx ends the subscription. The subjects may differ from those the
	// name had before.
	Consume(ctx context.Context, name string, subjects []string, fn func(ctx context.Context, e event.Event) error) error

	// Follow calls fn for every event of the subjects that is published after Follow has returned, in
	// order, in every process that follows. Nothing is remembered: what is published while nobody
	// follows is not seen, and fn cannot refuse. It must be quick.
	Follow(ctx context.Context, subjects []string, fn func(e event.Event)) error

	// Close ends all subscriptions, waits for the functions that are running, and closes the transport.
	Close() error
}

// matches reports whether a subject is meant by a pattern.
func matches(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, word := range p {
		switch {
		case word == ">":
			return i == len(p)-1 && len(s) > i
		case i >= len(s) || word != "*" && word != s[i]:
			return false
		}
	}
	return len(p) == len(s)
}

func matchesAny(patterns []string, subject string) bool {
	for _, p := range patterns {
		if matches(p, subject) {
			return true
		}
	}
	return false
}
