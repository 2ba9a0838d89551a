package match

import (
	"strings"
	"testing"
)

// What is shown of why a master fits: the firm's own words, longest runs in common, the strongest first.
func TestWords(t *testing.T) {
	x := masters(t)
	for _, c := range []struct{ need, id, want string }{
		{"薄壁件一松卡爪就椭圆度超差，不知道用什么夹具", "p01", "椭圆度超差、薄壁件"},
		{"反应釜升温总是冲过头，温度控制的参数谁会调", "p29", "反应釜、温度"},
		{"井下馈电开关动不动就漏电跳闸，查线路绝缘又是好的", "p41", "漏电跳闸、馈电开关"},
		{"一台Siemens S7-300的PLC程序没人懂，西门子说停产了", "p25", "S7-300、西门子"},
		{"车载控制器跑几天就死机，ＣＡＮ通讯，C++写的，没有单元测试", "p48", "单元测试、车载控制器、C++"},
		{"淬硬钢 HRC 58 能不能直接车，用什么刀片", "p05", "淬硬钢、HRC 58、刀片"},
		{"球墨铸铁和支架缩松", "b25", "支架"}, // 和 is cut off
		{"想组织职工运动会", "p01", ""},
	} {
		r := top(t, x, Query{From: Entry{Text: []Text{{"text", 1, c.need}}}, Group: "offer", K: 200, Weights: Weights{Text: 1}})
		for _, h := range r.Hits {
			if got := strings.Join(h.Words, "、"); h.ID == c.id && got != c.want {
				t.Errorf("%s for %s: got %q, want %q", c.id, c.need, got, c.want)
			}
		}
	}
}

func TestWordsAreRunsThatTheCandidateHas(t *testing.T) {
	x := NewPlain()
	put(t, x, Entry{ID: "a", Group: "g", Capacity: Unlimited, Text: []Text{{"t", 1, "薄壁零件，壁件"}}})
	r := top(t, x, Query{From: Entry{Text: []Text{{"t", 1, "薄壁件"}}}, Group: "g", K: 1})
	if got := strings.Join(r.Hits[0].Words, "、"); got != "薄壁、壁件" {
		t.Errorf("got %q: the candidate has no 薄壁件", got)
	}
}

// What says nothing is cut off whole, and not one half of it.
func TestWordsAreNotHalves(t *testing.T) {
	x := NewPlain()
	put(t, x, Entry{ID: "a", Group: "g", Capacity: Unlimited, Text: []Text{{"t", 1, "客户图纸要求公差"}}})
	r := top(t, x, Query{From: Entry{Text: []Text{{"t", 1, "按客户图纸要求"}}}, Group: "g", K: 1})
	if got := strings.Join(r.Hits[0].Words, "、"); got != "图纸要求" {
		t.Errorf("got %q", got)
	}
}
