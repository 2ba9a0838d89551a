package app

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// Advice is what keeps the hall from starting and can be mended by whoever starts it: one sentence that says how. The
// cause is within.
type Advice struct {
	Text  string
	cause error
}

func advise(cause error, format string, args ...any) error {
	return &Advice{fmt.Sprintf(format, args...), cause}
}

// Error is for logs.
func (a *Advice) Error() string {
	if a.cause == nil {
		return a.Text
	}
	return a.Text + ": " + a.cause.Error()
}

// Unwrap gives the cause.
func (a *Advice) Unwrap() error { return a.cause }

// reason is the last of the causes, which says what the system said.
func reason(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// usable makes the data folder and finds out at once whether it can be written to, which would otherwise be told by
// whatever writes there first.
func usable(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".writable-"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	if err != nil {
		return advise(err, "cannot write to the data folder %s (%v): choose another with --data, or let this user write there", dir, reason(err))
	}
	return nil
}

// Listen takes the address that the hall is to listen on, or says why it cannot be had.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, advise(err, "%s is taken, perhaps by a hall that runs already: stop what listens there, or choose another address with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, advise(err, "this user may not listen on %s: choose a port above 1023 with --listen", address)
	}
	return nil, advise(err, "cannot listen on %s (%v): give --listen an address of this machine and a port, such as :8080 or 127.0.0.1:8080", address, reason(err))
}
