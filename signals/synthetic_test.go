package signals_test

import (
	"net/http"
	"testing"

	"github.com/signalman-trading/signalman/signals"
)

func TestSyntheticRowsAreNamedSo(t *testing.T) {
	h := http.Header{}
	if signals.IsSynthetic(h) {
		t.Error("an answer without the header is synthetic")
	}
	h.Set("x-signalman-synthetic", "1")
	if !signals.IsSynthetic(h) {
		t.Error("an answer with the header is not synthetic")
	}
	name := signals.SyntheticSource("tokenmetrics")
	if name != "tokenmetrics-synthetic" || signals.SyntheticSource(name) != name || !signals.SaysSynthetic(name) || signals.SaysSynthetic("tokenmetrics") {
		t.Errorf("the source is called %q", name)
	}
}
