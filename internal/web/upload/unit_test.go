package upload

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"
)

func TestFileNames(t *testing.T) {
	long := strings.Repeat("长", 200) + ".pdf"
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", `C:\x\图.pdf`: "图.pdf", "../../etc/passwd": "passwd", "a\r\nb\x00.txt": "ab.txt", "": "file", "..": "..", "\u202egpj.exe": "gpj.exe",
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := fileName(long); len([]rune(got)) != 100 || !strings.HasSuffix(got, ".pdf") {
		t.Errorf("%q", got)
	}
}

// A picture of two by one, red beside blue, turned as each of the eight orientations says.
func TestUpright(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 2, 1))
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	src.Set(0, 0, red)
	src.Set(1, 0, blue)
	for turn, at := range map[int]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 0}, 4: {0, 0}, 5: {0, 0}, 6: {0, 0}, 7: {0, 1}, 8: {0, 1}} {
		got := upright(src, turn)
		if got.At(at.X, at.Y) != red {
			t.Errorf("%d: red is not at %v of %v", turn, at, got.Bounds())
		}
		if turn >= 5 && got.Bounds().Dx() != 1 {
			t.Errorf("%d: %v", turn, got.Bounds())
		}
	}
}

// Whatever a file says of itself, reading its orientation ends.
func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, b []byte) { orientation(bytes.NewReader(b)) })
}
