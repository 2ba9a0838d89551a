package noticesend

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/unionhall/unionhall/internal/lang"
)

// PushKeys are the hall's own pair, by which push services know who sends.
type PushKeys struct {
	Public  string `json:"public"`
	Private string `json:"private"`
}

// String keeps the private key out of logs.
func (k PushKeys) String() string { return k.Public }

// NewPushKeys makes a pair.
func NewPushKeys() (k PushKeys, err error) {
	k.Private, k.Public, err = webpush.GenerateVAPIDKeys()
	return k, err
}

// OK reports whether it is a pair.
func (k PushKeys) OK() bool {
	private, err := base64.RawURLEncoding.DecodeString(k.Private)
	if err != nil {
		return false
	}
	pair, err := ecdh.P256().NewPrivateKey(private)
	return err == nil && base64.RawURLEncoding.EncodeToString(pair.PublicKey().Bytes()) == k.Public
}

// PushOptions say how browsers are reached.
type PushOptions struct {
	Keys   PushKeys
	Sender string       // whom a push service can turn to: the hall's own address, or an e-mail address
	HTTP   *http.Client // that goes nowhere where the hall must not
}

// pusher sends letters to browsers.
type pusher struct{ PushOptions }

// NewPush makes the gateway of browsers.
func NewPush(o PushOptions) Gateway { return &pusher{o} }

// pushTTL is how long a push service keeps what it cannot deliver: no longer than it is news.
const pushTTL = 12 * time.Hour

// note is what a browser shows. It stands on locked screens, so it says of what kind the news is, and no more.
type note struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Link  string `json:"link"` // a path of this hall
}

// Send implements Gateway.
func (p *pusher) Send(ctx context.Context, l Letter) error {
	var to webpush.Subscription
	if err := json.Unmarshal([]byte(l.To), &to); err != nil || len(l.Lines) == 0 {
		return &Refusal{Gone: true, Why: "no subscription"}
	}
	link, err := url.Parse(l.Lines[0].Link)
	if err != nil {
		return &Refusal{Why: "no link"}
	}
	body, err := json.Marshal(note{lang.In(l.Lang, "notice.letter.from"), lang.In(l.Lang, "notice.kind."+string(l.Lines[0].Kind)), link.RequestURI()})
	if err != nil {
		return &Refusal{Why: "the note cannot be written"}
	}
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	res, err := webpush.SendNotificationWithContext(ctx, body, &to, &webpush.Options{HTTPClient: p.HTTP, TTL: int(pushTTL / time.Second),
		Subscriber: p.Sender, VAPIDPublicKey: p.Keys.Public, VAPIDPrivateKey: p.Keys.Private, RecordSize: 2048})
	switch {
	case err != nil && connected.Load():
		return errors.New("nobody knows what became of the note") // the error's own text holds the address
	case err != nil:
		return &Refusal{Again: true, Why: "the push service cannot be reached"}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // what it says beside the status is nothing to us
	return answered(res.StatusCode)
}

// answered reads a push service's status. A gateway in between that gives up does not know whether the service took it.
func answered(status int) error {
	why := fmt.Sprintf("the push service says %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return &Refusal{Gone: true, Why: why}
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return &Refusal{Again: true, Why: why}
	case status < 500:
		return &Refusal{Why: why}
	}
	return errors.New(why)
}

// Subscription reads what a browser has subscribed with, and gives it in its normal form. reach says whether the hall
// may go to an address.
func Subscription(raw string, reach func(string) (string, bool)) (endpoint, value string, ok bool) {
	var s webpush.Subscription
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return "", "", false
	}
	if s.Endpoint, ok = reach(s.Endpoint); !ok {
		return "", "", false
	}
	point, err := unpadded(s.Keys.P256dh)
	if err != nil {
		return "", "", false
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return "", "", false
	}
	if auth, err := unpadded(s.Keys.Auth); err != nil || len(auth) != 16 {
		return "", "", false
	}
	b, err := json.Marshal(s)
	return s.Endpoint, string(b), err == nil
}

func unpadded(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}
