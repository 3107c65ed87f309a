// Package browser is Chromium for the tests of pages: a tab of some size and
// scheme, what it evaluates, and what is wrong with a page for those who see
// little, use a keyboard or hold a phone.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Window is the size of a tab, in CSS pixels.
type Window struct {
	Name          string
	Width, Height int64
}

// The windows that pages are tested in.
var (
	Phone   = Window{"phone", 390, 844}
	Desktop = Window{"desktop", 1280, 900}
)

// The schemes that pages are tested in.
const (
	Light = "light"
	Dark  = "dark"
)

// Browser is a Chromium of a test's own, for one tab after another.
type Browser struct{ ctx context.Context }

// Start starts the browser that GRADUS_CHROMIUM names, else one on the path, and
// skips the test where there is none. It ends with the test.
func Start(t testing.TB) Browser {
	t.Helper()
	ctx, end := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox)...)
	t.Cleanup(end)
	ctx, end = chromedp.NewContext(ctx)
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil { // starts it
		t.Fatal(err)
	}
	return Browser{ctx}
}

// Tab is one page. What goes wrong in it, an exception or something that the
// page's policy stopped, fails the test.
type Tab struct {
	t   testing.TB
	ctx context.Context
	mu  sync.Mutex
	bad []string
}

// Open starts a browser for one tab.
func Open(t testing.TB, window Window, scheme string) *Tab {
	t.Helper()
	return Start(t).Open(t, window, scheme)
}

// Open opens a tab, which the test's end closes.
func (b Browser) Open(t testing.TB, window Window, scheme string) *Tab {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	t.Cleanup(end)
	tab := &Tab{t: t}
	if err := chromedp.Listen(ctx, tab.hear); err != nil {
		t.Fatal(err)
	}
	tab.ctx, end = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(end)
	tab.Do(Call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	tab.Show(window, scheme)
	t.Cleanup(func() {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		if len(tab.bad) > 0 {
			t.Errorf("want no fault in the browser, got %q", tab.bad)
		}
	})
	return tab
}

func chromium(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("GRADUS_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium on the path, and GRADUS_CHROMIUM is not set")
	return ""
}

func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		tab.bad = append(tab.bad, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // a refusal is no fault of the page
			tab.bad = append(tab.bad, e.Entry.Text)
		}
	}
}

// Show changes the tab's window and scheme.
func (tab *Tab) Show(window Window, scheme string) {
	tab.t.Helper()
	var mobile []chromedp.EmulateViewportOption
	if window == Phone {
		mobile = append(mobile, chromedp.EmulateMobile)
	}
	tab.Do(chromedp.EmulateViewport(window.Width, window.Height, mobile...), Call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}))
}

// Call is a command of the DevTools protocol whose answer does not matter.
func Call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// Script runs in the page for what it does there.
func Script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](text)
}

// Do takes steps and fails the test where one fails.
func (tab *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}

// Value is what an expression comes to in the page.
func Value[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	got, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatalf("%.200s: %v", expression, err)
	}
	return got
}

// Wait waits until an expression holds in the page.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	poll := chromedp.Poll[bool]("Boolean("+expression+")", chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(30*time.Second))
	_, err := chromedp.Run(tab.ctx, poll)
	for tries := 0; err != nil && strings.Contains(err.Error(), "navigated") && tries < 10; tries++ {
		_, err = chromedp.Run(tab.ctx, poll) // the page that was asked made room for the one that is waited for
	}
	if err != nil {
		text, _ := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("document.body.innerText"))
		tab.t.Fatalf("want %s, got %v on the page:\n%s", expression, err, text)
	}
}

// Screenshot leaves a picture of the whole page in the folder of GRADUS_SCREENSHOTS, for people to look at.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	dir := os.Getenv("GRADUS_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666)
	}
	if err != nil {
		tab.t.Fatal(err)
	}
}
