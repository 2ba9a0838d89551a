package exchangeweb

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
)

func TestParagraphs(t *testing.T) {
	for _, c := range []struct {
		in    string
		lines int
		first string
		steps bool
	}{
		{"", 0, "", false},
		{"只有一句", 1, "只有一句", false},
		{"1. 只有一步", 1, "1. 只有一步", false},
		{"1. 先做套\n2. 再精车", 2, "先做套", true},
		{"1、先做套\n\n2、再精车\n", 2, "先做套", true},
		{"（1）先做套\n（2）再精车", 2, "先做套", true},
		{"①先做套\n②再精车", 2, "先做套", true},
		{"- 先做套\n- 再精车", 2, "先做套", true},
		{"先说明\n1. 再精车", 2, "先说明", false},
		{"3.5 mm 的板\n0.2 mm 的余量", 2, "3.5 mm 的板", false},
		{"一、先做套\n二、再精车", 2, "先做套", true},
	} {
		lines, steps := paragraphs(c.in)
		if len(lines) != c.lines || steps != c.steps || c.lines > 0 && lines[0] != c.first {
			t.Errorf("%q: %q %v", c.in, lines, steps)
		}
	}
}

func TestFileNames(t *testing.T) {
	long := strings.Repeat("长", 200) + ".pdf"
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", `C:\x\图.pdf`: "图.pdf", "../../etc/passwd": "passwd", "a\r\nb\x00.txt": "ab.txt", "": "file", "..": "..", "\u202egpj.exe": "gpj.exe",
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := fileName(long); len([]rune(got)) != 100 || !strings.HasSuffix(got, ".pdf") {
		t.Errorf("%q", got)
	}
}

func TestTimesAreOfTheZone(t *testing.T) {
	want := time.Date(2026, 3, 9, 1, 30, 0, 0, time.UTC)
	for _, in := range []string{"2026-03-09T09:30", "2026-03-09 09:30", "２０２６-０３-０９T０９:３０", "2026-03-09T09:30:00"} {
		if got, ok := local(in); !ok || !got.Equal(want) {
			t.Errorf("%q: %v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "2026-02-30T09:30", "09:30", "2026-03-09"} {
		if _, ok := local(in); ok {
			t.Errorf("%q is a time", in)
		}
	}
}

// A picture of two by one, red beside blue, turned as each of the eight orientations says.
func TestUpright(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 2, 1))
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	src.Set(0, 0, red)
	src.Set(1, 0, blue)
	for turn, at := range map[int]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 0}, 4: {0, 0}, 5: {0, 0}, 6: {0, 0}, 7: {0, 1}, 8: {0, 1}} {
		got := upright(src, turn)
		if got.At(at.X, at.Y) != red {
			t.Errorf("%d: red is not at %v of %v", turn, at, got.Bounds())
		}
		if turn >= 5 && got.Bounds().Dx() != 1 {
			t.Errorf("%d: %v", turn, got.Bounds())
		}
	}
}

// Whatever a file says of itself, reading its orientation ends.
func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, b []byte) { orientation(bytes.NewReader(b)) })
}

func TestNextSaysWhoseTurnItIs(t *testing.T) {
	k := exchange.BuiltIn()[0]
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	visit := exchange.Visit{From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Side: exchange.OfferSide}
	agreed := visit
	agreed.Agreed = now
	past := agreed
	past.From = now.Add(-time.Hour)
	for _, c := range []struct {
		e                  exchange.Engagement
		need, offer        string
		needMine, offerHas bool
	}{
		{exchange.Engagement{State: exchange.Invited}, "await-answer", "answer", false, true},
		{exchange.Engagement{State: exchange.Accepted}, "await-word", "first-word", false, true},
		{exchange.Engagement{State: exchange.Accepted, Messages: 2}, "go-on", "go-on", false, false},
		{exchange.Engagement{State: exchange.Accepted, Visits: []exchange.Visit{visit}}, "answer-visit", "await-visit", true, false},
		{exchange.Engagement{State: exchange.Accepted, Visits: []exchange.Visit{agreed}}, "visit-ahead", "visit-ahead", false, false},
		{exchange.Engagement{State: exchange.Accepted, Visits: []exchange.Visit{past}}, "confirm-visit", "confirm-visit", true, true},
		{exchange.Engagement{State: exchange.Accepted, OfferEnd: &exchange.Closing{}}, "close-too", "await-close", true, false},
		{exchange.Engagement{State: exchange.Finished, FollowUps: []exchange.FollowUp{{Asked: now}}}, "follow-up", "write-tool", true, true},
		{exchange.Engagement{State: exchange.Finished, ToolID: "t"}, "finished", "finished", false, false},
		{exchange.Engagement{State: exchange.Declined}, "", "", false, false},
	} {
		n := nextIn(k, exchange.Need{}, c.e, exchange.NeedSide, now)
		o := nextIn(k, exchange.Need{}, c.e, exchange.OfferSide, now)
		if n.ID != c.need || n.Mine != c.needMine || o.ID != c.offer || o.Mine != c.offerHas {
			t.Errorf("%+v: %+v and %+v", c, n, o)
		}
	}
}
