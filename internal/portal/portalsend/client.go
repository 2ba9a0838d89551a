package portalsend

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/unionhall/unionhall/internal/portal"
)

const (
	maxAnswer  = 64 << 10 // what is read of an answer, so that the connection can be used again
	maxHeaders = 64 << 10
	userAgent  = "unionhall-webhook/1"
)

// errAddress is the dialler's refusal.
var errAddress = errors.New("hooks may not reach this address")

// client posts deliveries. It goes straight to the receiver, through no proxy, because the guard sits
// where the connection is made: after every resolution, on the very address that is dialled. A name
// that changes its meaning between check and use gains nothing.
type client struct {
	http *http.Client
	open *http.Transport
}

func newClient(o Options) *client {
	h := NewHTTP(o.Reach, o.Resolver, o.Timeout)
	return &client{open: h.Transport.(*http.Transport), http: h}
}

// NewHTTP makes a client that reaches no further than it may, for all that goes to addresses which people enter. It
// follows no redirects.
func NewHTTP(reach portal.Reach, names *net.Resolver, timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: names}
	if !reach.AllowPrivate {
		dialer.Control = guard
	}
	t := &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, MaxIdleConns: 64, MaxIdleConnsPerHost: 2,
		IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxHeaders, DisableCompression: true,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: t, Timeout: timeout, CheckRedirect: stay}
}

// guard runs on each resolved address before it is connected to.
func guard(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !portal.Public(ap.Addr()) {
		return errAddress
	}
	return nil
}

func (c *client) close() { c.open.CloseIdleConnections() }

// post makes one attempt and says what the receiver did.
func (c *client) post(ctx context.Context, j portal.Job, now time.Time) portal.Result {
	d := j.Delivery
	signature, err := j.Secret.Sign(d.EventID, now, d.Body)
	if err != nil {
		return portal.Result{Failure: portal.FailConnect}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.URL, bytes.NewReader(d.Body))
	if err != nil {
		return portal.Result{Failure: portal.FailAddress}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(portal.HeaderID, d.EventID)
	req.Header.Set(portal.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(portal.HeaderSignature, signature)
	res, err := c.http.Do(req)
	if err != nil {
		return portal.Result{Failure: failure(err)}
	}
	defer res.Body.Close()
	// What it says beside the status is nothing to us; a body that breaks off changes no answer.
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return portal.Result{Status: res.StatusCode, Failure: portal.FailStatus}
	}
	return portal.Result{Status: res.StatusCode}
}

// failure puts an error of the client into a word.
func failure(err error) portal.Failure {
	var (
		dns     *net.DNSError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		timeout interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, errAddress):
		return portal.FailAddress
	case errors.As(err, &timeout) && timeout.Timeout():
		return portal.FailTimeout
	case errors.As(err, &dns):
		return portal.FailName
	case errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &record), errors.As(err, &alert):
		return portal.FailTLS
	}
	return portal.FailConnect
}
