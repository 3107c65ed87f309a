package main

import (
	"slices"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/report"
)

// choices are the values that flags may have, by the flag's name, or, where it
// has others in one verb, by the verb and the flag.
func choices() map[string][]string {
	precisions := []string{"float32", "bfloat16", "int8"}
	llms := append([]string{"http://localhost:8000/v1", "embedded"}, embeddedLLMs("embedded:")...)
	return map[string][]string{
		"loss":               loss.Names(),
		"measure":            {"nDCG@10", "RR@10", "AP", "R@100", "P@10", "Rprec", "Success@5", "Judged@10", "ERR@20", "Bpref", "infAP"},
		"schedule":           {"linear", "cosine", "constant"},
		"in-batch":           {"zero", "mask"},
		"plan":               {"auto", "fused", "cached"},
		"temperature":        {"auto", "0.05", "learned:0.05"},
		"precision":          precisions,
		"train precision":    {"float32", "bfloat16"},
		"store":              {"float32", "float16", "int8"},
		"encoder":            {"minilm"},
		"compare-encoder":    {"minilm"},
		"llm":                llms,
		"judge-llm":          llms,
		"setup llm":          embeddedLLMs(""),
		"llm serve model":    embeddedLLMs(""),
		"concurrency":        {"auto"},
		"strategy":           generate.Strategies(),
		"answers":            {"json", "plain"},
		"on-mismatch":        {generate.MismatchDrop, generate.MismatchRelabel, generate.MismatchKeep},
		"absent-queries":     {"zero", "skip"},
		"irrelevant-queries": {"skip", "zero"},
		"evaluate format":    append(slices.Clone(report.Formats), trecEvalFormat),
		"compare format":     report.Formats,
		"export format":      exportFormats(),
		"test":               {"t", "wilcoxon", "randomization"},
		"fusion":             {"rrf", "weighted"},
		"compress":           {"gz", "zst"},
		"topic-field":        {"title", "description", "narrative"},
	}
}

func exportFormats() []string {
	all := slices.Concat(exchange.Formats, runFormats, encoderFormats)
	slices.Sort(all)
	return slices.Compact(all)
}

// embeddedLLMs are the names of the LLMs that gradus setup can fetch, behind a prefix.
func embeddedLLMs(prefix string) []string {
	var names []string
	for _, asset := range assets.List() {
		if asset.Kind == "llm" {
			names = append(names, prefix+asset.Name)
		}
	}
	return names
}
