package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// appendRow writes a row as one line, in the only way there is to write it. Values are what a driver gives; they are
// replaced by what either driver takes for the same.
func appendRow(b []byte, columns []sqldb.Column, values []any) ([]byte, error) {
	b = append(b, '[')
	for i, c := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		v, err := common(c.Kind, values[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		values[i] = v
		b = appendValue(b, v)
	}
	return append(b, ']', '\n'), nil
}

// common gives a value the one type that its kind has here, whatever the engine keeps it as.
func common(kind sqldb.Kind, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if kind == sqldb.Text {
			return v, nil
		}
	case []byte:
		switch kind {
		case sqldb.Bytes:
			return v, nil
		case sqldb.Text: // SQLite keeps what it is given, in a column of text too
			return string(v), nil
		}
	case bool:
		if kind == sqldb.Boolean {
			return v, nil
		}
	case int64:
		switch {
		case kind == sqldb.Integer:
			return v, nil
		case kind == sqldb.Float:
			return float64(v), nil
		case kind == sqldb.Boolean && (v == 0 || v == 1): // as SQLite keeps it
			return v == 1, nil
		}
	case float64:
		if kind == sqldb.Float {
			return v + 0, nil // SQLite does not tell -0 from 0, so nobody does
		}
	}
	return nil, fmt.Errorf("%T is no %s", v, kind)
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(b, v)
	case []byte:
		return appendBytes(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendFloat(b, v)
	}
	return append(b, "null"...)
}

// appendFloat writes the shortest text that reads as the same number.
func appendFloat(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 0):
		return append(strconv.AppendFloat(append(b, '"'), v, 'g', -1, 64), '"')
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

func appendBytes(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string. What is no UTF-8, which only SQLite would keep, is wrapped as bytes, so that it
// comes back as it was.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		return append(appendBytes(append(b, `{"bytes":`...), []byte(s)), '}')
	}
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// parseRow reads what appendRow wrote, and nothing else: a line that says the same in another way would have another
// checksum once it is in a store.
func parseRow(line []byte, columns []sqldb.Column) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var values []any
	if err := d.Decode(&values); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if len(values) != len(columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(values), len(columns))
	}
	for i, c := range columns {
		var err error
		if values[i], err = parseValue(c.Kind, values[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	if again, err := appendRow(nil, columns, values); err != nil || !bytes.Equal(again, line) {
		return nil, errors.New("the row is not written as a backup writes it")
	}
	return values, nil
}

func parseValue(kind sqldb.Kind, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch v := v.(type) {
	case string:
		switch kind {
		case sqldb.Text:
			return v, nil
		case sqldb.Bytes:
			return base64.StdEncoding.DecodeString(v)
		case sqldb.Float:
			return strconv.ParseFloat(v, 64)
		}
	case json.Number:
		switch kind {
		case sqldb.Integer:
			return strconv.ParseInt(v.String(), 10, 64)
		case sqldb.Float:
			return strconv.ParseFloat(v.String(), 64)
		}
	case bool:
		if kind == sqldb.Boolean {
			return v, nil
		}
	case map[string]any:
		s, ok := v["bytes"].(string)
		if kind == sqldb.Text && ok && len(v) == 1 {
			b, err := base64.StdEncoding.DecodeString(s)
			return string(b), err
		}
	}
	return nil, fmt.Errorf("%v is no %s", v, kind)
}
