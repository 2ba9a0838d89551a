package apidoc

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

type makeIn struct {
	Dry  bool `query:"dry" doc:"Changes nothing."`
	Body struct {
		Name  string   `json:"name" doc:"What it is called."`
		Parts []part   `json:"parts"`
		State string   `json:"state,omitempty" enum:"open,closed"`
		Many  []string `json:"many,omitempty"`
	}
}

type part struct {
	Size float64 `json:"size" doc:"In metres."`
}

type made struct{ Body part }

func TestTheDescriptionIsShownWhole(t *testing.T) {
	api := humago.New(http.NewServeMux(), huma.DefaultConfig("things", "2"))
	huma.Register(api, huma.Operation{OperationID: "make-thing", Method: http.MethodPost, Path: "/v1/things", Tags: []string{"Things"},
		Summary: "Make a thing", Description: "It stays.", Errors: []int{http.StatusConflict}},
		func(context.Context, *makeIn) (*made, error) { return &made{}, nil })
	rt := web.New(web.Options{})
	rt.Page("GET /api", web.Public, Page(api.OpenAPI(), "/openapi.json"))
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api", nil))
	if w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	page := htmlcheck.Parse(t, w.Body)
	page.Sound()
	page.MustHave("#make-thing", "POST", "/v1/things", "Make a thing", "It stays.", "dry", "Changes nothing.", "What it is called.",
		"· size", "In metres.", "open | closed", "409")
}

func TestGroupsFollowTheTags(t *testing.T) {
	config := huma.DefaultConfig("things", "2")
	config.Tags = []*huma.Tag{{Name: "Parts"}, {Name: "Bills"}}
	api := humago.New(http.NewServeMux(), config)
	for i, tag := range []string{"Bills", "Another", "Parts", "Any"} {
		path := "/v1/" + strings.ToLower(tag)
		huma.Register(api, huma.Operation{OperationID: strconv.Itoa(i), Method: http.MethodGet, Path: path, Tags: []string{tag}},
			func(context.Context, *struct{}) (*made, error) { return &made{}, nil })
	}
	var got []string
	for _, g := range groups(api.OpenAPI()) {
		got = append(got, g.Name)
	}
	if want := []string{"Parts", "Bills", "Another", "Any"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
