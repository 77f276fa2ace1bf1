package strategytest

import (
	"fmt"
	"math/rand/v2"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// start is a Monday, so that days and weeks begin with the data.
const start = market.Time(1_704_067_200_000_000_000) // 2024-01-01T00:00:00Z

// assets are the bases of the first instruments.
var assets = [...]string{"BTC", "ETH", "SOL", "XRP", "ADA"}

// world says what the data are like.
type world struct {
	name    string
	missing float64 // share of bars that are missing, in runs
	bars    int
	signals signalWorld
}

// signalWorld says what the signals are like.
type signalWorld int8

const (
	normal signalWorld = iota
	none
	allNull
	ending // after a third of the time there are no more
)

// build makes the history of a world.
func (s *settings) build(w world) *backtest.History {
	h := &backtest.History{}
	for k := range s.instruments {
		in := s.instrument(k)
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: s.walk(w, k)})
	}
	_, h.End = h.Span()
	h.Signals, h.Funding = s.signals(w, h.Instruments), s.funding(w)
	h.Sort()
	return h
}

// instrument makes the k-th instrument, with the filters that a venue would have.
func (s *settings) instrument(k int) market.Instrument {
	base := fmt.Sprintf("A%d", k)
	if k < len(assets) {
		base = assets[k]
	}
	in := market.Bare(base+"USDT", base, "USDT")
	in.ID = market.InstrumentID(k)
	in.Tick, in.Step, in.MinNotional = decimal.New(1, -2), decimal.New(1, -5), decimal.New(5, 0)
	in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
	if s.perpetual {
		in = futures(in)
	}
	return in
}

// walk makes the bars of the k-th instrument: a random walk in cents. The second one
// lists after a tenth of the time, the third after two tenths, and so on.
func (s *settings) walk(w world, k int) *market.Columns {
	r := rand.New(rand.NewPCG(s.seed, uint64(k+1)))
	c := market.MakeColumns(s.interval, w.bars+1)
	c.PriceScale, c.VolumeScale = 2, 3
	price, gap := int64(20_000)*int64(k+1), s.outage(w.bars)
	for i := min(k*w.bars/10, w.bars/2); i < w.bars; i++ {
		if i >= gap.from && i < gap.to {
			continue
		}
		if r.Float64() < w.missing/3 { // the mean gap has 3 bars
			i += r.IntN(5)
			continue
		}
		b := bar(r, price)
		b.OpenTime = start + market.Time(i)*market.Time(s.interval)
		c.Append(b)
		price = cents(b.Close)
	}
	return c
}

// span is a range of bars.
type span struct{ from, to int }

// outage returns bars that no instrument has, five around a start of a week or day in
// the middle: a schedule fires then without a bar.
func (s *settings) outage(bars int) span {
	if bars < 50 {
		return span{}
	}
	middle := bars / 2
	for _, d := range []market.Interval{market.Weekly, market.Daily} {
		if n := int(d / s.interval); n > 0 && n <= middle {
			middle = middle / n * n
			break
		}
	}
	return span{middle - 2, middle + 3}
}

// bar makes one bar that opens where the last one closed. One in eight ends where it
// began, one in twenty has no range at all, one in thirty no volume.
func bar(r *rand.Rand, open int64) market.Bar {
	width := max(open/60, 2)
	end := max(open+r.Int64N(2*width+1)-width, 100)
	if r.IntN(8) == 0 {
		end = open
	}
	high, low := max(open, end)+r.Int64N(width), max(min(open, end)-r.Int64N(width), 50)
	volume := 1000 + r.Int64N(100_000_000)
	if r.IntN(20) == 0 {
		end, high, low = open, open, open
	}
	if r.IntN(30) == 0 {
		volume = 0
	}
	return market.Bar{Open: price(open), High: price(high), Low: price(low), Close: price(end), Volume: float64(volume) / 1000}
}

func price(cents int64) float64 { return float64(cents) / 100 }

func cents(price float64) int64 { return market.Ticks(price, 100) }
