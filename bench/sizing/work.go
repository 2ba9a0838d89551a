package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/unionhall/unionhall/internal/app"
)

// users is how many work at once; rounds is how often each thing is measured, the load for so long each time.
const (
	users  = 64
	rounds = 3
	each   = 3 * time.Second
)

// The demonstration's people who ask.
const (
	contact = "15400000001"
	officer = "15400000004"
)

var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConns: 2 * users, MaxIdleConnsPerHost: 2 * users, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       60 * time.Second,
}

// work starts the program several times, lets people in the last time, and copies the hall meanwhile.
func (h *hall) work(ctx context.Context) (err error) {
	var starts, rests []float64
	for n := range rounds {
		p, err := h.start(ctx)
		if err != nil {
			return err
		}
		time.Sleep(2 * time.Second) // what it does after it began to answer
		starts, rests = append(starts, p.took.Seconds()), append(rests, p.memory("VmRSS"))
		if n == rounds-1 {
			h.say("start", "s", starts...)
			h.say("memory-at-rest", "MB", rests...)
			err = errors.Join(h.load(ctx, p), h.backups(ctx))
		}
		if err := errors.Join(err, p.stop()); err != nil {
			return err
		}
	}
	return nil
}

// process is the program at work.
type process struct {
	cmd  *exec.Cmd
	base string
	took time.Duration // until it answered
}

func (h *hall) start(ctx context.Context) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	p := &process{cmd: h.command("serve", "--listen", address, "--log", "error"), base: "http://" + address}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < 5*time.Minute {
		if get(p.base+"/readyz", "") == nil {
			p.took = time.Since(began)
			return p, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("the hall did not start"), p.stop())
}

func (h *hall) command(args ...string) *exec.Cmd {
	c := exec.Command(h.program, append(args, "--data", h.dir, "--store", h.store)...)
	c.Stderr = os.Stderr
	return c
}

func (p *process) stop() error {
	return errors.Join(p.cmd.Process.Signal(syscall.SIGTERM), p.cmd.Wait())
}

// memory reads one of the kernel's figures of the process, in MB.
func (p *process) memory(name string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kB, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kB * 1024 / 1e6
		}
	}
	return 0
}

// load lets the users in, and says what they were answered and what memory that took.
func (h *hall) load(_ context.Context, p *process) error {
	contact, err := signIn(p.base, contact)
	if err != nil {
		return err
	}
	officer, err := signIn(p.base, officer)
	if err != nil {
		return err
	}
	pages := [][2]string{{"/", ""}, {"/", contact}, {"/needs/" + h.need, contact}, {"/console", officer}, {"/console/workers", officer}}
	var rates, p99s, memories []float64
	for n := range rounds + 1 { // the first warms up
		took, wall, err := round(p.base, pages)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		slices.Sort(took)
		rates, memories = append(rates, float64(len(took))/wall.Seconds()), append(memories, p.memory("VmRSS"))
		p99s = append(p99s, float64(took[len(took)*99/100])/float64(time.Millisecond))
	}
	h.say("rate", "requests/s", rates...)
	h.say("p99", "ms", p99s...)
	h.say("memory-under-load", "MB", memories...)
	h.say("memory-at-most", "MB", p.memory("VmHWM"))
	return nil
}

// round has all users ask for the pages in turn, each beginning elsewhere.
func round(base string, pages [][2]string) (took []time.Duration, wall time.Duration, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	began := time.Now()
	for user := range users {
		wg.Go(func() {
			for i := user; time.Since(began) < each; i++ {
				at := time.Now()
				page := pages[i%len(pages)]
				e := get(base+page[0], page[1])
				mu.Lock()
				took, err = append(took, time.Since(at)), errors.Join(err, e)
				mu.Unlock()
				if e != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return took, time.Since(began), err
}

func get(address, cookie string) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", address, res.Status)
	}
	return nil
}

// signIn gives a session's cookie.
func signIn(base, login string) (string, error) {
	res, err := client.PostForm(base+"/signin", url.Values{"login": {login}, "password": {app.DemoPassword}})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "session" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", fmt.Errorf("signing in as %s: %s", login, res.Status)
}

// backups copies the hall beside the running one: large halls once.
func (h *hall) backups(context.Context) error {
	var took, sizes []float64
	for n := range rounds {
		if n > 0 && h.members > 100_000 {
			break
		}
		out := filepath.Join(filepath.Dir(h.dir), fmt.Sprintf("backup-%d.tar.zst", n))
		began := time.Now()
		if err := h.command("backup", "--out", out).Run(); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		i, err := os.Stat(out)
		if err != nil {
			return err
		}
		took, sizes = append(took, time.Since(began).Seconds()), append(sizes, megabytes(i.Size()))
		if err := os.Remove(out); err != nil {
			return err
		}
	}
	h.say("backup", "s", took...)
	h.say("backup-size", "MB", sizes...)
	return nil
}
