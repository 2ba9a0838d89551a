package web

import "testing"

func TestTheLogKeepsNobodysNumber(t *testing.T) {
	for path, want := range map[string]string{
		"/":                "/",
		"/console/workers": "/console/workers",
		"/needs/01900000-0000-7000-8000-000000000000/engagements": "/needs/01900000-0000-7000-8000-000000000000/engagements",
		"/console/workers/13812345678":                            "/console/workers/…",
		"/console/workers/+86 138-1234-5678/private":              "/console/workers/…/private",
		"/x/350102199003070012":                                   "/x/…",
		"/x/３５０１０２１９９００３０７００１２":                                   "/x/…",
		"/x/zhang@mail.example":                                   "/x/…",
		"/张三":                                                     "/…",
		"/v1/needs/a123456":                                       "/v1/needs/a123456",
		"/01900000-0000-7000-8000-00000000000/13812345678/y":      "/…/…/y", // an identifier cut short is none
	} {
		if got := tellable(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
