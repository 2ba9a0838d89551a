package hall

import (
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
)

func refused(password string, p Person) bool {
	var c fault.Check
	checkPassword(&c, "password", password, p)
	return c.Err() != nil
}

func TestTheCommonestPasswordsAreRefused(t *testing.T) {
	n := 0
	for w := range listed("common/leaked.txt", "weak.txt") {
		if len(w) < MinPassword {
			continue
		}
		n++
		for _, form := range []string{w, strings.ToUpper(w), strings.ToUpper(w[:1]) + w[1:]} {
			if !refused(form, Person{}) {
				t.Errorf("%s is taken", form)
			}
		}
	}
	if n < 3000 {
		t.Errorf("only %d passwords", n)
	}
}

// What is on no list and comes to the same: names, dates and numbers as people here put them together.
func TestWhatComesToTheSameIsRefused(t *testing.T) {
	for _, w := range strings.Fields(`zhangwei88 wangxiuying liuyang521 lixiaoming chenjing520 zhaolei1990 yangyang1314 Woaini@521 woaini1314!
		woaimama1 aini5201 laopo520 gonghui@2026 zhigong2025 laomo12345 P@ssw0rd1 Pa$$word12 Adm1n123 sunsh1ne99 ilovey0u2 dragon@123 bigdog2020
		19860214 20100315 31121999 13912345678 52013145 11223344 aabbccdd 111222333 16888888 88886666 5201314520 qwe123asd zxc123qwe abc@1234
		147258369 qazwsx123 1qaz@WSX qwer!234 xiaomi123 huawei2024 beijing520 taobao888 meimei1988 tiantian99 happy2024 love1314 chinese888`) {
		if !refused(w, Person{}) {
			t.Errorf("%s is taken", w)
		}
	}
}

func TestGoodPasswordsAreTaken(t *testing.T) {
	for _, w := range []string{"correct horse", "茶馆二楼靠窗第三桌", "kettle-7-violet", "k7#mRq2x", "vuqhtzep", "84730162", "三号车间的老虎钳", "one two three", "moped lantern fig", "wangwei lives by the river"} {
		if refused(w, Person{}) {
			t.Errorf("%s is refused", w)
		}
	}
}

func TestWhatIsOnesOwnIsRefused(t *testing.T) {
	p := Person{Name: "Chen Zhiqiang", Phone: "+8613812345678", Email: "old.chen@example.com"}
	for _, w := range []string{"13812345678", "12345678ab", "+8613812345678", "1381234567813812345678", "old.chen1", "old.chen@example.com", "chenzhiqiang!", "ZhiqiangChen7", "chen zhiqiang"} {
		if !refused(w, p) {
			t.Errorf("%s is taken", w)
		}
	}
	zh := Person{Name: "欧阳志强", Phone: "+8613812345679"}
	for w, want := range map[string]bool{"欧阳志强欧阳志强": true, "欧阳志强12345": false, "欧阳志强欧阳志强123": true, "车间里的欧阳志强": false} {
		if refused(w, zh) != want {
			t.Errorf("%s: want refused %v", w, want)
		}
	}
}
