package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/stream"
)

// useStore refuses a second hall on one PostgreSQL unless both share a stream: each would have events of its own, and
// show what the other has long changed.
func (a *App) useStore(ctx context.Context) error {
	release, err := a.DB.Use(ctx, a.Config.Stream == "")
	if errors.Is(err, sqldb.ErrInUse) {
		return advise(err, "another hall runs on this --store: give both the same --stream nats://…, or stop that one")
	}
	if err == nil {
		a.onClose(release)
	}
	return err
}

// openStream opens the stream: in the data folder, which belongs to one hall at a time, or on servers that several
// processes share.
func (a *App) openStream() (err error) {
	if a.Config.Stream != "" {
		if a.stream, err = stream.External(a.Config.Stream, stream.WithLog(a.log)); err != nil {
			return advise(err, "cannot use --stream (%v): see that it names the NATS servers, that they run with JetStream and room for 1 GiB, and that this hall may use them; unionhall doctor looks closer", reason(err))
		}
	} else {
		a.stream, err = stream.Embedded(filepath.Join(a.Config.Dir, "stream"), stream.WithLog(a.log))
		if errors.Is(err, stream.ErrTaken) {
			return advise(err, "another hall runs on the data folder %s: stop that one, or give this one a folder of its own with --data", a.Config.Dir)
		}
	}
	if err == nil {
		a.onClose(a.stream.Close)
	}
	return err
}

// external looks at the stream for the doctor; nil when it is in the data folder.
func (c Config) external() func(context.Context) (stream.Health, error) {
	if c.Stream == "" {
		return nil
	}
	return func(ctx context.Context) (stream.Health, error) {
		h, err := stream.Look(ctx, c.Stream)
		if err != nil {
			err = reason(err)
		}
		return h, err
	}
}

// secretFrom gives the secret that signs addresses of personal calendars. It follows from the key file, so that it is the
// same in every process of a hall and after a restore. A hall that has made one of its own before goes on with it:
// people's calendars have its addresses.
func secretFrom(dir string, box *seal.Box) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, "secret"))
	switch {
	case err == nil && len(b) == 32:
		return b, nil
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return []byte(box.Mark("secret", "calendar addresses")), nil
	}
	return nil, err
}
