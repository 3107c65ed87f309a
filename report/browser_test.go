package report

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/gradus-ir/gradus/internal/browser"
)

// address lays a page for a browser.
func address(t *testing.T, e Experiment) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), PageFile)
	if err := os.WriteFile(path, []byte(render(t, e)), 0o666); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// openAll unfolds everything.
const openAll = `document.querySelectorAll("details").forEach((d) => d.open = true)`

func TestBrowserShowsThePageOnPhonesAndDesktops(t *testing.T) {
	tab := browser.Open(t, browser.Phone, browser.Light)
	tab.Do(chromedp.Navigate(address(t, sample(plain))), browser.Script(openAll))
	for _, window := range []browser.Window{browser.Phone, browser.Desktop} {
		for _, scheme := range []string{browser.Light, browser.Dark} {
			tab.Show(window, scheme)
			if faults := tab.Faults(); len(faults) > 0 {
				t.Errorf("%s, %s: got %q", window.Name, scheme, faults[:min(8, len(faults))])
			}
		}
	}
}

// The experiment of the folder GRADUS_EXPERIMENT, for people to look at in the folder of GRADUS_SCREENSHOTS.
func TestBrowserScreenshots(t *testing.T) {
	dir := os.Getenv("GRADUS_EXPERIMENT")
	if dir == "" {
		t.Skip("GRADUS_EXPERIMENT is not set")
	}
	e, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e.Queries = e.Queries[:min(8, len(e.Queries))]
	tab := browser.Open(t, browser.Phone, browser.Light)
	tab.Do(chromedp.Navigate(address(t, e)), browser.Script(`document.querySelector("details").open = true`))
	for _, window := range []browser.Window{browser.Phone, browser.Desktop} {
		for _, scheme := range []string{browser.Light, browser.Dark} {
			tab.Show(window, scheme)
			tab.Screenshot("report-" + window.Name + "-" + scheme)
		}
	}
}

func TestBrowserRunsNothingOutOfTexts(t *testing.T) {
	tab := browser.Open(t, browser.Desktop, browser.Light)
	for _, attack := range attacks(t) {
		tab.Do(chromedp.Navigate(address(t, sample(attacked(attack)))), browser.Script(openAll),
			browser.Script(`document.querySelectorAll("a").forEach((a) => a.click())`))
		if browser.Value[bool](tab, `"attacked" in window`) {
			t.Errorf("%q runs", attack)
		}
		if got := browser.Value[string](tab, `document.querySelectorAll("table.arms").length + " tables, " + (document.documentElement.scrollWidth <= innerWidth)`); got != "2 tables, true" {
			t.Errorf("%q changes the page: got %s that it fits", attack, got)
		}
	}
}

func TestBrowserFindsQueriesAndHidesArms(t *testing.T) {
	tab := browser.Open(t, browser.Desktop, browser.Light)
	tab.Do(chromedp.Navigate(address(t, sample(plain))))
	for _, step := range []struct {
		does, wants string
		says        string // an expression of it
	}{
		{``, `3`, seenQueries},
		{`form.elements.find.value = "IS 2"; form.elements.find.dispatchEvent(new Event("input", { bubbles: true }))`, `1`, seenQueries},
		{``, `1 of 3 queries`, `document.querySelector(".tools [role=status]").textContent`},
		{`form.elements.find.value = ""; form.elements.find.dispatchEvent(new Event("input", { bubbles: true }))`, `3`, seenQueries},
		{`document.querySelector("#query1").open = true`, `4`, seenArms},
		{`form.querySelector("[value='1']").click()`, `3`, seenArms},
		{`document.querySelector("#query1 [data-arm='0'] [data-document='1'] a").focus()`, `2`, `document.querySelectorAll("#query1 .marked").length`},
		{`document.activeElement.blur()`, `0`, `document.querySelectorAll("#query1 .marked").length`},
	} {
		tab.Do(browser.Script(`{ const form = document.querySelector(".tools"); ` + step.does + ` }`))
		if got := browser.Value[string](tab, `String(`+step.says+`)`); got != step.wants {
			t.Errorf("after %s: got %s, want %s", step.does, got, step.wants)
		}
	}
}

const (
	seenQueries = `[...document.querySelectorAll("details.query")].filter((q) => q.checkVisibility()).length`
	seenArms    = `[...document.querySelectorAll("#query1 [data-arm]")].filter((a) => a.checkVisibility()).length`
)

// Links reach documents within what is folded, and without JavaScript nothing is offered that does not work.
func TestBrowserFollowsLinksIntoWhatIsFolded(t *testing.T) {
	tab := browser.Open(t, browser.Phone, browser.Light)
	for _, script := range []bool{true, false} {
		tab.Do(scripts(script), chromedp.Navigate("about:blank"), chromedp.Navigate(address(t, sample(plain))+"#query2-document9"),
			scripts(true))
		tab.Wait(`document.querySelector("#query2-document9").checkVisibility()`)
		const elsewhere = `document.querySelector("#query1-document9").checkVisibility() + " " + document.querySelector(".tools").checkVisibility()`
		if got, want := browser.Value[string](tab, elsewhere), fmt.Sprintf("false %v", script); got != want {
			t.Errorf("with JavaScript %v: got %s, want %s", script, got, want)
		}
	}
}

// scripts lets a page's JavaScript run or not.
func scripts(run bool) chromedp.Action[chromedp.Void] {
	return browser.Call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
}
