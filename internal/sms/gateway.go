package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/template"
	"time"
)

// Gateway describes how a gateway takes messages. URL, header values and Body are templates of text/template with
// .Phone (+8613800138000), .Home (13800138000; abroad as .Phone), .Text and .Code, and the functions json, urlquery and
// env, which reads a secret from the environment: {{env "SMS_KEY"}}.
type Gateway struct {
	URL     string            `json:"url"`
	Method  string            `json:"method"` // POST unless given
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Accept  string            `json:"accept"`  // what the answer must contain, besides a status of 2xx; "" for nothing
	Seconds int               `json:"seconds"` // to wait for an answer; 10 unless given
}

// Host is the gateway as it may be named in logs and findings: without what follows, which may hold a key.
func (g Gateway) Host() string {
	u, err := url.Parse(g.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// gateway is a Sender.
type gateway struct {
	url, body *template.Template
	headers   map[string]*template.Template
	method    string
	accept    string
	client    *http.Client
}

// describe reads a description from a JSON file.
func describe(path string) (g Gateway, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return g, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		return g, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// ReadGateway makes the sender that a JSON file describes.
func ReadGateway(path string) (Sender, error) {
	g, err := describe(path)
	if err != nil {
		return nil, err
	}
	s, err := NewGateway(g)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// NewGateway makes the sender and tries its templates on a message, so that a mistake in them is found at the start.
func NewGateway(g Gateway) (Sender, error) {
	s := &gateway{method: g.Method, accept: g.Accept, headers: map[string]*template.Template{}}
	if s.method == "" {
		s.method = http.MethodPost
	}
	if g.Seconds < 0 || g.Seconds > 120 {
		return nil, errors.New("seconds: want 1 to 120")
	}
	wait := 10 * time.Second
	if g.Seconds > 0 {
		wait = time.Duration(g.Seconds) * time.Second
	}
	s.client = &http.Client{Timeout: wait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var err error
	if s.url, err = parse("url", g.URL); err != nil {
		return nil, err
	}
	if s.body, err = parse("body", g.Body); err != nil {
		return nil, err
	}
	for name, text := range g.Headers {
		if s.headers[name], err = parse("headers."+name, text); err != nil {
			return nil, err
		}
	}
	_, err = s.request(context.Background(), Message{Phone: "+8613800138000", Text: "试 \"&", Code: "123456"})
	return s, err
}

func parse(name, text string) (*template.Template, error) {
	return template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"json": asJSON, "env": secret}).Parse(text)
}

func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func secret(name string) (string, error) {
	if v := os.Getenv(name); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("the environment has no %s", name)
}

// fill gives a template's text.
func fill(t *template.Template, m Message) (string, error) {
	var out strings.Builder
	err := t.Execute(&out, struct{ Phone, Home, Text, Code string }{m.Phone, strings.TrimPrefix(m.Phone, "+86"), m.Text, m.Code})
	return out.String(), err
}

func (s *gateway) request(ctx context.Context, m Message) (*http.Request, error) {
	to, err := fill(s.url, m)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("url: want http:// or https:// with a host") // the parser's error would hold the number
	}
	body, err := fill(s.body, m)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, s.method, to, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("method or url: no request can be made of them")
	}
	for name, t := range s.headers {
		v, err := fill(t, m)
		if err != nil {
			return nil, err
		}
		r.Header.Set(name, v)
	}
	return r, nil
}

// mostAnswer is how much of a gateway's answer is looked at.
const mostAnswer = 64 << 10

// Send implements Sender.
func (s *gateway) Send(ctx context.Context, m Message) error {
	r, err := s.request(ctx, m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	res, err := s.client.Do(r)
	if err != nil {
		return unreached(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	switch {
	case res.StatusCode >= 500:
		return fmt.Errorf("sms: the gateway answers %d", res.StatusCode)
	case res.StatusCode >= 300:
		return fmt.Errorf("%w: the gateway answers %d", ErrRefused, res.StatusCode)
	case err != nil:
		return errors.New("sms: the gateway's answer was cut short")
	case s.accept != "" && !bytes.Contains(b, []byte(s.accept)):
		return fmt.Errorf("%w: the gateway's answer to %s lacks what says that it was taken", ErrRefused, masked(m.Phone))
	}
	return nil
}

// unreached tells what surely did not arrive from what may have. The client's error holds the whole address, and with it
// perhaps the number.
func unreached(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return fmt.Errorf("%w: the gateway cannot be reached: %w", ErrRefused, err)
	}
	return fmt.Errorf("sms: no answer from the gateway: %w", err)
}
