package ui

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestThemesCanBeRead computes the contrast of every text colour on every ground it stands on: 4.5 for
// text, 3 for the outline of controls (WCAG 2.2, 1.4.3 and 1.4.11).
func TestThemesCanBeRead(t *testing.T) {
	css, err := os.ReadFile("../../../assets/css/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(css), "@plugin")[1:] {
		colour := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(part, -1) {
			colour[m[1]] = m[2]
		}
		name := regexp.MustCompile(`name: "([\w-]+)"`).FindStringSubmatch(part)[1]
		grounds := []string{"color-base-100", "color-base-200"}
		for _, text := range []string{"color-base-content", "hall-red", "hall-quiet", "color-secondary", "color-accent", "color-success", "color-warning", "color-error", "color-info"} {
			for _, ground := range grounds {
				expect(t, name, colour, text, ground, 4.5)
			}
		}
		for _, c := range []string{"primary", "secondary", "accent", "neutral", "info", "success", "warning", "error"} {
			expect(t, name, colour, "color-"+c+"-content", "color-"+c, 4.5)
		}
		for _, ground := range grounds {
			expect(t, name, colour, "hall-control", ground, 3)
		}
	}
}

func expect(t *testing.T, theme string, colour map[string]string, text, ground string, want float64) {
	t.Helper()
	if got := contrast(colour[text], colour[ground]); got < want {
		t.Errorf("%s: %s on %s is %.2f, want %.1f", theme, text, ground, got, want)
	}
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return math.NaN()
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
