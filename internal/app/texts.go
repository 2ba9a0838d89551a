package app

import (
	"context"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sms"
)

// texter sends the hall's short messages.
type texter struct{ sms.Sender }

var _ hall.Texter = texter{}

// Text implements hall.Texter.
func (t texter) Text(ctx context.Context, to hall.Phone, text, code string) error {
	return t.Send(ctx, sms.Message{Phone: string(to), Text: text, Code: code})
}

// texts opens the way to telephones.
func (a *App) texts() error {
	sender, err := sms.Open(a.Config.SMS, a.Config.Dir, a.log)
	if err != nil {
		return advise(err, "cannot send short messages (%v): see that --sms is right", err)
	}
	a.Hall.Texts(texter{sender})
	return nil
}
