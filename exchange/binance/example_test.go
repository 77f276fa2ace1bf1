package binance_test

import (
	"context"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/binancetest"
	"github.com/signalman-trading/signalman/market"
)

// Bars of a stand-in for the venue: without BaseURL and Now it is the venue itself.
func ExamplePublic_Klines() {
	from := market.TimeOf(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))
	server := binancetest.New(from + 3*market.Time(market.Hour))
	defer server.Close()
	server.Put("BTCUSDT", binancetest.Walk(1, market.Hour, from, 100))

	p := binance.NewPublic(binance.Options{BaseURL: server.URL(), Now: func() time.Time { return server.Now().UTC() }})
	for b, err := range p.Klines(context.Background(), "BTCUSDT", market.Hour, from, 0) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.OpenTime, b.Close)
	}
	fmt.Println(p.Usage())
	// Output:
	// 2024-03-01T00:00:00Z 10001.97
	// 2024-03-01T01:00:00Z 10006
	// 2024-03-01T02:00:00Z 10002.12
	// {2 3}
}
