package hall

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// FirmName is how a list names an enterprise: by its licence, its name, or either in the column of the other.
type FirmName struct{ Name, Licence string }

// NamedFirm is the enterprise that is meant, or why there is none: a message id, and whether it is about the licence.
type NamedFirm struct {
	Enterprise Enterprise
	Why        string
	Licence    bool
}

// FirmsNamed finds the enterprises of a subtree on which the officer works that a list names, in the list's order and in
// one query.
func (s *Service) FirmsNamed(ctx context.Context, a actor.Actor, unionID string, list []FirmName) (_ []NamedFirm, err error) {
	defer fault.Wrap(&err, "hall.FirmsNamed(%s, %d)", unionID, len(list))
	u, err := s.workingUnion(ctx, a, unionID)
	if err != nil {
		return nil, err
	}
	var licences, names []string
	for i := range list {
		list[i] = list[i].tidy()
		if list[i].Licence != "" {
			licences = append(licences, list[i].Licence)
		}
		if list[i].Name != "" {
			names = append(names, bracketed(list[i].Name)...)
		}
	}
	found, err := s.store.FirmsNamed(ctx, u.Path, licences, names)
	if err != nil {
		return nil, err
	}
	byLicence, byName := map[string]Enterprise{}, map[string][]Enterprise{}
	for _, e := range found {
		byLicence[e.Licence] = e
		if actor.Within(e.UnionPath, u.Path) {
			byName[foldFirm(e.Name)] = append(byName[foldFirm(e.Name)], e)
		}
	}
	out := make([]NamedFirm, len(list))
	for i, n := range list {
		out[i] = n.among(byLicence, byName, u.Path)
	}
	return out, nil
}

func (n FirmName) tidy() FirmName {
	n.Name, n.Licence = strings.TrimSpace(n.Name), tidyLicence(n.Licence)
	if code := tidyLicence(n.Name); n.Licence == "" && ValidLicence(code) {
		return FirmName{Licence: code}
	}
	return n
}

// among finds the one that is meant. A licence decides; an enterprise that was entered without one is found by its name.
func (n FirmName) among(byLicence map[string]Enterprise, byName map[string][]Enterprise, path string) NamedFirm {
	if n.Licence != "" {
		if e, there := byLicence[n.Licence]; there {
			return n.open(e, path, true)
		}
	}
	var fit []Enterprise
	for _, e := range byName[foldFirm(n.Name)] {
		if n.Licence == "" || e.Licence == "" {
			fit = append(fit, e)
		}
	}
	switch len(fit) {
	case 0:
		return NamedFirm{Why: "hall.fault.no-firm", Licence: n.Licence != ""}
	case 1:
		return n.open(fit[0], path, false)
	}
	return NamedFirm{Why: "hall.fault.firm-ambiguous"}
}

func (n FirmName) open(e Enterprise, path string, licence bool) NamedFirm {
	switch {
	case !actor.Within(e.UnionPath, path):
		return NamedFirm{Why: "hall.fault.firm-outside", Licence: licence}
	case e.Status == Closed:
		return NamedFirm{Why: EnterpriseClosed.Msg, Licence: licence}
	}
	return NamedFirm{Enterprise: e}
}

// bracketed are the ways to write a name with brackets, which lists mix: 福建（福州）公司.
func bracketed(name string) []string {
	plain := strings.NewReplacer("（", "(", "）", ")").Replace(name)
	wide := strings.NewReplacer("(", "（", ")", "）").Replace(name)
	if plain == wide {
		return []string{name}
	}
	return []string{plain, wide}
}

func foldFirm(name string) string { return bracketed(strings.TrimSpace(name))[0] }
