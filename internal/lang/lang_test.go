package lang

import (
	"context"
	"testing"
	"testing/fstest"
	"time"
)

func init() {
	Register(fstest.MapFS{
		"zh.json": {Data: []byte(`{"t.hello":"你好,{{.name}}","t.only":"只有中文","t.n":"{{.count}} 项","t.new":"{{.count}} 条未读"}`)},
		"en.json": {Data: []byte(`{"t.hello":"Hello {{.name}}","t.n":{"one":"{{.count}} item","other":"{{.count}} items"},"t.new":"{{.count}} unread"}`)},
	})
}

var zh, en = With(context.Background(), ZH), With(context.Background(), EN)

func TestT(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{T(zh, "t.hello", "name", "李工"), "你好,李工"},
		{T(en, "t.hello", "name", "Li"), "Hello Li"},
		{T(en, "t.n", "count", 1), "1 item"},
		{T(en, "t.n", "count", 2), "2 items"},
		{T(zh, "t.n", "count", 2), "2 项"},
		{T(en, "t.new", "count", 1), "1 unread"},
		{T(en, "t.new", "count", 2), "2 unread"},
		{T(en, "t.only"), "只有中文"}, // the language lacks it
		{T(en, "t.nobody"), "t.nobody"},
		{T(context.Background(), "lang.now"), "刚刚"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if Has("t.only") || !Has("t.hello") {
		t.Error("Has means: in every language")
	}
	if m := Missing(); len(m) != 1 || m[0] != "en t.only" {
		t.Errorf("missing: %v", m)
	}
}

func TestRegisterRefusesARepeatedID(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a repeated id must not pass")
		}
	}()
	Register(fstest.MapFS{"zh.json": {Data: []byte(`{"t.hello":"x"}`)}, "en.json": {Data: []byte(`{"t.hello":"x"}`)}})
}

func TestPick(t *testing.T) {
	for _, c := range []struct{ chosen, accept, want string }{
		{"", "", ZH}, {"en", "zh-CN", EN}, {"zh", "en", ZH}, {"xx", "en-GB,en;q=0.8", EN},
		{"", "zh-TW,en;q=0.5", ZH}, {"", "zh-Hant-HK", ZH}, {"", "fr,en;q=0.3", EN}, {"", "fr", EN}, {"", ";;;", ZH},
	} {
		if got := Pick(c.chosen, c.accept); got != c.want {
			t.Errorf("Pick(%q, %q) = %s, want %s", c.chosen, c.accept, got, c.want)
		}
	}
}

func TestFormats(t *testing.T) {
	at := time.Date(2026, 1, 1, 17, 4, 0, 0, time.UTC) // the second of January in Shanghai
	for _, c := range []struct{ got, want string }{
		{Day(zh, at), "2026年1月2日"}, {Day(en, at), "2 Jan 2026"}, {Moment(zh, at), "2026年1月2日 01:04"},
		{WeekDay(zh, at), "2026年1月2日 周五"}, {WeekDay(en, at), "Fri 2 Jan 2026"}, {WeekDay(en, time.Time{}), ""},
		{ShortWeekDay(zh, at), "1月2日 周五"}, {ShortWeekDay(en, at), "Fri 2 Jan"}, {Day(zh, time.Time{}), ""},
		{Ago(zh, at, at.Add(3*time.Hour)), "3 小时前"}, {Ago(en, at, at.Add(-25*time.Hour)), "in 1 day"},
		{Ago(en, at, at.Add(90*24*time.Hour)), "2 Jan 2026"}, {Ago(zh, at, at), "刚刚"},
		{Number(en, 1234567), "1,234,567"}, {Number(en, -12), "-12"}, {Number(en, 999), "999"}, {Number(en, -1000), "-1,000"},
		{Big(zh, 406_000_000), "4.06 亿"}, {Big(zh, 276_300), "27.63 万"}, {Big(en, 276_300), "276.3K"}, {Big(en, 9999), "9,999"},
		{Decimal(0.09, 3), "0.09"}, {Decimal(-0.001, 1), "0"}, {Percent(0.953), "95.3%"}, {Bytes(3355443), "3.2 MB"},
		{Span(en, 50*time.Hour), "2 days"}, {Span(zh, 90*time.Second), "2 分钟"},
		{Text{ZH: "车工", EN: "Turner"}.In(en), "Turner"}, {Text{ZH: "车工"}.In(en), "车工"}, {Text{EN: "x"}.In(zh), "x"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
