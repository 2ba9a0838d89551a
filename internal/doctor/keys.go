package doctor

import (
	"context"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// keys sees that the key file is there and opens what is sealed in the store.
func keys(ctx context.Context, h *seen) Finding {
	switch {
	case h.Keys == nil:
		return fine("not asked")
	case len(h.steps) < len(sqldb.KnownSteps()):
		return fine("not asked: the next start brings the schema up to date first")
	}
	file, err := h.Keys(ctx, h.db)
	if err != nil {
		return wrong("put the hall's key file back from its copy, or say with --keys where it lies: without it nobody can sign in", "%v", err)
	}
	return fine("%s opens what is sealed in the store", file)
}
