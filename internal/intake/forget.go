package intake

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// FileGone reports an import whose file is no longer kept: it can be neither undone nor downloaded.
func (j Job) FileGone() bool { return j.File == "" }

// gone is the answer where the file of an import would be needed.
func gone() error { return fault.New(fault.Conflict, "intake.fault.file-gone") }

// ForgetFiles removes the files of imports that were last touched before the time, at most limit of them, and says how
// many those were. The row is changed first: a file that nobody names harms less than a name without a file.
func (s *Service) ForgetFiles(ctx context.Context, before time.Time, limit int) (n int, err error) {
	defer fault.Wrap(&err, "intake.ForgetFiles")
	jobs, err := s.Store.Old(ctx, before, limit)
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		err := s.Store.LoseFile(ctx, j.ID)
		if fault.Is(err, fault.Conflict) {
			continue // somebody undoes it at this moment
		}
		if err == nil {
			err = s.Files.Drop(ctx, j.File)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
