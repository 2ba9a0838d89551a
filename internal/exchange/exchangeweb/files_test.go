package exchangeweb_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// photograph is a JPEG of w by h, red on its left half, with a GPS tag and an orientation in its EXIF part.
func photograph(t testing.TB, w, h int, turn uint16) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{0, 0, 255, 255}
			if x < w/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	var tiff bytes.Buffer
	tiff.WriteString("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	entry := func(tag, kind uint16, count uint32, value [4]byte) {
		binary.Write(&tiff, binary.BigEndian, tag)
		binary.Write(&tiff, binary.BigEndian, kind)
		binary.Write(&tiff, binary.BigEndian, count)
		tiff.Write(value[:])
	}
	entry(0x0112, 3, 1, [4]byte{byte(turn >> 8), byte(turn)})
	entry(0x8825, 4, 1, [4]byte{0, 0, 0, 38})
	tiff.WriteString("\x00\x00\x00\x00GPS 24.4800N 118.0900E")
	part := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	raw := b.Bytes()
	out := append([]byte{}, raw[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(part)+2))
	out = append(out, part...)
	return append(out, raw[2:]...)
}

// attached posts a need with files and gives the hrefs of what its page links to.
func (w *world) attached(t *testing.T, files ...upload) (needPath string, hrefs, thumbs []string) {
	t.Helper()
	to := w.send(t, contactA, "/needs", need(), files...).to(t, "/needs/")
	page := w.get(t, contactA, to).ok(t, 200)
	for _, a := range page.Select(".files a") {
		hrefs = append(hrefs, a.Attr("href"))
	}
	for _, a := range page.Select(".files img") {
		thumbs = append(thumbs, a.Attr("src"))
	}
	return to, hrefs, thumbs
}

func TestPhotosAreDevelopedAnew(t *testing.T) {
	w := newWorld(t)
	_, hrefs, thumbs := w.attached(t, upload{"files", "现场 照片.jpg", photograph(t, 2100, 1400, 6)})
	if len(hrefs) != 1 || len(thumbs) != 1 {
		t.Fatal(hrefs, thumbs)
	}
	got := w.get(t, near, hrefs[0])
	if got.Code != 200 || got.Header().Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%d %s", got.Code, got.Header().Get("Content-Type"))
	}
	for header, want := range map[string]string{"Content-Disposition": "inline", "Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"} {
		if !strings.Contains(got.Header().Get(header), want) {
			t.Errorf("%s: %s", header, got.Header().Get(header))
		}
	}
	body := got.Body.Bytes()
	if bytes.Contains(body, []byte("Exif")) || bytes.Contains(body, []byte("GPS")) {
		t.Error("what the camera wrote is still there")
	}
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 1333 || b.Dy() != 2000 {
		t.Errorf("%v: not upright, or not within 2000", b)
	}
	if r, _, bl, _ := img.At(600, 100).RGBA(); r < bl {
		t.Error("the left half is not on top after a turn to the right")
	}
	small := w.get(t, near, thumbs[0])
	if small.Code != 200 || small.Body.Len() > 20_000 {
		t.Errorf("a thumbnail of %d bytes: %d", small.Body.Len(), small.Code)
	}
}

func TestFilesAreHandedOver(t *testing.T) {
	w := newWorld(t)
	pdf := []byte("%PDF-1.7\n%âãÏÓ\n")
	heic := append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), make([]byte, 64)...)
	_, hrefs, _ := w.attached(t, upload{"files", `C:\图纸\套筒"图.pdf`, pdf}, upload{"files", "IMG_1.HEIC", heic}, upload{"files", "程序.nc", []byte("G01 X80 F0.1\n")})
	if len(hrefs) != 3 {
		t.Fatal(hrefs)
	}
	got := w.get(t, contactA, hrefs[0])
	if d := got.Header().Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || strings.Contains(d, "C:") || strings.ContainsAny(d, "\r\n") {
		t.Errorf("%s", d)
	}
	if got.Header().Get("Content-Type") != "application/pdf" || !bytes.Equal(got.Body.Bytes(), pdf) {
		t.Errorf("%s, %d bytes", got.Header().Get("Content-Type"), got.Body.Len())
	}
	if k := w.get(t, contactA, hrefs[1]).Header().Get("Content-Type"); k != "image/heic" {
		t.Error(k)
	}
	for _, who := range []string{"", contactB, weaver, clerkB} {
		if got := w.get(t, who, hrefs[0]); got.Code == 200 {
			t.Errorf("%q may read it", who)
		}
	}
}

func TestWrongFilesAreSaid(t *testing.T) {
	w := newWorld(t)
	big := make([]byte, 21<<20)
	copy(big, "%PDF-1.7")
	many := make([]upload, 11)
	for i := range many {
		many[i] = upload{"files", "a.txt", []byte("x")}
	}
	bomb := drawing(t) // a small file that says it is a large picture
	binary.BigEndian.PutUint32(bomb[16:], 20_000)
	binary.BigEndian.PutUint32(bomb[20:], 4_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for name, c := range map[string]struct {
		files []upload
		zh    string
	}{
		"a program":                 {[]upload{{"files", "setup.pdf", []byte("MZ\x90\x00")}}, "不能上传"},
		"a program by its name":     {[]upload{{"files", "安装.exe ", []byte("plain")}}, "不能上传"},
		"a web page":                {[]upload{{"files", "a.txt", []byte("<!DOCTYPE html><script>")}}, "不能上传"},
		"a drawing that is a page":  {[]upload{{"files", "a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")}}, "不能上传"},
		"empty":                     {[]upload{{"files", "空.txt", nil}}, "空文件"},
		"a picture that is broken":  {[]upload{{"files", "a.jpg", []byte("\xff\xd8\xff\xe0 and no more")}}, "打不开"},
		"a picture that is a bomb":  {[]upload{{"files", "a.png", bomb}}, "百万像素"},
		"21 MB":                     {[]upload{{"files", "大.pdf", big}}, "超过了 20 MB"},
		"eleven files":              {many, "最多上传 10 个文件"},
		"one wrong among the right": {[]upload{{"files", "a.txt", []byte("x")}, {"files", "b.bat", []byte("x")}}, "b.bat"},
	} {
		t.Run(name, func(t *testing.T) {
			page := w.send(t, contactA, "/needs", need(), c.files...).ok(t, 422)
			page.MustHave("input[name=files][aria-invalid=true]")
			page.MustHave(".field-error", c.zh)
			page.MustHave(".notice", "重新选择")
			page.MustHave("input[name=equipment][value=CK6150]")
		})
	}
	if n := len(w.needsOf(t, firmA)); n != 0 {
		t.Fatalf("%d needs were posted", n)
	}
	// A form that fails for another reason says that its files must be chosen again.
	form := need()
	form.Set("title", "")
	w.send(t, contactA, "/needs", form, upload{"files", "a.txt", []byte("x")}).ok(t, 422).MustHave(".notice", "重新选择")
}

func TestFilesOfAThreadAreItsOwn(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	w.send(t, near, at+"/messages", url.Values{}, upload{"files", "草图.png", drawing(t)}).to(t, at)
	page := w.get(t, contactA, at).ok(t, 200)
	href := page.MustHave("#thread .files a").Attr("href")
	if got := w.get(t, contactA, href); got.Code != 200 || got.Header().Get("Content-Type") != "image/png" {
		t.Fatalf("%d %s", got.Code, got.Header().Get("Content-Type"))
	}
	w.get(t, weaver, href).ok(t, 404)
	w.get(t, contactA, strings.Split(href, "?")[0]).ok(t, 404) // not one of the need's own
	w.get(t, contactA, strings.Split(href, "?")[0]+"?engagement=nonsense").ok(t, 404)
	w.send(t, near, at+"/messages", url.Values{"body": {"看这里"}}, upload{"files", "a.exe", []byte("x")}).ok(t, 422).MustHave("#say .field-error", "不能上传")

	r := httptest.NewRequest("GET", href, nil)
	r.Header.Set("If-None-Match", w.get(t, near, href).Header().Get("ETag"))
	if got := w.ask(t, near, r); got.Code != 304 {
		t.Errorf("asked again: %d", got.Code)
	}
}

// drawing is a small PNG that is see-through.
func drawing(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = byte(rand.Uint32())
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
