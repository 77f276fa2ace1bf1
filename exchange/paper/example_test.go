package paper_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/paper"
	"github.com/signalman-trading/signalman/market"
)

// A limit order rests until the price has fallen to it.
func Example() {
	bars := market.MakeColumns(market.Minute, 2)
	bars.Append(market.Bar{OpenTime: 0, Open: 100, High: 100, Low: 100, Close: 100, Volume: 10})
	bars.Append(market.Bar{OpenTime: market.Time(market.Minute), Open: 100, High: 101, Low: 90, Close: 92, Volume: 10})
	coin := market.Bare("COINUSDT", "COIN", "USDT")
	v, err := paper.New(paper.Options{
		Listings: []paper.Listing{{Instrument: coin, Bars: bars}},
		Cash:     map[string]decimal.Decimal{"USDT": decimal.NewFromInt(1000)},
		Start:    market.Time(market.Minute), // the first bar is the past
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	b := v.Broker(exchange.NewNames([16]byte{1}))
	buy := market.Order{
		ID: market.OrderID{Strategy: "grade", Sequence: 1}, Side: market.Buy, Type: market.Limit,
		Quantity: decimal.NewFromInt(2), Price: decimal.NewFromInt(95),
	}
	u, err := b.Submit(ctx, coin, buy)
	fmt.Println(u.ID, u.State, err)
	a, err := b.Account(ctx)
	fmt.Println(a.Balances[0].Asset, a.Balances[0].Free, "free,", a.Balances[0].Locked, "locked", err)
	if err := v.Step(); err != nil {
		fmt.Println(err)
	}
	u, err = b.Order(ctx, coin, buy.ID)
	fmt.Println(u.ID, u.State, err)
	for f, err := range b.Fills(ctx, coin, exchange.Cursor{}) {
		fmt.Println(f.Quantity, "at", f.Price, err)
	}
	// Output:
	// grade/1 accepted <nil>
	// USDT 810 free, 190 locked <nil>
	// grade/1 filled <nil>
	// 2 at 95 <nil>
}
