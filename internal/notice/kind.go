package notice

import "strings"

// Kind is what a person chooses by: news of one sort, whatever message tells it.
type Kind string

// The kinds, in the order in which they are shown.
const (
	KindUrgent Kind = "urgent" // an urgent need in an officer's union
	KindFits   Kind = "fits"   // a need that fits a master, or looks for one again
	KindWork   Kind = "work"   // what happens to one's own need or engagement
	KindVisit  Kind = "visit"  // a visit proposed, agreed, called off, done
	KindFollow Kind = "follow" // whether a gain holds
	KindOther  Kind = "other"
)

// Kinds are all of them.
var Kinds = []Kind{KindUrgent, KindFits, KindWork, KindVisit, KindFollow, KindOther}

// kindsOf finds the kind of a message by how its id begins.
var kindsOf = []struct {
	prefix string
	kind   Kind
}{
	{"notice.exchange.urgent", KindUrgent},
	{"notice.exchange.fits", KindFits},
	{"notice.exchange.need.reopened", KindFits},
	{"notice.exchange.need.", KindWork},
	{"notice.exchange.engagement.", KindWork},
	{"notice.exchange.tool.", KindWork},
	{"notice.exchange.visit.", KindVisit},
	{"notice.exchange.followup.", KindFollow},
}

// KindOf is the kind of news that a message tells. One that nobody has put in a kind is other news, so that
// no new message goes without a choice.
func KindOf(msg string) Kind {
	for _, k := range kindsOf {
		if strings.HasPrefix(msg, k.prefix) {
			return k.kind
		}
	}
	return KindOther
}
