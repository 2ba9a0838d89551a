package intakeweb

import (
	"embed"
	"io/fs"

	"github.com/unionhall/unionhall/internal/lang"
)

//go:embed locale/*.json
var messages embed.FS

func init() {
	sub, err := fs.Sub(messages, "locale")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	lang.Register(sub)
}
