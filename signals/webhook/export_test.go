package webhook

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// Receive posts a body to a source without a network, and returns the status.
func Receive(c *Config, now time.Time, body []byte, emit func(signals.Batch) error) int {
	c.env = signals.Env{Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	r, err := c.compile()
	if err != nil {
		return 0
	}
	r.emit = emit
	if r.seen, err = openMemory("", market.TimeOf(now), r.memorable()); err != nil {
		return 0
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, c.Path, bytes.NewReader(body)))
	r.work.end()
	return w.Code
}
