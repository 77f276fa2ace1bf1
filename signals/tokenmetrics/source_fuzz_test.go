package tokenmetrics_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

type answering []byte

// RoundTrip answers all with the same body.
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(bytes.NewReader(a))}, nil
}

// FuzzRows wants only rows that can be stored, in the range of their kinds, of what was
// asked, whatever is answered.
func FuzzRows(f *testing.F) {
	for i, s := range samples {
		f.Add(uint8(i), strings.NewReplacer("$ID", "3375", "$DAY", "2025-04-08").Replace("{"+s.row+"}"))
	}
	f.Fuzz(func(t *testing.T, which uint8, row string) {
		s := samples[int(which)%len(samples)]
		body := answering(`{"success":true,"message":"","length":1,"data":[` + row + `]}`)
		c, _ := tokenmetrics.Plugin().New(signals.Env{HTTP: &http.Client{Transport: body}, Now: func() time.Time { return noon }}).(*tokenmetrics.Config)
		c.Key, c.Pull, c.Tokens = market.NewSecret("tm-canary"), s.kinds, map[string]int64{"BTC": 3375}
		if s.generation != "" {
			c.Generation = s.generation
		}
		for batch, err := range c.Fetch(t.Context(), signals.Query{}) {
			if err != nil {
				continue
			}
			for _, x := range batch.Signals {
				k, ok := market.KindOf(x.Kind)
				if x.Validate() != nil || !ok || !k.In(x.Value) && !x.Null || x.Known != 0 || x.Subject != "BTC" && x.Subject != market.MarketWide {
					t.Errorf("%+v: %v", x, x.Validate())
				}
			}
		}
	})
}
