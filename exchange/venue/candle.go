package venue

import (
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A candle is what a kline says beside its times: sums of deals.
type candle struct {
	open, high, low, close       int64 // prices in units; high is 0 where there was no deal
	volume, quote, buy, buyQuote total // buy is the part that takers bought
	first, last, count           int64 // ids, and how many
}

// empty reports whether nothing was seen.
func (c *candle) empty() bool { return c.high == 0 }

// add counts a deal in.
func (c *candle) add(d *deal, t *texts) {
	c.price(d.price, d.price, d.price, d.price)
	if d.quantity == 0 {
		return
	}
	base, quote := t.base(d.quantity), t.product(d.price, d.quantity)
	c.volume.add(base, t.oneQuantity)
	c.quote.add(quote, t.oneQuote)
	if !d.maker {
		c.buy.add(base, t.oneQuantity)
		c.buyQuote.add(quote, t.oneQuote)
	}
	if c.count++; c.count == 1 {
		c.first = d.id
	}
	c.last = d.id
}

// join counts a later candle in.
func (c *candle) join(o *candle, t *texts) {
	if o.empty() {
		return
	}
	c.price(o.open, o.high, o.low, o.close)
	c.volume.add(o.volume, t.oneQuantity)
	c.quote.add(o.quote, t.oneQuote)
	c.buy.add(o.buy, t.oneQuantity)
	c.buyQuote.add(o.buyQuote, t.oneQuote)
	if o.count > 0 {
		if c.count == 0 {
			c.first = o.first
		}
		c.last, c.count = o.last, c.count+o.count
	}
}

func (c *candle) price(open, high, low, close int64) {
	if c.high == 0 {
		c.open, c.high, c.low = open, high, low
	}
	c.high, c.low, c.close = max(c.high, high), min(c.low, low), close
}

// A period is an interval of klines as Binance writes it.
type period struct {
	name     string
	interval market.Interval // 0: a calendar month
}

// periods are all of them, the finest first. USD-M has no 1s.
var periods = func() []period {
	var list []period
	for name := range strings.FieldsSeq("1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w") {
		d, err := market.ParseInterval(name)
		if err != nil {
			panic(err)
		}
		list = append(list, period{name, d})
	}
	return append(list, period{name: "1M"})
}()

// findPeriod returns the period of a name on a market.
func findPeriod(name string, usdm bool) (p period, ok bool) {
	for i, p := range periods {
		if p.name == name && (i > 0 || !usdm) {
			return p, true
		}
	}
	return period{}, false
}

// floor returns the start of the bar that a time is in.
func (p period) floor(t market.Time) market.Time {
	if p.interval > 0 {
		return p.interval.Floor(t)
	}
	y, m, _ := t.UTC().Date()
	return market.TimeOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC))
}

// end returns when the bar closes that starts at a time.
func (p period) end(start market.Time) market.Time {
	if p.interval > 0 {
		return start + market.Time(p.interval)
	}
	return market.TimeOf(start.UTC().AddDate(0, 1, 0))
}

// resample makes the bars of a period from a tape; nil where they are finer than its own.
func (p period) resample(c *market.Columns) *market.Columns {
	switch {
	case p.interval == 0:
		return months(c)
	case p.interval == c.Interval:
		return c
	case !p.interval.Holds(c.Interval) || c.Len() == 0:
		return nil
	}
	return market.Resample(c, p.interval, c.Time(c.Len()-1))
}

// months makes bars of calendar months, which market.Resample does not know.
func months(c *market.Columns) *market.Columns {
	month := period{}
	out := market.MakeColumns(0, 0)
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for row := 0; row < c.Len(); {
		b := c.Bar(row)
		b.OpenTime = month.floor(b.OpenTime)
		end := month.end(b.OpenTime)
		for ; row < c.Len() && c.OpenTime[row] < end; row++ {
			b.High, b.Low, b.Close = max(b.High, c.High[row]), min(b.Low, c.Low[row]), c.Close[row]
		}
		if end <= c.Time(c.Len()-1) {
			out.Append(b)
		}
	}
	return out
}
