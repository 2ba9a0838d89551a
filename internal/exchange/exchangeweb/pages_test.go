package exchangeweb_test

import (
	"net/url"
	"testing"
)

func TestSmoke(t *testing.T) {
	w := newWorld(t)
	w.get(t, "", "/").ok(t, 200)
	w.get(t, contactA, "/").ok(t, 200)
	w.get(t, contactA, "/needs/new").ok(t, 200)
	n, e := w.accepted(t)
	w.get(t, contactA, "/needs/"+n).ok(t, 200)
	w.get(t, contactA, "/needs/"+n+"/engagements/"+e).ok(t, 200)
	_ = url.Values{}
}
