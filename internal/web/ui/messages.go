package ui

import (
	"embed"
	"io/fs"

	"github.com/unionhall/unionhall/internal/lang"
)

//go:embed lang/*.json
var messages embed.FS

func init() {
	sub, err := fs.Sub(messages, "lang")
	if err != nil {
		panic("ui: " + err.Error()) // the folder is embedded above
	}
	lang.Register(sub)
}
