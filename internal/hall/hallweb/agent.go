package hallweb

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/lang"
)

// Words for what a browser says of itself. The first that is found names it, so those that pretend to
// be another stand before it.
var (
	browsers = []struct{ mark, id string }{
		{"MicroMessenger", "hall.agent.wechat"}, {"DingTalk", "hall.agent.dingtalk"}, {"AlipayClient", "hall.agent.alipay"},
		{"Edg", "Edge"}, {"OPR", "Opera"}, {"MQQBrowser", "hall.agent.qq"}, {"QQBrowser", "hall.agent.qq"}, {"UCBrowser", "UC"},
		{"HuaweiBrowser", "hall.agent.huawei"}, {"MiuiBrowser", "hall.agent.xiaomi"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},
		{"Chrome", "Chrome"}, {"CriOS", "Chrome"}, {"Safari", "Safari"},
	}
	systems = []struct{ mark, id string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"OpenHarmony", "HarmonyOS"}, {"HarmonyOS", "HarmonyOS"}, {"Android", "Android"},
		{"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// device names the device of a user agent, as its owner would: "Chrome · Windows".
func device(ctx context.Context, agent string) string {
	var words []string
	for _, list := range [][]struct{ mark, id string }{browsers, systems} {
		for _, b := range list {
			if strings.Contains(agent, b.mark) {
				words = append(words, word(ctx, b.id))
				break
			}
		}
	}
	if len(words) == 0 {
		return lang.T(ctx, "hall.agent.unknown")
	}
	return strings.Join(words, " · ")
}

// word is a name that is the same in every language, or a message.
func word(ctx context.Context, id string) string {
	if strings.HasPrefix(id, "hall.") {
		return lang.T(ctx, id)
	}
	return id
}

// handheld reports whether the device is one that is held in the hand.
func handheld(agent string) bool {
	return strings.Contains(agent, "Mobile") || strings.Contains(agent, "Android") || strings.Contains(agent, "iPad")
}
