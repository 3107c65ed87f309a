package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Counts are what the engine has done since its child started.
type Counts struct {
	Slots           int     `json:"slots"`
	Busy            int     `json:"busy"`
	Queued          int     `json:"queued"`
	ContextPerSlot  int     `json:"context_per_slot"`
	Threads         int     `json:"threads"`          // computing now; fewer while other programs hold the cores
	Steps           int64   `json:"steps"`            // batches decoded
	PromptEvaluated int64   `json:"prompt_evaluated"` // tokens
	PromptCached    int64   `json:"prompt_cached"`    // tokens that another request had evaluated
	Generated       int64   `json:"generated"`        // tokens
	CPUSeconds      float64 `json:"cpu_seconds"`
	PeakBytes       int64   `json:"peak_bytes"` // the most memory the child has had, the model's file in it; 0 where unknown
}

// Counts asks the child, at GET /slots.
func (s *Server) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.url, "/v1")+"/slots", nil)
	if err != nil {
		return c, err
	}
	req.Header.Set("Authorization", "Bearer "+s.Key())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return c, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c, fmt.Errorf("%s: want 200, got %s", req.URL, resp.Status)
	}
	return c, json.NewDecoder(resp.Body).Decode(&c)
}

func (h *handler) slots(w http.ResponseWriter, _ *http.Request) {
	c := &h.engine.count
	writeJSON(w, http.StatusOK, Counts{
		Slots:           len(h.engine.slots),
		Busy:            int(c.Busy.Load()),
		Queued:          len(h.engine.queue),
		ContextPerSlot:  h.engine.model.perSlot,
		Threads:         int(c.Threads.Load()),
		Steps:           c.Steps.Load(),
		PromptEvaluated: c.PromptEvaluated.Load(),
		PromptCached:    c.PromptCached.Load(),
		Generated:       c.Generated.Load(),
		CPUSeconds:      cpuTime().Seconds(),
		PeakBytes:       peakMemory(),
	})
}
