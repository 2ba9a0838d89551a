package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Server serves a router and stops without losing an accepted request.
type Server struct {
	http *http.Server
	live *Live
	wait time.Duration
}

// NewServer makes a server with bounds on how long a peer may take: 10 s for headers, 2 min for a body
// (phones upload photos over slow lines), 1 min for reading the answer; live pages set their own.
func NewServer(rt *Router) *Server {
	return &Server{
		live: rt.opts.Live,
		wait: 20 * time.Second,
		http: &http.Server{
			Handler:           rt,
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       2 * time.Minute,
			WriteTimeout:      3 * time.Minute, // counts from the end of the headers, so it includes the body
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(rt.opts.Log.Handler(), slog.LevelDebug),
		},
	}
}

// Serve answers on l until ctx ends. Then it stops accepting, ends live pages, and returns when every
// accepted request is answered, or with an error after 20 s.
func (s *Server) Serve(ctx context.Context, l net.Listener) (err error) {
	defer fault.Wrap(&err, "web.Serve(%s)", l.Addr())
	done := make(chan error, 1)
	go func() { done <- s.http.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if s.live != nil {
		s.live.Close()
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.wait)
	defer cancel()
	if err := s.http.Shutdown(stop); err != nil {
		s.http.Close()
		return err
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
