package match

import "strings"

// better orders candidates: by score, equal ones by ID.
func better(a, b *candidate) bool {
	if a.score != b.score {
		return a.score > b.score
	}
	return strings.Compare(a.s.d.entry.ID, b.s.d.entry.ID) < 0
}

// best takes the k best in order, at most perOwner of each owner unless that is 0. It changes the order
// of found.
func best(found []candidate, k, perOwner int) []candidate {
	for i := len(found)/2 - 1; i >= 0; i-- {
		sink(found, i)
	}
	var out []candidate
	had := map[string]int{}
	for len(found) > 0 && len(out) < k {
		c := found[0]
		last := len(found) - 1
		found[0] = found[last]
		found = found[:last]
		sink(found, 0)
		owner := c.s.d.entry.Owner
		if perOwner > 0 && owner != "" {
			if had[owner] == perOwner {
				continue
			}
			had[owner]++
		}
		out = append(out, c)
	}
	return out
}

// sink restores the heap below i: the best is at the top.
func sink(h []candidate, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && better(&h[child+1], &h[child]) {
			child++
		}
		if !better(&h[child], &h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
