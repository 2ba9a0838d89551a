package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unionhall/unionhall/internal/stream"
)

// folder sees that this user can write where the hall writes, and that others cannot read there.
func folder(_ context.Context, h *seen) Finding {
	info, err := os.Stat(h.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wrong("give the folder of the hall with --data; unionhall serve makes a new one", "%s is not there", h.Dir)
	case err != nil:
		return wrong("run this as the user that runs the hall", "%s cannot be looked at: %v", h.Dir, err)
	case !info.IsDir():
		return wrong("give the folder of the hall with --data", "%s is no folder", h.Dir)
	}
	for _, name := range []string{"", "stream", "files", filepath.Join("files", "tmp"), "keys"} {
		dir := filepath.Join(h.Dir, name)
		if f := writable(dir); f.State != Fine {
			return f
		}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return careful(fmt.Sprintf("chmod 700 %s", h.Dir), "other users of the machine may look into %s (%o)", h.Dir, mode)
	}
	return fine("%s can be written to, and only by this user", h.Dir)
}

// writable tries; what the modes say is not all there is.
func writable(dir string) Finding {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fine("")
	}
	f, err := os.CreateTemp(dir, ".writable-")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		return wrong(fmt.Sprintf("let the user that runs the hall own it (chown -R USER %s), and run this as that user", dir), "%s cannot be written to: %v", dir, err)
	}
	return fine("")
}

// Where the disk is called nearly full, and full.
const (
	lowSpace = 2 << 30
	noSpace  = 200 << 20
)

func disk(_ context.Context, h *seen) Finding {
	free, total, err := Space(h.Dir)
	switch {
	case err != nil:
		return careful("look at it by hand", "the free space at %s cannot be told: %v", h.Dir, err)
	case free < noSpace:
		return wrong("free some space, or move the data folder to a larger disk; the hall cannot take needs on a full one",
			"%s of %s are free at %s", size(free), size(total), h.Dir)
	case free < lowSpace:
		return careful("free some space soon; a backup, for one, needs room of its own", "%s of %s are free at %s", size(free), size(total), h.Dir)
	}
	return fine("%s of %s are free", size(free), size(total))
}

func size(n uint64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GB", n>>30)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

func unfinished(_ context.Context, h *seen) Finding {
	if h.Unfinished {
		return wrong("run the same unionhall restore again: it goes on where it can", "a restore into %s was interrupted, and the hall does not start beside it", h.Dir)
	}
	return fine("none was interrupted")
}

// running says whether a hall has the folder. Neither is wrong; other checks mean more when one is known.
func running(_ context.Context, h *seen) Finding {
	switch {
	case h.running:
		return fine("at least one works on the stream's events")
	case h.Stream != nil:
		return fine("none works on the stream's events at this moment")
	}
	on, err := stream.Running(filepath.Join(h.Dir, "stream"))
	switch {
	case err != nil:
		return wrong("run this as the user that runs the hall", "the stream's lock cannot be looked at: %v", err)
	case on:
		h.running = true
		return fine("one runs on this folder; a second would be refused")
	}
	return fine("none runs on this folder")
}
