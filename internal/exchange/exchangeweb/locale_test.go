package exchangeweb_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
)

var (
	wholeID = regexp.MustCompile(`^(exchange|notice\.exchange|fault|field|ui|web|lang)\.[a-z0-9][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)*$`)
	partID  = regexp.MustCompile(`^(exchange|notice\.exchange)(\.[a-zA-Z0-9-]+)*\.$`)
)

// parts says how ids that are put together in the code go on.
var parts = map[string][]string{
	"exchange.state.":      {"open", "engaged", "closed", "withdrawn"},
	"exchange.result.":     {"solved", "partly", "unsolved", "solved.help", "partly.help", "unsolved.help"},
	"exchange.engagement.": {"invited", "accepted", "finished", "declined", "left"},
	"exchange.urgency.":    {"normal", "soon", "urgent", "normal.help", "soon.help", "urgent.help"},
	"exchange.gain.":       {"holds", "slipped", "lost"},
	"exchange.offer.":      {"open", "paused", "ended"},
	"exchange.side.":       {"need", "offer", "hall"},
	"exchange.step.":       {"accept", "advice", "visit", "outcome", "rating", "toolbox", "follow-up"},
	"exchange.home.how.":   {"1", "2", "3", "4", "1.text", "2.text", "3.text", "4.text"},
	"exchange.need.head.":  {"open", "withdrawn", "solved", "partly", "unsolved"},
	"exchange.next.": {"find", "answer", "await-answer", "first-word", "await-word", "answer-visit", "await-visit", "visit-ahead", "confirm-visit",
		"close-too", "await-close", "go-on", "write-tool", "follow-up", "finished"},
	"exchange.unfit.": {"has", "under", "range", "near", "reachesMe", "freeIn", "time", "capacity", "text", "self", "excluded", "any", "all", "not"},
	"notice.exchange.": {exchange.NeedWithdrew, exchange.EngagementInvited, exchange.EngagementInvited + "-assigned", exchange.EngagementAccepted, exchange.EngagementDeclined,
		exchange.EngagementLeft, exchange.EngagementSaid, exchange.EngagementClosing, exchange.EngagementFinished, exchange.VisitProposed,
		exchange.VisitAgreed, exchange.VisitCanceled, exchange.VisitDone, exchange.FollowUpAsked, exchange.FollowUpAnswered, exchange.ToolPublished},
	"exchange.": nil, // the prefix of events
}

// Every message that the exchange and its pages name is there in both languages, also those put together of parts.
func TestEveryMessageIsInBothLanguages(t *testing.T) {
	need := map[string]string{}
	for prefix, rest := range parts {
		for _, r := range rest {
			need[prefix+r] = "parts"
		}
	}
	for _, which := range []string{"wait", "figure", "kind.state"} {
		for _, v := range map[string][]string{"wait": {"answer", "advice", "visit", "closing", "gain"}, "kind.state": {"draft", "open", "retired"},
			"figure": {"needs", "answered", "visited", "closed", "solved", "rated", "waiting"}}[which] {
			need["exchange."+which+"."+v] = "parts"
		}
	}
	for _, w := range []string{"exchange.need.invite", "exchange.need.assign"} {
		need[w+".short"] = "need.templ"
	}
	for _, w := range []string{"exchange.engagement.leave", "exchange.engagement.take-back", "exchange.work.full", "exchange.work.no-feed"} {
		need[w+".text"] = "what follows a word"
	}
	files := 0
	for _, dir := range []string{".", "..", "../exchangesql"} {
		list, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			files++
			for _, s := range literals(t, f) {
				switch {
				case partID.MatchString(s):
					if _, ok := parts[s]; !ok {
						t.Errorf("%s: say in this test how %q goes on", f, s)
					}
				case wholeID.MatchString(s):
					need[s] = f
				}
			}
		}
	}
	if files < 30 {
		t.Fatalf("only %d files were read", files)
	}
	for id, where := range need {
		if !lang.Has(id) {
			t.Errorf("%s names %q, which is not in both languages", where, id)
		}
	}
	if gaps := lang.Missing(); len(gaps) > 0 {
		t.Errorf("in one language only: %v", gaps)
	}
}

// literals are the strings of a file, but for those of imports and struct tags.
func literals(t *testing.T, name string) []string {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if _, ok := n.(*ast.ImportSpec); ok {
			return false
		}
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// No message is kept that nothing says.
func TestNoMessageIsLeftOver(t *testing.T) {
	raw, err := os.ReadFile("locale/zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../*.go", "../exchangesql/*.go", "console/*.go", "api/*.go"} {
		list, _ := filepath.Glob(pattern)
		for _, f := range list {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			for _, s := range literals(t, f) {
				code.WriteString(s + "\n")
			}
		}
	}
	said := code.String()
	for _, m := range regexp.MustCompile(`(?m)^  "([^"]+)":`).FindAllStringSubmatch(string(raw), -1) {
		id := m[1]
		known := strings.Contains(said, id+"\n")
		for prefix, rest := range parts {
			for _, r := range rest {
				known = known || prefix+r == id
			}
		}
		for _, suffix := range []string{".short", ".text"} {
			known = known || strings.HasSuffix(id, suffix) && strings.Contains(said, strings.TrimSuffix(id, suffix)+"\n")
		}
		for _, shared := range []string{"exchange.wait.", "exchange.figure.", "exchange.kind.state."} { // for all that shows cases and kinds
			known = known || strings.HasPrefix(id, shared)
		}
		if !known {
			t.Errorf("nothing says %q", id)
		}
	}
}
