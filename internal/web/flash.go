package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

const (
	flashCookie = "flash"
	flashMost   = 5    // messages that wait at a time
	flashBytes  = 2000 // of the cookie
)

// waiting is a message on its way to the next page. It holds a message id and values, never markup,
// so a forged cookie can at most say something that the hall says anyway.
type waiting struct {
	Tone ui.Tone `json:"t,omitempty"`
	ID   string  `json:"m"`
	Args []any   `json:"a,omitempty"`
}

// flashBag holds the messages that came with the request and those made during it. One request is
// one goroutine's; it needs no lock.
type flashBag struct {
	came  bool
	list  []waiting
	taken bool
}

// Flash leaves a message of success for the page that the reader sees next. Args are name, value pairs
// and must be strings, numbers or booleans.
func Flash(ctx context.Context, msgID string, args ...any) { FlashTone(ctx, ui.Good, msgID, args...) }

// FlashTone is Flash with another tone.
func FlashTone(ctx context.Context, tone ui.Tone, msgID string, args ...any) {
	f := &state(ctx).flash
	if len(f.list) < flashMost {
		f.list = append(f.list, waiting{tone, msgID, args})
	}
}

func (f *flashBag) read(r *http.Request) {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return
	}
	f.came = true
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(raw) > flashBytes {
		return
	}
	var list []waiting
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, m := range list {
		for i, v := range m.Args {
			if n, ok := v.(float64); ok && n == float64(int(n)) {
				m.Args[i] = int(n) // JSON knows no whole numbers, and plurals want them
			}
		}
		if lang.Has(m.ID) && len(f.list) < flashMost {
			f.list = append(f.list, m)
		}
	}
}

// take hands the messages to the frame that shows them.
func (f *flashBag) take(ctx context.Context) []ui.Note {
	f.taken = true
	var out []ui.Note
	for _, m := range f.list {
		out = append(out, ui.Note{Tone: m.Tone, Text: lang.T(ctx, m.ID, m.Args...)})
	}
	return out
}

// settle sends what a page did not show: as an event that the page's script shows when this is a
// fragment, and otherwise on with the cookie.
func (f *flashBag) settle(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.taken:
		if f.came {
			f.clear(w, r)
		}
	case len(f.list) > 0 && Fragment(r):
		ctx := r.Context()
		type toast struct {
			Tone ui.Tone `json:"tone"`
			Text string  `json:"text"`
		}
		var list []toast
		for _, n := range f.take(ctx) {
			list = append(list, toast{n.Tone, n.Text})
		}
		if b, err := json.Marshal(map[string]any{"notes": map[string]any{"list": list}}); err == nil {
			w.Header().Set("HX-Trigger", ascii(b))
		}
		if f.came {
			f.clear(w, r)
		}
	default:
		f.keep(w, r)
	}
}

// keep lets the messages wait for the next page.
func (f *flashBag) keep(w http.ResponseWriter, r *http.Request) {
	if f.taken || len(f.list) == 0 {
		return
	}
	b, err := json.Marshal(f.list)
	for err == nil && len(b) > flashBytes && len(f.list) > 1 {
		f.list = f.list[1:]
		b, err = json.Marshal(f.list)
	}
	if err != nil || len(b) > flashBytes {
		return // a message is a courtesy; what was done is done
	}
	setCookie(w, r, &http.Cookie{Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(b), MaxAge: 300, HttpOnly: true})
}

func (f *flashBag) clear(w http.ResponseWriter, r *http.Request) {
	setCookie(w, r, &http.Cookie{Name: flashCookie, MaxAge: -1, HttpOnly: true})
}

func setCookie(w http.ResponseWriter, r *http.Request, c *http.Cookie) {
	c.Path, c.SameSite, c.Secure = "/", http.SameSiteLaxMode, Secure(r.Context())
	http.SetCookie(w, c)
}

// ascii writes JSON with \u escapes, because headers carry no other characters.
func ascii(b []byte) string {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = append(out, escape(0xd800+(r>>10))...)
			out = append(out, escape(0xdc00+(r&0x3ff))...)
		default:
			out = append(out, escape(r)...)
		}
	}
	return string(out)
}

func escape(r rune) string {
	const hex = "0123456789abcdef"
	return `\u` + string([]byte{hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15]})
}
