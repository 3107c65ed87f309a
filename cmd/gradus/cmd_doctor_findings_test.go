package main

import (
	"strings"
	"testing"
)

func TestFindingsHaveTheirFix(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv("GRADUS_OFFLINE", "")
	t.Setenv("HF_HUB_OFFLINE", "")
	model := assetFacts{Name: "minilm", State: "missing", Demo: true, Download: 90e6, sources: []string{"hub", "wheel"}}
	for _, c := range []struct {
		name string
		d    diagnosis
		want string // words of findings and fixes in turn; empty: no finding
	}{
		{"all is here", diagnosis{Backend: backendFacts{Plugin: "p", Device: "cpu"}}, ""},
		{"missing", diagnosis{Backend: backendFacts{Problem: noPlugin}, Assets: []assetFacts{model}}, "minilm: missing|gradus setup, which fetches 90.0 MB|pip is not installed|Python 3"},
		{"missing, for the tests alone", diagnosis{Backend: backendFacts{Plugin: "p"}, Assets: []assetFacts{{Name: "pgvector", State: "missing"}}}, ""},
		{"no room", diagnosis{Backend: backendFacts{Plugin: "p"}, Assets: []assetFacts{{Name: "m", State: "missing", Demo: true, Download: 90e6}}, Cache: folderFacts{Path: "/c", Free: 1e6}}, "m: missing|setup|1.0 MB are free for /c|GRADUS_HOME"},
		{"damaged", diagnosis{Backend: backendFacts{Plugin: "p"}, Assets: []assetFacts{{Name: "m", State: "damaged", Path: "/c/m", Detail: "torn"}}}, "m is damaged: torn|rm -r /c/m && gradus setup m"},
		{"other platform", diagnosis{Backend: backendFacts{Problem: noPlugin}, Assets: []assetFacts{{Name: "xla", Kind: "plugin", Demo: true, State: "other platform", Detail: "for plan9/arm"}}}, "xla is for plan9/arm|GRADUS_XLA_PLUGIN"},
		{"a GPU beside a plugin for the CPU", diagnosis{Backend: backendFacts{Plugin: "p", Device: "cpu", Devices: []string{"/dev/nvidia0"}}}, "/dev/nvidia0 is here|GRADUS_XLA_PLUGIN"},
		{"little memory", diagnosis{Backend: backendFacts{Plugin: "p"}, Machine: machineFacts{Memory: 8e9, MemoryAvailable: 1e9}}, "1.0 GB of memory|--plan cached"},
		{"settings", diagnosis{Backend: backendFacts{Plugin: "p"}, Config: configFacts{Path: "c", Problem: "c:1: no"}}, "c:1: no|--config"},
	} {
		var got []string
		for _, f := range c.d.find() {
			got = append(got, f.Finding, f.Fix)
		}
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, "|")
		}
		if len(got) != len(want) {
			t.Errorf("%s: want %q, got %q", c.name, want, got)
			continue
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%s: want %q, got %q", c.name, want[i], got[i])
			}
		}
	}
}
