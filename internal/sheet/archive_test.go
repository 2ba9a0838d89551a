package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// rewritten is a workbook with one part changed.
func rewritten(t *testing.T, name string, change func(string) string) []byte {
	t.Helper()
	b := workbookOf(t, func(f *excelize.File) {
		for cell, v := range map[string]string{"A1": "姓名", "B1": "电话", "A2": "林", "B2": "13800138000"} {
			if err := f.SetCellStr("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
	})
	in, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z, found := zip.NewWriter(&out), false
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if _, err := text.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		s := text.String()
		if f.Name == name {
			s, found = change(s), true
		}
		w, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil || !found {
		t.Fatalf("%s: found %v, %v", name, found, err)
	}
	return out.Bytes()
}

// A workbook names a file of this machine, or a word that grows: neither is put into its cells.
func TestEntitiesOfWorkbooksAreNotResolved(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hidden-7391"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{"outside": `<!ENTITY e SYSTEM "file://` + secret + `">`, "growing": `<!ENTITY a "hidden-7391"><!ENTITY e "&a;&a;&a;">`} {
		b := rewritten(t, "xl/sharedStrings.xml", func(s string) string {
			at := strings.Index(s, "<sst")
			changed := s[:at] + "<!DOCTYPE sst [" + kind + "]>" + strings.Replace(s[at:], "林", "&e;", 1)
			if !strings.Contains(changed, "&e;") {
				t.Fatalf("nothing was planted: %s", s)
			}
			return changed
		})
		book, err := Open(bytes.NewReader(b))
		if err != nil {
			continue // refused as a whole
		}
		tab, err := book.Read(t.Context(), "", known)
		if err == nil {
			_ = tab.Each(t.Context(), func(r Row) error { // what is refused half way has shown nothing either
				if strings.Contains(fmt.Sprint(r.Cells), "hidden-7391") {
					t.Errorf("%s: %q", name, r.Cells)
				}
				return nil
			})
		}
		book.Close()
	}
	if err := readAll(rewritten(t, "xl/sharedStrings.xml", func(s string) string { return s })); err != nil {
		t.Errorf("the same without: %v", err)
	}
}

func TestAWorkbookOfManyPartsIsRefused(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range maxParts + 1 {
		name := fmt.Sprintf("xl/media/%d.png", i)
		if i == 0 {
			name = "[Content_Types].xml"
		}
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := readAll(b.Bytes()); !errors.Is(err, ErrSwollen) {
		t.Errorf("%v", err)
	}
}
