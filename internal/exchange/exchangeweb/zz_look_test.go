package exchangeweb_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"net/url"
)

func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" {
		t.Skip()
	}
	w := newWorld(t)
	tool := w.written(t)
	n1, e1 := w.finished(t)
	w.days(31)
	w.s.AskDue(t.Context())
	n2, e2 := w.accepted(t)
	href := "/needs/" + n2 + "/engagements/" + e2
	w.post(t, near, href+"/messages", url.Values{"body": {"您好，我是林国栋。先问几个问题：\n1. 夹紧力多大？\n2. 用的是硬爪还是软爪？"}})
	w.post(t, contactA, href+"/messages", url.Values{"body": {"林师傅好，用的硬爪，夹紧力没测过。现场照片晚点发您。"}})
	w.post(t, near, href+"/visits", url.Values{"from": {"2026-04-08T09:00"}, "to": {"3"}, "address": {"海沧区新阳路 12 号"}, "visit_note": {"我带开口套和千分表过来"}})
	n3 := w.posted(t)
	w.post(t, contactA, "/needs/"+n3+"/invite", url.Values{"offer": {w.offerOf(t, near)}})
	n4 := w.posted(t)
	paths := "tool=/toolbox/" + tool + "\nfinished=/needs/" + n1 + "/engagements/" + e1 + "\nworking=" + href + "\ninvited=/needs/" + n3 + "\nfresh=/needs/" + n4 + "\n"
	paths += "contactA=" + contactA + "\nnear=" + near + "\nworker=" + worker + "\nclerk=" + clerkA + "\nweaver=" + weaver + "\n"
	os.WriteFile("/tmp/g_look.txt", []byte(paths), 0o644)
	http.ListenAndServe("127.0.0.1:8099", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if who := r.URL.Query().Get("who"); who != "" {
			http.SetCookie(rw, &http.Cookie{Name: "who", Value: who, Path: "/"})
			r.Header.Set("Who", who)
		} else if c, err := r.Cookie("who"); err == nil {
			r.Header.Set("Who", c.Value)
		}
		if l := r.URL.Query().Get("l"); l != "" {
			r.Header.Set("Cookie", "lang="+l)
			if who := r.URL.Query().Get("who"); who != "" { r.Header.Set("Who", who) }
		}
		if strings.HasPrefix(r.URL.Path, "/static/app.") {
			b, _ := os.ReadFile("/tmp/g_css/app.css")
			rw.Header().Set("Content-Type", "text/css")
			rw.Write(b)
			return
		}
		w.router.ServeHTTP(rw, r)
	}))
}
