package actor

import "strings"

// Moved is one step of a move of unions: what stood at From stands at To now, with all below it unless Alone. The rows
// of other modules follow after it, so that for a while a row may still be found at From.
type Moved struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Alone bool   `json:"alone,omitempty"` // only From itself: what is below it has steps of its own
	// The union that From was is gone, and its rows are those of another. Empty where the union stays the same.
	FromID string `json:"from_id,omitempty"`
	ToID   string `json:"to_id,omitempty"`
}

// Span gives the half-open range [from, until) of the paths that the step takes: '!' and '0' are the characters before
// any code and after '/'.
func (m Moved) Span() (from, until string) {
	if m.Alone {
		return m.From, m.From + "!"
	}
	return m.From, strings.TrimSuffix(m.From, "/") + "0"
}

// Span gives the half-open range [from, until) of paths that is the subtree at path, the node itself included. An empty
// path gives an empty range.
func Span(path string) (from, until string) {
	if path == "" {
		return "", ""
	}
	return Moved{From: path}.Span()
}

// Takes reports whether the step takes a path.
func (m Moved) Takes(path string) bool { return path == m.From || !m.Alone && Within(path, m.From) }

// NowAt gives where a path stands after the steps. Of steps for parts of one subtree the first that takes the path counts.
func NowAt(steps []Moved, path string) string {
	for _, m := range steps {
		if m.Takes(path) {
			return m.To + path[len(m.From):]
		}
	}
	return path
}

// Readable leaves out the rows of a list that the actor may not read, because their union was moved away and they have
// not followed it yet. Outside a move it leaves out nothing.
func Readable[T any](a Actor, rows []T, path func(T) string) []T {
	if len(a.Moving) == 0 || a.Kind == System {
		return rows
	}
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		if p := path(r); NowAt(a.Moving, p) == p || a.MayRead(p) {
			out = append(out, r)
		}
	}
	return out
}
