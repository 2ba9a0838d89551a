package match

// wishes shares the predicates of a group's documents: most of those of a kind say the same, so that a query asks
// each only once.
type wishes struct {
	byText map[string]*wish
	unused []int
	count  int // of numbers given
}

type wish struct {
	p      Predicate
	text   string
	number int
	users  int
	apart  bool // it asks about the distance, and so differs between candidates
}

func newWishes() wishes { return wishes{byText: map[string]*wish{}} }

// take gives the one wish for p. Predicates that read the same are the same.
func (w *wishes) take(p Predicate) *wish {
	text := p.String()
	shared := w.byText[text]
	if shared == nil {
		shared = &wish{p: p, text: text, apart: p.asksDistance()}
		if n := len(w.unused); n > 0 {
			shared.number, w.unused = w.unused[n-1], w.unused[:n-1]
		} else {
			shared.number = w.count
			w.count++
		}
		w.byText[text] = shared
	}
	shared.users++
	return shared
}

// drop gives back what take gave.
func (w *wishes) drop(shared *wish) {
	if shared.users--; shared.users == 0 {
		delete(w.byText, shared.text)
		w.unused = append(w.unused, shared.number)
	}
}

func (p *Predicate) asksDistance() bool {
	for i := range p.parts {
		if p.parts[i].asksDistance() {
			return true
		}
	}
	return p.op == KindNear || p.op == KindReachesMe
}

// answers are what one asker's entry says to the wishes of a group.
type answers []answer

type answer uint8

const (
	unasked answer = iota
	yes
	no
)

// holds reports whether a candidate's wish holds over the asker.
func (a answers) holds(w *wish, m *meeting) bool {
	if w.apart {
		return m.holds(&w.p, Candidate)
	}
	if a[w.number] == unasked {
		a[w.number] = no
		if m.holds(&w.p, Candidate) {
			a[w.number] = yes
		}
	}
	return a[w.number] == yes
}
