package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// Invariant is something that holds in every hall at every moment, with the query that finds the rows that break it.
type Invariant struct {
	Name  string
	Query string // gives one text a row: what breaks it
}

// Invariants are all of them. They hold between transactions, so each is asked in one snapshot; docs/operations.md says
// them in words.
var Invariants = []Invariant{
	{"a union's path is that of its parent and its own code", `SELECT u.id FROM hall_union u JOIN hall_union p ON p.id = u.parent_id
		WHERE u.path <> p.path || u.code || '/'`},
	{"a union's parent is there", `SELECT u.id FROM hall_union u LEFT JOIN hall_union p ON p.id = u.parent_id WHERE u.parent_id <> '' AND p.id IS NULL`},
	{"there is one topmost union", `SELECT id FROM hall_union WHERE parent_id = '' AND (SELECT count(*) FROM hall_union WHERE parent_id = '') > 1`},
	{"people stand where their union does", misplaced("hall_person", "id")},
	{"enterprises stand where their union does", misplaced("hall_enterprise", "id")},
	{"masters stand where their union does", misplaced("hall_master", "person_id")},
	{"roles stand where their union does", misplaced("hall_grant", "id")},
	{"needs stand where their union does", misplaced("exchange_need", "id")},
	{"offers stand where their union does", misplaced("exchange_offer", "id")},
	{"portals stand where their union does", misplaced("portal_portal", "id")},
	{"imports stand where their union does", misplaced("intake_job", "id")},
	{"roles are somebody's", `SELECT g.id FROM hall_grant g LEFT JOIN hall_person p ON p.id = g.person_id WHERE p.id IS NULL`},
	{"logins are somebody's", `SELECT l.person_id FROM hall_login l LEFT JOIN hall_person p ON p.id = l.person_id WHERE p.id IS NULL`},
	{"masters are people", `SELECT m.person_id FROM hall_master m LEFT JOIN hall_person p ON p.id = m.person_id WHERE p.id IS NULL`},
	{"contacts are people", `SELECT c.person_id FROM hall_contact c LEFT JOIN hall_person p ON p.id = c.person_id WHERE p.id IS NULL`},
	{"contacts speak for an enterprise that is there", `SELECT c.enterprise_id FROM hall_contact c LEFT JOIN hall_enterprise e ON e.id = c.enterprise_id WHERE e.id IS NULL`},
	{"a licence is one enterprise's, and it says so", `SELECT l.enterprise_id FROM hall_licence l LEFT JOIN hall_enterprise e ON e.id = l.enterprise_id
		WHERE e.id IS NULL OR e.licence <> l.value`},
	{"needs come from an enterprise that is there", `SELECT n.id FROM exchange_need n LEFT JOIN hall_enterprise e ON e.id = n.enterprise_id
		WHERE n.enterprise_id <> '' AND e.id IS NULL`},
	{"an engagement belongs to a need", `SELECT g.id FROM exchange_engagement g LEFT JOIN exchange_need n ON n.id = g.need_id WHERE n.id IS NULL`},
	{"an engagement belongs to an offer of its owner's", `SELECT g.id FROM exchange_engagement g LEFT JOIN exchange_offer o ON o.id = g.offer_id
		WHERE o.id IS NULL OR o.owner_id <> g.owner_id`},
	{"somebody works on a need that is engaged, and on no other", `SELECT n.id FROM exchange_need n WHERE (n.state = 'engaged') <>
		EXISTS (SELECT 1 FROM exchange_engagement g WHERE g.need_id = n.id AND g.state = 'accepted')`},
	{"an offer carries what was accepted for it", `SELECT o.id FROM exchange_offer o WHERE o.load <>
		(SELECT count(*) FROM exchange_engagement g WHERE g.owner_id = o.owner_id AND g.offer_id = o.id AND g.state = 'accepted')`},
	{"words are said in an engagement", `SELECT m.id FROM exchange_message m LEFT JOIN exchange_engagement g ON g.need_id = m.need_id AND g.id = m.engagement_id
		WHERE g.id IS NULL`},
	{"a need that came through a portal came once", `SELECT min(id) FROM exchange_need WHERE portal_id <> '' AND portal_ref <> ''
		GROUP BY portal_id, portal_ref HAVING count(*) > 1`},
	{"a person is told of a thing once", `SELECT min(id) FROM notice_item GROUP BY person_id, event_id, msg HAVING count(*) > 1`},
	{"news is somebody's", `SELECT i.id FROM notice_item i LEFT JOIN hall_person p ON p.id = i.person_id WHERE p.id IS NULL`},
	{"what is on its way to a portal goes over a hook of its", `SELECT d.id FROM portal_delivery d LEFT JOIN portal_hook h ON h.portal_id = d.portal_id AND h.id = d.hook_id
		WHERE h.id IS NULL`},
	{"keys and hooks are a portal's", `SELECT k.id FROM portal_key k LEFT JOIN portal_portal p ON p.id = k.portal_id WHERE p.id IS NULL
		UNION ALL SELECT h.id FROM portal_hook h LEFT JOIN portal_portal p ON p.id = h.portal_id WHERE p.id IS NULL`},
}

// misplaced finds the rows of a table whose union is gone, or stands elsewhere than they say. While a union moves its rows
// are on their way.
func misplaced(table, key string) string {
	return fmt.Sprintf(`SELECT r.%s FROM %s r LEFT JOIN hall_union u ON u.id = r.union_id WHERE r.union_id <> '' AND (u.id IS NULL OR u.path <> r.union_path)
		AND NOT EXISTS (SELECT 1 FROM hall_move WHERE done_at = 0)`, key, table)
}

// brokenShown is how many rows a finding names.
const brokenShown = 5

// Broken gives the invariants that do not hold, each with some of the rows that break it.
func Broken(ctx context.Context, db *sqldb.DB) (out []string, err error) {
	for _, i := range Invariants {
		rows, err := sqldb.All(ctx, db, sqldb.Value[string], i.Query+fmt.Sprintf(` LIMIT %d`, brokenShown))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", i.Name, err)
		}
		if len(rows) > 0 {
			out = append(out, i.Name+": "+strings.Join(rows, " "))
		}
	}
	return out, nil
}

// invariants asks them all; they read whole tables, so only a deep look does.
func invariants(ctx context.Context, h *seen) Finding {
	switch {
	case !h.Deep:
		return fine("not asked; --deep asks whether the rows agree with each other")
	case len(h.steps) == 0:
		return fine("there are no rows yet")
	}
	broken, err := Broken(ctx, h.db)
	switch {
	case err != nil:
		return failed(err)
	case len(broken) > 0:
		return wrong("keep a copy of the store, and tell whoever makes unionhall; a backup from before may be sound", "rows do not agree with each other: %s", strings.Join(broken, "; "))
	}
	return fine("all %d that always hold do", len(Invariants))
}
