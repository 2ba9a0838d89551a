// Package lang speaks to the reader in their language: Chinese first, English complete. Modules
// register their messages once at start-up; T renders one in the language of the context.
package lang

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"sort"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The languages of the hall.
const (
	ZH = "zh"
	EN = "en"
)

// Tags lists the languages, the default one first.
var Tags = []string{ZH, EN}

type book struct {
	bundle *i18n.Bundle
	local  map[string]*i18n.Localizer
	ids    map[string]map[string]bool   // language → ids
	plain  map[string]map[string]string // language → id → text without placeholders
}

var (
	mu     sync.RWMutex
	all    = newBook()
	warned sync.Map // language + id that were asked for and are missing
)

func newBook() *book {
	b := &book{
		bundle: i18n.NewBundle(language.Chinese),
		local:  map[string]*i18n.Localizer{},
		ids:    map[string]map[string]bool{},
		plain:  map[string]map[string]string{},
	}
	b.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, tag := range Tags {
		b.local[tag] = i18n.NewLocalizer(b.bundle, tag)
		b.ids[tag] = map[string]bool{}
		b.plain[tag] = map[string]string{}
	}
	return b
}

// Register adds the messages in zh.json and en.json at the root of fsys. It is meant for init and
// start-up, and panics on a file that is missing, does not parse or repeats an id: these are
// defects of the build, not of the day.
func Register(fsys fs.FS) {
	mu.Lock()
	defer mu.Unlock()
	for _, tag := range Tags {
		if err := all.add(fsys, tag); err != nil {
			panic("lang: " + err.Error())
		}
	}
}

func (b *book) add(fsys fs.FS, tag string) error {
	name := tag + ".json"
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := i18n.ParseMessageFileBytes(raw, name, map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, m := range file.Messages {
		if b.ids[tag][m.ID] {
			return fmt.Errorf("%s: %q is registered twice", name, m.ID)
		}
		b.ids[tag][m.ID] = true
		if m.Zero+m.One+m.Two+m.Few+m.Many == "" && !strings.Contains(m.Other, "{{") {
			b.plain[tag][m.ID] = m.Other
		}
		if m.One == "" {
			m.One = m.Other // a message of one form is said of one as of many
		}
	}
	return b.bundle.AddMessages(file.Tag, file.Messages...)
}

// Has reports whether the message exists in every language.
func Has(id string) bool {
	mu.RLock()
	defer mu.RUnlock()
	for _, tag := range Tags {
		if !all.ids[tag][id] {
			return false
		}
	}
	return true
}

// Missing lists "language id" for every message that one language has and another lacks, for the test
// that keeps both complete.
func Missing() []string {
	mu.RLock()
	defer mu.RUnlock()
	var out []string
	for _, have := range Tags {
		for id := range all.ids[have] {
			for _, tag := range Tags {
				if !all.ids[tag][id] {
					out = append(out, tag+" "+id)
				}
			}
		}
	}
	sort.Strings(out)
	return out
}

// T renders a message. Args are name, value pairs for {{.name}}; "count" also chooses the plural
// form. A message that the language lacks is shown in Chinese, and one that nobody has as its id,
// with one line in the log, so that a page never breaks over a word.
func T(ctx context.Context, id string, args ...any) string {
	return In(Of(ctx), id, args...)
}

// In is T for a language that does not come from a context.
func In(tag, id string, args ...any) string {
	mu.RLock()
	defer mu.RUnlock()
	if s, ok := all.plain[tag][id]; ok {
		return s
	}
	from := tag
	if !all.ids[tag][id] {
		miss(tag, id)
		if !all.ids[ZH][id] {
			return id
		}
		from = ZH
	}
	cfg := &i18n.LocalizeConfig{MessageID: id}
	if len(args) > 0 {
		data := pairs(args)
		cfg.TemplateData = data
		if n, ok := data["count"]; ok {
			cfg.PluralCount = n
		}
	}
	s, err := all.local[from].Localize(cfg)
	if err != nil {
		if _, seen := warned.LoadOrStore("render "+from+" "+id, true); !seen {
			slog.Warn("message does not render", "lang", from, "id", id, "err", err)
		}
		if s == "" {
			return id
		}
	}
	return s
}

func miss(tag, id string) {
	if _, seen := warned.LoadOrStore(tag+" "+id, true); !seen {
		slog.Warn("message missing", "lang", tag, "id", id)
	}
}

func pairs(args []any) map[string]any {
	data := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	return data
}

type key struct{}

// With puts the language into the context; anything but a language of the hall becomes Chinese.
func With(ctx context.Context, tag string) context.Context {
	if tag != EN {
		tag = ZH
	}
	return context.WithValue(ctx, key{}, tag)
}

// Of is the language of the context, "zh" when nothing says otherwise.
func Of(ctx context.Context) string {
	if tag, ok := ctx.Value(key{}).(string); ok {
		return tag
	}
	return ZH
}

// Pick chooses a language from what the reader chose before (a cookie's value) and what the browser
// asks for (Accept-Language).
func Pick(chosen, accept string) string {
	for _, tag := range Tags {
		if chosen == tag {
			return tag
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return ZH
	}
	for _, w := range wanted {
		base, _ := w.Base()
		for _, tag := range Tags {
			if base.String() == tag {
				return tag
			}
		}
	}
	return EN // a reader of neither is likelier to read English
}

// HTML is the value of the lang attribute for the language of the context.
func HTML(ctx context.Context) string {
	if Of(ctx) == EN {
		return "en"
	}
	return "zh-CN"
}

// Text is content given in both languages: the names of kinds, unions, trades.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In is the text in the language of the context, or in the other one when that is empty.
func (t Text) In(ctx context.Context) string {
	if (Of(ctx) == EN && t.EN != "") || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Empty reports whether the text says nothing in any language.
func (t Text) Empty() bool { return t.ZH == "" && t.EN == "" }
