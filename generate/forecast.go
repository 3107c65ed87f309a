package generate

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gradus-ir/gradus/llm"
)

// Forecast is what a run will ask for and use, whatever a folder holds already.
type Forecast struct {
	Queries  int64         `json:"queries"`
	Probed   int64         `json:"probed"`   // queries really asked for; 0: estimated without asking
	Requests int64         `json:"requests"` // of an estimate: if every first answer were of use
	Usage    llm.Usage     `json:"usage"`    // of an estimate: the answers as long as asked for
	Time     time.Duration `json:"time_ns"`  // with as many requests in flight as the options say, or as the LLM's client had found of use by then; 0 of an estimate
}

// Dry counts the requests of a run and estimates their tokens. It asks
// nothing, needs no LLM, and does not look at what a folder holds already.
func Dry(opts Options) (Forecast, error) {
	opts, s, err := opts.checked()
	if err != nil {
		return Forecast{}, err
	}
	r := newRun(opts, s, nil)
	forecast := Forecast{Queries: int64(len(opts.Queries))}
	for i := range opts.Queries {
		if _, err := r.write(context.Background(), i, &counter{forecast: &forecast, asked: map[string]bool{}}); err != nil {
			return Forecast{}, err
		}
	}
	return forecast, nil
}

// counter stands in for the model and counts what it is asked, each step once.
// Its judge agrees.
type counter struct {
	mu       sync.Mutex
	forecast *Forecast
	asked    map[string]bool
}

func (c *counter) ask(_ context.Context, _ *task, asked call) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked[asked.step] {
		c.asked[asked.step] = true
		c.forecast.Requests++
		c.forecast.Usage.PromptTokens += llm.EstimateTokens(asked.prompts.render("system", asked.data) + asked.prompts.render(asked.prompt, asked.data))
		c.forecast.Usage.CompletionTokens += int64(asked.words) * 4 / 3
	}
	return "answer to " + asked.step + asked.prompt, nil
}

func (c *counter) judge(_ context.Context, t *task, p passage) (int, error) {
	const instructions, answer = 300, 10 // tokens, about what package judge has
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forecast.Requests++
	c.forecast.Usage.PromptTokens += instructions + llm.EstimateTokens(t.query.Text) + int64(t.manner.Words)*4/3
	c.forecast.Usage.CompletionTokens += answer
	return p.asked, nil
}

// probedQueries are asked for to forecast a run.
const probedQueries = 10

// Probe has ten of the queries written, spread over the set, and forecasts the
// whole run by what they took, later attempts included. Their answers are in
// the ledger of opts.Out: a run with the same options has them already.
func Probe(ctx context.Context, opts Options) (Forecast, error) {
	r, err := opts.open(ctx)
	if err != nil {
		return Forecast{}, err
	}
	defer r.ledger.close()
	all := len(r.opts.Queries)
	probed := min(probedQueries, all)
	r.only = map[int]bool{}
	for i := range probed {
		r.only[i*all/probed] = true
	}
	if err := r.all(ctx); err != nil {
		return Forecast{}, err
	}
	if r.stopped != "" {
		return Forecast{}, fmt.Errorf("the probe of %d queries did not end: %s", probed, r.stopped)
	}
	inFlight := r.opts.Concurrency
	if found := r.opts.LLM.Concurrency(); found > 0 {
		inFlight = min(inFlight, found)
	}
	return r.ledger.forecast(int64(all), int64(inFlight)), r.ledger.close()
}

// forecast is the ledger's usage so far, for so many queries.
func (l *ledger) forecast(queries, inFlight int64) Forecast {
	f := Forecast{Queries: queries, Probed: l.asked}
	if l.asked == 0 {
		return f
	}
	f.Requests = l.requests * queries / l.asked
	f.Usage.PromptTokens = l.usage.PromptTokens * queries / l.asked
	f.Usage.CompletionTokens = l.usage.CompletionTokens * queries / l.asked
	f.Time = time.Duration(float64(l.time) * float64(queries) / float64(l.asked) / float64(inFlight))
	return f
}
