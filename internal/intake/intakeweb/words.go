package intakeweb

import (
	"context"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func columnsOf(ctx context.Context, ids ...string) []ui.Col {
	out := make([]ui.Col, len(ids))
	for i, id := range ids {
		out[i] = ui.Col{Label: lang.T(ctx, id)}
	}
	return out
}

func back(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: "/console/imports", Label: lang.T(ctx, "intake.title")}}
}

// called is the name of the file, or a word for one that has none.
func called(ctx context.Context, j intake.Job) string {
	if j.Name == "" {
		return lang.T(ctx, "intake.file")
	}
	return j.Name
}

func tone(s intake.State) ui.Tone {
	switch s {
	case intake.Done:
		return ui.Good
	case intake.Failed:
		return ui.Bad
	case intake.Mapping, intake.Checked:
		return ui.Warn
	case intake.Checking, intake.Running, intake.Undoing:
		return ui.Info
	}
	return ui.Neutral
}

func badTone(n int) ui.Tone {
	if n > 0 {
		return ui.Warn
	}
	return ui.Neutral
}

// live are the topics that the page follows: none once nothing happens any more.
func live(j intake.Job) []string {
	if j.State.Working() {
		return []string{intake.Topic(j.ID)}
	}
	return nil
}

func share(j intake.Job) float64 { return float64(min(j.Handled, j.Total)) / float64(max(j.Total, 1)) }

// steps is the way of an import.
func steps(ctx context.Context, j intake.Job) []ui.Step {
	at := map[intake.State]int{intake.Mapping: 0, intake.Checking: 1, intake.Checked: 1, intake.Running: 2}
	now, known := at[j.State]
	if !known {
		now = 3
	}
	var out []ui.Step
	for i, id := range []string{"intake.step.columns", "intake.step.check", "intake.step.run", "intake.step.result"} {
		s := ui.Step{Label: lang.T(ctx, id)}
		switch {
		case i < now:
			s.State = ui.Done
		case i == now && (j.State == intake.Failed || j.State == intake.Canceled):
			s.State = ui.Failed
		case i == now:
			s.State = ui.Current
		}
		out = append(out, s)
	}
	return out
}

func kindOptions(ctx context.Context, kinds []intake.Kind) []ui.Option {
	var out []ui.Option
	for _, k := range kinds {
		out = append(out, ui.Option{Value: k.Key, Label: lang.T(ctx, "intake.kind."+k.Key), Help: lang.T(ctx, "intake.kind."+k.Key+".text")})
	}
	return out
}

func sheetOptions(names []string) []ui.Option {
	var out []ui.Option
	for _, n := range names {
		out = append(out, ui.Option{Value: n, Label: n})
	}
	return out
}

func fieldOptions(ctx context.Context, k intake.Kind) []ui.Option {
	var out []ui.Option
	for _, f := range k.Fields {
		out = append(out, ui.Option{Value: f.Key, Label: lang.T(ctx, f.Label)})
	}
	return out
}

// heading is what a column is called: by the file, or by its letter.
func heading(ctx context.Context, i int, label string) string {
	letter := string(rune('A' + i%26))
	if i >= 26 {
		letter = string(rune('A'+i/26-1)) + letter
	}
	if label == "" {
		return lang.T(ctx, "intake.column.letter", "letter", letter)
	}
	return label
}

func sampleOf(ctx context.Context, d intake.Draft, i int) string {
	if i >= len(d.Samples) || len(d.Samples[i]) == 0 {
		return lang.T(ctx, "intake.column.empty")
	}
	return strings.Join(d.Samples[i], lang.T(ctx, "intake.and"))
}

func defaultMode(j intake.Job) string {
	if j.Bad > 0 {
		return string(intake.GoodRows)
	}
	return string(intake.AllRows)
}

func modeOptions(ctx context.Context, j intake.Job) []ui.Option {
	return []ui.Option{
		{Value: string(intake.AllRows), Label: lang.T(ctx, "intake.mode.all"), Help: lang.T(ctx, "intake.mode.all.help"), Disabled: j.Bad > 0},
		{Value: string(intake.GoodRows), Label: lang.T(ctx, "intake.mode.good"), Help: lang.T(ctx, "intake.mode.good.help")},
	}
}

// startNote says what a kind does beside adding rows.
func startNote(ctx context.Context, k intake.Kind) string {
	if k.Loud {
		return lang.T(ctx, "intake.kind."+k.Key+".loud")
	}
	return ""
}

// fillable says how many of the rows that are there could have blanks filled, if any.
func fillable(ctx context.Context, j intake.Job) string {
	if j.Fillable == 0 {
		return ""
	}
	return lang.T(ctx, "intake.fillable", "count", j.Fillable)
}

func fillOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "no", Label: lang.T(ctx, "intake.fill.no")},
		{Value: "yes", Label: lang.T(ctx, "intake.fill.yes"), Help: lang.T(ctx, "intake.fill.yes.help")},
	}
}

func more(v view) string {
	if v.More == 0 {
		return ""
	}
	return pageOf(v.ID) + "?after=" + strconv.Itoa(v.More) + "#rows"
}
