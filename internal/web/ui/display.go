package ui

import (
	"hash/fnv"
	"strings"
	"unicode/utf8"
)

func toneIcon(t Tone) string {
	switch t {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	}
	return "info"
}

func (s StepState) name() string {
	if s == Ahead {
		return "ahead"
	}
	return string(s)
}

// initial is the character that stands for a person without a picture.
func initial(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return "·"
	}
	r, _ := utf8.DecodeRuneInString(name)
	return strings.ToUpper(string(r))
}

// faceTone gives a name one of four quiet colours, always the same one.
func faceTone(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return itoa(int(h.Sum32() % 4))
}
