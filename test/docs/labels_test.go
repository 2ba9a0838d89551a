package docs

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What guides quote stands on a page, word for word, so that a label that changes there is changed here too. These are
// what people write, say or are told by others, and one may be added only when no page says it.
var notLabels = map[string][]string{
	"zh": {
		"薄壁不锈钢套车完松开卡爪就变椭圆", "求助", // how to say a problem, and how not to
		"安全隐患排查", "隐患类型", "排查申请", "排查服务", "最担心哪一类", "能查哪几类", // the kind that an officer makes
		"线上",   // what a list of masters says
		"订阅日历", // what a telephone calls it
		"EN",   // the switch to the other language is in that language
	},
	"en": {
		"thin stainless sleeves turn oval once the chuck is released", "help",
		"Fujian Craftsman (2019)", "online",
		"Kind of hazard", "What worries you most", "Hazards you can judge",
		"中文",
	},
}

// quoted finds what a language puts into its quotation marks.
var quoted = map[string]*regexp.Regexp{"zh": regexp.MustCompile(`“([^”\n]+)”`), "en": regexp.MustCompile(`"([^"\n]+)"`)}

// pages are all the texts that pages can show in a language, as patterns where values are put in.
type pages struct {
	exact    map[string]bool
	patterns []*regexp.Regexp
}

var (
	value     = regexp.MustCompile(`\\\{\\\{[^}]*\\\}\\\}`)
	sentences = regexp.MustCompile(`[。！？；]|[.!?;](?: |$)`)
)

func (p *pages) add(text string) {
	for _, s := range append(sentences.Split(text, -1), text) {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		if !strings.Contains(s, "{{") {
			p.exact[s] = true
			continue
		}
		if rest := regexp.MustCompile(`\{\{[^}]*\}\}`).ReplaceAllString(s, ""); len([]rune(strings.TrimSpace(rest))) < 2 {
			continue // nearly anything would fit
		}
		p.patterns = append(p.patterns, regexp.MustCompile("^"+value.ReplaceAllString(regexp.QuoteMeta(s), ".+")+"$"))
	}
}

func (p *pages) show(text string) bool {
	for _, part := range strings.Split(text, " · ") { // reasons of a match stand side by side
		part = strings.TrimRight(part, "，。,.")
		ok := p.exact[part]
		for _, re := range p.patterns {
			ok = ok || re.MatchString(part)
		}
		if !ok {
			return false
		}
	}
	return true
}

// textsIn reads the language files and the kinds that the hall comes with.
func textsIn(t *testing.T, tag string) *pages {
	t.Helper()
	p := &pages{exact: map[string]bool{}}
	files := 0
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() != tag+".json" && filepath.Base(filepath.Dir(path)) != "kinds" || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			return err
		}
		files++
		p.walk(v, tag, e.Name() == tag+".json")
		return nil
	})
	if err != nil || files < 8 {
		t.Fatalf("%d files of texts: %v", files, err)
	}
	return p
}

// walk adds every text of a language file, and of other files those that stand under the language.
func (p *pages) walk(v any, tag string, all bool) {
	switch v := v.(type) {
	case string:
		if all {
			p.add(v)
		}
	case []any:
		for _, x := range v {
			p.walk(x, tag, all)
		}
	case map[string]any:
		for k, x := range v {
			p.walk(x, tag, all || k == tag)
		}
	}
}

func TestGuidesQuoteThePages(t *testing.T) {
	for i, tag := range []string{"zh", "en"} {
		shown := textsIn(t, tag)
		free := map[string]bool{}
		for _, s := range notLabels[tag] {
			free[s] = false
			if shown.show(s) {
				t.Errorf("a page does say %q in %s", s, tag)
			}
		}
		labels := 0
		for _, p := range pairs(t) {
			for _, m := range quoted[tag].FindAllStringSubmatch(p[i].prose, -1) {
				if _, ok := free[m[1]]; ok {
					free[m[1]] = true
					continue
				}
				labels++
				if !shown.show(m[1]) {
					t.Errorf("%s: no page says %q", p[i].path, m[1])
				}
			}
		}
		for s, used := range free {
			if !used {
				t.Errorf("no guide says %q in %s any more", s, tag)
			}
		}
		if labels < 80 {
			t.Errorf("only %d labels in %s: the search is broken", labels, tag)
		}
	}
}
