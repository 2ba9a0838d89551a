package app

import (
	"slices"
	"testing"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/sheet"
)

// A template that comes back is understood without anybody's help, and so is a list under any heading that is announced.
func TestTemplatesAreUnderstood(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	for _, k := range o.app.importKinds() {
		keys := make([]string, len(k.Fields))
		for i, f := range k.Fields {
			keys[i] = f.Key
		}
		for _, tag := range []string{lang.ZH, lang.EN} {
			var heads, cells []string
			for _, f := range k.Fields {
				heads = append(heads, lang.In(tag, f.Label))
				if f.Example == "" {
					cells = append(cells, "")
				} else {
					cells = append(cells, lang.In(tag, f.Example))
				}
			}
			if got := k.Guess(heads, []sheet.Row{{N: 2, Cells: cells}}); !slices.Equal(got, keys) {
				t.Errorf("%s in %s: %q is guessed as\n%q, want\n%q", k.Key, tag, heads, got, keys)
			}
		}
		for _, f := range k.Fields {
			for _, w := range f.Words {
				if got := k.Guess([]string{w}, nil); got[0] != f.Key {
					t.Errorf("%s: a column %q alone is guessed as %q, want %q", k.Key, w, got[0], f.Key)
				}
			}
		}
	}
}

// Every kind of list says in both languages what it is, what its columns are and what it does.
func TestKindsOfListSayWhatTheyAre(t *testing.T) {
	o := newOffice(t)
	for _, k := range o.app.importKinds() {
		want := []string{"intake.kind." + k.Key, "intake.kind." + k.Key + ".text", "intake.kind." + k.Key + ".how"}
		if k.Loud {
			want = append(want, "intake.kind."+k.Key+".loud")
		}
		for _, f := range k.Fields {
			want = append(want, f.Label)
			if f.Example != "" {
				want = append(want, f.Example)
			}
			want = append(want, f.Options...)
		}
		for _, group := range k.Needs {
			want = append(want, "intake.fault.missing."+group[0])
			for _, key := range group {
				if _, ok := k.Field(key); !ok {
					t.Errorf("%s needs %s, which it has not", k.Key, key)
				}
			}
		}
		for _, msg := range want {
			if !lang.Has(msg) {
				t.Errorf("%s: no message %s", k.Key, msg)
			}
		}
	}
}
