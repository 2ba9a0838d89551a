package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// startBrowser starts the one browser of the suite.
func startBrowser() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("chromium is missing, and without it nobody knows whether the pages work: run `make test`, which installs it")
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(suite.dir, "profile")),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("mute-audio", true),
		chromedp.Flag("password-store", "basic"), chromedp.Flag("use-mock-keychain", true),
	)
	ctx, end := chromedp.NewContext(alloc)
	suite.ends = append(suite.ends, func() { end(); stop() })
	return ctx, chromedp.Do(ctx)
}

// look is how somebody sees the hall.
type look struct {
	lang  string // zh, en
	width int64  // 390 is a phone, 1440 a desk
	dark  bool
}

func (l look) String() string {
	theme := "light"
	if l.dark {
		theme = "dark"
	}
	return fmt.Sprintf("%s-%d-%s", l.lang, l.width, theme)
}

func (l look) height() int64 {
	if l.width < 600 {
		return 844
	}
	return 900
}

// window is one tab. Windows of one profile share its cookies.
type window struct {
	plain bool // pages' scripts are off
	t     *testing.T
	h     *house
	ctx   context.Context
	name  string
	look  look
	seen  *complaints
	known []*regexp.Regexp // complaints of the browser that the test provokes
}

// open gives a fresh profile with one window. At the end of the test the window must have nothing to complain of.
func open(t *testing.T, h *house, name string, l look) *window {
	t.Helper()
	return newWindow(t, h, name, l, chromedp.WithNewBrowserContext())
}

// as is open with somebody signed in.
func as(t *testing.T, h *house, phone, name string, l look) *window {
	t.Helper()
	w := open(t, h, name, l)
	w.setCookie("session", h.session(t, phone))
	return w
}

func newWindow(t *testing.T, h *house, name string, l look, opts ...chromedp.ContextOption) *window {
	t.Helper()
	chrome, err := suite.chrome()
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := chromedp.NewContext(chrome, opts...)
	w := &window{t: t, h: h, ctx: ctx, name: name, look: l, seen: &complaints{}}
	if err := chromedp.Do(ctx); err != nil {
		end()
		t.Fatalf("opening a window: %v", err)
	}
	w.seen.listen(ctx)
	t.Cleanup(func() {
		w.keep()
		end()
		for _, c := range w.seen.since(0) {
			if !w.expected(c) {
				t.Errorf("%s: the browser complained: %s", w.name, c)
			}
		}
	})
	w.wear(l)
	w.setCookie("lang", l.lang)
	w.setCookie("challenge", "looked-at") // as if a code had been asked for: the pages that follow can then be looked at
	return w
}

// call sends one command to the browser and fails the test when it is refused.
func call[P, R any](w *window, cmd cdp.Command[P, R], params P) R {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		w.t.Fatalf("%s: %s: %v", w.name, cmd.Method, err)
	}
	return r
}

// wear sets the size and the theme.
func (w *window) wear(l look) {
	w.t.Helper()
	w.look = l
	call(w, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height(),
		DeviceScaleFactor: 1, Mobile: l.width < 600})
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	call(w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// withoutScripts switches JavaScript off for every page from here on.
func (w *window) withoutScripts() {
	w.t.Helper()
	w.plain = true
	call(w, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// offline takes the network away, or gives it back.
func (w *window) offline(off bool) {
	w.t.Helper()
	call(w, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}}})
}

func (w *window) setCookie(name, value string) {
	w.t.Helper()
	call(w, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: w.h.base, Path: "/"})
}

// expect says that the browser will complain of something, because the test provokes it.
func (w *window) expect(pattern string) { w.known = append(w.known, regexp.MustCompile(pattern)) }

func (w *window) expected(complaint string) bool {
	for _, re := range w.known {
		if re.MatchString(complaint) {
			return true
		}
	}
	return false
}

// failed is where pictures of failed tests go.
const failed = "testdata/failed"

// keep leaves a picture and the page behind when the test has failed.
func (w *window) keep() {
	if !w.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, 15*time.Second)
	defer cancel()
	name := regexp.MustCompile(`[^A-Za-z0-9一-龥]+`).ReplaceAllString(w.t.Name()+"-"+w.name, "-")
	if err := os.MkdirAll(failed, 0o755); err != nil {
		return
	}
	if png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(filepath.Join(failed, name+".png"), png, 0o644)
	}
	if html, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.documentElement.outerHTML`)); err == nil {
		_ = os.WriteFile(filepath.Join(failed, name+".html"), []byte(html), 0o644)
		at, _, _ := strings.Cut(html, "\n")
		w.t.Logf("%s was at %s; see %s", w.name, at, filepath.Join("test/e2e", failed, name+".png"))
	}
}

// complaints are the errors that a window's console shows: exceptions, refusals of the content security policy,
// resources that did not load.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) listen(ctx context.Context) {
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.IsException() || m.Source == "security" {
				c.mu.Lock()
				c.list = append(c.list, fmt.Sprintf("%s %s (%s)", m.Source, m.Text, m.URL))
				c.mu.Unlock()
			}
		}
	}()
}

func (c *complaints) since(n int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.list[n:]...)
}
