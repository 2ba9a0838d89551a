package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "folder that gets the pictures of the guides")

// picture is one picture of a guide: whose page, which, how, and how much of it.
type picture struct {
	who, sight string
	look       look
	height     int64
}

// name is what the guides call it: deal-accepted-zh-390.
func (p picture) name() string {
	width, theme := "390", ""
	if p.look.width > 600 {
		width = "1440"
	}
	if p.look.dark {
		theme = "-dark"
	}
	return p.who + "-" + p.sight + "-" + p.look.lang + "-" + width + theme + ".png"
}

var (
	phoneZH = look{lang: "zh", width: 390}
	phoneEN = look{lang: "en", width: 390}
	deskZH  = look{lang: "zh", width: 1440}
	deskEN  = look{lang: "en", width: 1440}
)

var guidePictures = []picture{
	{"contact", "need-new", phoneZH, 1400}, {"contact", "need-new", phoneEN, 1400},
	{"contact", "need-open", deskZH, 2000}, {"contact", "need-open", deskEN, 2000},
	{"contact", "deal-finished", deskZH, 1200}, {"contact", "deal-finished", deskEN, 1200},
	{"contact", "deal-accepted", phoneZH, 1700}, {"contact", "deal-accepted", phoneEN, 1700},
	{"master", "work", phoneZH, 1300}, {"master", "work", phoneEN, 1300},
	{"master", "deal-accepted", phoneZH, 1900}, {"master", "deal-accepted", phoneEN, 1900},
	{"master", "profile", phoneZH, 1500}, {"master", "profile", phoneEN, 1500},
	{"lead", "desk", deskZH, 1100}, {"lead", "desk", deskEN, 1100}, {"lead", "figures", deskZH, 1200}, {"lead", "figures", deskEN, 1200},
	{"lead", "needs", deskZH, 1000}, {"lead", "needs", deskEN, 1000}, {"clerk", "assign", deskZH, 1000}, {"clerk", "assign", deskEN, 1000},
	{"lead", "kind-new", deskZH, 1300}, {"lead", "kind-new", deskEN, 1300},
}

// TestPictures makes the pictures of the guides when a folder is given.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no folder given: see scripts/pictures.sh")
	}
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	h := ours(t)
	windows := map[string]*window{}
	paths := map[string]person{}
	for _, p := range people(t, h) {
		paths[p.key] = p
	}
	for _, p := range guidePictures {
		who, ok := paths[p.who]
		path := who.path(p.sight)
		if !ok || path == "" {
			t.Errorf("nobody has the page of %s", p.name())
			continue
		}
		w := windows[p.who]
		if w == nil {
			w = open(t, h, p.who, p.look)
			if who.phone != "" {
				w.setCookie("session", h.session(t, who.phone))
			}
			windows[p.who] = w
		}
		w.wear(p.look)
		call(w, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: p.look.width, Height: p.height,
			DeviceScaleFactor: 1, Mobile: p.look.width < 600})
		w.setCookie("lang", p.look.lang)
		w.to(path)
		png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(*pictures, p.name()), png, 0o644)
		}
		if err != nil {
			t.Fatalf("%s: %v", p.name(), err)
		}
	}
}
