package console

import (
	"context"

	"github.com/unionhall/unionhall/internal/lang"
)

// word is a message of the console.
func word(ctx context.Context, id string, args ...any) string {
	return lang.T(ctx, "console."+id, args...)
}

// domain is a message of the exchange itself, which every page of it says in the same words.
func domain(ctx context.Context, id string) string { return lang.T(ctx, "exchange."+id) }
