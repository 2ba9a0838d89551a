package web

import (
	"strings"
	"unicode"

	"github.com/unionhall/unionhall/internal/id"
)

// tellable is a path as the log may keep it. The hall's own addresses name nobody; what people type, paste or guess may
// hold a telephone number, an e-mail address or a name, and such a part is left out.
func tellable(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if !id.Valid(p) && personal(p) {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// shortest is how many digits the shortest telephone numbers have.
const shortest = 7

func personal(part string) bool {
	digits := 0
	for _, r := range part {
		switch {
		case r == '@' || r > unicode.MaxASCII: // whatever else it is, no route and no identifier has it
			return true
		case '0' <= r && r <= '9':
			digits++
		}
	}
	return digits >= shortest
}
