// Package sealtest gives tests a box to seal with.
package sealtest

import (
	"path/filepath"
	"testing"

	"github.com/unionhall/unionhall/internal/seal"
)

// Box is a new box with keys of its own.
func Box(t testing.TB) *seal.Box {
	t.Helper()
	b, err := seal.Make(filepath.Join(t.TempDir(), "keys", "seal.json"), seal.AES)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
