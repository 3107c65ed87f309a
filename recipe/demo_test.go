package recipe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/internal/assets"
)

// TestDemoOffline: an arm that lacks the XLA plugin says so and fetches
// nothing. It runs in a process of its own: here another test may have opened XLA.
func TestDemoOffline(t *testing.T) {
	if os.Getenv("RECIPE_TEST_OFFLINE") == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestDemoOffline$")
		child.Env = append(os.Environ(), "RECIPE_TEST_OFFLINE=1", "GRADUS_HOME="+t.TempDir(), "PATH=", "GRADUS_XLA_PLUGIN=", "PJRT_PLUGIN_LIBRARY_PATH=")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := encodertest.Deep(5).Write(dir); err != nil {
		t.Fatal(err)
	}
	r := &demoRun{Demo: Demo{Encoder: dir, Assets: assets.Options{Offline: true}}}
	for _, layers := range [][]int{nil, demoStudent} {
		_, err := r.loader(dir, layers)(t.Context())
		if err == nil || !strings.Contains(err.Error(), `asset "xla-cpu"`) || !strings.Contains(err.Error(), "nothing may be fetched (offline)") {
			t.Errorf("layers %v: want the missing plugin named, got %v", layers, err)
		}
	}
}
