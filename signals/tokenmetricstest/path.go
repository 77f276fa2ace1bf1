package tokenmetricstest

import (
	"math"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// token is a token with its rank and its path of prices.
type token struct {
	Token
	rank  int
	seed  uint64
	first day // with prices
	since day // with signals and grades
}

// The first days with prices and with signals, where bars do not begin later.
const (
	firstPrices  = day(17897) // 2019-01-01
	firstSignals = day(18628) // 2021-01-01
)

func newToken(seed uint64, rank int, t Token) *token {
	k := &token{Token: t, rank: rank, seed: seed, first: firstPrices, since: firstSignals}
	if t.Bars != nil && t.Bars.Len() > 0 {
		k.first = dayOf(t.Bars.OpenTime[0])
		k.since = max(k.since, k.first)
	}
	if k.Supply == 0 {
		k.Supply = 1e9 / float64(rank+1)
	}
	return k
}

func (t *token) barred() bool { return t.Bars != nil && t.Bars.Len() > 0 }

// octaves is how many waves of noise a made-up path has, the fastest an hour long and each
// as long as two of the one before.
const octaves = 16

// wander returns the logarithm of a made-up price, about 0: a sum of noise whose size grows
// with the root of its length, as the steps of prices do. It is known for any time without
// those before.
func (t *token) wander(at market.Time) float64 {
	hours, size, sum := float64(at)/float64(time.Hour), 0.004, 0.0
	for k := range uint64(octaves) {
		sum += size * drift(hours, t.seed, drawPath, uint64(t.ID), k)
		hours, size = hours/2, size*math.Sqrt2
	}
	if t.Category == "stablecoin" {
		return sum / 500
	}
	return sum
}

// price returns what one token costs at a time, in USD: the close of the last bar closed by
// then. Before its bars and after them, and where it has none, the price is made up.
func (t *token) price(at market.Time) float64 {
	if !t.barred() {
		return significant(t.Price * math.Exp(t.wander(at)))
	}
	c := t.Bars
	begin, end := c.OpenTime[0], c.Time(c.Len()-1)
	switch {
	case at <= begin:
		return significant(c.Open[0] * math.Exp(t.wander(at)-t.wander(begin)))
	case at > end:
		return significant(c.Close[c.Len()-1] * math.Exp(t.wander(at)-t.wander(end)))
	case at < c.Time(0):
		return c.Open[0]
	}
	return c.Close[c.Search(at-market.Time(c.Interval)+1)-1]
}

func (t *token) cap(at market.Time) float64 { return round(t.Supply*t.price(at), 3) }

// candle is what traded in a span of time. Volume is in USD.
type candle struct{ open, high, low, close, volume float64 }

// candle returns the bar of a span. There is none where the bars of the token have a hole,
// nor while the span is not over for them.
func (t *token) candle(from, to market.Time) (candle, bool) {
	if t.barred() {
		c := t.Bars
		lo, hi := c.Search(from), c.Search(to-market.Time(c.Interval)+1)
		if lo < hi {
			return fold(c, lo, hi), true
		}
		if from >= c.OpenTime[0] && to <= c.Time(c.Len()-1) {
			return candle{}, false
		}
	}
	k := candle{open: t.price(from), close: t.price(to), volume: t.volume(to) * float64(to-from) / float64(market.Day)}
	k.high, k.low = max(k.open, k.close), min(k.open, k.close)
	const steps = 8
	for i := market.Time(1); i < steps; i++ {
		p := t.price(from + (to-from)*i/steps)
		k.high, k.low = max(k.high, p), min(k.low, p)
	}
	wick := 0.002 * chance(t.seed, drawWick, uint64(t.ID), uint64(from))
	k.high, k.low = significant(k.high*(1+wick)), significant(k.low*(1-wick))
	return k, true
}

func fold(c *market.Columns, lo, hi int) candle {
	k := candle{open: c.Open[lo], high: c.High[lo], low: c.Low[lo], close: c.Close[hi-1]}
	for i := lo; i < hi; i++ {
		k.high, k.low = max(k.high, c.High[i]), min(k.low, c.Low[i])
		k.volume += c.Volume[i] * c.Close[i]
	}
	k.volume = round(k.volume, 6)
	return k
}

// volume returns what traded in USD in the 24 hours before a time.
func (t *token) volume(at market.Time) float64 {
	if t.barred() {
		c := t.Bars
		lo, hi := c.Search(at-market.Day), c.Search(at-market.Time(c.Interval)+1)
		if lo < hi {
			return fold(c, lo, hi).volume
		}
	}
	share := 0.02 + 0.06*chance(t.seed, drawVolume, uint64(t.ID), uint64(dayOf(at)))
	return round(t.Supply*t.price(at)*share, 5)
}

// change returns the growth of the price over a span before a time, as a logarithm.
func (t *token) change(at, span market.Time) float64 {
	return math.Log(t.price(at) / t.price(at-span))
}
