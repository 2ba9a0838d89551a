package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// TestImportOfMasters takes a list of masters in as an office has it, finds one of them on the public page, and takes the
// list back: at a desk, and on a phone without scripts.
func TestImportOfMasters(t *testing.T) {
	h := ours(t)
	for _, c := range []struct {
		look  look
		plain bool
		name  string
		phone string
	}{{look{lang: "zh", width: 390}, true, "欧阳导入", "15400000061"}, {look{lang: "en", width: 1440}, false, "司马导入", "15400000062"}} {
		t.Run(c.look.String(), func(t *testing.T) {
			w := open(t, h, "lead", c.look)
			if c.plain {
				w.withoutScripts()
			}
			w.signIn(lead)
			w.to("/console/imports")
			w.followIn("main", w.say("intake.new"))
			w.fill("list", "masters")
			w.attach("file", list(t, "劳模工匠名册,,,,,\n序号,姓名,联系电话,技能等级,工种,荣誉\n1,"+c.name+","+c.phone+",高级技师,氩弧焊,福建工匠（2019）\n2,没有工种,15400000063,技师,炼丹,\n"))
			w.followIn("main form", w.say("intake.upload"))
			w.see(c.name)
			w.followIn("main form", w.say("intake.check"))
			reloaded(w, w.say("intake.bad.trade"))
			w.fill("mode", "good")
			w.followIn("#start", w.say("intake.start"))
			reloaded(w, w.say("intake.state.done"))
			page := w.path()
			w.to("/masters?q=" + c.name)
			w.seeIn(`main a[href^="/masters/"]`, c.name)
			w.to(page)
			w.press(w.say("intake.undo"))
			w.followIn("#undo", w.say("intake.undo"))
			reloaded(w, w.say("intake.state.undone"))
			w.to("/masters?q=" + c.name)
			if n := w.count(`main a[href^="/masters/"]`); n != 0 {
				t.Errorf("%d masters of a list that was taken back are found", n)
			}
		})
	}
}

// reloaded waits for words that the work behind the page brings: by themselves, or when the page is asked for again.
func reloaded(w *window, words string) {
	w.t.Helper()
	for end := time.Now().Add(patience); w.plain && time.Now().Before(end) && !strings.Contains(w.text("body"), words); {
		w.to(w.path())
	}
	w.see(words)
}

// list writes a list as Excel saves it in China.
func list(t *testing.T, text string) string {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "名册.csv")
	if err := os.WriteFile(path, []byte(b), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
