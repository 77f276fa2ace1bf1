package app

import (
	"context"
	"io"
	"strings"
	"testing"
)

// TestAgreed asks before something is removed: only a yes is one, and nobody waits for
// an answer after Ctrl-C.
func TestAgreed(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "yes\n": true, "Y\n": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		if got := agreed(t.Context(), strings.NewReader(answer)); got != want {
			t.Errorf("%q: %t", answer, got)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	in, out := io.Pipe()
	defer out.Close()
	if agreed(ctx, in) {
		t.Error("agreed without an answer")
	}
}
