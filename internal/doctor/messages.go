package doctor

import "context"

// messages looks at the way to telephones; it sends nothing.
func messages(_ context.Context, h *seen) Finding {
	if h.SMS == nil {
		return fine("not asked")
	}
	gateway, err := h.SMS()
	switch {
	case err != nil:
		return wrong("correct the file that --sms names; the page on operations has an example", "short messages cannot be sent: %v", err)
	case gateway == "":
		return careful("describe a gateway with --sms, if people are to use this hall", "short messages are written to a file: one-time codes reach nobody")
	}
	return fine("short messages go to %s", gateway)
}
