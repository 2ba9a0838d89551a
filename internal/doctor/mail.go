package doctor

import "context"

// mail looks at the way of letters: it connects, and sends none.
func mail(ctx context.Context, h *seen) Finding {
	if h.Mail == nil {
		return fine("e-mail is not sent")
	}
	server, err := h.Mail(ctx)
	if err != nil {
		return wrong("see that the --smtp flags are right and that the server runs and can be reached from here; the page on operations explains them",
			"e-mail cannot be sent: %v", err)
	}
	return fine("%s lets the hall in", server)
}
