package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// FileName is where File writes, below its folder.
const FileName = "sms.jsonl"

// File writes messages into a file that only this user reads, a line of JSON each, and on the screen of whoever started the
// hall by hand. Nobody else gets them: it is for trying the hall, and for seeing what a gateway would have got.
type File struct {
	path   string
	screen io.Writer
	log    *slog.Logger
	mu     sync.Mutex
	said   sync.Once
}

// NewFile makes a sender into a folder; the file is made with the first message. screen is nil where nobody is looking.
func NewFile(dir string, screen io.Writer, log *slog.Logger) *File {
	return &File{path: filepath.Join(dir, FileName), screen: screen, log: log}
}

// screen is standard output if that is a terminal: what is piped ends up in journals, where no code may be.
func screen() io.Writer {
	if i, err := os.Stdout.Stat(); err != nil || i.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return os.Stdout
}

// Line is one line of the file.
type Line struct {
	At    time.Time `json:"at"`
	Phone string    `json:"phone"`
	Text  string    `json:"text"`
}

// Send implements Sender.
func (f *File) Send(_ context.Context, m Message) error {
	b, err := json.Marshal(Line{time.Now().UTC().Truncate(time.Second), m.Phone, m.Text})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(append(b, '\n'))
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err == nil && f.screen != nil {
		fmt.Fprintf(f.screen, "→ %s: %s\n", m.Phone, m.Text) // the file has it, whatever becomes of this
	}
	if err == nil {
		f.said.Do(func() { f.log.Info("short messages are written to a file, nobody gets them", "path", f.path) })
	}
	return err
}
