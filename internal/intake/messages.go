package intake

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
		panic(err) // the folder is embedded above
	}
	lang.Register(sub)
}
