// Package id makes the identifiers of rows: UUIDv7, so that they sort by the time they were made and
// can be made anywhere without asking.
package id

import (
	"time"

	"github.com/google/uuid"
)

// New makes an identifier. Identifiers made by one process ascend.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// At makes an identifier that sorts as if made at t, with entropy from the 10 given bytes: for
// demonstration data, which must come out the same from the same seed.
func At(t time.Time, entropy [10]byte) string {
	var u uuid.UUID
	ms := t.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (8 * (5 - i)))
	}
	copy(u[6:], entropy[:])
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return u.String()
}

// Valid reports whether s is an identifier in its canonical form. Surfaces check what they are given
// before it reaches a store.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}
