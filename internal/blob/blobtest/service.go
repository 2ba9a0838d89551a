package blobtest

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Service is an S3 service in memory with the bucket "files", and a fault that comes before it.
type Service struct {
	*httptest.Server
	fault    atomic.Pointer[func(w http.ResponseWriter, r *http.Request) bool]
	Requests atomic.Int64
}

// NewService starts one that ends with the test, and sets the credentials in the environment, which the service does not
// check.
func NewService(t testing.TB) *Service {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "hall")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret-word")
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	real := gofakes3.New(backend).Server()
	s := &Service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Requests.Add(1)
		if f := s.fault.Load(); f == nil || !(*f)(w, r) {
			real.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Server.Close)
	return s
}

// Fail has f answer a request, or give false to let it through.
func (s *Service) Fail(f func(w http.ResponseWriter, r *http.Request) bool) { s.fault.Store(&f) }

// At is the place of files in the service, as --files has it.
func (s *Service) At(bucketAndPrefix string) string {
	return "s3://" + bucketAndPrefix + "?region=us-east-1&endpoint=" + s.URL
}
