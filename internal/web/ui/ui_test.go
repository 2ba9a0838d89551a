package ui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

var now = time.Date(2026, 5, 12, 8, 30, 0, 0, time.UTC)

func text(s string) templ.Component { return templ.Raw(s) }

func ptr(x float64) *float64 { return &x }

// with gives a component children.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func wrong() Errors {
	var c fault.Check
	c.Add("title", "field.required")
	c.Add("trade", "field.choice")
	c.Add("gone", "field.required") // no such field in the form
	return NewErrors(context.Background(), c.Err().(*fault.Error))
}

// gallery is every component, in the states that differ.
func gallery() map[string]templ.Component {
	opts := []Option{{Value: "a", Label: "A", Group: "G"}, {Value: "b", Label: "B", Help: "b's help"}}
	field := FieldProps{Name: "title", Label: "Title", Help: "help", Value: `x "y" <z>`, Suggest: []string{"s"}, Unit: "mm", MaxLength: 9, Placeholder: "p", Autocomplete: "off", InputMode: "decimal"}
	files := []File{{Name: "a.pdf", Href: "/f/1", Size: 9000}, {Name: "b.jpg", Href: "/f/2", Image: true}}
	chart := ChartProps{ID: "c", Title: "Chart", Labels: []string{"1", "2"}, Series: []Series{{"A", []float64{1, 2}}, {"B", []float64{3}}}, Unit: "h"}
	bars, rows := chart, chart
	bars.ID, bars.Kind, bars.Stack = "c2", Bars, true
	rows.ID, rows.Kind = "c3", Rows
	return map[string]templ.Component{
		"Hero":        with(Hero(HeroProps{Title: "T", Lead: "L"}), text("x")),
		"Mark":        Mark(),
		"Icons":       templ.Join(Icon("check"), IconLabel("info", "Info")),
		"Button":      with(Button(ButtonProps{Look: Primary, Icon: "plus", Name: "n", Value: "v", Block: true, Small: true, Disabled: true}), text("Go")),
		"ButtonLink":  with(Button(ButtonProps{Href: "/x", Look: Danger}), text("Go")),
		"ButtonIcon":  Button(ButtonProps{Icon: "x", Label: "Close", Type: "button"}),
		"Actions":     with(Actions(), text("x")),
		"Menu":        with(Menu("More", "ellipsis"), text(`<li><a href="/">x</a></li>`)),
		"Confirm":     with(Confirm(ConfirmProps{ID: "ask", Trigger: "Delete", Title: "Delete?", Text: "Gone for ever.", Action: "/x", Submit: "Delete", Danger: true, Once: "k"}), text("")),
		"ConfirmSoft": Confirm(ConfirmProps{ID: "ask2", Trigger: "Send", Title: "Send?", Text: "To all.", Action: "/x", Submit: "Send"}),
		"Form": with(Form(FormProps{Action: "/x", Multipart: true, Once: "k", Errors: wrong()}),
			Field(field), Textarea(FieldProps{Name: "body", Label: "Body", Required: true}),
			Select(FieldProps{Name: "trade", Label: "Trade", Value: "b"}, "choose", opts),
			Radios(FieldProps{Name: "how", Label: "How", Required: true, Value: "a"}, opts),
			Checks(FieldProps{Name: "days[0].x", Label: "Days", Help: "h"}, []string{"b"}, opts),
			Checkbox(FieldProps{Name: "agree", Label: "Agree", Required: true}, true),
			FileField(FileProps{Name: "files", Label: "Files", Help: "h", Multiple: true, MaxFiles: 3, MaxBytes: 1 << 20, Accept: "image/*", Camera: true}),
			StarsField(FieldProps{Name: "stars", Label: "Stars", Value: "4"}),
			with(Group("More", "why"), with(Row(), text("x")))),
		"FormGet":      with(Form(FormProps{Action: "/x", Get: true, ID: "f"}), text("")),
		"ErrorSummary": ErrorSummary(Errors{Summary: "wrong"}),
		"Search":       with(Search(SearchProps{Action: "/m", Label: "Search", Placeholder: "p", Value: "v"}), text("")),
		"PageHead":     with(PageHead(PageHeadProps{Crumbs: []Link{{"/", "Home"}}, Eyebrow: "e", Title: "T", Lead: "L", Badge: Badge(Good, "ok")}), text("x")),
		"Section":      with(Section("s", "S", "note"), text("x")),
		"Cards":        with(Cards(), with(Card(CardProps{Title: "T", Href: "/x", Meta: "m", Icon: "user", Tone: Accent, Tight: true, Level: 2}), text("x"))),
		"Card":         with(Card(CardProps{Title: "T", Level: 2}), text("x")),
		"Chips":        Chips(Info, "a", "b"),
		"Alerts":       templ.Join(with(Alert(Good, "ok"), text("x")), with(Alert(Warn, ""), text("x")), with(Alert(Bad, ""), text("x")), with(Alert(Neutral, ""), text("x"))),
		"Toast":        Toast(Note{Tone: Bad, Text: "no"}),
		"EmptyState":   with(EmptyState(EmptyProps{Icon: "inbox", Title: "Nothing", Text: "yet"}), text("")),
		"Steps":        Steps("Progress", []Step{{"a", "n", Done}, {"b", "", Current}, {"c", "", Failed}, {"d", "", Ahead}}),
		"Stars":        templ.Join(Stars(4.25, 3), Stars(0, 0)),
		"Avatar":       templ.Join(Avatar("李工", ""), Avatar("", ""), Avatar("x", "/p.jpg")),
		"Pager":        Pager(PagerProps{Prev: "/p", Next: "/n", Label: "Rows", Note: "1–2"}),
		"Tabs":         Tabs("Views", []Tab{{"A", "/a", true, 1200}, {"B", "/b", false, 0}}),
		"Figures":      with(Figures(), Figure(FigureProps{Label: "L", Value: "1", Unit: "u", Note: "n", Href: "/x", Icon: "clock", Tone: Warn}), Figure(FigureProps{Label: "L", Value: "1"})),
		"Facts":        Facts([]Fact{{Term: "a", Text: "b"}, {Term: "c", Body: Day(now)}}),
		"Times":        templ.Join(When(now, now), When(time.Time{}, now), Day(time.Time{})),
		"Meter":        Meter("Done", 0.5),
		"Message":      with(Message(MessageProps{ID: "m1", Who: "李", Role: "r", At: now, Now: now, Mine: true, Files: files}), text("hello")),
		"Timeline":     Timeline("What happened", []Happening{{At: now, Text: "x", Who: "y", Icon: "flag", Tone: Good, Body: text("z")}}),
		"Measure":      templ.Join(Measure(MeasureProps{Label: "m", Unit: "mm", Before: ptr(0.12), Target: ptr(0.05), After: ptr(0.03)}), Measure(MeasureProps{Label: "m", Before: ptr(0)}), Measure(MeasureProps{Label: "m", After: ptr(1), Target: ptr(2), More: true})),
		"Table":        with(Table(TableProps{Caption: "Rows", ID: "t", Cols: []Col{{Label: "A", Sort: "/?s", Now: "ascending"}, {Label: "B", Num: true}}}), with(TR(nil), with(TH("A", "/x"), text("a")), Num("B", "1"))),
		"TableScroll":  with(Table(TableProps{Caption: "Rows", Scroll: true, Show: true, Cols: []Col{{Label: "A"}}}), with(TR(templ.Attributes{"id": "r"}), with(TD("A"), text("a")))),
		"Charts":       templ.Join(Chart(chart), Chart(bars), Chart(rows)),
	}
}

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryComponentIsSound(t *testing.T) {
	for _, tag := range lang.Tags {
		for name, c := range gallery() {
			t.Run(tag+"/"+name, func(t *testing.T) {
				got := render(t, lang.With(context.Background(), tag), c)
				htmlcheck.Parse(t, strings.NewReader(got)).Sound()
				for _, id := range []string{"ui.", "field.", "fault."} {
					if strings.Contains(got, ">"+id) || strings.Contains(got, "<no value>") {
						t.Errorf("a message is missing: %s", got)
					}
				}
			})
		}
	}
}

func TestFormTellsItsFieldsWhatIsWrong(t *testing.T) {
	d := htmlcheck.Parse(t, strings.NewReader(render(t, lang.With(context.Background(), lang.EN), gallery()["Form"])))
	d.MustHave(".summary[role=alert][tabindex=-1] a[href=#f-title]", "Title: Please fill this in")
	d.MustHave("input#f-title[aria-invalid=true][aria-describedby='f-title-error f-title-help']")
	d.MustHave("#f-title-error", "Please fill this in")
	d.MustHave("select#f-trade[aria-describedby=f-trade-error] optgroup[label=G]")
	d.MustHave("option[selected]", "B")
	d.MustHave(".summary li", "Please fill this in")
	d.MustNotHave(".summary a[href=#f-gone]")
	d.MustHave("input[name=once][value=k][type=hidden]")
	if got := d.MustHave("input#f-title").Attr("value"); got != `x "y" <z>` {
		t.Errorf("the value was not kept: %q", got)
	}
	d.MustHave("input#f-days-0--x") // an id even from a name with brackets
	d.MustHave("input[type=file][capture=environment][data-max-bytes=1048576]")
}

func TestNothingIsWrongUnlessSaid(t *testing.T) {
	d := htmlcheck.Parse(t, strings.NewReader(render(t, context.Background(), with(Form(FormProps{Action: "/x"}), Field(FieldProps{Name: "a", Label: "A"})))))
	d.MustNotHave(".summary")
	d.MustNotHave("[aria-invalid]")
	d.MustHave("label", "选填")
}

func TestRefetchNamesItsTopics(t *testing.T) {
	a := Refetch("/x", "need:1", "need:2")
	if got := fmt.Sprint(a["hx-trigger"]); got != "change:need:1 from:body delay:150ms, change:need:2 from:body delay:150ms" {
		t.Error(got)
	}
}

func TestChartAxisIsRound(t *testing.T) {
	for most, want := range map[float64]float64{0: 4, 3: 4, 7: 8, 9: 10, 177: 200, 0.12: 0.2, 41: 80, 99: 100, 1234: 2000} {
		p := ChartProps{Labels: []string{"a"}, Series: []Series{{"s", []float64{most}}}}
		if got := p.top(); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("top of %v is %v, want %v", most, got, want)
		}
	}
}
