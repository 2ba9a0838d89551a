package ui

import (
	"time"

	"github.com/a-h/templ"
)

// Look is how loud a button is.
type Look string

// The looks. A page has one Primary at most.
const (
	Secondary Look = ""
	Primary   Look = "primary"
	Quiet     Look = "quiet"
	Danger    Look = "danger"
)

// ButtonProps say what a button does. With Href it is a link; otherwise it submits its form unless
// Type is "button". Attrs are added as they are.
type ButtonProps struct {
	Look        Look
	Href        string
	Type        string // "submit" when empty
	Name, Value string
	Icon        string
	Label       string // the accessible name when the content is only an icon
	Block       bool   // full width
	Small       bool
	Disabled    bool
	Attrs       templ.Attributes
}

// FormProps say where a form goes. The error summary is rendered first inside it.
type FormProps struct {
	Action    string
	Get       bool // a search: GET, no once key
	Multipart bool
	Errors    Errors
	Once      string // value of web.OnceKey; "" for forms that may be sent twice
	ID        string
	Attrs     templ.Attributes
}

// FieldProps describe one control. Its id is FieldID(Name).
type FieldProps struct {
	Name, Label  string
	Help         string
	Value        string
	Errors       Errors // only outside a Form; inside, the form's own reach it
	Required     bool
	Type         string // "text" when empty; email, tel, number, date, datetime-local, password, search, url
	Autocomplete string
	InputMode    string
	Placeholder  string
	Unit         string // shown behind the control: mm, %
	MaxLength    int
	Rows         int // Textarea
	Suggest      []string
	Unmarked     bool // not said to be optional: its group says so
	Disabled     bool
	Attrs        templ.Attributes
}

// Option is one choice. Group puts it under a heading in Select.
type Option struct {
	Value, Label string
	Help         string // Radios and Checks
	Group        string
	Disabled     bool
}

// FileProps describe a file control.
type FileProps struct {
	Name, Label string
	Help        string
	Accept      string // "image/*,application/pdf"
	Multiple    bool
	Camera      bool // phones offer the camera
	MaxBytes    int64
	MaxFiles    int
	Required    bool
	Errors      Errors // only outside a Form
}

// CardProps describe a card. With Href the title is a link that covers the whole card.
type CardProps struct {
	Title string
	Href  string
	Meta  string // one quiet line above the title
	Icon  string
	Tone  Tone
	Tight bool
	Level int // of the title: 3 when zero
	Class string
	Attrs templ.Attributes
}

// Col is one column of a table.
type Col struct {
	Label string
	Num   bool   // right-aligned figures
	Sort  string // href that sorts by it; "" when it cannot
	Now   string // "ascending" or "descending" when sorted by it
}

// TableProps describe a table. Caption is read to screen readers and hidden unless Show is set.
type TableProps struct {
	Caption string
	Show    bool
	Cols    []Col
	Scroll  bool // keep the grid on phones and scroll it, instead of turning rows into cards
	ID      string
	Attrs   templ.Attributes
}

// EmptyProps say what is not there yet, and why that is fine.
type EmptyProps struct{ Icon, Title, Text string }

// Step is one step of a path.
type Step struct {
	Label string
	Note  string // when or by whom
	State StepState
}

// StepState says where a step stands.
type StepState string

// The states of a step.
const (
	Ahead   StepState = ""
	Current StepState = "current"
	Done    StepState = "done"
	Failed  StepState = "failed"
)

// PagerProps are the neighbours of a page of rows; "" where there is none.
type PagerProps struct {
	Prev, Next string
	Label      string // what is being paged, for screen readers
	Note       string // "1,204 rows"
}

// Tab is one view of the same thing, or one filter.
type Tab struct {
	Label, Href string
	Active      bool
	Count       int // shown when not zero
}

// ConfirmProps ask before something that cannot be undone. The dialog opens without scripts.
type ConfirmProps struct {
	ID      string
	Trigger string // the label of the button that opens it
	Look    Look
	Small   bool
	Icon    string
	Title   string
	Text    string
	Action  string // where the form posts
	Submit  string // the label of the button that does it
	Danger  bool
	Once    string
}

// FigureProps describe one figure. With Href it opens down to the rows that it counts.
type FigureProps struct {
	Label string
	Value string // already formatted
	Unit  string
	Note  string // what it is compared with, or since when
	Href  string
	Icon  string
	Tone  Tone
}

// Fact is one line of a description list. Body wins over Text.
type Fact struct {
	Term string
	Text string
	Body templ.Component
}

// File is an attachment. With Image it is shown as a picture.
type File struct {
	Name, Href string
	Size       int64
	Image      bool
	Thumb      string // href of a smaller picture; Href when empty
}

// MessageProps describe one message of a thread.
type MessageProps struct {
	ID    string
	Who   string
	Role  string
	Photo string
	At    time.Time
	Now   time.Time
	Mine  bool
	Files []File
}

// Happening is one entry of a timeline.
type Happening struct {
	At   time.Time
	Text string
	Who  string
	Icon string
	Tone Tone
	Body templ.Component
}

// MeasureProps compare a value before and after against its target.
type MeasureProps struct {
	Label         string
	Unit          string
	Before, After *float64
	Target        *float64
	More          bool // more is better; otherwise less is
}

// PageHeadProps are the top of a page's content.
type PageHeadProps struct {
	Crumbs  []Link
	Eyebrow string // one quiet line above the title
	Title   string
	Lead    string
	Badge   templ.Component
}

// SearchProps describe a search form. Further filters are its children.
type SearchProps struct {
	Action      string
	Name        string // "q" when empty
	Value       string
	Label       string
	Placeholder string
	Attrs       templ.Attributes
}

// HeroProps are the top of the hall's front page.
type HeroProps struct{ Title, Lead string }
