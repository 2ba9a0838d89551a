package stream

import (
	"fmt"
	"log/slog"
)

// serverLog turns the server's log into slog. Its notices tell of every start and stop: debug here.
type serverLog struct{ log *slog.Logger }

func (l serverLog) say(level func(string, ...any), format string, v []any) {
	level("stream: server: " + fmt.Sprintf(format, v...))
}

func (l serverLog) Noticef(format string, v ...any) { l.say(l.log.Debug, format, v) }
func (l serverLog) Warnf(format string, v ...any)   { l.say(l.log.Warn, format, v) }
func (l serverLog) Errorf(format string, v ...any)  { l.say(l.log.Error, format, v) }
func (l serverLog) Fatalf(format string, v ...any)  { l.say(l.log.Error, format, v) }
func (l serverLog) Debugf(format string, v ...any)  { l.say(l.log.Debug, format, v) }
func (l serverLog) Tracef(format string, v ...any)  { l.say(l.log.Debug, format, v) }
