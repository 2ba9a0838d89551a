package exchangeweb

import (
	_ "embed"

	"github.com/unionhall/unionhall/internal/web/static"
)

//go:embed form.js
var scriptBody []byte

// script is what forms gain when scripts run.
var script = static.NewScript("/static/exchange/form.js", scriptBody)
