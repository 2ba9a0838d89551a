package privacy

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// Pack writes all that the hall knows of the actor as an archive: a page to read in their language, and each kind as JSON
// for machines. It streams; what has been written when an error comes is no whole archive.
func (s *Service) Pack(ctx context.Context, a actor.Actor, w io.Writer) (err error) {
	defer fault.Wrap(&err, "privacy.Pack")
	p, err := s.known(ctx, a, a.ID)
	if err != nil {
		return err
	}
	var sections []dossier.Section
	for _, part := range s.parts {
		more, err := part.Mine(ctx, p.ID)
		if err != nil {
			return err
		}
		sections = append(sections, more...)
	}
	now := s.clock.Now()
	z := zip.NewWriter(w)
	f, err := z.CreateHeader(&zip.FileHeader{Name: "index.html", Method: zip.Deflate, Modified: now})
	if err == nil {
		err = writePage(ctx, f, p, now, sections)
	}
	for _, sec := range sections {
		if err != nil {
			return err
		}
		if f, err = z.CreateHeader(&zip.FileHeader{Name: "data/" + sec.Key + ".json", Method: zip.Deflate, Modified: now}); err == nil {
			err = writeJSON(ctx, f, sec)
		}
	}
	if err != nil {
		return err
	}
	return z.Close()
}

// pageStyle stands in the page itself: it is read from a disk, where nothing of the hall is.
const pageStyle = `body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}` +
	`table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border:1px solid #ccc;padding:.35rem .6rem;text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}th{background:#f4f4f4}p.none{color:#666}`

// writePage writes the page that people read.
func writePage(ctx context.Context, w io.Writer, p Person, now time.Time, sections []dossier.Section) error {
	t := func(id string, args ...any) string { return html.EscapeString(lang.T(ctx, id, args...)) }
	pr := printer{w: w}
	pr.f("<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>%s</title><style>%s</style></head><body>\n",
		lang.HTML(ctx), t("privacy.pack.title"), pageStyle)
	pr.f("<h1>%s</h1>\n<p>%s</p>\n", t("privacy.pack.title"), t("privacy.pack.lead", "name", p.Name, "day", lang.Moment(ctx, now)))
	for _, sec := range sections {
		pr.f("<h2>%s</h2>\n", t("privacy.section."+sec.Key))
		rows := 0
		for row, err := range sec.Rows(ctx) {
			if err != nil {
				return err
			}
			if rows == 0 {
				pr.f("<table><thead><tr>")
				for _, c := range sec.Columns {
					pr.f("<th>%s</th>", t("privacy.column."+c))
				}
				pr.f("</tr></thead><tbody>\n")
			}
			rows++
			pr.f("<tr>")
			for i, v := range row {
				pr.f("<td>%s</td>", html.EscapeString(word(ctx, sec.Columns[i], v)))
			}
			pr.f("</tr>\n")
			if pr.err != nil {
				return pr.err
			}
		}
		if rows == 0 {
			pr.f("<p class=\"none\">%s</p>\n", t("privacy.pack.none"))
			continue
		}
		pr.f("</tbody></table>\n")
	}
	pr.f("</body></html>\n")
	return pr.err
}

// worded are the columns whose values are codes with a name: "privacy.COLUMN.CODE".
var worded = map[string]string{"field": "privacy.field.", "purpose": "privacy.purpose.", "role": "privacy.role.", "reason": "privacy.reason."}

// word is a value as people read it.
func word(ctx context.Context, column string, v any) string {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return lang.Moment(ctx, v)
	case bool:
		if v {
			return lang.T(ctx, "privacy.yes")
		}
		return lang.T(ctx, "privacy.no")
	case string:
		if id := worded[column] + v; worded[column] != "" && lang.Has(id) {
			return lang.T(ctx, id)
		}
		return v
	}
	return fmt.Sprint(v)
}

// writeJSON writes a section as a list of objects, a row at a time.
func writeJSON(ctx context.Context, w io.Writer, sec dossier.Section) error {
	pr := printer{w: w}
	pr.f("[")
	first := true
	for row, err := range sec.Rows(ctx) {
		if err != nil {
			return err
		}
		object := make(map[string]any, len(row))
		for i, v := range row {
			if at, ok := v.(time.Time); ok && at.IsZero() {
				v = nil
			}
			object[sec.Columns[i]] = v
		}
		b, err := json.Marshal(object)
		if err != nil {
			return err
		}
		if !first {
			pr.f(",")
		}
		first = false
		pr.f("\n%s", b)
	}
	pr.f("\n]\n")
	return pr.err
}

// printer prints until something fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
