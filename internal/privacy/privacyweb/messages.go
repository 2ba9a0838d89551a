package privacyweb

import (
	"embed"
	"io/fs"

	"github.com/unionhall/unionhall/internal/lang"
)

//go:embed lang/zh.json lang/en.json
var messages embed.FS

func init() {
	sub, err := fs.Sub(messages, "lang")
	if err != nil {
		panic("privacyweb: " + err.Error()) // the folder is embedded above
	}
	lang.Register(sub)
}
