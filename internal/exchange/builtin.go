package exchange

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/unionhall/unionhall/internal/lang"
)

//go:embed kinds/*.json
var kindFiles embed.FS

// ExpertVisit is the kind that a new hall opens with: 劳模工匠助企行.
const ExpertVisit = "expert-visit"

// BuiltIn gives the kinds that a new hall opens with. From then on the store's are the ones that count.
func BuiltIn() []Kind {
	var k Kind
	read("kinds/expert-visit.json", &k)
	var trades []struct {
		Code    string   `json:"code"`
		ZH      string   `json:"zh"`
		EN      string   `json:"en"`
		GroupZH string   `json:"group_zh"`
		GroupEN string   `json:"group_en"`
		Also    []string `json:"also"`
	}
	read("kinds/trades.json", &trades)
	i := slices.IndexFunc(k.Lists, func(l List) bool { return l.Key == "trade" })
	for _, t := range trades {
		k.Lists[i].Terms = append(k.Lists[i].Terms, Term{Code: t.Code, Name: lang.Text{ZH: t.ZH, EN: t.EN},
			Group: lang.Text{ZH: t.GroupZH, EN: t.GroupEN}, Also: t.Also})
	}
	if err := k.Validate(); err != nil {
		panic(fmt.Sprintf("exchange: built-in kind %s: %v", k.ID, err))
	}
	return []Kind{k}
}

// read parses a file that was built in; that it cannot be read is a defect of the build.
func read(name string, into any) {
	b, err := kindFiles.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		panic("exchange: " + name + ": " + err.Error())
	}
}
