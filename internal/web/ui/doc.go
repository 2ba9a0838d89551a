// Package ui holds the components that pages are made of. They render HTML that works without
// scripts, names every control, and carries no inline style or script.
//
// Buttons
//
//	Button(ButtonProps) {label}   a button, or with Href a link that looks like one
//	Actions() {buttons}           a row of them
//	Menu(label, icon) {li…}       opens a list, without scripts
//	Confirm(ConfirmProps) {}      asks before it posts, without scripts
//
// Forms
//
//	Form(FormProps) {fields}      with its error summary; its Errors reach every field within
//	Field(FieldProps)             one line; Type, Unit, Suggest, Autocomplete …
//	Textarea(FieldProps)          several lines
//	Select(FieldProps, blank, []Option)
//	Radios(FieldProps, []Option)
//	Checks(FieldProps, chosen, []Option)
//	Checkbox(FieldProps, on)
//	FileField(FileProps)
//	StarsField(FieldProps)
//	Group(legend, help) {fields}  fields that belong together
//	Row() {fields}                side by side where there is room
//	Search(SearchProps) {filters}
//	ErrorSummary(Errors)          for pages without a Form
//
// Pages
//
//	Hero(HeroProps) {}            the top of a front page
//	PageHead(PageHeadProps) {actions}   crumbs, the only h1, lead, badge
//	Section(id, title, note) {}   a part under its h2
//	Crumbs([]Link)  Tabs(label, []Tab)  Pager(PagerProps)
//
// Things shown
//
//	Cards() {cards}  Card(CardProps) {}
//	Table(TableProps) {TR(attrs) {TH(label, href) {} TD(label) {} Num(label, value)}}
//	Figures() {figures}  Figure(FigureProps)
//	Chart(ChartProps)  Measure(MeasureProps)  Meter(label, share)
//	Badge(tone, text)  Chips(tone, words…)  Stars(value, count)  Steps(label, []Step)
//	Facts([]Fact)  Timeline(label, []Happening)  Message(MessageProps) {text}  Files([]File)
//	Alert(tone, title) {}  Toast(Note)  EmptyState(EmptyProps) {actions}
//	Avatar(name, src)  Icon(name)  IconLabel(name, label)  Mark()
//	When(t, now)  Day(t)
//
// Live parts
//
//	<div id="thread" { ui.Refetch("/needs/1/thread", "need:1")... }>
//
// Icons are those of assets/icons.txt. Classes for layout are Tailwind's; what the style sheet does
// not hold yet comes in with assets/build.sh.
package ui
