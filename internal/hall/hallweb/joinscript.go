package hallweb

import (
	_ "embed"

	"github.com/unionhall/unionhall/internal/web/static"
)

//go:embed join.js
var joinScriptBody []byte

// joinScript is what looking for a union gains when scripts run.
var joinScript = static.NewScript("/static/hall/join.js", joinScriptBody)
