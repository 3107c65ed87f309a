package generate

import (
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestProbe: the ten queries asked for forecast the run, and are its own.
func TestProbe(t *testing.T) {
	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 200)
	forecast, err := Probe(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	probed := len(server.Chats())
	if forecast.Queries != 200 || forecast.Probed != 10 || forecast.Requests != int64(probed)*20 || probed < 40 {
		t.Errorf("want 20 times %d requests, got %+v", probed, forecast)
	}
	again, err := Probe(t.Context(), opts)
	if err != nil || again.Requests != forecast.Requests || again.Usage != forecast.Usage || len(server.Chats()) != probed {
		t.Errorf("want the same of the ledger, got %+v, %v, %d more requests", again, err, len(server.Chats())-probed)
	}
	summary, err := Generate(t.Context(), opts)
	if err != nil || int64(len(server.Chats())) != summary.Requests {
		t.Errorf("want the probe's answers used, got %d requests for %d, %v", len(server.Chats()), summary.Requests, err)
	}
	if off := float64(forecast.Requests)/float64(summary.Requests) - 1; off < -0.25 || off > 0.25 {
		t.Errorf("want a forecast near %d requests, got %d", summary.Requests, forecast.Requests)
	}
	opts = testOptions(t, server, 20)
	opts.LLM.Budget().MaxTokens = 300
	if _, err := Probe(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "did not end: the budget is used up") {
		t.Errorf("got %v", err)
	}
}

func TestForecastOfTime(t *testing.T) {
	l := &ledger{asked: 10, requests: 50, time: 100e9}
	if f := l.forecast(1000, 5); f.Requests != 5000 || f.Time != 2000e9 {
		t.Errorf("want 5000 requests in 2000 s, got %+v", f)
	}
}
