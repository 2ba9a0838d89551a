package apifault

import (
	"regexp"
	"strings"

	v "github.com/danielgtaylor/huma/v2/validation"
)

// wording is what one sentence of huma's means: a message of ours, its arguments, and the member that is missing where
// the sentence names one.
type wording struct {
	msg    string
	args   []any
	member string
}

// phrase reads sentences of one format back. Names say what its verbs stand for; "member" is the one that is missing,
// and "" is what nobody needs to know, such as words of the Go library.
type phrase struct {
	format string
	msg    string
	names  []string
	fixed  []any // arguments that the format itself implies
}

func format(format, name string, names ...string) phrase {
	return phrase{format: format, msg: "api.format", names: names, fixed: []any{"format", name}}
}

// phrases are all that huma says of one field. The first that fits is taken: the widest stand last.
var phrases = []phrase{
	{format: v.MsgExpectedRequiredProperty, msg: "api.required", names: []string{"member"}},
	{format: "required %s parameter is missing", msg: "api.required", names: []string{""}},
	{format: v.MsgExpectedDependentRequiredProperty, msg: "api.with", names: []string{"member", "other"}},
	{format: v.MsgExpectedPropertyNameInObject, msg: "api.required"},
	{format: v.MsgUnexpectedProperty, msg: "api.unknown"},
	{format: "unknown query parameter", msg: "api.unknown"},

	{format: v.MsgExpectedBoolean, msg: "api.type.boolean"},
	{format: "invalid boolean", msg: "api.type.boolean"},
	{format: v.MsgExpectedNumber, msg: "api.type.number"},
	{format: "invalid float", msg: "api.type.number"},
	{format: "invalid floating value", msg: "api.type.number"},
	{format: v.MsgExpectedInteger, msg: "api.type.integer"},
	{format: "invalid integer", msg: "api.type.integer"},
	{format: v.MsgExpectedString, msg: "api.type.string"},
	{format: v.MsgExpectedArray, msg: "api.type.array"},
	{format: v.MsgExpectedObject, msg: "api.type.object"},
	{format: "expected at most one value, but received multiple values", msg: "api.single"},

	{format: v.MsgExpectedOneOf, msg: "api.choice", names: []string{"choices"}},
	{format: v.MsgExpectedMinimumNumber, msg: "api.min", names: []string{"n"}},
	{format: v.MsgExpectedExclusiveMinimumNumber, msg: "api.above", names: []string{"n"}},
	{format: v.MsgExpectedMaximumNumber, msg: "api.max", names: []string{"n"}},
	{format: v.MsgExpectedExclusiveMaximumNumber, msg: "api.below", names: []string{"n"}},
	{format: v.MsgExpectedNumberBeMultipleOf, msg: "api.multiple", names: []string{"n"}},
	{format: v.MsgExpectedMinLength, msg: "field.too-short", names: []string{"min"}},
	{format: v.MsgExpectedMaxLength, msg: "field.too-long", names: []string{"max"}},
	{format: v.MsgExpectedMatchPattern, msg: "api.pattern", names: []string{"pattern"}},
	{format: v.MsgExpectedMinItems, msg: "api.items.min", names: []string{"n"}},
	{format: v.MsgExpectedMaxItems, msg: "api.items.max", names: []string{"n"}},
	{format: v.MsgExpectedArrayItemsUnique, msg: "api.items.unique"},
	{format: v.MsgExpectedMinProperties, msg: "api.members.min", names: []string{"n"}},
	{format: v.MsgExpectedMaxProperties, msg: "api.members.max", names: []string{"n"}},

	{format: v.MsgExpectedRFC3339DateTime, msg: "api.time", fixed: []any{"example", "2026-05-01T08:00:00+08:00"}},
	{format: v.MsgExpectedRFC1123DateTime, msg: "api.time", fixed: []any{"example", "Fri, 01 May 2026 00:00:00 GMT"}},
	{format: v.MsgExpectedRFC3339Date, msg: "api.time", fixed: []any{"example", "2026-05-01"}},
	{format: v.MsgExpectedRFC3339Time, msg: "api.time", fixed: []any{"example", "08:00:00"}},
	{format: v.MsgExpectedDuration, msg: "api.time", names: []string{""}, fixed: []any{"example", "1h30m"}},
	{format: "invalid date/time for format %s", msg: "api.time", names: []string{"example"}},
	format(v.MsgExpectedRFC5322Email, "RFC 5322 (name@example.org)", ""),
	format(v.MsgExpectedRFC5890Hostname, "RFC 5890 (www.example.org)"),
	format(v.MsgExpectedRFC2673IPv4, "IPv4"),
	format(v.MsgExpectedRFC2373IPv6, "IPv6"),
	format(v.MsgExpectedRFCIPAddr, "IPv4 / IPv6"),
	format(v.MsgExpectedRFC3986URI, "URI", ""),
	format("invalid url.URL value", "URI"),
	format(v.MsgExpectedRFC6570URITemplate, "RFC 6570"),
	format(v.MsgExpectedRFC4122UUID, "UUID", ""),
	format(v.MsgExpectedRFC6901JSONPointer, "RFC 6901"),
	format(v.MsgExpectedRFC6901RelativeJSONPointer, "Relative JSON Pointer"),
	format(v.MsgExpectedRegexp, "RE2", ""),
	format(v.MsgExpectedBase64String, "Base64"),

	{format: v.MsgExpectedMatchAtLeastOneSchema, msg: "api.shape"},
	{format: v.MsgExpectedMatchExactlyOneSchema, msg: "api.shape"},
	{format: "expected value to match exactly one schema but matched multiple", msg: "api.shape"},
	{format: v.MsgExpectedNotMatchSchema, msg: "api.shape"},
	{format: v.MsgExpectedBePattern, msg: "api.pattern", names: []string{"pattern"}},
}

var sentences = func() []*regexp.Regexp {
	verbs := strings.NewReplacer("%v", "(.*)", "%d", "(.*)", "%s", "(.*)")
	out := make([]*regexp.Regexp, len(phrases))
	for i, p := range phrases {
		out[i] = regexp.MustCompile(`(?s)\A` + verbs.Replace(regexp.QuoteMeta(p.format)) + `\z`)
	}
	return out
}()

// read finds out what a sentence means.
func read(sentence string) wording {
	for i, p := range phrases {
		found := sentences[i].FindStringSubmatch(sentence)
		if found == nil {
			continue
		}
		w := wording{msg: p.msg, args: append([]any(nil), p.fixed...)}
		for j, name := range p.names {
			switch name {
			case "":
			case "member":
				w.member = found[j+1]
			default:
				w.args = append(w.args, name, found[j+1])
			}
		}
		return w
	}
	return wording{msg: "api.wrong"}
}
