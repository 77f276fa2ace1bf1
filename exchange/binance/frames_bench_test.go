package binance

import (
	"testing"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// BenchmarkKlineFrame takes the frames of a stream as they come, one in 30 of which closes
// a bar.
func BenchmarkKlineFrame(b *testing.B) {
	m := newMarket(NewPublic(Options{BaseURL: "http://venue"}), "ws://venue", exchange.Env{})
	open := market.Millis(1_714_552_200_000)
	bars := 0
	s := &streams{agenda: new(agenda), m: m, slots: make(chan struct{}, 1), begun: open, ready: func() {}, emit: func(exchange.Event) { bars++ }}
	defer serveAgenda(s.agenda)()
	s.split([]exchange.Subscription{subscription("BTCUSDT", market.Minute, false)})
	talk := &subscribing{c: s.channels[0], up: true}
	var raw [][]byte
	for n := range 3000 {
		at := open + market.Time(n)*2*second
		raw = append(raw, []byte(klineFrame("btcusdt@kline_1m", "BTCUSDT", market.Minute, market.Minute.Floor(at), n%30 == 29, at)))
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if err := talk.read(nil, raw[n%len(raw)]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(raw[0])), "bytes/frame")
}
