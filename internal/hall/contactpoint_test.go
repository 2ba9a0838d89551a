package hall_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

func TestParsePhone(t *testing.T) {
	for in, want := range map[string]hall.Phone{
		"13800001234":         "+8613800001234",
		"138 0000 1234":       "+8613800001234",
		" 138-0000-1234 ":     "+8613800001234",
		"１３８００００１２３４":         "+8613800001234",
		"１３８　００００　１２３４":       "+8613800001234",
		"+86 138 0000 1234":   "+8613800001234",
		"＋８６（１３８）００００１２３４":    "+8613800001234",
		"0086 13800001234":    "+8613800001234",
		"8613800001234":       "+8613800001234",
		"+86-138-0000-1234":   "+8613800001234",
		"+852 6123 4567":      "+85261234567",
		"+1 (212) 555-0100":   "+12125550100",
		"":                    "",
		"1380000123":          "", // one short
		"138000012345":        "",
		"12800001234":         "", // no such prefix
		"+8612800001234":      "",
		"0591-87654321":       "", // a landline cannot take a code later
		"13800001234 转 2":     "",
		"138+00001234":        "",
		"١٣٨٠٠٠٠١٢٣٤":         "",
		"+":                   "",
		"+0012345678":         "",
		"1380000123456789012": "",
	} {
		got, ok := hall.ParsePhone(in)
		if ok != (want != "") || (ok && got != want) {
			t.Errorf("%q: %q %v, want %q", in, string(got), ok, string(want))
		}
	}
}

// Whatever is accepted is in a form that parses to itself, and prints masked.
func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"13800001234", "＋８６ 138", "0086138", "+852 6123 4567", "(((", "+86+86", "８６１３８００００１２３４"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := hall.ParsePhone(s)
		if !ok {
			return
		}
		again, ok := hall.ParsePhone(string(p))
		if !ok || again != p {
			t.Fatalf("%q gives %q gives %q", s, string(p), string(again))
		}
		if strings.Trim(string(p[1:]), "0123456789") != "" || len(p) > 16 {
			t.Fatalf("%q gives %q", s, string(p))
		}
		if strings.Contains(fmt.Sprint(p), string(p[4:])) {
			t.Fatalf("%q prints whole", string(p))
		}
	})
}

func TestParseEmail(t *testing.T) {
	for in, want := range map[string]hall.Email{
		"Chen.Zhiqiang@Example.COM": "chen.zhiqiang@example.com",
		" ｃｈｅｎ＠ｅｘａｍｐｌｅ．ｃｏｍ ":        "chen@example.com",
		"a+b@mail.example.cn":       "a+b@mail.example.cn",
		"a@b":                       "", "@example.com": "", "a@@b.cn": "", "a b@c.cn": "", "张三@例子.cn": "",
	} {
		if got, ok := hall.ParseEmail(in); ok != (want != "") || (ok && got != want) {
			t.Errorf("%q: %q %v", in, string(got), ok)
		}
	}
}

func TestContactPointsPrintMasked(t *testing.T) {
	p := hall.Person{Name: "吴晓梅", Phone: "+8613812345678", Email: "wu.xiaomei@example.com"}
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %s", p, p, out)
	for _, secret := range []string{"12345678", "xiaomei"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s in %s", secret, text)
		}
	}
	if p.Phone.Masked() != "138****5678" || p.Phone.Whole() != "13812345678" || p.Email.Masked() != "w***@example.com" {
		t.Error(p.Phone.Masked(), p.Phone.Whole(), p.Email.Masked())
	}
	if m := hall.Phone("+85261234567").Masked(); m != "+85*******67" {
		t.Error(m)
	}
}

func TestLicence(t *testing.T) {
	// The code of a large bank, which it publishes.
	if !hall.ValidLicence("91100000100003962T") {
		t.Error("a real one refused")
	}
	for _, s := range []string{"", "91100000100003962U", "9110000010000396", "91100000100003962t", "9110000010000396IO"} {
		if hall.ValidLicence(s) {
			t.Errorf("%q accepted", s)
		}
	}
}

func TestWhatIsWrongWithALicence(t *testing.T) {
	w, s, _ := world(t)
	for typed, want := range map[string]string{
		"91100000100003962U": "hall.fault.licence", "91100000010003962T": "hall.fault.licence", // two neighbours swapped
		"9110000010000396": "hall.fault.licence-length", "91100000100003962TT": "hall.fault.licence-length",
		"9110000010000396IO": "hall.fault.licence-letter", "营业执照": "hall.fault.licence-letter",
		" ９１１００００0 1000 03962t ": "",
	} {
		_, err := s.CreateEnterprise(bg, actor.Hall, hall.EnterpriseInput{UnionID: w.A.Sub.ID, Licence: typed})
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		got := ""
		for _, field := range f.Fields {
			if field.Path == "licence" {
				got = field.Msg
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
