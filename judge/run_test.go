package judge

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// reader is a judge without fault: the texts of testLists say their grade.
func reader(chat llmtest.Chat) string {
	grades := textGrade.FindAllStringSubmatch(chat.User(), -1)
	if strings.Contains(chat.User(), "Passage: ") {
		return fmt.Sprintf(`{"grade": %s}`, grades[0][1])
	}
	var members []string
	for i, grade := range grades {
		members = append(members, fmt.Sprintf(`"%s": %s`, letter(i), grade[1]))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

var textGrade = regexp.MustCompile(`flutter of (\d) wings`)

// testLists are queries with a document of each grade from 3 to 0.
func testLists(n int) []List {
	var lists []List
	for i := range n {
		list := List{Query: collection.Query{ID: fmt.Sprintf("q-%d", i), Text: fmt.Sprintf("what is known of case %d", i)}}
		for grade := 3; grade >= 0; grade-- {
			list.Documents = append(list.Documents, collection.Document{ID: fmt.Sprintf("doc-%d-%d", i, grade), Text: fmt.Sprintf("The flutter of %d wings in case %d.", grade, i)})
		}
		lists = append(lists, list)
	}
	return lists
}

func testJudge(t *testing.T, server http.Handler, opts Options) *Judge {
	t.Helper()
	return testJudgeWithin(t, server, opts, nil)
}

func testJudgeWithin(t *testing.T, server http.Handler, opts Options, budget *llm.Budget) *Judge {
	t.Helper()
	client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Budget: budget, Transport: llmtest.Transport(server)})
	if err != nil {
		t.Fatal(err)
	}
	j, err := New(t.Context(), client, opts)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func testLedger(t *testing.T) string { return filepath.Join(t.TempDir(), "judged.ledger.jsonl") }

// asked is how many chat requests a server has had.
func asked(server *llmtest.Server) int { return len(server.Chats()) }

// checkGrades wants every document of testLists graded as its text says.
func checkGrades(t *testing.T, lists []List, judged Judged) {
	t.Helper()
	for _, list := range lists {
		for _, document := range list.Documents {
			want := int(document.ID[len(document.ID)-1] - '0')
			if got, ok := judged.Grades[list.Query.ID][document.ID]; !ok || got != want {
				t.Fatalf("%s: want grade %d, got %d, %v; not graded: %v", document.ID, want, got, ok, judged.NotGraded)
			}
		}
	}
}

// TestRun: alone and in orders every document gets its grade, the requests are
// as many as they must be, and none betrays an ID.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		name     string
		opts     Options
		requests int64
	}{
		{"alone", Options{}, 24},
		{"one order", Options{Orders: 1}, 6},
		{"three orders", Options{Orders: 3}, 18},
		{"lists in parts", Options{Orders: 2, PromptTokens: 25}, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, lists := &llmtest.Server{Answer: reader}, testLists(6)
			j := testJudge(t, server, c.opts)
			var last Progress
			judged, err := j.Run(t.Context(), RunOptions{Lists: lists, Ledger: testLedger(t), Progress: func(p Progress) { last = p }})
			if err != nil {
				t.Fatal(err)
			}
			checkGrades(t, lists, judged)
			if judged.Cost.Requests != c.requests || last.Requests != c.requests || last.Of != c.requests || judged.Cost.PromptTokens == 0 {
				t.Errorf("want %d requests, got %+v, %+v", c.requests, judged.Cost, last)
			}
			for _, chat := range server.Chats() {
				if strings.Contains(chat.User(), "doc-") || strings.Contains(chat.User(), "q-") || *chat.Temperature != 0 {
					t.Fatalf("want no IDs and the likeliest answer, got %+v", chat)
				}
			}
			report := j.NewReport(lists, judged, judged.Grades, 0)
			if report.Graded != 24 || report.Agreement.QuadraticKappa != 1 || report.Agreement.Tau.Mean != 1 || report.Judge != "trec-dl.v1 by test-model" {
				t.Errorf("got %+v", report)
			}
			if c.opts.Orders > 0 && (report.Orders == nil || c.opts.Orders > 1 && report.Orders.Unanimous != 1) {
				t.Errorf("want all orders to agree, got %+v", report.Orders)
			}
		})
	}
}

// TestOrdersDiffer: a list is shown in different orders, and a judge that
// goes by the place alone is found out.
func TestOrdersDiffer(t *testing.T) {
	server := &llmtest.Server{Answer: func(chat llmtest.Chat) string { return `{"A": 3, "B": 2, "C": 1, "D": 0}` }}
	lists := testLists(10)
	j := testJudge(t, server, Options{Orders: 5, Seed: 3})
	judged, err := j.Run(t.Context(), RunOptions{Lists: lists, Ledger: testLedger(t)})
	if err != nil {
		t.Fatal(err)
	}
	report := j.NewReport(lists, judged, nil, 0)
	if report.Orders.Unanimous > 0.1 || report.Orders.Spread < 1.5 || report.Agreement != nil {
		t.Errorf("want hardly a document unanimous, got %+v", report.Orders)
	}
	seen := map[string]bool{}
	for _, chat := range server.Chats() {
		seen[chat.User()] = true
	}
	if len(seen) < 40 {
		t.Errorf("want hardly an order twice among 50, got %d different", len(seen))
	}
}

// TestResume: an interrupted run goes on, and asks nothing that was answered.
func TestResume(t *testing.T) {
	for _, opts := range []Options{{}, {Orders: 2}} {
		lists, ledger := testLists(10), testLedger(t)
		ctx, cancel := context.WithCancel(t.Context())
		var answers atomic.Int64
		first := &llmtest.Server{Answer: func(chat llmtest.Chat) string {
			if answers.Add(1) == 9 {
				cancel()
			}
			return reader(chat)
		}}
		if _, err := testJudge(t, first, opts).Run(ctx, RunOptions{Lists: lists, Ledger: ledger, Concurrency: 1}); err != context.Canceled {
			t.Fatalf("want the run cancelled, got %v", err)
		}
		second := &llmtest.Server{Answer: reader}
		judged, err := testJudge(t, second, opts).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
		if err != nil {
			t.Fatal(err)
		}
		checkGrades(t, lists, judged)
		if want := int(judged.Cost.Requests) - 8; asked(second) > want || asked(second) < want-1 {
			t.Errorf("want %d requests after 8 answers, or one less, got %d", want, asked(second))
		}
		third := &llmtest.Server{Answer: reader}
		again, err := testJudge(t, third, opts).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
		if err != nil || asked(third) != 0 || fmt.Sprint(again.Grades) != fmt.Sprint(judged.Grades) || again.Cost.Requests != judged.Cost.Requests {
			t.Errorf("want the same with nothing asked, got %d requests, %v", asked(third), err)
		}
	}
}

// TestOtherOptions: a ledger is of one run, and says what would be another.
func TestOtherOptions(t *testing.T) {
	lists, ledger := testLists(2), testLedger(t)
	begun := Options{Orders: 1, Seed: 1}
	if _, err := testJudge(t, &llmtest.Server{Answer: reader}, begun).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger}); err != nil {
		t.Fatal(err)
	}
	other := testLists(2)
	other[1].Documents[0].Text += " More."
	for _, c := range []struct {
		opts  Options
		model string
		lists []List
		want  string
	}{
		{Options{Orders: 2, Seed: 1}, "", lists, "orders 1, now 2"},
		{Options{Orders: 1, Seed: 2}, "", lists, "seed 1, now 2"},
		{Options{Orders: 1, Seed: 1, PromptTokens: 500}, "", lists, "prompt tokens 1500, now 500"},
		{begun, "other-model", lists, "model test-model, now other-model"},
		{begun, "", testLists(3), "pairs 8, now 12"},
		{begun, "", other, "other queries or documents"},
	} {
		server := &llmtest.Server{Answer: reader, Model: c.model}
		_, err := testJudge(t, server, c.opts).Run(t.Context(), RunOptions{Lists: c.lists, Ledger: ledger})
		if err == nil || !strings.Contains(err.Error(), "was begun with other options: "+c.want+";") || asked(server) != 0 {
			t.Errorf("want %q refused before anything is asked, got %v", c.want, err)
		}
	}
	changed := terms{Prompts: "trec-dl.v1", PromptSHA256: "aa"}.changes(terms{Prompts: "trec-dl.v1", PromptSHA256: "bb"})
	if len(changed) != 1 || changed[0] != "the text of prompts trec-dl.v1 has changed" {
		t.Errorf("got %v", changed)
	}
	changed = terms{Prompts: "trec-dl.v1", PromptSHA256: "aa"}.changes(terms{Prompts: "trec-dl.v2", PromptSHA256: "bb"})
	if len(changed) != 1 || changed[0] != "prompts trec-dl.v1, now trec-dl.v2" {
		t.Errorf("got %v", changed)
	}
}

// TestSecondRunLeaves: while one run holds the ledger another is refused, by the holder's process.
func TestSecondRunLeaves(t *testing.T) {
	lists, ledger := testLists(1), testLedger(t)
	var second error
	server := &llmtest.Server{}
	server.Answer = func(chat llmtest.Chat) string {
		if second == nil {
			_, second = testJudge(t, &llmtest.Server{Answer: reader}, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
		}
		return reader(chat)
	}
	if _, err := testJudge(t, server, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger, Concurrency: 1}); err != nil {
		t.Fatal(err)
	}
	if second == nil || !strings.Contains(second.Error(), "locked by process") {
		t.Errorf("want the second run refused, got %v", second)
	}
}

func TestDraw(t *testing.T) {
	lists := testLists(10)
	kept := Draw(lists, 14, 1)
	var pairs, whole int
	for _, list := range kept {
		pairs += len(list.Documents)
		if len(list.Documents) == 4 {
			whole++
		}
	}
	if pairs != 14 || len(kept) != 4 || whole != 3 {
		t.Errorf("want 3 whole lists and 2 documents of another, got %d lists, %d whole, %d pairs", len(kept), whole, pairs)
	}
	if fmt.Sprint(Draw(lists, 14, 1)) != fmt.Sprint(kept) || fmt.Sprint(Draw(lists, 14, 2)) == fmt.Sprint(kept) {
		t.Error("want the draw to depend on the seed alone")
	}
	if got := Draw(lists, 1000, 1); fmt.Sprint(got) != fmt.Sprint(lists) {
		t.Errorf("want all in their order, got %v", got)
	}
}

// TestLists: what the collection does not have is named.
func TestLists(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	err := collection.Write(dir, func(w *collection.Writer) error {
		for _, list := range testLists(2) {
			if err := w.Query(list.Query); err != nil {
				return err
			}
			for _, document := range list.Documents {
				if err := w.Document(document); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := Lists(c, map[string][]string{"q-1": {"doc-0-1", "doc-1-3", "doc-0-1"}, "q-0": {"doc-0-0"}})
	if err != nil || len(lists) != 2 || lists[0].Query.ID != "q-0" || len(lists[1].Documents) != 2 || lists[1].Documents[0].ID != "doc-0-1" {
		t.Errorf("want the collection's order and each document once, got %+v, %v", lists, err)
	}
	for want, documents := range map[string]map[string][]string{
		`document "none" (query "q-0") is not in `: {"q-0": {"none"}},
		`query "none" is not in `:                  {"none": {"doc-0-0"}},
	} {
		if _, err := Lists(c, documents); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if got := slices.Sorted(maps.Keys(JudgedDocuments(map[string]map[string]int{"q": {"a": 0, "b": 1}}))); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
