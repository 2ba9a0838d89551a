package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A hall whose key file is lost, or is another hall's, cannot start; the doctor says so before anybody tries.
func TestTheDoctorTriesTheKeys(t *testing.T) {
	dir := t.TempDir()
	found := func(name string) (data string) {
		data = filepath.Join(dir, name)
		if o := unionhall(t, "correct horse staple\n", nil, "init", "--data", data, "--union", "某省总工会", "--name", "张三", "--phone", "13800000001"); o.code != 0 {
			t.Fatal(o)
		}
		return data
	}
	mine, other := found("mine"), found("other")
	file := filepath.Join(mine, "keys", "seal.json")
	if o := unionhall(t, "", nil, "doctor", "--data", mine); o.code != 0 || !strings.Contains(o.out, file+" opens what is sealed") {
		t.Errorf("%+v", o)
	}
	foreign := unionhall(t, "", nil, "doctor", "--data", mine, "--keys", filepath.Join(other, "keys", "seal.json"))
	if foreign.code != 1 || !strings.Contains(foreign.out, "is not the one that the store was sealed with") {
		t.Errorf("%+v", foreign)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	lost := unionhall(t, "", nil, "doctor", "--data", mine)
	if lost.code != 1 || !strings.Contains(lost.out, "WRONG    keys") || !strings.Contains(lost.out, "put the hall's key file back") {
		t.Errorf("%+v", lost)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the doctor made keys, which open nothing")
	}
}
