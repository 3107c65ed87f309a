package browser

import _ "embed"

//go:embed faults.js
var faults string

// Faults are what is wrong with the page as it stands, a line each: it is wider
// than its window, a control has no name, a text too little contrast (WCAG
// AA's 4.5, of text in pictures, too).
func (tab *Tab) Faults() []string {
	tab.t.Helper()
	return Value[[]string](tab, faults)
}
