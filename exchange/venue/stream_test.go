package venue

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// audience is a stream that many listen to, on connections that nobody reads.
func audience(t testing.TB, n int) (*hub, *stream, []*connection) {
	t.Helper()
	v, err := New(Options{Spot: &Listing{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}, Limits: Limits{Queue: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	var all []*connection
	for range n {
		c := &connection{venue: v, door: doors["/stream"], wake: make(chan struct{}, 1), queue: make([]*frame, 0, 1024)}
		c.view = combined
		v.hub.join(c, "btcusdt@kline_1m")
		all = append(all, c)
	}
	return v.hub, all[0].streams[0], all
}

// TestAnEventIsMadeOnce: who listens costs no memory.
func TestAnEventIsMadeOnce(t *testing.T) {
	cost := func(n int) float64 {
		h, s, all := audience(t, n)
		payload := []byte(`{"e":"kline"}`)
		return testing.AllocsPerRun(100, func() {
			h.tell(s, func(b []byte, _ view) []byte { return append(b, payload...) })
			for _, c := range all {
				c.queue = c.queue[:0]
			}
		})
	}
	if one, many := cost(1), cost(500); one != many || one > 3 {
		t.Errorf("%v allocations for one, %v for 500", one, many)
	}
}

func BenchmarkTell(b *testing.B) {
	h, s, all := audience(b, 100)
	payload := make([]byte, 300)
	b.ReportAllocs()
	for b.Loop() {
		h.tell(s, func(b []byte, _ view) []byte { return append(b, payload...) })
		for _, c := range all {
			c.queue = c.queue[:0]
		}
	}
}
