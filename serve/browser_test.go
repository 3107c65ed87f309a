package serve

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is the browser to test in: $GRADUS_CHROMIUM, else what is on the path.
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

// browser is a tab. What goes wrong in it, an exception or something that the
// page's policy stopped, fails the test.
type browser struct {
	t   testing.TB
	ctx context.Context
	mu  sync.Mutex
	bad []string
}

// size of a window.
type size struct {
	name          string
	width, height int64
}

var (
	phone   = size{"phone", 390, 844}
	desktop = size{"desktop", 1280, 900}
)

// TestPage looks at the page as a person does, in one browser with a tab for each test.
func TestPage(t *testing.T) {
	ctx, end := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox)...)
	t.Cleanup(end)
	ctx, end = chromedp.NewContext(ctx)
	t.Cleanup(end)
	check(t, chromedp.Do(ctx)) // starts it
	for name, look := range map[string]func(*testing.T, tabs){
		"searches": pageSearches, "shows grades": pageShowsGrades, "is not harmed": pageIsNotHarmed, "empty collection": pageOfAnEmptyCollection,
		"slow server": pageOfASlowServer, "busy server": pageOfABusyServer, "token": pageAsksForTheToken, "fits": pageFits,
	} {
		t.Run(name, func(t *testing.T) { look(t, tabs{ctx}) })
	}
}

// tabs opens them in one browser.
type tabs struct{ browser context.Context }

func (o tabs) open(t testing.TB, window size, scheme string) *browser {
	t.Helper()
	ctx, end := chromedp.NewContext(o.browser)
	t.Cleanup(end)
	b := &browser{t: t, ctx: ctx}
	check(t, chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.bad = append(b.bad, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // a refusal is no fault of the page
				b.bad = append(b.bad, e.Entry.Text)
			}
		}
	}))
	b.ctx, end = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(end)
	var mobile []chromedp.EmulateViewportOption
	if window == phone {
		mobile = append(mobile, chromedp.EmulateMobile)
	}
	b.do(chromedp.EmulateViewport(window.width, window.height, mobile...), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.bad) > 0 {
			t.Errorf("want no fault in the browser, got %q", b.bad)
		}
	})
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	check(b.t, chromedp.Do(b.ctx, steps...))
}

// script runs in the page for what it does there.
func script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](text)
}

// value evaluates an expression in the page.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	check(b.t, err)
	return got
}

// wait waits until an expression holds in the page.
func (b *browser) wait(expression string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool]("Boolean("+expression+")", chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(30*time.Second))); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
		b.t.Fatalf("want %s, got %v on the page:\n%s", expression, err, text)
	}
}

// ready is a page that has learnt what it can offer.
func (b *browser) ready(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
	b.wait("document.getElementById('about').textContent")
}

const statusText = "document.getElementById('status').textContent"

// slash presses the key as a keyboard does: what the page does with it decides whether it types anything.
func slash() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			p := input.DispatchKeyEventParams{Type: kind, Key: "/", Code: "Slash", WindowsVirtualKeyCode: 191}
			if kind == input.DispatchKeyEventTypeKeyDown {
				p.Text = "/"
			}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// ask types a query in the place of what is there.
func (b *browser) ask(query string) {
	b.t.Helper()
	b.do(script("document.getElementById('query').focus(); document.getElementById('query').select()"), chromedp.KeyEvent(query+"\r"))
}

// searchFor types a query as a person does, and waits for what is found.
func (b *browser) searchFor(query string) {
	b.t.Helper()
	b.ask(query)
	b.wait(statusText + ".includes('documents in')")
}

// screenshot goes to the folder of $GRADUS_SCREENSHOTS, for people to look at.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("GRADUS_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	check(b.t, err)
	check(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666))
}

// twoEncoders is a world whose page compares two.
func twoEncoders(t testing.TB) *world {
	w := newWorld(t, someDocuments)
	other := newFake()
	other.prompts = nil
	w.Retrievers = append(w.Retrievers, Retriever{Name: "other", Encoder: other, MaxLength: 64, Vectors: encodeAll(t, other, filepath.Join(t.TempDir(), "other"), someDocuments)})
	return w
}

func pageSearches(t *testing.T, in tabs) {
	s := run(t, twoEncoders(t).Options)
	b := in.open(t, desktop, "light")
	b.ready(s.url)
	if got := value[string](b, "document.getElementById('about').textContent"); got != "tiny: 6 documents, 3 queries" {
		t.Errorf("want the collection, got %q", got)
	}
	// From the keyboard alone: the shortcut, a query, the results, and why.
	b.do(script("document.activeElement.blur()"), slash())
	if got := value[string](b, "document.activeElement.id + document.getElementById('query').value"); got != "query" {
		t.Errorf("want / to go to the query, and not into it, got %q", got)
	}
	b.do(chromedp.KeyEvent("lift of a wing\r"))
	b.wait(statusText + ".startsWith('6 and 6 documents in')")
	if got := value[[]string](b, "[...document.querySelectorAll('.column h2')].map(e => e.textContent)"); fmt.Sprint(got) != "[fake, vectors other, vectors]" {
		t.Errorf("want the two encoders side by side, got %q", got)
	}
	want := s.search(t, `{"query": "lift of a wing", "encoder": "other"}`)
	for i, got := range value[[]string](b, "[...document.querySelectorAll('#right-title + div .hits h3')].map(e => e.textContent)") {
		if title := want.Hits[i].Title; got != title && !(title == "" && got == want.Hits[i].DocID) {
			t.Errorf("rank %d: want %q, got %q", i+1, title, got)
		}
	}
	if got := value[int](b, "[...document.querySelectorAll('.hits mark')].filter(e => /^wings?$/i.test(e.textContent)).length"); got == 0 {
		t.Error("want the shared words marked")
	}
	b.do(chromedp.Focus(chromedp.CSS(".hits button")), chromedp.KeyEvent(" "))
	b.wait("document.querySelector('.hits .why table')")
	why := value[string](b, "document.querySelector('.hits .why').innerText")
	for _, part := range []string{"Shared with the query:", "Vectors: similarity", "lift", "The document"} {
		if !strings.Contains(why, part) {
			t.Errorf("want %q among the reasons, got %s", part, why)
		}
	}
	if got := value[string](b, "document.querySelector('.hits button').ariaExpanded"); got != "true" {
		t.Errorf("want the button to say that it is open, got %q", got)
	}
	b.do(chromedp.KeyEvent(" "))
	b.wait("document.querySelector('.hits .why').hidden")
	// Another system, by a click; then back.
	b.do(chromedp.SetValue(chromedp.CSS("#right"), "hybrid:fake"), script("document.getElementById('right').dispatchEvent(new Event('change'))"))
	b.wait("document.getElementById('right-title')?.textContent === 'fake, vectors and words' && " + statusText + ".includes('documents in')")
	b.do(chromedp.Click(chromedp.CSS("#right-title + div .hits button")))
	b.wait("document.querySelectorAll('#right-title + div .why table').length === 3")
	b.do(chromedp.NavigateBack())
	b.wait("document.getElementById('right-title')?.textContent === 'other, vectors' && document.getElementById('query').value === 'lift of a wing'")
}

func pageShowsGrades(t *testing.T, in tabs) {
	s := run(t, twoEncoders(t).Options)
	b := in.open(t, phone, "dark")
	b.ready(s.url)
	b.do(chromedp.Click(chromedp.CSS("#picker > summary")), chromedp.WaitVisible(chromedp.CSS("#queries button")))
	b.do(chromedp.SendKeys(chromedp.CSS("#contains"), "lift"))
	b.wait("document.querySelectorAll('#queries button').length === 1")
	b.do(chromedp.Click(chromedp.CSS("#queries button")))
	b.wait("!document.getElementById('graded').hidden")
	if got := value[string](b, "document.getElementById('graded-title').textContent"); got != "Graded for this query in test: 3" {
		t.Errorf("want the graded documents, got %q", got)
	}
	if got := value[[]string](b, "[...document.querySelectorAll('#graded-list .grade')].map(e => e.textContent)"); fmt.Sprint(got) != "[grade 3 grade 2 grade 1]" {
		t.Errorf("want them best first, got %q", got)
	}
	if got := value[[]string](b, "[...document.querySelectorAll('#left-title + div .hits .grade')].map(e => e.textContent).sort()"); fmt.Sprint(got) != "[grade 1 grade 3]" {
		t.Errorf("want the grades at the results, got %q", got)
	}
	// The link holds the query: loaded again, the page is the same.
	b.do(chromedp.Reload())
	b.wait("document.getElementById('graded-title').textContent === 'Graded for this query in test: 3'")
	b.screenshot("grades")
}

// What a corpus has is text and nothing else.
func pageIsNotHarmed(t *testing.T, in tabs) {
	s := run(t, twoEncoders(t).Options)
	b := in.open(t, desktop, "light")
	b.ready(s.url)
	b.searchFor("<img src=x onerror='window.harmed=1'> wing")
	titles := value[[]string](b, "[...document.querySelectorAll('.hits h3')].map(e => e.textContent)")
	if !strings.Contains(strings.Join(titles, "\n"), "<script>window.harmed = 1</script>") {
		t.Fatalf("want the hostile document as it is written, got %q", titles)
	}
	for i := range value[int](b, "document.querySelectorAll('.hits button').length") {
		b.do(script(fmt.Sprintf("document.querySelectorAll('.hits button')[%d].click()", i)))
	}
	b.wait("[...document.querySelectorAll('.why')].every(e => e.querySelector('.whole'))")
	if value[bool](b, "'harmed' in window || document.querySelectorAll('main img, main script').length > 0") {
		t.Error("want nothing of the corpus to run")
	}
	// Nor of a link.
	b.ready(s.url + "/?q=%3Cscript%3Ewindow.harmed%3D1%3C%2Fscript%3E&id=%3Cimg%20src%3Dx%3E&left=%22%3E%3Cscript%3E&k=%3C")
	b.wait("document.querySelector('.column .fault')")
	if got := value[string](b, "document.querySelector('.column .fault').textContent"); got != `no query "<img src=x>" in the collection` {
		t.Errorf("want the refusal, got %q", got)
	}
	if value[bool](b, "'harmed' in window") {
		t.Error("want nothing of the link to run")
	}
}

func pageOfAnEmptyCollection(t *testing.T, in tabs) {
	s := run(t, newWorld(t, nil).Options)
	b := in.open(t, phone, "light")
	b.ready(s.url)
	b.ask("wing")
	b.wait(statusText + ".startsWith('0 documents in')")
	if got := value[string](b, "document.getElementById('columns').innerText"); !strings.HasSuffix(got, "Nothing found.") {
		t.Errorf("want it said, got %q", got)
	}
}

func pageOfASlowServer(t *testing.T, in tabs) {
	w := twoEncoders(t)
	s := run(t, w.Options)
	b := in.open(t, desktop, "light")
	b.ready(s.url)
	eventually(t, "it warm", func() bool { return s.cold.Load() == 0 })
	gate := w.fake.hold()
	b.ask("heat")
	b.wait("document.querySelectorAll('#right-title + div .hits li').length === 6") // the quick one does not wait for the slow one
	if value[string](b, "document.querySelector('#left-title').parentElement.getAttribute('aria-busy')") != "true" {
		t.Error("want the slow one to say that it is busy")
	}
	b.wait(statusText + ".startsWith('Still searching.')")
	b.do(chromedp.Click(chromedp.CSS("#stop")))
	b.wait(statusText + " === 'Stopped.' && document.getElementById('stop').hidden")
	// A later search takes over: the earlier one's answer is not shown.
	b.ask("heat")
	b.wait("!document.getElementById('stop').hidden")
	b.ask("boundary layer")
	close(gate)
	b.wait(statusText + ".startsWith('6 and 6 documents in')")
	if got := value[string](b, "document.querySelector('#left-title + div .hits h3').textContent"); got != "Boundary layers" {
		t.Errorf("want the later search's result, got %q", got)
	}
}

func pageOfABusyServer(t *testing.T, in tabs) {
	w := twoEncoders(t)
	w.Limits = Limits{BatchTokens: 64, QueueTokens: 64}
	s := run(t, w.Options)
	eventually(t, "it warm", func() bool { return s.cold.Load() == 0 })
	gate := w.fake.hold()
	filled := make(chan reply, 1)
	go func() {
		got, _ := s.try(t.Context(), "/v1/embeddings", `{"input": "`+strings.Repeat("x ", 62)+`"}`)
		filled <- got
	}()
	eventually(t, "a full queue", func() bool { return s.arms[0].batcher.queued.Load() == 64 })
	b := in.open(t, desktop, "light")
	b.ready(s.url)
	b.ask("heat")
	b.wait("document.querySelector('#left-title + div .fault')?.textContent === 'The server is busy; try again in 1 s.'")
	close(gate)
	<-filled
}

func pageAsksForTheToken(t *testing.T, in tabs) {
	w := twoEncoders(t)
	w.Token = token
	s := run(t, w.Options)
	b := in.open(t, phone, "light")
	b.do(chromedp.Navigate(s.url), chromedp.WaitVisible(chromedp.CSS("#token")), chromedp.SendKeys(chromedp.CSS("#token"), "wrong\r"))
	b.wait("document.getElementById('login-fault').textContent === 'That is not the token.'")
	b.screenshot("token")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.wait("document.getElementById('about').textContent")
	b.searchFor("wing")
	if got := value[string](b, "document.cookie"); got != "" {
		t.Errorf("want no cookie that a script reads, got %q", got)
	}
}

// On a phone and on a desk, light and dark: nothing runs over the side, what
// can be used has a name, and text stands out from its ground.
func pageFits(t *testing.T, in tabs) {
	s := run(t, twoEncoders(t).Options)
	for _, window := range []size{phone, desktop} {
		for _, scheme := range []string{"light", "dark"} {
			b := in.open(t, window, scheme)
			b.ready(s.url + "/?q=lift+of+wings&id=q1&qrels=test&left=dense%3Afake&right=hybrid%3Afake")
			b.wait(statusText + ".includes('documents in')")
			b.do(chromedp.Click(chromedp.CSS("#right-title + div .hits button")))
			b.wait("document.querySelector('.why .whole')")
			where := window.name + ", " + scheme
			if got := value[int64](b, "document.documentElement.scrollWidth"); got > window.width {
				t.Errorf("%s: want it %d wide, got %d", where, window.width, got)
			}
			if got := value[[]string](b, nameless); len(got) > 0 {
				t.Errorf("%s: want a name for each control, got none for %q", where, got)
			}
			if got := value[[]string](b, pale); len(got) > 0 {
				t.Errorf("%s: want a contrast of 4.5, got %q", where, got)
			}
			b.screenshot(window.name + "-" + scheme)
		}
	}
}

// nameless lists the controls that a screen reader has no name for.
const nameless = `[...document.querySelectorAll("button, input, select, a, summary")].filter(e =>
	!e.hidden && !(e.ariaLabel || e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)`

// pale lists texts too near in brightness to what lies behind them, by WCAG's formula.
const pale = `(() => {
	const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
	const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
	const light = (color) => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => {
		const x = rgb(color)[i] / 255;
		return sum + share * (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
	}, 0);
	const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] === 255) return c; } return "white"; };
	const shown = [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
	return shown.filter(e => {
		const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
		return (a + 0.05) / (b + 0.05) < 4.5;
	}).map(e => e.className + " " + e.tagName + " " + e.textContent.slice(0, 30));
})()`
