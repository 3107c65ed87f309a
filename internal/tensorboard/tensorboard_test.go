package tensorboard

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestEventsAreTensorBoards holds the bytes against those of the tensorboard
// package 2.21 (bench/goldens/events.py), which reads them back too.
func TestEventsAreTensorBoards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.out.tfevents.test")
	w, err := Create(path, time.Unix(1, 500_000_000))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Scalars(3, time.Unix(2, 0), Scalar{"loss", 0.5}, Scalar{"lr", 2e-5}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(data); got != golden {
		t.Errorf("bytes\n%s, want\n%s", got, golden)
	}
	if _, err := Create(path, time.Unix(1, 0)); err == nil {
		t.Error("want an error where the file is there, got none")
	}
}

const golden = "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c2500000000000000eabc36f309000000000000004010032a180a0b0a046c6f7373150000003f0a090a026c7215acc5a737b1166fb7"
