package notice

import (
	"strconv"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Position is a place in a person's list, which is ordered by time and then id, newest first.
type Position struct {
	At time.Time
	ID string
}

// IsZero reports whether it is the beginning of the list.
func (p Position) IsZero() bool { return p.ID == "" }

// String is the position as a page's address carries it.
func (p Position) String() string {
	if p.IsZero() {
		return ""
	}
	return strconv.FormatInt(p.At.UnixMicro(), 36) + "." + p.ID
}

func positionOf(i Item) Position { return Position{At: i.CreatedAt, ID: i.ID} }

func parsePosition(s string) (Position, error) {
	if s == "" {
		return Position{}, nil
	}
	at, itemID, ok := strings.Cut(s, ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || !id.Valid(itemID) {
		return Position{}, fault.NoSuch()
	}
	return Position{At: time.UnixMicro(micros).UTC(), ID: itemID}, nil
}
