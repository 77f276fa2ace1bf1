package risktest

import (
	"math/rand/v2"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// Start is the open of the first bar: Monday, 2024-01-01T00:00:00Z.
const Start market.Time = 1_704_067_200_000_000_000

// Closes makes bars without wicks, of which each opens at the close before. Prices have
// two decimals; the volume is never short.
func Closes(d market.Interval, closes ...float64) *market.Columns {
	c := empty(d, len(closes))
	open := closes[0]
	for _, x := range closes {
		add(c, market.Bar{Open: open, High: max(open, x), Low: min(open, x), Close: x, Volume: 1e6})
		open = x
	}
	return c
}

// Walk makes n bars of a random walk on a grid of cents: moves of up to 1 %, and now
// and then a jump of up to 8 % between two bars.
func Walk(seed uint64, d market.Interval, n int) *market.Columns {
	r := rand.New(rand.NewPCG(seed, 1))
	c := empty(d, n)
	price := int64(20_000)
	near := func(p, part int64) int64 { return max(p+r.Int64N(2*p/part+1)-p/part, 100) }
	for range n {
		open := price
		if r.IntN(20) == 0 {
			open = near(open, 12)
		}
		price = near(open, 100)
		high, low := max(open, price)+r.Int64N(50), min(open, price)-r.Int64N(50)
		add(c, market.Bar{Open: cents(open), High: cents(high), Low: cents(low), Close: cents(price), Volume: float64(r.Int64N(2_000_000)) / 1e3})
	}
	return c
}

func cents(x int64) float64 { return float64(x) / 100 }

func empty(d market.Interval, n int) *market.Columns {
	c := market.MakeColumns(d, n)
	c.PriceScale, c.VolumeScale = 2, 3
	return c
}

func add(c *market.Columns, b market.Bar) {
	b.OpenTime = Start + market.Time(c.Len())*market.Time(c.Interval)
	c.Append(b)
}

// History makes an instrument of each series: A0USDT, A1USDT and so on, with a tick of
// 0.01, a step of 0.0001, a minimum notional of 5 and a fee of 0.1 % in what is bought.
func History(series ...*market.Columns) *backtest.History {
	h := &backtest.History{}
	for k, c := range series {
		in := market.Bare("A"+strconv.Itoa(k)+"USDT", "A"+strconv.Itoa(k), "USDT")
		in.ID = market.InstrumentID(k)
		in.Tick, in.Step, in.MinQuantity = decimal.New(1, -2), decimal.New(1, -4), decimal.New(1, -4)
		in.MinNotional = decimal.New(5, 0)
		in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
	}
	return h
}
