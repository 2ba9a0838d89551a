package layout

import (
	"context"
	"net/http"
	"strconv"

	"github.com/unionhall/unionhall/internal/lang"
)

type railGroup struct {
	label   string
	entries []Entry
}

// grouped gathers entries that stand together, in the order the groups first appear.
func grouped(entries []Entry) []railGroup {
	var out []railGroup
	at := map[string]int{}
	for _, e := range entries {
		i, ok := at[e.Group]
		if !ok {
			i = len(out)
			at[e.Group] = i
			out = append(out, railGroup{label: e.Group})
		}
		out[i].entries = append(out[i].entries, e)
	}
	return out
}

func (f Failure) code() string { return strconv.Itoa(f.Status) }

// kind is the family of messages for the status.
func (f Failure) kind() string {
	switch f.Status {
	case 403, 404, 405, 409, 413, 422, 429, 503:
		return strconv.Itoa(f.Status)
	}
	return "500"
}

func (f Failure) titleID() string  { return "web.error." + f.kind() + ".title" }
func (f Failure) adviceID() string { return "web.error." + f.kind() + ".advice" }

// brief is the failure in one line, for a page that stays open when a form sent in the background fails.
func (f Failure) brief(ctx context.Context) string {
	if f.Status >= http.StatusInternalServerError && f.RequestID != "" {
		return lang.T(ctx, "web.error.short", "text", f.Text, "id", f.RequestID)
	}
	return f.Text
}
