package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/unionhall/unionhall/internal/fault"
)

// bucket keeps each content as an object prefix/hash of an S3 bucket. What is being written or read passes through a
// file in spool: only its end tells a content's name, and a service that breaks off halfway is asked for the rest.
type bucket struct {
	core   minio.Core
	name   string
	prefix string // empty, or ends with a slash
	spool  string
}

// s3Tries is how often a request is made before the service is called away: with the pauses between them, a few seconds.
const s3Tries = 5

// S3 is a Store in a bucket of any service that speaks S3, at an address such as
// s3://bucket/prefix?endpoint=https://s3.example.org&region=cn-north-1. The access key comes from AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY, or from the file that credentials=PATH names, written as the AWS tools write theirs; never from
// the address, which is shown. Nothing is asked of the service yet. A file that is open ends with the context that
// opened it.
//
// When the service is away or too busy, after a few tries the answer is fault.Unavailable.
//
// Cost: Put writes the content to spool and sends it; Open is one request, and fetches as much as is read.
func S3(address, spool string) (_ Store, err error) {
	defer fault.Wrap(&err, "blob.S3")
	u, endpoint, err := s3Address(address)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, err
	}
	q := u.Query()
	keys := credentials.NewEnvAWS()
	if file := q.Get("credentials"); file != "" {
		keys = credentials.NewFileAWSCredentials(file, "")
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: keys, Secure: endpoint.Scheme == "https", Region: q.Get("region"), MaxRetries: s3Tries,
	})
	if err != nil {
		return nil, err
	}
	b := &bucket{core: minio.Core{Client: client}, name: u.Host, spool: spool}
	if p := strings.Trim(u.Path, "/"); p != "" {
		b.prefix = path.Clean(p) + "/"
	}
	return b, nil
}

// s3Address takes an address apart.
func s3Address(address string) (u, endpoint *url.URL, err error) {
	u, err = url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return nil, nil, errors.New("want s3://bucket/prefix?endpoint=https://…")
	}
	if u.User != nil {
		return nil, nil, errors.New("the access key does not belong into the address: give it in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file with credentials=")
	}
	for name := range u.Query() {
		if name != "endpoint" && name != "region" && name != "credentials" {
			return nil, nil, fmt.Errorf("an s3 address has endpoint, region and credentials, and no %s", name)
		}
	}
	endpoint, err = url.Parse(u.Query().Get("endpoint"))
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" {
		return nil, nil, errors.New("say where the service is: s3://bucket/prefix?endpoint=https://…")
	}
	return u, endpoint, nil
}

func (b *bucket) key(hash string) string { return b.prefix + hash }

// Check sees that the bucket is there and that its keys are right.
func (b *bucket) Check(ctx context.Context) error {
	ok, err := b.core.BucketExists(ctx, b.name)
	if err != nil {
		return away(err)
	}
	if !ok {
		return fmt.Errorf("there is no bucket %s", b.name)
	}
	return nil
}

// temp is a file that has no name any more, and goes when it is closed or the process ends.
func (b *bucket) temp() (*os.File, error) {
	f, err := os.CreateTemp(b.spool, "s3-")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

// Put implements Store. An object appears whole or not at all; the service says that it keeps it when it is safe.
func (b *bucket) Put(ctx context.Context, r io.Reader) (ref Ref, err error) {
	defer fault.Wrap(&err, "blob.Put")
	file, err := b.temp()
	if err != nil {
		return Ref{}, err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), reader{ctx, r})
	if err != nil {
		return Ref{}, err
	}
	if err := ctx.Err(); err != nil {
		return Ref{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Ref{}, err
	}
	ref = Ref{Hash: hex.EncodeToString(sum.Sum(nil)), Size: n}
	// Its MD5 goes with it, signed; a hash of each chunk as well is what some services do not read.
	_, err = b.core.Client.PutObject(ctx, b.name, b.key(ref.Hash), file, n,
		minio.PutObjectOptions{ContentType: "application/octet-stream", SendContentMd5: true, DisableContentSha256: true})
	if err != nil {
		return Ref{}, away(err)
	}
	return ref, nil
}

// Open implements Store.
func (b *bucket) Open(ctx context.Context, hash string) (_ io.ReadSeekCloser, err error) {
	if !Valid(hash) {
		return nil, noSuch()
	}
	defer fault.Wrap(&err, "blob.Open(%s)", hash)
	ctx, cancel := context.WithCancel(ctx)
	f := &fetched{bucket: b, hash: hash, ctx: ctx, cancel: cancel}
	if err := f.ask(); err != nil {
		cancel()
		return nil, err
	}
	if f.file, err = b.temp(); err != nil {
		return nil, errors.Join(err, f.body.Close())
	}
	return &checked{file: f, size: f.size, want: hash, sum: sha256.New()}, nil
}

// Delete implements Store.
func (b *bucket) Delete(ctx context.Context, hash string) (err error) {
	if !Valid(hash) {
		return nil
	}
	defer fault.Wrap(&err, "blob.Delete(%s)", hash)
	return away(b.core.RemoveObject(ctx, b.name, b.key(hash), minio.RemoveObjectOptions{}))
}

// List implements Store. Cost: one request for a thousand contents; the service gives them in order.
func (b *bucket) List(ctx context.Context, fn func(Ref) error) (err error) {
	defer fault.Wrap(&err, "blob.List")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.core.Client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if o.Err != nil {
			return away(o.Err)
		}
		hash := strings.TrimPrefix(o.Key, b.prefix)
		if !Valid(hash) {
			continue
		}
		if err := fn(Ref{Hash: hash, Size: o.Size}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// away says what kind of failure an answer is: nothing there, a service that does not answer or is too busy, or a
// mistake of ours (a wrong key, no such bucket), which stays as it is.
func away(err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == "NoSuchKey":
		return noSuch()
	case errors.Is(err, context.Canceled):
		return err
	case answer.StatusCode >= 400 && answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests &&
		answer.StatusCode != http.StatusRequestTimeout:
		return err
	}
	return fault.New(fault.Unavailable, "fault.unavailable").Because(err)
}

// fetched is an object on its way: what is read of it is fetched up to there, into a file that can be read again.
type fetched struct {
	bucket *bucket
	hash   string
	ctx    context.Context
	cancel context.CancelFunc
	file   *os.File
	body   io.ReadCloser
	size   int64
	have   int64 // bytes in file
	at     int64
}

// ask asks for the content, or for what is missing of it.
func (f *fetched) ask() error {
	var o minio.GetObjectOptions
	if f.have > 0 {
		if err := o.SetRange(f.have, 0); err != nil {
			return err
		}
	}
	body, info, _, err := f.bucket.core.GetObject(f.ctx, f.bucket.name, f.bucket.key(f.hash), o)
	if err != nil {
		return away(err)
	}
	f.body = body
	if f.have == 0 {
		f.size = info.Size
	}
	return nil
}

// fetch brings in the bytes before end. An answer that breaks off is asked for again from there.
func (f *fetched) fetch(end int64) error {
	for broken := 0; f.have < end; {
		n, err := io.CopyN(io.NewOffsetWriter(f.file, f.have), f.body, end-f.have)
		f.have += n
		if f.have >= end {
			return nil
		}
		if broken++; broken >= s3Tries || f.ctx.Err() != nil {
			return errors.Join(f.ctx.Err(), away(err))
		}
		_ = f.body.Close()
		if err := f.ask(); err != nil {
			return err
		}
	}
	return nil
}

func (f *fetched) Read(p []byte) (int, error) {
	if f.at >= f.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), f.size-f.at)]
	if err := f.fetch(f.at + int64(len(p))); err != nil {
		return 0, err
	}
	n, err := f.file.ReadAt(p, f.at)
	f.at += int64(n)
	return n, err
}

func (f *fetched) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errors.New("blob: a place before the beginning")
	}
	f.at = offset
	return offset, nil
}

func (f *fetched) Close() error {
	f.cancel()
	_ = f.body.Close() // broken off halfway, it may well complain
	return f.file.Close()
}
