package doctor

import "context"

// streamThere sees that the servers that keep the stream answer, know this hall, and could lose one of them.
func streamThere(ctx context.Context, h *seen) Finding {
	if h.Stream == nil {
		return fine("it is kept in the data folder")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := h.Stream(ctx)
	h.running = s.Used
	switch {
	case err != nil:
		return wrong("see that the NATS servers run with JetStream and that most of them are there, that --stream names them, and that its credentials, or NATS_USER and NATS_PASSWORD, are right",
			"the stream cannot be reached: %v", err)
	case !s.Made:
		return fine("its servers answer (%d); the first start of the hall makes it", s.Servers)
	case s.Current < s.Copies:
		return careful("bring back the server that is away, or wait until it has caught up: one more may be too many",
			"%d of %d copies are up to date", s.Current, s.Copies)
	case s.Copies == 1 && s.Servers >= 3:
		return careful("start the hall with all three servers in --stream and without replicas=1", "%d servers are there, and only one keeps the events", s.Servers)
	}
	return fine("%d of %d copies are up to date", s.Current, s.Copies)
}
