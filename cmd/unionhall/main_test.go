package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/stream"
)

// asProgram makes the test binary the program itself, so that what is tested is what a shell sees.
const asProgram = "UNIONHALL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type outcome struct {
	code     int
	out, err string
}

// unionhall runs the program in an empty folder.
func unionhall(t *testing.T, input string, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // one that finds nothing wrong would serve for ever
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Dir = t.TempDir()
	c.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	c.Stdin = strings.NewReader(input)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), said.String()}
}

func TestHelpIsNoFailure(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "unionhall serve"}, {[]string{"-h"}, "unionhall serve"}, {[]string{"--help"}, "unionhall serve"}, {[]string{"help"}, "unionhall serve"},
		{[]string{"serve", "-h"}, "-base-url"}, {[]string{"init", "--help"}, "-union"}, {[]string{"migrate", "-h"}, "-store"},
		{[]string{"portal"}, "revoke"}, {[]string{"portal", "-h"}, "revoke"}, {[]string{"keys"}, "rotate"}, {[]string{"keys", "list", "-h"}, "-keys"}, {[]string{"portal", "add", "-h"}, "-scopes"},
		{[]string{"backup", "-h"}, "-with-keys"}, {[]string{"verify-backup", "-h"}, "-in"}, {[]string{"restore", "-h"}, "-dir"},
		{[]string{"migrate-store", "-h"}, "-from"}, {[]string{"doctor", "-h"}, "-deep"},
	} {
		got := unionhall(t, "", nil, c.args...)
		if got.code != 0 || got.err != "" || !strings.Contains(got.out, c.says) {
			t.Errorf("%v: %+v", c.args, got)
		}
	}
}

// Whatever keeps a command from its work is told in one line that says what to do.
func TestWhatIsWrongIsToldInOneLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().String()
	used := t.TempDir()
	s, err := stream.Embedded(filepath.Join(used, "stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lost, other := t.TempDir(), t.TempDir()
	for _, dir := range []string{lost, other} {
		if got := unionhall(t, "", nil, "migrate", "--data", dir); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	if err := os.Remove(filepath.Join(lost, "keys", "seal.json")); err != nil {
		t.Fatal(err)
	}
	founder := []string{"init", "--union", "某省总工会", "--union-en", "X", "--name", "张三", "--phone", "13800138000"}
	for _, c := range []struct {
		name  string
		args  []string
		env   string
		input string
		says  []string
	}{
		{"no such command", []string{"sreve"}, "", "", []string{"sreve", "unionhall -h"}},
		{"no such verb", []string{"portal", "ad"}, "", "", []string{"portal ad", "unionhall portal -h"}},
		{"no such flag", []string{"serve", "--lisen", ":8080"}, "", "", []string{"-lisen", "unionhall serve -h"}},
		{"a forgotten dash", []string{"serve", "demo"}, "", "", []string{`"demo"`, "unionhall serve -h"}},
		{"a wrong value", []string{"serve", "--demo-seed", "x"}, "", "", []string{"-demo-seed", `"x"`}},
		{"a wrong network", []string{"serve", "--proxy", "10.0.0.1"}, "", "", []string{"10.0.0.0/8"}},
		{"a wrong value in the environment", []string{"serve"}, "UNIONHALL_PROXY=x", "", []string{"UNIONHALL_PROXY", "10.0.0.0/8"}},
		{"a wrong level", []string{"serve", "--log", "loud"}, "", "", []string{"debug, info, warn or error"}},
		{"an address without a scheme", []string{"serve", "--base-url", "hall.example.org"}, "", "", []string{"https://hall.example.org"}},
		{"an address with a path", []string{"serve", "--base-url", "https://example.org/hall"}, "", "", []string{"without a path"}},
		{"a port that is taken", []string{"serve", "--listen", port}, "", "", []string{port, "taken", "--listen"}},
		{"no port", []string{"serve", "--listen", "localhost"}, "", "", []string{"--listen", ":8080"}},
		{"a folder that is none", []string{"serve", "--listen", "127.0.0.1:0", "--data", file}, "", "", []string{file, "--data"}},
		{"a folder that cannot be", []string{"migrate", "--data", filepath.Join(file, "x")}, "", "", []string{file, "--data"}},
		{"a folder in use", []string{"serve", "--listen", "127.0.0.1:0", "--data", used}, "", "", []string{used, "another hall", "--data"}},
		{"a store of another kind", []string{"migrate", "--store", "mysql://x"}, "", "", []string{"mysql", "--store"}},
		{"a store that is not there", []string{"migrate", "--store", "postgres://u:geheim@127.0.0.1:1/x"}, "", "", []string{"127.0.0.1:1", "--store"}},
		{"nobody to found", []string{"init"}, "", "", []string{"--union", "unionhall init -h"}},
		{"no password", founder, "", "", []string{"standard input"}},
		{"a weak password", founder, "", "1234\n", []string{"password"}},
		{"no such union", []string{"portal", "add", "-name", "x", "-union", "/9/"}, "", "", []string{`"/9/"`}},
		{"no such cipher", []string{"serve", "--cipher", "rot13"}, "", "", []string{"-cipher", "aes or sm4"}},
		{"no key file", []string{"keys", "list"}, "", "", []string{filepath.Join("data", "keys", "seal.json"), "--keys"}},
		{"no key to add to", []string{"keys", "rotate", "--keys", "x.json"}, "", "", []string{"x.json", "--keys"}},
		{"a key file that is none", []string{"serve", "--listen", "127.0.0.1:0", "--keys", file}, "", "", []string{file, "backup"}},
		{"a lost key file", []string{"serve", "--listen", "127.0.0.1:0", "--data", lost}, "", "", []string{lost, "missing", "backup", "--keys"}},
		{"another's key file", []string{"migrate", "--data", lost, "--keys", filepath.Join(other, "keys", "seal.json")}, "", "", []string{other, "backup"}},
		{"no such portal", []string{"portal", "key", "-portal", "x"}, "", "", []string{`"x"`, "portal list"}},
		{"a backup without a name", []string{"backup"}, "", "", []string{"--out"}},
		{"a backup of nothing", []string{"backup", "--out", "x"}, "", "", []string{"there is no store", "--data"}},
		{"no archive", []string{"verify-backup"}, "", "", []string{"verify-backup FILE"}},
		{"an archive that is none", []string{"verify-backup", file}, "", "", []string{"no backup of a hall"}},
		{"nowhere to restore", []string{"restore", file}, "", "", []string{"--dir"}},
		{"nothing to restore", []string{"restore", file, "--dir", "new"}, "", "", []string{"no backup of a hall"}},
		{"nothing to move", []string{"migrate-store", "--from", "sqlite:none.db"}, "", "", []string{"--to"}},
		{"a store to move that is none", []string{"migrate-store", "--from", "sqlite:none.db", "--to", "sqlite:new.db"}, "", "", []string{"none.db", "--from"}},
		{"no such key", []string{"portal", "revoke", "-key", "x"}, "", "", []string{`"x"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := unionhall(t, c.input, []string{c.env}, c.args...)
			if got.code == 0 || got.out != "" || strings.Count(got.err, "\n") != 1 || !strings.HasPrefix(got.err, "unionhall: ") {
				t.Errorf("%+v", got)
			}
			for _, s := range c.says {
				if !strings.Contains(got.err, s) {
					t.Errorf("%q does not say %q", got.err, s)
				}
			}
			if strings.Contains(got.err, "goroutine") || strings.Contains(got.err, "geheim") {
				t.Error(got.err)
			}
		})
	}
}

// A key is added and shown by its number; what was sealed before still opens.
func TestKeysAreRotated(t *testing.T) {
	dir := t.TempDir()
	at := func(input string, args ...string) string {
		t.Helper()
		got := unionhall(t, input, nil, append(args, "--data", dir)...)
		if got.code != 0 || got.err != "" {
			t.Fatalf("%v: %+v", args, got)
		}
		return got.out
	}
	said := at("一二三四五六七八九十\n", "init", "--cipher", "sm4", "--union", "某省总工会", "--union-en", "X", "--name", "张三", "--phone", "13800138000")
	if !strings.Contains(said, filepath.Join(dir, "keys", "seal.json")) {
		t.Errorf("nobody is told to keep the key file: %s", said)
	}
	if said := at("", "keys", "list"); strings.Count(said, "\n") != 1 || !strings.Contains(said, "sm4") {
		t.Errorf("one key: %s", said)
	}
	if said := at("", "keys", "rotate", "--cipher", "aes"); !strings.Contains(said, ": 1.") {
		t.Errorf("one row: %s", said)
	}
	at("", "keys", "rotate")
	if said := at("", "keys", "list"); strings.Count(said, "\n") != 3 || strings.Count(said, "seals and") != 1 || strings.Count(said, "aes") != 2 {
		t.Errorf("three keys: %s", said)
	}
	if said := at("", "keys", "reseal"); !strings.Contains(said, ": 0") {
		t.Errorf("nothing is left to seal: %s", said)
	}
}

// A hall goes into an archive, out of it, and into another store, and the doctor finds it well, all by commands.
func TestCopiesByCommand(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		input string
		args  []string
		says  string
	}{
		{"a-long-enough-passphrase\n", []string{"init", "--data", at("a"), "--union", "某省总工会", "--name", "张三", "--phone", "13800138000"}, "张三"},
		{"", []string{"backup", "--data", at("a"), "--out", at("x")}, "reads back whole"},
		{"", []string{"verify-backup", at("x")}, "is whole"},
		{"", []string{"restore", at("x"), "--dir", at("b")}, "every table reads as the backup says"},
		{"", []string{"migrate-store", "--from", "sqlite:" + at("b/hall.db"), "--to", "sqlite:" + at("c/hall.db")}, "the same on both sides"},
		{"", []string{"doctor", "--deep", "--data", at("c"), "--keys", at("a/keys/seal.json")}, "opens what is sealed"},
	} {
		got := unionhall(t, c.input, nil, c.args...)
		if got.code != 0 || !strings.Contains(got.out, c.says) {
			t.Fatalf("%v: %+v", c.args, got)
		}
	}
	got := unionhall(t, "", nil, "doctor", "--data", at("none"))
	if got.code != 1 || !strings.Contains(got.out, "WRONG") || strings.Count(got.err, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}
