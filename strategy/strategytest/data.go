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
	name     string
	missing  float64 // share of bars that are missing, in runs
	bars     int
	prices   prices
	signals  signalWorld
	together bool // all instruments list at the start
	ends     bool // the first instrument is delisted half-way, and the last never trades
	guarded  bool // rules refuse orders and close positions
	hint     string
}

// signalWorld says what the signals are like.
type signalWorld int8

const (
	normal signalWorld = iota
	none
	allNull
	ending // after a third of the time there are no more
	stale  // they become known ten periods late
	wild   // their values are far out of bounds
)

// build makes the history of a world.
func (s *settings) build(w world) *backtest.History {
	h := &backtest.History{}
	for k := range s.instruments {
		in := s.instrument(k, w.prices)
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: s.walk(w, k)})
	}
	_, h.End = h.Span()
	h.Signals, h.Funding = s.signals(w, h.Instruments), s.funding(w)
	h.Sort()
	return h
}

// instrument makes the k-th instrument, with the filters that a venue would have.
func (s *settings) instrument(k int, p prices) market.Instrument {
	base := fmt.Sprintf("A%d", k)
	if k < len(assets) {
		base = assets[k]
	}
	in := market.Bare(base+"USDT", base, "USDT")
	in.ID = market.InstrumentID(k)
	in.Tick, in.Step, in.MinNotional = decimal.New(1, -p.grid().scale), decimal.New(1, -5), decimal.New(5, 0)
	if p.whole {
		in.Step = decimal.New(1, 0)
	}
	in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
	if s.perpetual {
		in = futures(in)
	}
	return in
}

// walk makes the bars of the k-th instrument: a random walk on the grid. The second one
// lists after a tenth of the time, the third after two tenths, and so on.
func (s *settings) walk(w world, k int) *market.Columns {
	r := rand.New(rand.NewPCG(s.seed, uint64(k+1)))
	d, bars := s.stored(w.bars)
	c := market.MakeColumns(d, bars+1)
	p := w.prices.grid()
	c.PriceScale, c.VolumeScale = p.scale, 3
	price, gap := p.first*int64(k+1), outage(d, bars)
	first, last := min(k*bars/10, bars/2), bars
	switch {
	case w.together:
		first = 0
	case w.ends && k == 0:
		last /= 2
	case w.ends && k == s.instruments-1:
		last = 0
	}
	for i := first; i < last; i++ {
		if i >= gap.from && i < gap.to {
			continue
		}
		if r.Float64() < w.missing/3 { // the mean gap has 3 bars
			i += r.IntN(5)
			continue
		}
		b := p.bar(r, price)
		b.OpenTime = start + market.Time(i)*market.Time(d)
		b.Volume *= float64(1 + (int(b.OpenTime/market.Time(market.Weekly))+3*k)%4) // the busiest are not always the same
		c.Append(b)
		price = market.Ticks(b.Close, p.unit())
	}
	return c
}

// stored returns the interval of the bars that are stored, and how many make up so many of
// the strategy's.
func (s *settings) stored(bars int) (market.Interval, int) {
	if s.finer == 0 {
		return s.interval, bars
	}
	return s.finer, bars * int(s.interval/s.finer)
}

// span is a range of bars.
type span struct{ from, to int }

// outage returns bars that no instrument has, five around a start of a week or day in
// the middle: a schedule fires then without a bar.
func outage(interval market.Interval, bars int) span {
	if bars < 50 {
		return span{}
	}
	middle := bars / 2
	for _, d := range []market.Interval{market.Weekly, market.Daily} {
		if n := int(d / interval); n > 0 && n <= middle {
			middle = middle / n * n
			break
		}
	}
	return span{middle - 2, middle + 3}
}
