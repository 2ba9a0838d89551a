package match

import "strings"

// traits numbers the pairs of facet and value that a group's documents have, so that to ask many documents
// for a value compares numbers.
type traits struct {
	numbers map[string]map[string]uint32 // facet → value → number
	pairs   []trait                      // by number
	unused  []uint32
}

type trait struct {
	facet, value string
	users        int
}

func newTraits() traits { return traits{numbers: map[string]map[string]uint32{}} }

// take numbers an entry's facets.
func (t *traits) take(facets map[string][]string) []uint32 {
	var taken []uint32
	for facet, values := range facets {
		byValue := t.numbers[facet]
		if byValue == nil {
			byValue = map[string]uint32{}
			t.numbers[facet] = byValue
		}
		for _, value := range values {
			number, ok := byValue[value]
			if !ok {
				number = t.add(trait{facet: facet, value: value})
				byValue[value] = number
			}
			t.pairs[number].users++
			taken = append(taken, number)
		}
	}
	return taken
}

func (t *traits) add(pair trait) uint32 {
	if n := len(t.unused); n > 0 {
		number := t.unused[n-1]
		t.unused = t.unused[:n-1]
		t.pairs[number] = pair
		return number
	}
	t.pairs = append(t.pairs, pair)
	return uint32(len(t.pairs) - 1)
}

// drop gives back what take gave.
func (t *traits) drop(taken []uint32) {
	for _, number := range taken {
		pair := &t.pairs[number]
		if pair.users--; pair.users > 0 {
			continue
		}
		delete(t.numbers[pair.facet], pair.value)
		if len(t.numbers[pair.facet]) == 0 {
			delete(t.numbers, pair.facet)
		}
		*pair = trait{}
		t.unused = append(t.unused, number)
	}
}

// prepared is an asker's predicate, made ready to be put to every document of a group.
type prepared struct {
	p     *Predicate
	parts []prepared
	wants []uint64 // of has and under: a bit for each trait that will do
}

func (g *group) prepare(p *Predicate) prepared {
	out := prepared{p: p}
	switch p.op {
	case KindAll, KindAny, KindNot:
		for i := range p.parts {
			out.parts = append(out.parts, g.prepare(&p.parts[i]))
		}
	case KindHas:
		for _, value := range p.values {
			if number, ok := g.traits.numbers[p.name][value]; ok {
				out.want(number, len(g.traits.pairs))
			}
		}
	case KindUnder:
		for value, number := range g.traits.numbers[p.name] {
			if strings.HasPrefix(value, p.values[0]) {
				out.want(number, len(g.traits.pairs))
			}
		}
	}
	return out
}

func (p *prepared) want(number uint32, of int) {
	if p.wants == nil {
		p.wants = make([]uint64, of/64+1)
	}
	p.wants[number/64] |= 1 << (number % 64)
}

// holds is meeting.holds for the asker and the document in a slot, sooner.
func (p *prepared) holds(m *meeting, s *slot) bool {
	switch p.p.op {
	case KindAll:
		for i := range p.parts {
			if !p.parts[i].holds(m, s) {
				return false
			}
		}
		return true
	case KindAny:
		for i := range p.parts {
			if p.parts[i].holds(m, s) {
				return true
			}
		}
		return false
	case KindNot:
		return !p.parts[0].holds(m, s)
	case KindHas, KindUnder:
		if p.wants == nil {
			return false
		}
		for _, number := range s.traits {
			if p.wants[number/64]&(1<<(number%64)) != 0 {
				return true
			}
		}
		return false
	}
	return m.leaf(p.p, Asker)
}
