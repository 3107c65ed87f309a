package recipe

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm/llmtest"
	"github.com/gradus-ir/gradus/trec"
)

// reader is an LLM whose answers depend on the request alone. As a writer it
// gives eight sentences of numbers; as a judge, grade 3 where the passage has all
// words of the query, 2, 1 or 0 where it has ever fewer.
func reader(chat llmtest.Chat) string {
	answer := map[string]any{"text": ""}
	if strings.Contains(string(chat.ResponseFormat), `"grade"`) {
		answer = map[string]any{"grade": judgedGrade(between(chat.User(), "Query: ", "\n"), between(chat.User(), "Passage: ", "\n\nGrade"))}
	} else {
		hash := fnv.New64a()
		fmt.Fprint(hash, chat.User(), *chat.Seed)
		random := rand.New(rand.NewPCG(hash.Sum64(), 1))
		var text strings.Builder
		for range 8 {
			fmt.Fprintf(&text, "The value %d of case %d goes with number %d here. ", random.IntN(1e6), random.IntN(1e6), random.IntN(1e6))
		}
		answer["text"] = text.String()
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func judgedGrade(query, passage string) int {
	words, found := strings.Fields(query), 0
	for _, word := range words {
		if strings.Contains(passage, word) {
			found++
		}
	}
	return 3 * found / max(len(words), 1)
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

// askedWorld is tinyWorld with an LLM's server, whose address is in the variable LLM.
func askedWorld(t *testing.T) (dir string, server *llmtest.Server) {
	t.Helper()
	server = &llmtest.Server{Answer: reader}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Setenv("LLM", listening.URL+"/v1")
	return tinyWorld(t), server
}

// judgedRecipe tests on queries that nobody has labelled.
const judgedRecipe = `measures: [nDCG@10]
collections:
  texts: texts
  asked: {of: texts, queries: {only: texts/test}}
encoders:
  tiny: {model: model, document-max-length: 24}
arms:
  bm25: {kind: bm25}
  base: {encoder: tiny}
  fusion: {kind: fusion, method: weighted, weights: [3, 1], of: [bm25, base], baseline: bm25}
tests:
  - {on: asked, judge: {llm: "${LLM}", model: test-model, pool: 3, prompt-price: 1, answer-price: 10}}
`

func TestJudgedTest(t *testing.T) {
	dir, server := askedWorld(t)
	forecast := look(t, dir, judgedRecipe)
	asked := forecast.LLM
	// Four queries, three runs: at most nine documents each.
	if asked.Requests < 4*3 || asked.Requests > 4*9 || asked.PromptTokens < 300*asked.Requests || asked.AnswerTokens < asked.Requests {
		t.Errorf("want the judge's requests and tokens in the forecast, got %+v", asked)
	}
	if want := float64(asked.PromptTokens+10*asked.AnswerTokens) / 1e6; asked.USD != want || forecast.USD != want {
		t.Errorf("want them priced at %g USD, got %g, and %g in all", want, asked.USD, forecast.USD)
	}

	outcome, _ := run(t, dir, judgedRecipe)
	paths, err := filepath.Glob(filepath.Join(dir, "out", "judged", "asked", "*.tsv"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("want one file of grades, got %q, %v", paths, err)
	}
	grades, err := trec.ReadQrels(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	wantPooled(t, dir, grades, "bm25", "base", "fusion/seed-1")
	pairs := 0
	for _, of := range grades {
		pairs += len(of)
	}
	if n := len(server.Chats()); n != pairs {
		t.Errorf("want each of %d pairs asked for once, got %d requests", pairs, n)
	}
	if note := outcome.Report.Collections[0].Note; note != "graded by an LLM" {
		t.Errorf("the report says of the grades: %q", note)
	}
	if again, _ := run(t, dir, judgedRecipe); again.Ran != 0 || len(server.Chats()) != pairs {
		t.Errorf("want nothing run and nothing asked again, got %d stages, %d requests", again.Ran, len(server.Chats()))
	}

	// A deeper pool has more documents: those alone are asked for.
	run(t, dir, strings.Replace(judgedRecipe, "pool: 3", "pool: 5", 1))
	deeper, err := trec.ReadQrels(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	more := 0
	for query, of := range deeper {
		for doc, grade := range of {
			if was, ok := grades[query][doc]; !ok {
				more++
			} else if was != grade {
				t.Errorf("query %s, document %s: want grade %d as before, got %d", query, doc, was, grade)
			}
		}
	}
	if n := len(server.Chats()); more == 0 || n != pairs+more {
		t.Errorf("want %d requests for the documents that are new, got %d", more, n-pairs)
	}
	// What is counted once the runs are there is no guess.
	if asked := look(t, dir, strings.Replace(judgedRecipe, "pool: 3", "pool: 4", 1)).LLM; asked.Requests <= int64(pairs) || asked.Requests >= int64(pairs+more) {
		t.Errorf("want more than %d and less than %d requests of a pool between, got %d", pairs, pairs+more, asked.Requests)
	}
}

// wantPooled wants the first three documents of the runs graded, and no others.
func wantPooled(t *testing.T, dir string, grades trec.Qrels, runs ...string) {
	t.Helper()
	c, err := collection.Open(filepath.Join(dir, "texts"))
	if err != nil {
		t.Fatal(err)
	}
	texts, queries := map[string]string{}, map[string]string{}
	for d, err := range c.Documents() {
		if err != nil {
			t.Fatal(err)
		}
		texts[d.ID] = d.Content()
	}
	for q, err := range c.Queries() {
		if err != nil {
			t.Fatal(err)
		}
		queries[q.ID] = q.Text
	}
	want := trec.Qrels{}
	for _, name := range runs {
		found, err := filepath.Glob(filepath.Join(dir, "out", "runs", "asked", "all", "*"+name+".run"))
		if name == "base" {
			found, err = filepath.Glob(filepath.Join(dir, "out", "runs", "asked", "all", "untrained", "tiny.run"))
		}
		if err != nil || len(found) != 1 {
			t.Fatalf("want one run of %s, got %q, %v", name, found, err)
		}
		r, err := trec.ReadRun(found[0])
		if err != nil {
			t.Fatal(err)
		}
		for query, ranking := range r.Rankings {
			for _, d := range ranking[:min(3, len(ranking))] {
				if want[query] == nil {
					want[query] = map[string]int{}
				}
				want[query][d.DocID] = judgedGrade(queries[query], texts[d.DocID])
			}
		}
	}
	if a, b := fmt.Sprint(grades), fmt.Sprint(want); a != b || len(want) != 4 {
		t.Errorf("want the pool's grades\n%s, got\n%s", b, a)
	}
}

// Where a split has labels the judge is not asked.
func TestLabelsComeBeforeAJudge(t *testing.T) {
	dir, server := askedWorld(t)
	labelled := strings.Replace(judgedRecipe, "on: asked,", "on: asked/test,", 1)
	outcome, _ := run(t, dir, labelled)
	if n := len(server.Chats()); n != 0 || outcome.Report.Collections[0].Note != "" {
		t.Errorf("want nothing asked, got %d requests, note %q", n, outcome.Report.Collections[0].Note)
	}
}

// The scores of the parts are fused by their weights.
func TestWeightedFusion(t *testing.T) {
	dir, _ := askedWorld(t)
	labelled := strings.Replace(judgedRecipe, "on: asked,", "on: asked/test,", 1)
	run(t, dir, labelled)
	runs := filepath.Join(dir, "out", "runs", "asked", "test")
	var parts []trec.Run
	for _, name := range []string{"bm25", "untrained/tiny", "fusion/seed-1"} {
		part, err := trec.ReadRun(filepath.Join(runs, name+".run"))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part)
	}
	want, err := trec.FuseScores(100, []float64{3, 1}, parts[0], parts[1])
	if err != nil {
		t.Fatal(err)
	}
	got := parts[2]
	if len(got.Rankings) != 4 {
		t.Errorf("want runs of 4 queries, got %d", len(got.Rankings))
	}
	for query, ranking := range got.Rankings {
		for i, d := range ranking {
			if other := want.Rankings[query][i]; d.DocID != other.DocID || d.Score-other.Score > 1e-6 || other.Score-d.Score > 1e-6 {
				t.Fatalf("query %s, rank %d: want %v, got %v", query, i+1, other, d)
			}
		}
	}
	_, ran := run(t, dir, strings.Replace(labelled, "[3, 1]", "[1, 3]", 1))
	if strings.Join(ran, ", ") != "fuse asked/test by fusion/seed-1, report of the experiment" {
		t.Errorf("other weights: want the fusion alone made again, got %q", ran)
	}
}

// What is drawn of a collection that is not here counts in its forecast.
func TestForecastOfAPart(t *testing.T) {
	dir, _ := askedWorld(t)
	text := strings.NewReplacer("texts: texts", "texts: {path: nowhere, expect: {documents: 1000, queries: 50, words: 20}}", "{only: texts/test}", "{draw: 7}").Replace(judgedRecipe)
	if asked := look(t, dir, text).LLM; asked.Requests != 7*5 { // three runs of three documents, thought to share two thirds
		t.Errorf("want 35 requests for 7 queries, got %d", asked.Requests)
	}
	text = strings.Replace(text, "encoders:", "  rest: {of: texts, queries: {without: asked}}\nencoders:", 1)
	if asked := look(t, dir, strings.Replace(text, "on: asked", "on: rest", 1)).LLM; asked.Requests != 43*5 {
		t.Errorf("want 215 requests for the 43 other queries, got %d", asked.Requests)
	}
}

// look is the forecast of a recipe.
func look(t *testing.T, dir, text string) Estimate {
	t.Helper()
	e, err := Look(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	estimate, err := parse(t, dir, text).Forecast(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return estimate
}

func near(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 }
