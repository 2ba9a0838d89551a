// Package sms sends short messages: to a file and the screen, for development and for halls without a gateway, or to a gateway that
// takes them over HTTP.
package sms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Message is one short message.
type Message struct {
	Phone string // with its country: +8613800138000
	Text  string // in the reader's language
	Code  string // the one-time code that Text holds, for gateways that fill a template of their own; else ""
}

// Sender sends messages. Implementations are safe for concurrent use.
type Sender interface {
	// Send returns nil when the message was taken over. An error that is ErrRefused says that it was not and will not be;
	// any other that nobody can know: who sends again may send twice. No error holds the number, the text or the code.
	Send(ctx context.Context, m Message) error
}

// ErrRefused is a message that was surely not taken over.
var ErrRefused = errors.New("sms: refused")

// Open makes the sender that a configuration names: "" or "file" for a file in dir and the terminal, if there is
// one; else the path of a gateway's description (see Gateway).
func Open(config, dir string, log *slog.Logger) (Sender, error) {
	if IsFile(config) {
		return NewFile(dir, screen(), log), nil
	}
	return ReadGateway(config)
}

// Named says which gateway a configuration sends through, without what may hold a key; "" for a file. An error is that
// of Open.
func Named(config string) (host string, err error) {
	if IsFile(config) {
		return "", nil
	}
	g, err := describe(config)
	if err != nil {
		return "", err
	}
	_, err = ReadGateway(config)
	return g.Host(), err
}

// IsFile reports whether a configuration writes messages to a file and the screen, and so to nobody.
func IsFile(config string) bool { return config == "" || config == "file" }

// masked is enough of a number to find out in a log whose message it was.
func masked(phone string) string {
	if len(phone) < 5 {
		return "****"
	}
	return fmt.Sprintf("****%s", phone[len(phone)-2:])
}
