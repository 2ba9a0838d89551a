package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every command that meets the files of a hall can be told where they are kept; a restore that could not would fill a
// folder in which nobody looks.
func TestWhereFilesAreKeptIsUnderstood(t *testing.T) {
	dir := t.TempDir()
	data, archive := filepath.Join(dir, "data"), filepath.Join(dir, "hall.tar.zst")
	if o := unionhall(t, "correct horse staple\n", nil, "init", "--data", data, "--union", "某省总工会", "--name", "张三", "--phone", "13800000001"); o.code != 0 {
		t.Fatal(o)
	}
	if o := unionhall(t, "", nil, "backup", "--data", data, "--out", archive); o.code != 0 {
		t.Fatal(o)
	}
	const nowhere = "s3://bucket?endpoint=ftp://nowhere"
	for _, args := range [][]string{
		{"restore", archive, "--dir", filepath.Join(dir, "flag"), "--files", nowhere},
		{"restore", archive, "--dir", filepath.Join(dir, "setting")},
		{"backup", "--data", data, "--out", archive + ".2", "--files", nowhere},
		{"migrate", "--data", data, "--files", nowhere},
	} {
		var env []string
		if args[len(args)-1] != nowhere {
			env = []string{"UNIONHALL_FILES=" + nowhere}
		}
		if o := unionhall(t, "", env, args...); o.code != 1 || !strings.Contains(o.err, "cannot use --files") {
			t.Errorf("%v: %+v", args, o)
		}
	}
}
