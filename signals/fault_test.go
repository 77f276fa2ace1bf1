package signals_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/signals"
)

// TestStatusFault: each status says what it means for the next question, and what to do.
func TestStatusFault(t *testing.T) {
	for status, want := range map[int]struct {
		kind error
		hint string
	}{
		302: {signals.ErrRefused, "redirects"},
		304: {signals.ErrRetry, "a cache on the way"},
		400: {signals.ErrRefused, "spelt"},
		401: {signals.ErrDenied, "check the key"},
		402: {signals.ErrDenied, "no usable key"},
		404: {signals.ErrGone, "removed or renamed"},
		418: {signals.ErrRefused, "check the address"},
		422: {signals.ErrRefused, "spelt"},
		429: {signals.ErrLimited, "less often"},
		500: {signals.ErrRetry, "ask again later"},
		503: {signals.ErrRetry, "ask again later"},
	} {
		f := signals.StatusFault("grades", status, http.Header{}, nil, time.Now())
		if f == nil || !errors.Is(f, want.kind) || !strings.Contains(f.Error(), want.hint) {
			t.Errorf("%d: %v", status, f)
		}
	}
	if f := signals.StatusFault("grades", 200, nil, nil, time.Now()); f != nil {
		t.Error(f)
	}
}
