package match

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// ParsePredicate reads a predicate from JSON: an object with one key, the kind.
//
//	{}                                                   everything
//	{"all": [p, …]}  {"any": [p, …]}  {"not": p}
//	{"has": {"facet": "trade", "values": ["turning"]}}
//	{"under": {"facet": "union", "root": "/0/33/"}}
//	{"range": {"number": "years", "min": 5, "max": 20}}  at least one end
//	{"near": {"metres": 20000}}
//	{"reachesMe": {}}
//	{"freeIn": {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}}
//
// It is strict: a key that is unknown, missing, doubled or of the wrong type is an Invalid fault that says
// where, and so is all that Validate refuses.
func ParsePredicate(data []byte) (p Predicate, err error) {
	defer fault.Wrap(&err, "match.ParsePredicate")
	if len(data) > MaxJSON {
		return Predicate{}, wrong("", "match.predicate.large", "max", MaxParts)
	}
	r := reader{dec: json.NewDecoder(bytes.NewReader(data))}
	p, err = r.predicate("", 1)
	if err != nil {
		return Predicate{}, err
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return Predicate{}, wrong("", "match.predicate.json")
	}
	if err := p.Validate(); err != nil {
		return Predicate{}, err
	}
	return p, nil
}

// UnmarshalJSON is ParsePredicate.
func (p *Predicate) UnmarshalJSON(data []byte) error {
	parsed, err := ParsePredicate(data)
	if err == nil {
		*p = parsed
	}
	return err
}

// MarshalJSON writes what ParsePredicate reads. It refuses what Validate refuses.
func (p Predicate) MarshalJSON() (data []byte, err error) {
	defer fault.Wrap(&err, "match.Predicate.MarshalJSON")
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(p.tree())
}

// tree is the predicate as plain JSON values.
func (p Predicate) tree() map[string]any {
	var body any
	switch p.op {
	case "":
		return map[string]any{}
	case KindAll, KindAny:
		parts := make([]any, len(p.parts))
		for i, part := range p.parts {
			parts[i] = part.tree()
		}
		body = parts
	case KindNot:
		body = p.parts[0].tree()
	case KindHas:
		body = map[string]any{"facet": p.name, "values": p.values}
	case KindUnder:
		body = map[string]any{"facet": p.name, "root": p.values[0]}
	case KindRange:
		ends := map[string]any{"number": p.name}
		if !math.IsInf(p.min, -1) {
			ends["min"] = p.min
		}
		if !math.IsInf(p.max, 1) {
			ends["max"] = p.max
		}
		body = ends
	case KindNear:
		body = map[string]any{"metres": p.min}
	case KindReachesMe:
		body = map[string]any{}
	case KindFreeIn:
		body = map[string]any{"from": p.window.From, "to": p.window.To}
	}
	return map[string]any{string(p.op): body}
}

func wrong(path, msg string, args ...any) error {
	var c fault.Check
	c.Add(path, msg, args...)
	return c.Err()
}

// reader takes a predicate from a stream of tokens. encoding/json would take doubled keys, other
// letter cases and null in silence.
type reader struct {
	dec   *json.Decoder
	parts int
}

func (r *reader) predicate(path string, depth int) (p Predicate, err error) {
	r.parts++
	if depth > MaxDepth {
		return p, wrong(path, "match.predicate.deep", "max", MaxDepth)
	}
	if r.parts > MaxParts {
		return p, wrong("", "match.predicate.large", "max", MaxParts)
	}
	err = r.object(path, func(key string) error {
		if !p.IsZero() {
			return wrong(path, "match.predicate.one-kind")
		}
		p, err = r.kind(Kind(key), path, depth)
		return err
	})
	return p, err
}

func (r *reader) kind(kind Kind, path string, depth int) (p Predicate, err error) {
	path = join(path, string(kind))
	switch kind {
	case KindAll, KindAny:
		parts := []Predicate{}
		err = r.array(path, func(i int) error {
			part, err := r.predicate(path+"["+strconv.Itoa(i)+"]", depth+1)
			parts = append(parts, part)
			return err
		})
		return Predicate{op: kind, parts: parts}, err
	case KindNot:
		p, err = r.predicate(path, depth+1)
		return Not(p), err
	case KindHas, KindUnder:
		return r.facet(kind, path)
	case KindRange:
		p = Predicate{op: kind, min: math.Inf(-1), max: math.Inf(1)}
		err = r.fields(path, 1, []field{{"number", &p.name}, {"min", &p.min}, {"max", &p.max}})
		return p, err
	case KindNear:
		p.op = kind
		err = r.fields(path, 1, []field{{"metres", &p.min}})
		return p, err
	case KindReachesMe:
		return ReachesMe(), r.fields(path, 0, nil)
	case KindFreeIn:
		var w Window
		err = r.fields(path, 2, []field{{"from", &w.From}, {"to", &w.To}})
		return FreeIn(w), err
	}
	return p, wrong(path, "match.predicate.unknown")
}

func (r *reader) facet(kind Kind, path string) (p Predicate, err error) {
	p.op = kind
	if kind == KindHas {
		err = r.fields(path, 2, []field{{"facet", &p.name}, {"values", &p.values}})
		return p, err
	}
	p.values = []string{""}
	err = r.fields(path, 2, []field{{"facet", &p.name}, {"root", &p.values[0]}})
	return p, err
}

// field is a key and where its value goes: *string, *float64, *time.Time or *[]string.
type field struct {
	key string
	to  any
}

// fields reads an object; the first few fields must be there.
func (r *reader) fields(path string, required int, fields []field) error {
	seen := map[string]bool{}
	err := r.object(path, func(key string) error {
		for _, f := range fields {
			if f.key == key {
				if seen[key] {
					return wrong(join(path, key), "match.predicate.doubled")
				}
				seen[key] = true
				return r.value(join(path, key), f.to)
			}
		}
		return wrong(join(path, key), "match.predicate.unknown")
	})
	if err != nil {
		return err
	}
	for _, f := range fields[:required] {
		if !seen[f.key] {
			return wrong(join(path, f.key), "match.predicate.missing")
		}
	}
	return nil
}

func (r *reader) value(path string, to any) error {
	if list, ok := to.(*[]string); ok {
		*list = []string{}
		return r.array(path, func(i int) error {
			var s string
			err := r.value(path+"["+strconv.Itoa(i)+"]", &s)
			*list = append(*list, s)
			return err
		})
	}
	token, err := r.dec.Token()
	if err != nil {
		return wrong(path, "match.predicate.json")
	}
	ok := false
	switch to := to.(type) {
	case *string:
		*to, ok = token.(string)
	case *float64:
		*to, ok = token.(float64)
	case *time.Time:
		var s string
		if s, ok = token.(string); ok {
			*to, err = time.Parse(time.RFC3339, s)
			ok = err == nil
		}
	}
	if !ok {
		return wrong(path, "match.predicate.type")
	}
	return nil
}

func (r *reader) object(path string, member func(key string) error) error {
	return r.between('{', '}', path, func(int) error {
		key, err := r.dec.Token()
		if err != nil {
			return wrong(path, "match.predicate.json")
		}
		return member(key.(string)) // the decoder takes nothing else for a key
	})
}

func (r *reader) array(path string, element func(i int) error) error {
	return r.between('[', ']', path, element)
}

func (r *reader) between(open, end json.Delim, path string, each func(i int) error) error {
	token, err := r.dec.Token()
	if err != nil {
		return wrong(path, "match.predicate.json")
	}
	if token != open {
		return wrong(path, "match.predicate.type")
	}
	for i := 0; r.dec.More(); i++ {
		if err := each(i); err != nil {
			return err
		}
	}
	if token, err := r.dec.Token(); err != nil || token != end {
		return wrong(path, "match.predicate.json")
	}
	return nil
}
