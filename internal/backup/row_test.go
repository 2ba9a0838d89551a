package backup

import (
	"math"
	"reflect"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
)

var everyKind = []sqldb.Column{{Name: "b", Kind: sqldb.Boolean}, {Name: "f", Kind: sqldb.Float}, {Name: "i", Kind: sqldb.Integer},
	{Name: "t", Kind: sqldb.Text}, {Name: "y", Kind: sqldb.Bytes}}

func TestRowsComeBack(t *testing.T) {
	for want, values := range map[string][]any{
		`[null,null,null,null,null]`:                        {nil, nil, nil, nil, nil},
		`[true,0.1,-9223372036854775808,"省总\"\\\n","AAE="]`: {true, 0.1, int64(math.MinInt64), "省总\"\\\n", []byte{0, 1}},
		"[false,1e+21,0,\"\\u0000\\u001f\x7f\",\"\"]":       {false, 1e21, int64(0), "\x00\x1f\x7f", []byte{}},
		`[false,"+Inf",1,{"bytes":"/w=="},"/w=="]`:          {false, math.Inf(1), int64(1), "\xff", []byte{0xff}},
		`[false,5e-324,1,"<&>  ",""]`:                       {false, math.SmallestNonzeroFloat64, int64(1), "<&>  ", []byte{}},
	} {
		line, err := appendRow(nil, everyKind, values)
		if err != nil || string(line) != want+"\n" {
			t.Errorf("%q, %v; want %q", line, err, want)
			continue
		}
		again, err := parseRow(line, everyKind)
		if err != nil || !reflect.DeepEqual(again, values) {
			t.Errorf("%s gives %#v, %v", line, again, err)
		}
	}
}

// What the drivers give for the same value is written the same.
func TestEnginesAreToldApartByNothing(t *testing.T) {
	a, errA := appendRow(nil, everyKind, []any{true, 0.0, int64(1), "x", []byte("y")})
	b, errB := appendRow(nil, everyKind, []any{int64(1), math.Copysign(0, -1), int64(1), []byte("x"), []byte("y")})
	c, errC := appendRow(nil, everyKind, []any{true, int64(0), int64(1), "x", []byte("y")})
	if errA != nil || errB != nil || errC != nil || string(a) != string(b) || string(a) != string(c) {
		t.Errorf("%s%s%s%v %v %v", a, b, c, errA, errB, errC)
	}
}

func TestWhatIsNoRowIsRefused(t *testing.T) {
	for _, line := range []string{``, `{}`, `[]`, `[true,0,0,"",""]`, "[true,0,0,\"\",\"\"]\n\n", "[true, 0,0,\"\",\"\"]\n", "[1,0,0,\"\",\"\"]\n",
		"[true,0.0,0,\"\",\"\"]\n", "[true,-0,0,\"\",\"\"]\n", "[true,0,1e0,\"\",\"\"]\n", "[true,0,99999999999999999999,\"\",\"\"]\n",
		"[true,0,0,\"\xff\",\"\"]\n", "[true,0,0,\"\\u0041\",\"\"]\n", "[true,0,0,{\"bytes\":\"QQ==\"},\"\"]\n", "[true,0,0,\"\",\"?\"]\n"} {
		if values, err := parseRow([]byte(line), everyKind); err == nil {
			t.Errorf("%q gives %v", line, values)
		}
	}
	for _, values := range [][]any{{"x", 0.0, int64(0), "", []byte{}}, {int64(2), 0.0, int64(0), "", []byte{}}, {true, "x", int64(0), "", []byte{}},
		{true, 0.0, 0.5, "", []byte{}}, {true, 0.0, int64(0), int64(1), []byte{}}, {true, 0.0, int64(0), "", "x"}} {
		if line, err := appendRow(nil, everyKind, values); err == nil {
			t.Errorf("%v gives %s", values, line)
		}
	}
}

func FuzzRow(f *testing.F) {
	f.Add([]byte("[true,0.5,1,\"x\",\"AA==\"]\n"))
	f.Add([]byte("[null,\"NaN\",1,{\"bytes\":\"/w==\"},null]\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		values, err := parseRow(line, everyKind)
		if err != nil {
			return
		}
		again, err := appendRow(nil, everyKind, values)
		if err != nil || string(again) != string(line) {
			t.Errorf("%q became %q, %v", line, again, err)
		}
	})
}
