package upload

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	_ "image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/unionhall/unionhall/internal/fault"
)

const (
	fullEdge  = 2000 // pixels of the longer edge of a picture that is kept
	thumbEdge = 480
	pixelMost = 64_000_000 // of a picture that is opened at all; twice that of a photo, which takes less room
	drawnMost = 1 << 20    // bytes up to which a drawing stays as exact as it came
)

// picture is one as it is kept.
type picture struct {
	full, thumb []byte
	kind        string
}

// develop writes a picture anew: upright, no larger than it is looked at, and without what else the file said.
func develop(r io.ReadSeeker) (picture, error) {
	cfg, format, err := image.DecodeConfig(r)
	if err != nil {
		return picture{}, fault.New(fault.Invalid, "ui.file.broken").Because(err)
	}
	most := pixelMost
	if format == "jpeg" {
		most = 2 * pixelMost
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width*cfg.Height > most {
		return picture{}, fault.New(fault.Invalid, "ui.file.pixels", "max", most/1_000_000)
	}
	turn := 1
	if format == "jpeg" {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return picture{}, err
		}
		turn = orientation(r)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return picture{}, err
	}
	src, _, err := image.Decode(r)
	if err != nil {
		return picture{}, fault.New(fault.Invalid, "ui.file.broken").Because(err)
	}
	full := upright(fit(src, fullEdge), turn)
	var out picture
	if out.full, out.kind, err = encode(full, format == "png" || format == "gif"); err != nil {
		return picture{}, err
	}
	out.thumb, err = photo(fit(full, thumbEdge), 72)
	return out, err
}

// encode keeps drawings exact while they are small or see-through, and everything else as a photo.
func encode(img *image.RGBA, drawing bool) ([]byte, string, error) {
	if drawing {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			return nil, "", err
		}
		if b.Len() <= drawnMost || !img.Opaque() {
			return b.Bytes(), "image/png", nil
		}
	}
	b, err := photo(img, 84)
	return b, "image/jpeg", err
}

// photo writes a JPEG; what is see-through lies on white.
func photo(img *image.RGBA, quality int) ([]byte, error) {
	if !img.Opaque() {
		sheet := image.NewRGBA(img.Bounds())
		draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(sheet, sheet.Bounds(), img, img.Bounds().Min, draw.Over)
		img = sheet
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// fit copies a picture, scaled down so that its longer edge is at most so many pixels.
func fit(src image.Image, edge int) *image.RGBA {
	from := src.Bounds()
	w, h := from.Dx(), from.Dy()
	if long := max(w, h); long > edge {
		w, h = max(1, w*edge/long), max(1, h*edge/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(out, out.Bounds(), src, from, draw.Src, nil)
	return out
}

// upright turns a picture as its camera was held; turn is the EXIF orientation, 1 to 8.
func upright(src *image.RGBA, turn int) *image.RGBA {
	if turn < 2 || turn > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if turn >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := turned(x, y, w, h, turn)
			copy(out.Pix[out.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return out
}

// turned is where a point of a picture of w by h comes to lie.
func turned(x, y, w, h, turn int) (int, int) {
	switch turn {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}

// orientation reads how the camera was held out of a JPEG's EXIF part, 1 when it does not say.
func orientation(r io.Reader) int {
	head := make([]byte, 64<<10)
	n, _ := io.ReadFull(r, head) // what is there is enough
	b := head[:n]
	for i := 2; i+4 <= len(b) && b[i] == 0xff && b[i+1] != 0xda; {
		size := int(binary.BigEndian.Uint16(b[i+2:]))
		end := min(len(b), i+2+size)
		if b[i+1] == 0xe1 && i+10 <= end && string(b[i+4:i+10]) == "Exif\x00\x00" {
			return tiffOrientation(b[i+10 : end])
		}
		i += 2 + max(size, 2)
	}
	return 1
}

func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(b[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at+2 > len(b) {
		return 1
	}
	for i, n := 0, int(order.Uint16(b[at:])); i < n; i++ {
		entry := at + 2 + 12*i
		if entry+12 > len(b) {
			return 1
		}
		if order.Uint16(b[entry:]) == 0x0112 {
			return int(order.Uint16(b[entry+8:]))
		}
	}
	return 1
}
