//go:build race

package demo

// slower is how many times longer everything may take: the race detector watches every access.
const slower = 10
