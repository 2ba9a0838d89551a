package routes

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/web"
)

// visitor is somebody who walks: nobody, a person with a session, or a portal with a key.
type visitor struct {
	w      *world
	who    string
	person hall.Person
	key    string
	cookie string
	home   *city
}

func (v *visitor) officer() bool {
	return slices.Contains([]string{"lead", "clerk", "auditor", "county-clerk", "sister-clerk"}, v.part())
}

func (v *visitor) part() string {
	_, part, _ := strings.Cut(v.who, " ")
	return part
}

// signedIn reports whether the visitor is a person.
func (v *visitor) signedIn() bool { return v.person.ID != "" }

// signIn starts a session and gives its cookie. Time passes between one sign-in and the next, so that the limit on
// failures, which some on the walk have, lets them in.
func (w *world) signIn(p hall.Person, agent string) *http.Cookie {
	w.t.Helper()
	w.clock.Move(10 * time.Second)
	form := url.Values{"login": {p.Phone.Whole()}, "password": {password}}
	req, err := http.NewRequest(http.MethodPost, w.base+"/signin", strings.NewReader(form.Encode()))
	w.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", agent)
	res, err := client.Do(req)
	w.must(err)
	res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "session" {
			return c
		}
	}
	w.t.Fatalf("%s could not sign in: %s", p.Name, res.Status)
	return nil
}

// restore gives everybody in city A their password again, which an officer may have replaced.
func (w *world) restore() {
	ctx := context.Background()
	for _, p := range w.a.people {
		w.must(w.app.DB.Update(ctx, func(tx sqldb.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE hall_password SET hash = $1 WHERE person_id = $2`, w.hash, p.ID)
			return err
		}))
	}
}

// refresh gives a visitor a session again, which what they did may have ended.
func (v *visitor) refresh() {
	if v.signedIn() {
		v.cookie = v.w.signIn(v.person, "walk").Value
	}
}

// client follows nothing and keeps nothing.
var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 4},
}

// request is what is asked for.
type request struct {
	method, path string // with the query
	surface      web.Surface
	form         url.Values
	json         []byte
}

func (q request) String() string { return q.method + " " + q.path }

// answer is all that a visitor gets to see.
type answer struct {
	status   int
	location string
	text     string // headers and body, unpacked
	body     []byte
	kind     string
}

// toSignIn reports whether somebody was led to where they sign in.
func toSignIn(location string) bool {
	return location == "/signin" || strings.HasPrefix(location, "/signin?")
}

// good reports an answer with content: a page, or being led to one.
func (a answer) good() bool {
	return a.status < 300 || a.status < 400 && !toSignIn(a.location)
}

// ask makes a request as the visitor. A live page is left as soon as it has begun.
func (v *visitor) ask(q request) answer {
	w := v.w
	w.t.Helper()
	var body io.Reader
	if q.form != nil {
		body = strings.NewReader(q.form.Encode())
	}
	if q.json != nil {
		body = bytes.NewReader(q.json)
	}
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, q.method, w.base+q.path, body)
	w.must(err)
	switch {
	case q.form != nil:
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case q.json != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	if v.cookie != "" {
		req.AddCookie(&http.Cookie{Name: "session", Value: v.cookie})
	}
	if v.key != "" {
		req.Header.Set("Authorization", "Bearer "+v.key)
	}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatalf("%s as %s: %v", q, v.who, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, location: res.Header.Get("Location"), kind: res.Header.Get("Content-Type")}
	if !strings.HasPrefix(a.kind, "text/event-stream") {
		a.body, err = io.ReadAll(res.Body)
		w.must(err)
	}
	var headers strings.Builder
	w.must(res.Header.Write(&headers))
	if text, err := url.QueryUnescape(headers.String()); err == nil {
		headers.WriteString(text)
	}
	a.text = strings.ToLower(headers.String() + "\n" + unpacked(a.kind, a.body))
	return a
}

// unpacked is what a body says: sheets are archives, and calendars break their lines anywhere.
func unpacked(kind string, body []byte) string {
	switch {
	case strings.HasPrefix(kind, "text/calendar"):
		return strings.ReplaceAll(string(body), "\r\n ", "")
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			return err.Error()
		}
		var out strings.Builder
		for _, f := range z.File {
			r, err := f.Open()
			if err == nil {
				_, _ = io.Copy(&out, r)
				r.Close()
			}
		}
		return out.String()
	}
	return string(body)
}

// visitors are everybody in a city, by the part they have there.
func (w *world) visitors(c *city, parts ...string) []*visitor {
	var out []*visitor
	for _, part := range parts {
		v := &visitor{w: w, who: c.name + " " + part, home: c}
		switch part {
		case "portal":
			v.key = c.key
		case "sister-portal":
			v.key = c.secondKey
		default:
			v.person = c.people[part]
			if v.person.ID == "" {
				w.t.Fatalf("nobody is %s", v.who)
			}
			v.refresh()
		}
		out = append(out, v)
	}
	return out
}

// entitled are those who have a part in what is asked for.
func (w *world) entitled() []*visitor {
	return w.visitors(w.a, "lead", "clerk", "auditor", "county-clerk", "contact", "master", "portal")
}

// highest leads the topmost union, and with it all of the hall.
func (w *world) highest() *visitor {
	v := &visitor{w: w, who: "top lead", person: w.top, home: w.a}
	v.refresh()
	return v
}

// strangers are those who have none.
func (w *world) strangers() []*visitor {
	out := []*visitor{{w: w, who: "- nobody", home: w.b}}
	out = append(out, w.visitors(w.a, "worker", "other-contact", "sister-clerk", "sister-portal")...)
	return append(out, w.visitors(w.b, "worker", "contact", "master", "lead", "clerk", "auditor", "county-clerk", "portal")...)
}
