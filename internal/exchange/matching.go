package exchange

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
)

// Match is an offer, a need or a toolbox entry that fits, with why.
type Match struct {
	Offer   *Offer
	Need    *Need
	Tool    *Tool
	Owner   Provider // behind the offer
	Score   float64
	Terms   []match.Term
	Reasons []Reason
	Metres  float64 // -1 when unknown
}

// Reason is one thing that speaks for a match, to be said in the reader's language.
type Reason struct {
	Msg  string
	Args []any // name, value pairs; what is not a string is said as readers expect it
}

// Say renders the reason.
func (r Reason) Say(ctx context.Context) string {
	args := slices.Clone(r.Args)
	for i, a := range args {
		switch v := a.(type) {
		case lang.Text:
			args[i] = v.In(ctx)
		case time.Time:
			args[i] = lang.Day(ctx, v)
		case float64:
			args[i] = lang.Decimal(v, 4)
		case []string:
			args[i] = strings.Join(v, lang.T(ctx, "exchange.comma"))
		case []lang.Text:
			names := make([]string, len(v))
			for j, name := range v {
				names[j] = name.In(ctx)
			}
			args[i] = strings.Join(names, lang.T(ctx, "exchange.comma"))
		}
	}
	return lang.T(ctx, r.Msg, args...)
}

// Matches are the answer to a need: who fits it, and what was learned from needs like it, best first.
type Matches struct {
	Offers   []Match
	Tools    []Match
	Eligible int // offers that fit, listed or not
}

// How alike texts must be: the share of what the asker's words weigh that the other has. Found on pairs of needs in
// everyday words: of those alike in substance nearly all reach a tenth, of the others hardly any.
const (
	alikeEnough  = 0.10
	searchEnough = 0.01 // somebody typed these words; little is better than nothing
)

// experienceWeight is what three or more similar solved needs add to a score.
const experienceWeight = 0.12

var toolWeights = match.Weights{Text: 0.85, Quality: 0.10, Freshness: 0.05}

// Matches answers a need: at most count offers and five toolbox entries. It is for the need's side and its
// officers.
func (s *Service) Matches(ctx context.Context, a actor.Actor, needID string, count int) (_ Matches, err error) {
	defer fault.Wrap(&err, "exchange.Matches(%s)", needID)
	c, err := s.store.Case(ctx, needID)
	if err != nil {
		return Matches{}, err
	}
	if SideOf(a, c.Need, nil) == NoSide && !a.MayRead(c.Need.UnionPath) {
		return Matches{}, fault.NoSuch()
	}
	return s.matches(ctx, c.Need, count)
}

func (s *Service) matches(ctx context.Context, n Need, count int) (Matches, error) {
	k, err := s.kind(n.KindID)
	if err != nil {
		return Matches{}, err
	}
	var m Matches
	if m.Offers, m.Eligible, err = s.bestOffers(ctx, k, n, count, nil); err != nil {
		return Matches{}, err
	}
	m.Tools, err = s.bestTools(ctx, k, n, 5)
	return m, err
}

// alike is the need as it is asked when only its own words matter: those of its choices stand in everything of the
// same trade and would make all of it look alike.
func alike(k Kind, n Need) match.Entry {
	e := needEntry(k, n)
	e.Text = slices.DeleteFunc(e.Text, func(t match.Text) bool {
		f, _ := k.Need.FieldOf(t.Field)
		return f.Type == Choice || f.Type == Choices
	})
	e.Wants, e.Free, e.Place = match.Predicate{}, nil, nil
	return e
}

// bestOffers ranks the offers that fit, but for those left out. Experience, the similar needs that the owner has solved, is added here
// because it is a fact of the exchange, not of one entry.
func (s *Service) bestOffers(ctx context.Context, k Kind, n Need, count int, without map[string]bool) ([]Match, int, error) {
	now := s.clock.Now()
	found, err := s.index.Top(ctx, match.Query{From: needEntry(k, n), Group: k.ID + offerGroup, K: max(30, 3*count),
		Weights: match.Weights(k.Weights), Now: now, PerOwner: 1, Exclude: without})
	if err != nil {
		return nil, 0, err
	}
	solved, err := s.solvedLike(ctx, k, n)
	if err != nil {
		return nil, 0, err
	}
	for i := range found.Hits {
		h := &found.Hits[i]
		value := min(1, float64(solved[h.Owner])/3)
		h.Terms = append(h.Terms, match.Term{Name: "experience", Value: value, Weight: experienceWeight})
		h.Score += experienceWeight * value
	}
	slices.SortStableFunc(found.Hits, func(x, y match.Hit) int { return cmp.Compare(y.Score, x.Score) })
	hits := found.Hits[:min(count, len(found.Hits))]
	out, err := s.offerMatches(ctx, k, n, hits, solved, now)
	return out, found.Eligible, err
}

func (s *Service) offerMatches(ctx context.Context, k Kind, n Need, hits []match.Hit, solved map[string]int, now time.Time) ([]Match, error) {
	ids, owners := make([]string, len(hits)), make([]string, len(hits))
	for i, h := range hits {
		ids[i], owners[i] = h.ID, h.Owner
	}
	offers, err := s.store.OffersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	people, err := s.hall.Providers(ctx, owners)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, h := range hits {
		i := slices.IndexFunc(offers, func(o Offer) bool { return o.ID == h.ID })
		if i < 0 || offers[i].Status != OfferOpen {
			continue // paused or ended since it was indexed
		}
		o := offers[i]
		m := Match{Offer: &o, Owner: people[h.Owner], Score: h.Score, Terms: h.Terms, Metres: h.Distance}
		m.Reasons = s.offerReasons(k, n, o, h, solved[h.Owner], now)
		out = append(out, m)
	}
	return out, nil
}

func (s *Service) offerReasons(k Kind, n Need, o Offer, h match.Hit, solved int, now time.Time) []Reason {
	out := tradeReason(k, n.Trades, o.Trades)
	if h.Distance >= 0 {
		out = append(out, s.distanceReason(n, o, h.Distance))
	}
	if k.Has(Free) && !h.FreeFrom.IsZero() {
		if h.FreeFrom.Before(now.AddDate(0, 0, 7)) {
			out = append(out, Reason{Msg: "exchange.reason.this-week"})
		} else {
			out = append(out, Reason{Msg: "exchange.reason.free-from", Args: []any{"day", h.FreeFrom}})
		}
	}
	if solved > 0 {
		out = append(out, Reason{Msg: "exchange.reason.solved", Args: []any{"count", solved}})
	}
	if o.RatingCount >= 3 && o.Stars() >= 4 {
		out = append(out, Reason{Msg: "exchange.reason.rating", Args: []any{"stars", math.Round(o.Stars()*10) / 10}})
	}
	return append(out, wordsReason(h, tradeWords(k, n.Trades))...)
}

func tradeReason(k Kind, of, and []string) []Reason {
	f, _, _ := k.Trade()
	for _, code := range of {
		if t, ok := k.TermOf(f.List, code); ok && slices.Contains(and, code) {
			return []Reason{{Msg: "exchange.reason.trade", Args: []any{"trade", t.Name}}}
		}
	}
	return nil
}

func (s *Service) distanceReason(n Need, o Offer, metres float64) Reason {
	msg := "exchange.reason.distance"
	if city := s.hall.City(n.UnionPath); city != "" && actor.Within(o.UnionPath, city) {
		msg = "exchange.reason.same-city"
	}
	km := math.Round(metres / 1000)
	if km < 1 {
		return Reason{Msg: "exchange.reason.next-door"}
	}
	return Reason{Msg: msg, Args: []any{"km", km}}
}

// wordsReason names the words that both sides have, but for those that go without saying, such as the trade's.
func wordsReason(h match.Hit, known string) []Reason {
	words := slices.DeleteFunc(slices.Clone(h.Words), func(w string) bool { return len([]rune(w)) < 2 || strings.Contains(known, w) })
	if words = words[:min(3, len(words))]; len(words) == 0 {
		return nil
	}
	return []Reason{{Msg: "exchange.reason.words", Args: []any{"words", words}}}
}

// solvedLike counts, by owner, the needs like this one that they have solved.
func (s *Service) solvedLike(ctx context.Context, k Kind, n Need) (map[string]int, error) {
	found, err := s.index.Top(ctx, match.Query{From: alike(k, n), Group: k.ID + solvedGroup, K: 200,
		Weights: match.Weights{Text: 1}, MinText: alikeEnough, Brief: true})
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, h := range found.Hits {
		out[h.Owner]++
	}
	return out, nil
}

func (s *Service) bestTools(ctx context.Context, k Kind, n Need, count int) ([]Match, error) {
	found, err := s.index.Top(ctx, match.Query{From: alike(k, n), Group: k.ID + toolGroup, K: count,
		Weights: toolWeights, Now: s.clock.Now(), MinText: alikeEnough})
	if err != nil {
		return nil, err
	}
	return s.toolMatches(ctx, found.Hits)
}

func (s *Service) toolMatches(ctx context.Context, hits []match.Hit) ([]Match, error) {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	tools, err := s.store.ToolsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, h := range hits {
		i := slices.IndexFunc(tools, func(t Tool) bool { return t.ID == h.ID })
		if i < 0 {
			continue
		}
		t := tools[i]
		m := Match{Tool: &t, Score: h.Score, Terms: h.Terms, Metres: -1, Reasons: wordsReason(h, "")}
		if t.Measure != nil && t.After != nil {
			m.Reasons = append(m.Reasons, Reason{Msg: "exchange.reason.gain", Args: []any{"name", t.Measure.Name,
				"before", t.Measure.Before, "after", *t.After, "unit", t.Measure.Unit}})
		}
		if t.Helped > 0 {
			m.Reasons = append(m.Reasons, Reason{Msg: "exchange.reason.helped", Args: []any{"count", t.Helped}})
		}
		out = append(out, m)
	}
	return out, nil
}

// SearchTools finds toolbox entries by words, for anybody.
func (s *Service) SearchTools(ctx context.Context, kindID, words string, count int) (_ []Match, err error) {
	defer fault.Wrap(&err, "exchange.SearchTools")
	from := match.Entry{ID: "search", Group: kindID + needGroup, Capacity: match.Unlimited,
		Text: []match.Text{{Field: "words", Weight: 1, Body: clip(words)}}}
	found, err := s.index.Top(ctx, match.Query{From: from, Group: kindID + toolGroup, K: count, Weights: toolWeights,
		Now: s.clock.Now(), MinText: searchEnough})
	if err != nil {
		return nil, err
	}
	return s.toolMatches(ctx, found.Hits)
}

// Tools lists toolbox entries, the latest first, for anybody.
func (s *Service) Tools(ctx context.Context, f ToolFilter) ([]Tool, error) {
	if f.Limit <= 0 || f.Limit > 100 {
		f.Limit = 24
	}
	return s.store.Tools(ctx, f)
}

// Feed gives the open needs that fit the actor's offers, best first, without those already answered.
func (s *Service) Feed(ctx context.Context, a actor.Actor, count int) (_ []Match, err error) {
	defer fault.Wrap(&err, "exchange.Feed")
	if !a.SignedIn() {
		return nil, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	offers, err := s.store.OffersOf(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, o := range offers {
		if o.Status != OfferOpen {
			continue
		}
		part, err := s.bestNeeds(ctx, o, count)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	out = slices.DeleteFunc(out, func(m Match) bool { return a.SpeaksFor(m.Need.EnterpriseID) })
	slices.SortStableFunc(out, func(x, y Match) int { return cmp.Compare(y.Score, x.Score) })
	return out[:min(count, len(out))], nil
}

func (s *Service) bestNeeds(ctx context.Context, o Offer, count int) ([]Match, error) {
	k, err := s.kind(o.KindID)
	if err != nil {
		return nil, err
	}
	from, err := s.entryOf(ctx, k, o)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	weights := match.Weights(k.Weights)
	weights.Freshness += weights.Load // a need carries no load; what is new comes first instead
	weights.Load = 0
	found, err := s.index.Top(ctx, match.Query{From: from, Group: k.ID + needGroup, K: count, Weights: weights, Now: now})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found.Hits))
	for i, h := range found.Hits {
		ids[i] = h.ID
	}
	needs, err := s.store.NeedsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, h := range found.Hits {
		i := slices.IndexFunc(needs, func(n Need) bool { return n.ID == h.ID })
		if i < 0 || needs[i].State != NeedOpen || needs[i].PosterID == o.OwnerID {
			continue
		}
		n := needs[i]
		reasons := tradeReason(k, n.Trades, o.Trades)
		if h.Distance >= 0 {
			reasons = append(reasons, s.distanceReason(n, o, h.Distance))
		}
		reasons = append(reasons, wordsReason(h, tradeWords(k, n.Trades))...)
		out = append(out, Match{Offer: &o, Need: &n, Score: h.Score, Terms: h.Terms, Reasons: reasons, Metres: h.Distance})
	}
	return out, nil
}

// entryOf builds the entry of one offer as it now is.
func (s *Service) entryOf(ctx context.Context, k Kind, o Offer) (match.Entry, error) {
	p, err := s.hall.Provider(ctx, o.OwnerID)
	if err != nil {
		return match.Entry{}, err
	}
	busy, err := s.store.Busy(ctx, []string{o.OwnerID}, s.clock.Now())
	if err != nil {
		return match.Entry{}, err
	}
	loads, err := s.loads(ctx, []string{o.OwnerID})
	if err != nil {
		return match.Entry{}, err
	}
	return offerEntry(k, o, p, busy[o.OwnerID], loads[o.OwnerID]), nil
}

// fits is nil when the offer, which must be of the need's kind, fits it, else a fault that says which condition fails.
func (s *Service) fits(ctx context.Context, n Need, o Offer) (err error) {
	defer fault.Wrap(&err, "exchange.fits(%s, %s)", n.ID, o.ID)
	k, err := s.kind(n.KindID)
	if err != nil {
		return err
	}
	e, err := s.entryOf(ctx, k, o)
	if err != nil {
		return err
	}
	v, err := match.Judge(needEntry(k, n), e, s.clock.Now())
	if err != nil || v.Fits {
		return err
	}
	failed := v.Failed[0]
	for len(failed.Parts) > 0 {
		failed = failed.Parts[0]
	}
	return fault.New(fault.Conflict, "exchange.unfit."+string(failed.Kind))
}
