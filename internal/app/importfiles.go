package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strconv"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/seal"
)

// importFiles keeps imported lists sealed: what the store of people does not show must not lie beside it in a file. A list
// is kept as lines, each a sealed part of it, so that keeping it needs the memory of one part.
type importFiles struct {
	blobs blob.Store
	box   *seal.Box
}

const importPart = 1 << 20

// importField is the place that a part is sealed for; which list it belongs to, the hash of the whole says.
func importField(part int) string { return "intake_job.file/" + strconv.Itoa(part) }

// Keep implements intake.Files.
func (f importFiles) Keep(ctx context.Context, r io.Reader) (kept intake.Kept, err error) {
	defer fault.Wrap(&err, "app.importFiles.Keep")
	sum := sha256.New()
	out, in := io.Pipe()
	go func() { in.CloseWithError(f.seal(in, io.TeeReader(r, sum), &kept.Size)) }()
	ref, err := f.blobs.Put(ctx, out)
	out.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // ends the sealing where it has not ended
	if err != nil {
		return intake.Kept{}, err
	}
	kept.Ref, kept.Mark = ref.Hash, f.box.Mark("intake_job.file", hex.EncodeToString(sum.Sum(nil)))
	return kept, nil
}

func (f importFiles) seal(w io.Writer, r io.Reader, size *int64) error {
	part := make([]byte, importPart)
	for n := 0; ; n++ {
		got, err := io.ReadFull(r, part)
		if got > 0 {
			line, err := f.box.Seal(importField(n), string(part[:got]))
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, line+"\n"); err != nil {
				return err
			}
			*size += int64(got)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Open implements intake.Files. The list is opened into memory: its readers go back and forth in it.
func (f importFiles) Open(ctx context.Context, ref string) (_ io.ReadSeeker, err error) {
	defer fault.Wrap(&err, "app.importFiles.Open(%s)", ref)
	kept, err := f.blobs.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	var plain bytes.Buffer
	lines := bufio.NewReader(kept)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return bytes.NewReader(plain.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
		part, err := f.box.Open(importField(n), line[:len(line)-1])
		if err != nil {
			return nil, err
		}
		plain.WriteString(part)
	}
}

// Drop implements intake.Files. Each list is sealed anew, so none is another's.
func (f importFiles) Drop(ctx context.Context, ref string) error { return f.blobs.Delete(ctx, ref) }
