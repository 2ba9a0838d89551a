package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"
)

// grammar is how one trade speaks of its troubles.
type grammar struct {
	Trade     string
	Machines  []string
	Parts     []string
	Materials []string
	Jobs      []string
	Families  []*family
}

// family is one kind of trouble: how it shows, what causes it, what cures it, and by how much. Everything
// said about one case comes from one family, so that need, advice, outcome and toolbox agree.
type family struct {
	Key       string
	Machines  []string // where they differ from the trade's, and so parts and materials
	Parts     []string
	Materials []string

	Titles []string
	Says   []string // how people describe it
	Tried  []string // what they did before they asked
	Skills []string // what a master who knows it says of himself
	Cause  string
	Steps  []string
	Asks   []struct{ Ask, Answer string } // what the master asks, and what comes back
	Tools  []string
	// The range of before and of target; Decimals is how values are told.
	Measure struct {
		Name, Unit     string
		Lower          bool
		Before, Target [2]float64
		Decimals       int
	}

	trade *grammar
	stuff bool // its problems depend on the material
}

//go:embed grammar/*.json places.json
var files embed.FS

// grammars are all trades in the order of their file names, and the same by code.
var grammars = sync.OnceValues(func() ([]*grammar, map[string]*grammar) {
	entries, err := files.ReadDir("grammar")
	if err != nil {
		panic(err)
	}
	byCode := map[string]*grammar{}
	var all []*grammar
	for _, e := range entries {
		g := &grammar{}
		readJSON(path.Join("grammar", e.Name()), g)
		for _, f := range g.Families {
			f.trade, f.stuff = g, len(f.Materials) > 0 || strings.Contains(strings.Join(f.Says, ""), "{mat}")
			for own, all := range map[*[]string][]string{&f.Machines: g.Machines, &f.Parts: g.Parts, &f.Materials: g.Materials} {
				if len(*own) == 0 {
					*own = all
				}
			}
		}
		all, byCode[g.Trade] = append(all, g), g
	}
	return all, byCode
})

type county struct {
	ZH, EN   string
	Lat, Lng float64
	Weight   int
	Towns    []struct {
		ZH, EN string
		Park   bool
	}

	city int
}

type city struct {
	ZH, EN   string
	Lat, Lng float64
	Counties []county
}

// atlas is the province: its cities, and all counties in one list.
var atlas = sync.OnceValues(func() ([]city, []county) {
	var cities []city
	readJSON("places.json", &cities)
	var counties []county
	for i, c := range cities {
		for _, k := range c.Counties {
			k.city = i
			counties = append(counties, k)
		}
	}
	return cities, counties
})

func readJSON(name string, into any) {
	b, err := files.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		panic(fmt.Sprintf("demo: %s: %v", name, err)) // embedded, so a defect of the program
	}
}
