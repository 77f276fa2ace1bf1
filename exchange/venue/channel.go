package venue

import (
	"cmp"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// kind is what a market stream tells. Within an instant they speak in this order.
type kind int8

const (
	noKind kind = iota
	klines
	trades
	aggTrades
	bookTicker
	bookChanges
	bookLevels
	miniTicker
	fullTicker
	averagePrice
	markPrice
)

// A channel is how a stream follows its instrument.
type channel struct {
	kind   kind
	pit    *pit        // nil: of all instruments, or the name says nothing
	series *series     // of klines
	row    int         // of klines: the bar that closes next
	every  market.Time // how often it tells where things stand; 0: it does not
	levels int         // of bookLevels
	seen   []ladder    // of bookChanges and bookLevels: how the book stood since the last event
	told   int64       // of the same: the last update in it
}

const ms = market.Time(time.Millisecond)

// listens returns what a stream of a name tells; nothing where the market has none such.
func (f *floor) channel(name string) channel {
	if strings.HasPrefix(name, "!") {
		return f.overall(name)
	}
	symbol, what, _ := strings.Cut(name, "@")
	c := channel{pit: f.bySymbol[symbol]}
	if c.pit == nil {
		return channel{}
	}
	what, speed, _ := strings.Cut(what, "@")
	switch {
	case strings.HasPrefix(what, "kline_") && speed == "":
		c.klines(strings.TrimPrefix(what, "kline_"), f.usdm())
	case strings.HasPrefix(what, "depth"):
		c.depth(strings.TrimPrefix(what, "depth"), speed, f.usdm())
	case what == "markPrice" && f.usdm():
		c.mark(speed)
	case speed == "":
		c.plain(what, f.usdm())
	}
	return c
}

// overall are streams of all instruments.
func (f *floor) overall(name string) channel {
	switch {
	case name == "!miniTicker@arr":
		return channel{kind: miniTicker, every: 1000 * ms}
	case name == "!markPrice@arr" && f.usdm():
		return channel{kind: markPrice, every: 3000 * ms}
	case name == "!markPrice@arr@1s" && f.usdm():
		return channel{kind: markPrice, every: 1000 * ms}
	}
	return channel{}
}

func (c *channel) klines(interval string, usdm bool) {
	q, ok := findPeriod(interval, usdm)
	if !ok {
		return
	}
	if c.series = c.pit.of(q); c.series.columns == nil {
		return
	}
	c.kind, c.every = klines, 2000*ms
	if interval == "1s" {
		c.every = 1000 * ms
	}
}

// depth reads the levels and the speed of a book.
func (c *channel) depth(levels, speed string, usdm bool) {
	every, ok := map[string]market.Time{"": 1000 * ms, "1000ms": 1000 * ms, "100ms": 100 * ms}[speed]
	if usdm {
		every, ok = map[string]market.Time{"": 250 * ms, "500ms": 500 * ms, "100ms": 100 * ms}[speed]
	}
	if !ok {
		return
	}
	switch levels {
	case "":
		c.kind, c.every = bookChanges, every
	case "5", "10", "20":
		c.kind, c.every, c.levels = bookLevels, every, map[string]int{"5": 5, "10": 10, "20": 20}[levels]
	}
}

func (c *channel) mark(speed string) {
	switch speed {
	case "":
		c.kind, c.every = markPrice, 3000*ms
	case "1s":
		c.kind, c.every = markPrice, 1000*ms
	}
}

func (c *channel) plain(what string, usdm bool) {
	second := 1000 * ms
	switch what {
	case "trade":
		c.kind = trades
	case "aggTrade":
		c.kind = aggTrades
	case "bookTicker":
		c.kind = bookTicker
	case "miniTicker":
		c.kind, c.every = miniTicker, second
	case "ticker":
		c.kind, c.every = fullTicker, second
	case "avgPrice":
		if !usdm {
			c.kind, c.every = averagePrice, second
		}
	}
}

// loud reports whether a channel follows every deal.
func (c *channel) loud() bool {
	return c.kind == trades || c.kind == aggTrades || c.kind == bookTicker || c.kind == bookChanges || c.kind == bookLevels
}

// order puts the streams of an instant in order: by what they tell, klines by interval, then
// by instrument.
func (s *stream) order(o *stream) int {
	return cmp.Or(cmp.Compare(s.kind, o.kind), cmp.Compare(s.span(), o.span()), cmp.Compare(s.index(), o.index()), cmp.Compare(s.name, o.name))
}

func (s *stream) span() market.Interval {
	switch {
	case s.series == nil:
		return 0
	case s.series.interval == 0:
		return 31 * market.Daily
	}
	return s.series.interval
}

func (s *stream) index() market.InstrumentID {
	if s.pit == nil {
		return -1
	}
	return s.pit.book.ID
}
