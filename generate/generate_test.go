package generate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
	"github.com/gradus-ir/gradus/trec"
)

// prose is a text that passes the checks and depends on the request alone.
func prose(random *rand.Rand, words int) string {
	syllables := []string{"ka", "lo", "mi", "ren", "sto", "vel", "tur", "ash", "ni", "bra"}
	var text strings.Builder
	for i := range words {
		word := syllables[random.IntN(10)] + syllables[random.IntN(10)]
		switch {
		case i%10 == 0:
			word = strings.ToUpper(word[:1]) + word[1:]
		case i%10 == 9:
			word += "."
		}
		text.WriteString(word + " ")
	}
	return text.String() + "End."
}

// writer answers as a middling model does: mostly well, sometimes not, and
// always the same way to the same request.
func writer(chat llmtest.Chat) string {
	hash := fnv.New64a()
	fmt.Fprint(hash, chat.User(), *chat.Seed, chat.ResponseFormat != nil)
	random := rand.New(rand.NewPCG(hash.Sum64(), 1))
	text := prose(random, 70)
	switch random.IntN(12) {
	case 0:
		return "I'm sorry, but I cannot help with that."
	case 1:
		return "Too short."
	case 2:
		text = "Here is a paragraph of about 70 words:\n\n\"" + text + "\"\n\nLet me know if you need more!"
	case 3:
		return ""
	}
	if strings.Contains(chat.User(), "Write the topic only") {
		text = strings.Join(strings.Fields(text)[:4], " ")
	}
	rungs := strings.Count(string(chat.ResponseFormat), `"grade_`) / 2 // in the properties and among the required
	switch {
	case rungs > 0:
		answer := map[string]string{}
		for _, grade := range []int{3, 2, 1, 0} {
			answer[fmt.Sprintf("grade_%d", grade)] = prose(random, 70)
		}
		data, _ := json.Marshal(answer)
		return string(data)
	case chat.ResponseFormat != nil:
		data, _ := json.Marshal(map[string]string{"text": text})
		return string(data)
	case strings.Contains(chat.User(), "Begin each with its grade"):
		text = "Here they are:\n\n"
		for _, grade := range []int{3, 2, 1, 0} {
			text += fmt.Sprintf("**%d:** %s\n\n", grade, prose(random, 70))
		}
	}
	return text
}

func testQueries(n int) []collection.Query {
	var queries []collection.Query
	for i := range n {
		topic := []string{"turbulent boundary layers", "buckling of cylinders", "heat transfer at re-entry", "supersonic flutter"}[i%4]
		queries = append(queries, collection.Query{ID: fmt.Sprint(i + 1), Text: fmt.Sprintf("what is known about %s in case %d .", topic, i+1)})
	}
	return queries
}

func testOptions(t *testing.T, server *llmtest.Server, queries int) Options {
	t.Helper()
	client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "test-model", Transport: llmtest.Transport(server)})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Out: filepath.Join(t.TempDir(), "out"), Queries: testQueries(queries), LLM: client, Seed: 7}
}

// files are what a run leaves, but for the ledger, whose order is that of the
// answers, and the time in the manifest.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == LedgerName {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		if name == "manifest.json" {
			var m durable.Manifest
			if err := json.Unmarshal(text, &m); err != nil {
				return err
			}
			m.Created = time.Time{}
			text, err = json.Marshal(m)
		}
		found[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGenerate(t *testing.T) {
	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 30)
	var last Progress
	opts.Progress = func(p Progress) { last = p }
	summary, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Documents < 110 || summary.Lists+summary.Partial != 30 || summary.Stopped != "" || summary.Model != "test-model" {
		t.Errorf("got %+v", summary)
	}
	var left int64
	for _, n := range summary.LeftOut {
		left += n
	}
	if summary.Documents+left != 120 {
		t.Errorf("want 120 documents written or left out, got %d and %d", summary.Documents, left)
	}
	if last.Queries != 30 || last.Documents != summary.Documents || last.Tokens != summary.Usage.Tokens() {
		t.Errorf("want the last progress to be of the whole, got %+v", last)
	}
	if int64(len(server.Chats())) != summary.Requests {
		t.Errorf("want %d requests, got %d", summary.Requests, len(server.Chats()))
	}

	c, err := collection.Open(opts.Out)
	if err != nil {
		t.Fatal(err)
	}
	qrels, err := trec.ReadQrels(c.QrelsPath("train"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for doc, err := range c.Documents() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		query, grade, _ := strings.Cut(doc.ID, "-")
		if fmt.Sprint(qrels[query][doc.ID]) != grade {
			t.Errorf("%s: want grade %s, got %d", doc.ID, grade, qrels[query][doc.ID])
		}
		if words := countWords(doc.Text); words < leastWords/2 || words > 2*mostWords || !strings.HasSuffix(doc.Text, ".") || strings.Contains(doc.Text, "Here is") {
			t.Errorf("%s: got %q", doc.ID, doc.Text)
		}
	}
	if int64(n) != summary.Documents {
		t.Errorf("want %d documents in the corpus, got %d", summary.Documents, n)
	}
}

// TestOrderOfAnswersIsNoMatter: concurrency and the server's pace change nothing.
func TestOrderOfAnswersIsNoMatter(t *testing.T) {
	var want map[string]string
	for _, concurrency := range []int{1, 3, 64} {
		slow := func(chat llmtest.Chat) string {
			time.Sleep(rand.N(2 * time.Millisecond))
			return writer(chat)
		}
		opts := testOptions(t, &llmtest.Server{Answer: slow}, 20)
		opts.Concurrency = concurrency
		if _, err := Generate(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		got := files(t, opts.Out)
		if want == nil {
			want = got
		}
		same(t, want, got)
	}
}

func same(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs:\n%.500s\n%.500s", name, want[name], got[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("want %d files, got %d", len(want), len(got))
	}
}

// TestResume interrupts runs at random points, several times each, until one
// gets through: its files are those of a run that was never interrupted, and
// no confirmed answer was asked for again.
func TestResume(t *testing.T) {
	whole := testOptions(t, &llmtest.Server{Answer: writer}, 12)
	uninterrupted, err := Generate(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	want := files(t, whole.Out)
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 2))
		opts := testOptions(t, nil, 12)
		opts.Concurrency = 1 + random.IntN(8)
		var servers []*llmtest.Server // one a run: an interrupted one may still be at work
		interruptions := 0
		for {
			ctx, cancel := context.WithCancel(t.Context())
			asked := random.IntN(30)
			server := &llmtest.Server{Answer: func(chat llmtest.Chat) string {
				if asked--; asked <= 0 {
					cancel()
				}
				return writer(chat)
			}}
			servers = append(servers, server)
			opts.LLM = testOptionsLLM(t, &oneAtATime{server: server})
			_, err := Generate(ctx, opts)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if interruptions++; interruptions > 200 {
				t.Fatal("no progress")
			}
			if _, err := os.Stat(filepath.Join(opts.Out, "corpus.jsonl")); err == nil {
				t.Fatal("want only the ledger while a run is under way, got a corpus")
			}
		}
		same(t, want, files(t, opts.Out))
		// At most the requests in flight at an interruption are asked again.
		most := int(uninterrupted.Requests) + interruptions*opts.Concurrency
		n := 0
		for _, server := range servers {
			n += len(server.Chats())
		}
		if n > most {
			t.Errorf("want at most %d requests with %d interruptions, got %d", most, interruptions, n)
		}
	}
}

func TestDoneRunAsksNothing(t *testing.T) {
	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 5)
	first, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	want, asked := files(t, opts.Out), len(server.Chats())
	second, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(server.Chats()); n != asked {
		t.Errorf("want nothing asked again, got %d requests", n-asked)
	}
	if first.Documents != second.Documents || first.Usage != second.Usage {
		t.Errorf("want the same summary, got %+v and %+v", first, second)
	}
	same(t, want, files(t, opts.Out))
}

func TestChangedOptionsAreSaid(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 3)
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Options){
		"seed 7, now 8":                                 func(o *Options) { o.Seed = 8 },
		"grades [3 2 1 0], now [3 0]":                   func(o *Options) { o.Grades = []int{3, 0} },
		"other queries":                                 func(o *Options) { o.Queries = testQueries(4) },
		"answers json, now plain":                       func(o *Options) { o.Answers = AnswersPlain },
		"attempts 3, now 5":                             func(o *Options) { o.Attempts = 5 },
		"model test-model, now test-model-large":        func(o *Options) { o.LLM = testOptionsModel(t, "test-model-large") },
		`answers of model "test-model", now the server`: func(o *Options) { o.LLM = nil },
	} {
		changed := opts
		change(&changed)
		if changed.LLM == nil { // the same name asked for, another answered, with something left to ask
			changed.Out = filepath.Join(t.TempDir(), "out")
			broken := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			n := 0
			opts.LLM = testOptionsLLM(t, &oneAtATime{server: &llmtest.Server{Answer: func(chat llmtest.Chat) string {
				if n++; n == 3 {
					cancel(broken)
				}
				return writer(chat)
			}}})
			interrupted := opts
			interrupted.Out, interrupted.Concurrency = changed.Out, 1
			if _, err := Generate(ctx, interrupted); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			changed.LLM = testOptionsLLM(t, &llmtest.Server{Answer: writer, Model: "test-model-0815"})
		}
		if _, err := Generate(t.Context(), changed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

func TestSecondProcessLeaves(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 3)
	if err := os.MkdirAll(opts.Out, 0o777); err != nil {
		t.Fatal(err)
	}
	log, err := durable.OpenLog(filepath.Join(opts.Out, LedgerName), func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	_, err = Generate(t.Context(), opts)
	if !errors.Is(err, durable.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("want the holder named, got %v", err)
	}
}

// TestTornLedger cuts the ledger in its last record, as a crash does, and
// damages one in the middle, as a crash does not.
func TestTornLedger(t *testing.T) {
	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 4)
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	want, asked := files(t, opts.Out), len(server.Chats())
	path := filepath.Join(opts.Out, LedgerName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-30], 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	same(t, want, files(t, opts.Out))
	if n := len(server.Chats()) - asked; n != 1 {
		t.Errorf("want the torn answer alone asked again, got %d requests", n)
	}
	damaged := slices.Clone(text)
	damaged[len(text)/2] ^= 1
	if err := os.WriteFile(path, damaged, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Generate(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("want the damage reported, got %v", err)
	}
}
