package app

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
)

// mailer sends the hall's letters with codes by the way of news.
type mailer struct {
	notices *notice.Service
	gateway noticesend.Gateway
}

var _ hall.Mailer = mailer{}

// letterTime is how long a letter with a code may take.
const letterTime = 30 * time.Second

// Owners implements hall.Mailer.
func (m mailer) Owners(ctx context.Context, address hall.Email) ([]string, error) {
	return m.notices.Owners(ctx, string(address))
}

// Mail implements hall.Mailer.
func (m mailer) Mail(ctx context.Context, to hall.Email, tag, subject, text string) error {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	return m.gateway.Send(ctx, noticesend.Letter{To: string(to), Lang: tag, Subject: subject, Text: text})
}
