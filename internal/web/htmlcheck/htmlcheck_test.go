package htmlcheck

import (
	"strings"
	"testing"
)

func TestSelect(t *testing.T) {
	d := Parse(t, strings.NewReader(`<div id=a class="x y"><p>one <b>two</b></p><ul><li class=x><a href="/n/1?a=b">go</a></li></ul></div>`))
	for sel, want := range map[string]int{
		"div": 1, "#a": 1, ".x": 2, "div.x.y": 1, "div .x": 1, "div > .x": 0, "ul > li > a": 1, "a[href^=/n/]": 1,
		"a[href=/n/1]": 0, "a[href*='a=b']": 1, "p, li": 2, "b[id]": 0, "*": 9,
	} {
		if got := len(d.Select(sel)); got != want {
			t.Errorf("%s: %d, want %d", sel, got, want)
		}
	}
	if got := d.MustHave("p", "one", "two").Text(); got != "one two" {
		t.Error(got)
	}
	d.MustNotHave("p", "three")
}

func TestFaultsAreFound(t *testing.T) {
	for src, want := range map[string]string{
		`<input name=a>`:                                     "without a label",
		`<label for=a>A</label><input id=a>`:                 "",
		`<label>A <input></label>`:                           "",
		`<input aria-label=A aria-describedby=gone>`:         "names \"gone\"",
		`<p id=a></p><p id=a></p>`:                           "used twice",
		`<button><svg></svg></button>`:                       "without a name",
		`<a href="/"><img src=x alt=Home></a>`:               "",
		`<a href="#gone">x</a>`:                              "not there",
		`<p style="color:red">x</p>`:                         "inline",
		`<script>1</script>`:                                 "inline script",
		`<button onclick="x()">x</button>`:                   "inline",
		`<a href=" javascript:x()">x</a>`:                    "runs a script",
		`<img src=x>`:                                        "without alt",
		`<h1>a</h1><h3>b</h3>`:                               "jumps",
		`<form method=post action="https://other/">x</form>`: "posts to",
		`<svg><use href="/static/icons.svg#no-such"/></svg>`: "icons.txt",
		`<!doctype html><html lang=en><title>t</title><main><h1>x</h1></main></html>`: "",
		`<!doctype html><html><title>t</title><main><h1>x</h1></main></html>`:         "no language",
		`<!doctype html><html lang=en><title>t</title><main></main></html>`:           "0 h1",
	} {
		got := strings.Join(Parse(t, strings.NewReader(src)).Faults(), "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}
