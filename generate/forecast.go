package generate

import (
	"context"
	"sync"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
)

// Forecast is what a run would ask for, if every first answer were of use.
type Forecast struct {
	Queries  int64     `json:"queries"`
	Requests int64     `json:"requests"`
	Usage    llm.Usage `json:"usage"` // estimated; the answers as long as asked for
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
		t := r.task(i)
		t.asker = counter{r, &sync.Mutex{}, &forecast, map[string]bool{}}
		if _, err := s.write(context.Background(), t); err != nil {
			return Forecast{}, err
		}
	}
	return forecast, nil
}

// counter stands in for the model and counts what it is asked, each step once.
type counter struct {
	run      *run
	mu       *sync.Mutex
	forecast *Forecast
	asked    map[string]bool
}

func (c counter) ask(_ context.Context, _ collection.Query, asked call) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked[asked.step] {
		c.asked[asked.step] = true
		p := c.run.strategy.prompts
		c.forecast.Requests++
		c.forecast.Usage.PromptTokens += llm.EstimateTokens(p.render("system", asked.data) + p.render(asked.prompt, asked.data))
		c.forecast.Usage.CompletionTokens += int64(asked.words) * 4 / 3
	}
	return "answer to " + asked.step, nil
}
