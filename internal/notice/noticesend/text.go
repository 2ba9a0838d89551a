package noticesend

import (
	"context"

	"github.com/unionhall/unionhall/internal/lang"
)

// texter sends letters as text messages.
type texter struct {
	send    func(ctx context.Context, phone, text string) error
	refused func(error) bool
}

// NewText makes the gateway of text messages from what sends one. refused says whether an error means that it was
// certainly not taken.
func NewText(send func(ctx context.Context, phone, text string) error, refused func(error) bool) Gateway {
	return &texter{send, refused}
}

// textMost keeps a message to what every gateway takes in two parts.
const textMost = 60

// Send implements Gateway.
func (t *texter) Send(ctx context.Context, l Letter) error {
	if len(l.Lines) == 0 {
		return &Refusal{Why: "nothing to say"}
	}
	news := []rune(l.Lines[0].Text)
	if len(news) > textMost {
		news = append(news[:textMost-1], '…')
	}
	err := t.send(ctx, l.To, lang.In(l.Lang, "notice.text", "news", string(news), "link", l.Lines[0].Link))
	if err != nil && t.refused(err) {
		return &Refusal{Again: true, Why: "the gateway did not take it"}
	}
	return err
}
