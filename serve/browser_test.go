package serve

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/gradus-ir/gradus/internal/browser"
)

// TestPage looks at the page as a person does, in one browser with a tab for each test.
func TestPage(t *testing.T) {
	in := browser.Start(t)
	for name, look := range map[string]func(*testing.T, browser.Browser){
		"searches": pageSearches, "shows grades": pageShowsGrades, "is not harmed": pageIsNotHarmed, "empty collection": pageOfAnEmptyCollection,
		"slow server": pageOfASlowServer, "busy server": pageOfABusyServer, "token": pageAsksForTheToken, "fits": pageFits,
		"report": pageShowsTheReport,
	} {
		t.Run(name, func(t *testing.T) { look(t, in) })
	}
}

// page is a tab with the server's page.
type page struct{ *browser.Tab }

func open(t testing.TB, in browser.Browser, window browser.Window, scheme string) page {
	t.Helper()
	return page{in.Open(t, window, scheme)}
}

// ready is a page that has learnt what it can offer.
func (b page) ready(url string) {
	b.Do(chromedp.Navigate(url))
	b.Wait("document.getElementById('about').textContent")
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
func (b page) ask(query string) {
	b.Do(browser.Script("document.getElementById('query').focus(); document.getElementById('query').select()"), chromedp.KeyEvent(query+"\r"))
}

// searchFor types a query as a person does, and waits for what is found.
func (b page) searchFor(query string) {
	b.ask(query)
	b.Wait(statusText + ".includes('documents in')")
}

// twoEncoders is a world whose page compares two.
func twoEncoders(t testing.TB) *world {
	w := newWorld(t, someDocuments)
	other := newFake()
	other.prompts = nil
	w.Retrievers = append(w.Retrievers, Retriever{Name: "other", Encoder: other, MaxLength: 64, Vectors: encodeAll(t, other, filepath.Join(t.TempDir(), "other"), someDocuments)})
	return w
}

func pageSearches(t *testing.T, in browser.Browser) {
	s := run(t, twoEncoders(t).Options)
	b := open(t, in, browser.Desktop, browser.Light)
	b.ready(s.url)
	if got := browser.Value[string](b.Tab, "document.getElementById('about').textContent"); got != "tiny: 6 documents, 3 queries" {
		t.Errorf("want the collection, got %q", got)
	}
	// From the keyboard alone: the shortcut, a query, the results, and why.
	b.Do(browser.Script("document.activeElement.blur()"), slash())
	if got := browser.Value[string](b.Tab, "document.activeElement.id + document.getElementById('query').value"); got != "query" {
		t.Errorf("want / to go to the query, and not into it, got %q", got)
	}
	b.Do(chromedp.KeyEvent("lift of a wing\r"))
	b.Wait(statusText + ".startsWith('6 and 6 documents in')")
	if got := browser.Value[[]string](b.Tab, "[...document.querySelectorAll('.column h2')].map(e => e.textContent)"); fmt.Sprint(got) != "[fake, vectors other, vectors]" {
		t.Errorf("want the two encoders side by side, got %q", got)
	}
	want := s.search(t, `{"query": "lift of a wing", "encoder": "other"}`)
	for i, got := range browser.Value[[]string](b.Tab, "[...document.querySelectorAll('#right-title + div .hits h3')].map(e => e.textContent)") {
		if title := want.Hits[i].Title; got != title && !(title == "" && got == want.Hits[i].DocID) {
			t.Errorf("rank %d: want %q, got %q", i+1, title, got)
		}
	}
	if got := browser.Value[int](b.Tab, "[...document.querySelectorAll('.hits mark')].filter(e => /^wings?$/i.test(e.textContent)).length"); got == 0 {
		t.Error("want the shared words marked")
	}
	b.Do(chromedp.Focus(chromedp.CSS(".hits button")), chromedp.KeyEvent(" "))
	b.Wait("document.querySelector('.hits .why table')")
	why := browser.Value[string](b.Tab, "document.querySelector('.hits .why').innerText")
	for _, part := range []string{"Shared with the query:", "Vectors: similarity", "lift", "The document"} {
		if !strings.Contains(why, part) {
			t.Errorf("want %q among the reasons, got %s", part, why)
		}
	}
	if got := browser.Value[string](b.Tab, "document.querySelector('.hits button').ariaExpanded"); got != "true" {
		t.Errorf("want the button to say that it is open, got %q", got)
	}
	b.Do(chromedp.KeyEvent(" "))
	b.Wait("document.querySelector('.hits .why').hidden")
	// Another system, by a click; then back.
	b.Do(chromedp.SetValue(chromedp.CSS("#right"), "hybrid:fake"), browser.Script("document.getElementById('right').dispatchEvent(new Event('change'))"))
	b.Wait("document.getElementById('right-title')?.textContent === 'fake, vectors and words' && " + statusText + ".includes('documents in')")
	b.Do(chromedp.Click(chromedp.CSS("#right-title + div .hits button")))
	b.Wait("document.querySelectorAll('#right-title + div .why table').length === 3")
	b.Do(chromedp.NavigateBack())
	b.Wait("document.getElementById('right-title')?.textContent === 'other, vectors' && document.getElementById('query').value === 'lift of a wing'")
}

func pageShowsGrades(t *testing.T, in browser.Browser) {
	s := run(t, twoEncoders(t).Options)
	b := open(t, in, browser.Phone, browser.Dark)
	b.ready(s.url)
	b.Do(chromedp.Click(chromedp.CSS("#picker > summary")), chromedp.WaitVisible(chromedp.CSS("#queries button")))
	b.Do(chromedp.SendKeys(chromedp.CSS("#contains"), "lift"))
	b.Wait("document.querySelectorAll('#queries button').length === 1")
	b.Do(chromedp.Click(chromedp.CSS("#queries button")))
	b.Wait("!document.getElementById('graded').hidden")
	if got := browser.Value[string](b.Tab, "document.getElementById('graded-title').textContent"); got != "Graded for this query in test: 3" {
		t.Errorf("want the graded documents, got %q", got)
	}
	if got := browser.Value[[]string](b.Tab, "[...document.querySelectorAll('#graded-list .grade')].map(e => e.textContent)"); fmt.Sprint(got) != "[grade 3 grade 2 grade 1]" {
		t.Errorf("want them best first, got %q", got)
	}
	if got := browser.Value[[]string](b.Tab, "[...document.querySelectorAll('#left-title + div .hits .grade')].map(e => e.textContent).sort()"); fmt.Sprint(got) != "[grade 1 grade 3]" {
		t.Errorf("want the grades at the results, got %q", got)
	}
	// The link holds the query: loaded again, the page is the same.
	b.Do(chromedp.Reload())
	b.Wait("document.getElementById('graded-title').textContent === 'Graded for this query in test: 3'")
	b.Screenshot("grades")
}

// What a corpus has is text and nothing else.
func pageIsNotHarmed(t *testing.T, in browser.Browser) {
	s := run(t, twoEncoders(t).Options)
	b := open(t, in, browser.Desktop, browser.Light)
	b.ready(s.url)
	b.searchFor("<img src=x onerror='window.harmed=1'> wing")
	titles := browser.Value[[]string](b.Tab, "[...document.querySelectorAll('.hits h3')].map(e => e.textContent)")
	if !strings.Contains(strings.Join(titles, "\n"), "<script>window.harmed = 1</script>") {
		t.Fatalf("want the hostile document as it is written, got %q", titles)
	}
	for i := range browser.Value[int](b.Tab, "document.querySelectorAll('.hits button').length") {
		b.Do(browser.Script(fmt.Sprintf("document.querySelectorAll('.hits button')[%d].click()", i)))
	}
	b.Wait("[...document.querySelectorAll('.why')].every(e => e.querySelector('.whole'))")
	if browser.Value[bool](b.Tab, "'harmed' in window || document.querySelectorAll('main img, main script').length > 0") {
		t.Error("want nothing of the corpus to run")
	}
	// Nor of a link.
	b.ready(s.url + "/?q=%3Cscript%3Ewindow.harmed%3D1%3C%2Fscript%3E&id=%3Cimg%20src%3Dx%3E&left=%22%3E%3Cscript%3E&k=%3C")
	b.Wait("document.querySelector('.column .fault')")
	if got := browser.Value[string](b.Tab, "document.querySelector('.column .fault').textContent"); got != `no query "<img src=x>" in the collection` {
		t.Errorf("want the refusal, got %q", got)
	}
	if browser.Value[bool](b.Tab, "'harmed' in window") {
		t.Error("want nothing of the link to run")
	}
}

func pageOfAnEmptyCollection(t *testing.T, in browser.Browser) {
	s := run(t, newWorld(t, nil).Options)
	b := open(t, in, browser.Phone, browser.Light)
	b.ready(s.url)
	b.ask("wing")
	b.Wait(statusText + ".startsWith('0 documents in')")
	if got := browser.Value[string](b.Tab, "document.getElementById('columns').innerText"); !strings.HasSuffix(got, "Nothing found.") {
		t.Errorf("want it said, got %q", got)
	}
}

func pageOfASlowServer(t *testing.T, in browser.Browser) {
	w := twoEncoders(t)
	s := run(t, w.Options)
	b := open(t, in, browser.Desktop, browser.Light)
	b.ready(s.url)
	eventually(t, "it warm", func() bool { return s.cold.Load() == 0 })
	gate := w.fake.hold()
	b.ask("heat")
	b.Wait("document.querySelectorAll('#right-title + div .hits li').length === 6") // the quick one does not wait for the slow one
	if browser.Value[string](b.Tab, "document.querySelector('#left-title').parentElement.getAttribute('aria-busy')") != "true" {
		t.Error("want the slow one to say that it is busy")
	}
	b.Wait(statusText + ".startsWith('Still searching.')")
	b.Do(chromedp.Click(chromedp.CSS("#stop")))
	b.Wait(statusText + " === 'Stopped.' && document.getElementById('stop').hidden")
	// A later search takes over: the earlier one's answer is not shown.
	b.ask("heat")
	b.Wait("!document.getElementById('stop').hidden")
	b.ask("boundary layer")
	close(gate)
	b.Wait(statusText + ".startsWith('6 and 6 documents in')")
	if got := browser.Value[string](b.Tab, "document.querySelector('#left-title + div .hits h3').textContent"); got != "Boundary layers" {
		t.Errorf("want the later search's result, got %q", got)
	}
}

func pageOfABusyServer(t *testing.T, in browser.Browser) {
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
	b := open(t, in, browser.Desktop, browser.Light)
	b.ready(s.url)
	b.ask("heat")
	b.Wait("document.querySelector('#left-title + div .fault')?.textContent === 'The server is busy; try again in 1 s.'")
	close(gate)
	<-filled
}

func pageAsksForTheToken(t *testing.T, in browser.Browser) {
	w := twoEncoders(t)
	w.Token = token
	s := run(t, w.Options)
	b := open(t, in, browser.Phone, browser.Light)
	b.Do(chromedp.Navigate(s.url), chromedp.WaitVisible(chromedp.CSS("#token")), chromedp.SendKeys(chromedp.CSS("#token"), "wrong\r"))
	b.Wait("document.getElementById('login-fault').textContent === 'That is not the token.'")
	b.Screenshot("token")
	b.Do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.Wait("document.getElementById('about').textContent")
	b.searchFor("wing")
	if got := browser.Value[string](b.Tab, "document.cookie"); got != "" {
		t.Errorf("want no cookie that a script reads, got %q", got)
	}
}

// On a phone and on a desk, light and dark: nothing runs over the side, what
// can be used has a name, and text stands out from its ground.
func pageFits(t *testing.T, in browser.Browser) {
	s := run(t, twoEncoders(t).Options)
	for _, window := range []browser.Window{browser.Phone, browser.Desktop} {
		for _, scheme := range []string{browser.Light, browser.Dark} {
			b := open(t, in, window, scheme)
			b.ready(s.url + "/?q=lift+of+wings&id=q1&qrels=test&left=dense%3Afake&right=hybrid%3Afake")
			b.Wait(statusText + ".includes('documents in')")
			b.Do(chromedp.Click(chromedp.CSS("#right-title + div .hits button")))
			b.Wait("document.querySelector('.why .whole')")
			if got := b.Faults(); len(got) > 0 {
				t.Errorf("%s, %s: want no fault, got %q", window.Name, scheme, got)
			}
			b.Screenshot(window.Name + "-" + scheme)
		}
	}
}

// The experiment's report is a click away; its own script runs, and reaches nothing of the page's.
func pageShowsTheReport(t *testing.T, in browser.Browser) {
	w := twoEncoders(t)
	w.Report = fstest.MapFS{"report.html": {Data: []byte("<!doctype html><h1>nDCG@10</h1><script>document.title = 'ran: ' + document.querySelector('h1').textContent</script>")}}
	s := run(t, w.Options)
	b := open(t, in, browser.Phone, browser.Light)
	b.ready(s.url)
	b.Wait("document.getElementById('report').checkVisibility()")
	b.Do(chromedp.Click(chromedp.CSS("#report")))
	b.Wait("document.title === 'ran: nDCG@10'")
	if got := browser.Value[string](b.Tab, "try { document.cookie } catch (fault) { fault.name }"); got != "SecurityError" {
		t.Errorf("want the report kept from the page's cookie, got %q", got)
	}
}
