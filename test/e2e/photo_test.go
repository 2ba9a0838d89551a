package e2e

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
)

// photo writes what a phone's camera writes: a JPEG that lies on its side, with where it was taken.
func photo(t *testing.T, name string) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			c := color.RGBA{uint8(90 + x/8), uint8(90 + y/8), 110, 255}
			if (x-320)*(x-320)+(y-240)*(y-240) < 150*150 {
				c = color.RGBA{190, 195, 200, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	plain := b.Bytes()
	exif := exifPart()
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	out = append(append(out, exif...), plain[2:]...)
	if !bytes.Contains(out, []byte("Exif")) || !bytes.Contains(out, []byte("GPSMARK")) {
		t.Fatal("the photo carries nothing to be taken out")
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// exifPart is an EXIF block: turned by a quarter, taken at 24°54′ N 118°35′ E, by a camera named GPSMARK.
func exifPart() []byte {
	be := binary.BigEndian
	entry := func(b []byte, tag, typ uint16, count, value uint32) []byte {
		b = be.AppendUint16(be.AppendUint16(b, tag), typ)
		return be.AppendUint32(be.AppendUint32(b, count), value)
	}
	const first, gps, data = 8, 8 + 2 + 3*12 + 4, 8 + 2 + 3*12 + 4 + 2 + 4*12 + 4
	b := be.AppendUint32([]byte("MM\x00*"), first)
	b = be.AppendUint16(b, 3)
	b = entry(b, 0x0110, 2, 8, data+48)    // Model
	b = entry(b, 0x0112, 3, 1, 6<<16)      // Orientation
	b = entry(b, 0x8825, 4, 1, gps)        // where the GPS part begins
	b = be.AppendUint32(b, 0)              // no further part
	b = be.AppendUint16(b, 4)              // GPS:
	b = entry(b, 1, 2, 2, uint32('N')<<24) // latitude ref
	b = entry(b, 2, 5, 3, data)
	b = entry(b, 3, 2, 2, uint32('E')<<24)
	b = entry(b, 4, 5, 3, data+24)
	b = be.AppendUint32(b, 0)
	for _, n := range []uint32{24, 1, 54, 1, 0, 1, 118, 1, 35, 1, 0, 1} {
		b = be.AppendUint32(b, n)
	}
	b = append(b, "GPSMARK\x00"...)
	return append([]byte("Exif\x00\x00"), b...)
}

// bare fails the test unless a stored picture is upright and says nothing of where it was taken.
func bare(t *testing.T, b []byte) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("the stored photo is no JPEG: %v", err)
	}
	if s := img.Bounds().Size(); s != (image.Point{480, 640}) {
		t.Errorf("the stored photo is %v: not turned upright", s)
	}
	for _, mark := range []string{"Exif", "GPSMARK", "MM\x00*"} {
		if bytes.Contains(b, []byte(mark)) {
			t.Errorf("the stored photo still says %q", mark)
		}
	}
}
