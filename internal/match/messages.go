package match

import "embed"

// Messages are the language files of what is wrong with a predicate, for lang.Register.
//
//go:embed zh.json en.json
var Messages embed.FS
