package spelling

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"loss", "loss", 0}, {"losss", "loss", 1}, {"lsos", "loss", 1}, {"kitten", "sitting", 3}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"loss", "lr", "epochs"}
	for word, want := range map[string]string{
		"Epoch": " (did you mean epochs?)", "losss": " (did you mean loss?)", "temperature": "; want one of loss, lr, epochs",
		"zz": "; want one of loss, lr, epochs", // as far from lr as lr is long
	} {
		if got := DidYouMean(word, known); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	if got := DidYouMean("x", nil); got != "" {
		t.Errorf("without candidates: got %q", got)
	}
}
