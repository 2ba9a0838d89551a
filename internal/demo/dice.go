package demo

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/unionhall/unionhall/internal/id"
)

// dice is one stream of chance. Every part of the world throws its own, so that a change in one part
// leaves the others as they were.
type dice struct{ *rand.Rand }

func newDice(seed uint64, stream string) dice {
	h := fnv.New64a()
	h.Write([]byte(stream))
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between gives a whole number in [lo, hi].
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// real gives a number in [lo, hi).
func (d dice) real(lo, hi float64) float64 { return lo + d.Float64()*(hi-lo) }

// span gives a duration that is usually near the median and now and then much longer.
func (d dice) span(median time.Duration, spread float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(d.NormFloat64()*spread)).Truncate(time.Second)
}

// id makes an identifier that sorts as if made at t.
func (d dice) id(t time.Time) string {
	var b [10]byte
	binary.LittleEndian.PutUint64(b[:], d.Uint64())
	binary.LittleEndian.PutUint16(b[8:], uint16(d.Uint64()))
	return id.At(t, b)
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// some gives n different elements in the order of chance; all of them when there are fewer.
func some[T any](d dice, from []T, n int) []T {
	perm := d.Perm(len(from))
	out := make([]T, 0, n)
	for _, i := range perm[:min(n, len(perm))] {
		out = append(out, from[i])
	}
	return out
}

// scale picks indexes by weight.
type scale []float64 // running sums

func newScale(n int, weight func(int) float64) scale {
	s, sum := make(scale, n), 0.0
	for i := range n {
		sum += weight(i)
		s[i] = sum
	}
	return s
}

func (s scale) pick(d dice) int {
	x := d.Float64() * s[len(s)-1]
	lo, hi := 0, len(s)-1
	for lo < hi {
		if mid := (lo + hi) / 2; s[mid] > x {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
