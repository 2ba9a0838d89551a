package match

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// group is one collection: its documents in slots, and for each word the postings that say where it
// occurs. Slots and word numbers are reused; nothing that is answered depends on them.
type group struct {
	slots  []slot
	unused []uint32
	byID   map[string]uint32

	words       map[string]uint32
	terms       []string // by word
	lists       []list   // by word
	unusedWords []uint32

	fields  map[string]uint32
	lengths []length // by field

	traits traits
	wishes wishes
}

// slot is a document with all that is asked of every one in every query, side by side in memory.
type slot struct {
	d        *document // nil where the slot is free
	wish     *wish
	traits   []uint32
	free     []Window
	place    Place
	placed   bool
	capacity int
	load     int
	quality  float64
	at       time.Time
}

// document is an entry as it is held.
type document struct {
	entry  Entry
	bodies []string // folded
	words  []uint32 // ascending
	fields []fieldLength
}

type fieldLength struct{ field, length uint32 }

// list is where a word occurs: postings by slot, and for one document in the order of its fields.
type list struct {
	postings  []posting
	documents int
}

// posting says how much of a word a field of a document has.
type posting struct {
	slot   uint32
	length uint32  // of the field, in words
	amount float32 // occurrences times weight
	field  uint32
}

// length adds up a field over the documents that have it. These are whole numbers, so that the mean does
// not depend on the order in which documents came and went.
type length struct{ words, documents int64 }

func newGroup() *group {
	return &group{byID: map[string]uint32{}, words: map[string]uint32{}, fields: map[string]uint32{},
		traits: newTraits(), wishes: newWishes()}
}

// analysis is what a text holds, ready to be put into a group.
type analysis struct {
	bodies []string
	fields []analysedField
}

type analysedField struct {
	name   string
	length uint32
	amount map[string]float64
}

// analyse reads the texts of an entry; bodies of one field come together.
func analyse(texts []Text) *analysis {
	a := &analysis{bodies: make([]string, len(texts))}
	for i, t := range texts {
		f := fold(t.Body)
		a.bodies[i] = f.text
		at := slices.IndexFunc(a.fields, func(f analysedField) bool { return f.name == t.Field })
		if at < 0 {
			at = len(a.fields)
			a.fields = append(a.fields, analysedField{name: t.Field, amount: map[string]float64{}})
		}
		field := &a.fields[at]
		tokenize(&f, func(found token) {
			field.length++
			field.amount[found.term] += t.Weight
		})
	}
	return a
}

// reads reports whether the group holds the entry with the same text.
func (g *group) reads(e Entry) bool {
	at, ok := g.byID[e.ID]
	return ok && slices.Equal(g.slots[at].d.entry.Text, e.Text)
}

// put holds the entry, in place of one with its ID. The analysis is of its text; it may be missing where
// the group reads that.
func (g *group) put(e Entry, a *analysis) {
	if g.reads(e) {
		at := g.byID[e.ID]
		d := g.slots[at].d
		g.leave(at)
		d.entry = e
		g.occupy(at, d)
		return
	}
	if a == nil {
		a = analyse(e.Text) // another text came between
	}
	g.remove(e.ID)
	var at uint32
	if n := len(g.unused); n > 0 {
		at, g.unused = g.unused[n-1], g.unused[:n-1]
	} else {
		at = uint32(len(g.slots))
		g.slots = append(g.slots, slot{})
	}
	d := &document{entry: e, bodies: a.bodies}
	for _, f := range a.fields {
		field := g.field(f.name)
		g.lengths[field].words += int64(f.length)
		g.lengths[field].documents++
		d.fields = append(d.fields, fieldLength{field, f.length})
		for term, amount := range f.amount {
			w := g.word(term)
			d.words = append(d.words, w)
			g.post(w, posting{slot: at, length: f.length, amount: float32(amount), field: field})
		}
	}
	slices.Sort(d.words)
	d.words = slices.Clip(slices.Compact(d.words))
	g.occupy(at, d)
	g.byID[e.ID] = at
}

// occupy fills a slot for a document.
func (g *group) occupy(at uint32, d *document) {
	e := &d.entry
	s := slot{
		d: d, wish: g.wishes.take(e.Wants), traits: g.traits.take(e.Facets), free: e.Free,
		capacity: e.Capacity, load: e.Load, quality: e.Quality, at: e.At,
	}
	if e.Place != nil {
		s.place, s.placed = *e.Place, true
	}
	e.Wants = s.wish.p // shared
	g.slots[at] = s
}

// leave frees a slot.
func (g *group) leave(at uint32) {
	s := &g.slots[at]
	g.wishes.drop(s.wish)
	g.traits.drop(s.traits)
	*s = slot{}
}

// word numbers a term.
func (g *group) word(term string) uint32 {
	w, ok := g.words[term]
	if ok {
		return w
	}
	term = strings.Clone(term) // it is a part of a whole body
	if n := len(g.unusedWords); n > 0 {
		w, g.unusedWords = g.unusedWords[n-1], g.unusedWords[:n-1]
		g.terms[w] = term
	} else {
		w = uint32(len(g.terms))
		g.terms = append(g.terms, term)
		g.lists = append(g.lists, list{})
	}
	g.words[term] = w
	return w
}

// forget frees the number of a word that no document has.
func (g *group) forget(w uint32) {
	delete(g.words, g.terms[w])
	g.terms[w], g.lists[w] = "", list{}
	g.unusedWords = append(g.unusedWords, w)
}

// field numbers a field; there are few, and they stay.
func (g *group) field(name string) uint32 {
	f, ok := g.fields[name]
	if !ok {
		f = uint32(len(g.lengths))
		g.fields[strings.Clone(name)] = f
		g.lengths = append(g.lengths, length{})
	}
	return f
}

// post adds a posting after those of earlier slots, and of earlier fields of its document.
func (g *group) post(w uint32, p posting) {
	l := &g.lists[w]
	i, _ := slices.BinarySearchFunc(l.postings, p.slot+1, bySlot)
	if i == 0 || l.postings[i-1].slot != p.slot {
		l.documents++
	}
	l.postings = slices.Insert(l.postings, i, p)
}

func bySlot(p posting, slot uint32) int { return cmp.Compare(p.slot, slot) }

// of are the postings of one document.
func of(postings []posting, slot uint32) []posting {
	from, _ := slices.BinarySearchFunc(postings, slot, bySlot)
	to := from
	for to < len(postings) && postings[to].slot == slot {
		to++
	}
	return postings[from:to]
}

func (g *group) remove(id string) {
	at, ok := g.byID[id]
	if !ok {
		return
	}
	d := g.slots[at].d
	for _, w := range d.words {
		l := &g.lists[w]
		from, _ := slices.BinarySearchFunc(l.postings, at, bySlot)
		l.postings = slices.Delete(l.postings, from, from+len(of(l.postings, at)))
		l.documents--
		if l.documents == 0 {
			g.forget(w)
		}
	}
	for _, f := range d.fields {
		g.lengths[f.field].words -= int64(f.length)
		g.lengths[f.field].documents--
	}
	g.leave(at)
	g.unused = append(g.unused, at)
	delete(g.byID, id)
}
