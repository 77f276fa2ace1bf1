package strategy

import (
	"errors"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// Strategy is what an author writes. The struct is its own configuration: exported
// fields tagged `toml:"fast" param:"min=2,max=200,step=1" doc:"bars of the fast average"`.
type Strategy interface {
	// Init subscribes by calling methods of s. It is called once, before any event;
	// an error ends the run before it begins.
	Init(s *Setup) error
}

// Plugin makes strategies of one type.
type Plugin struct {
	Name   string          // the type in the configuration: "sma_cross"
	Doc    string          // one line: what it does
	Sample string          // a [strategy.X] table that runs, in TOML
	New    func() Strategy // with the defaults in its fields
}

// ErrWarmup refuses an order for an instrument whose bars are not warm yet.
var ErrWarmup = errors.New("order before warm-up: check Context.Warm first")

// The types that subscriptions are made of are market's, shared with the rules.
type (
	// BarQuery says which bars a strategy wants: Interval, Lookback, Warmup and Instruments,
	// whose zeros have a meaning: see [market.BarQuery].
	BarQuery = market.BarQuery
	// SignalQuery says which signals a strategy wants: Kind, Source and MaxAge: see
	// [market.SignalQuery].
	SignalQuery = market.SignalQuery
	// Series shows the last bars of one instrument. Its methods are those of [market.Series]:
	// Close, LastClose, Last, Len, Warm, Gap and the like.
	Series = market.Series
	// Trade is a closed trade of the strategy: what it cost and earned, from when to when,
	// and why it closed. Its fields are those of [market.Trade].
	Trade = market.Trade
)

// Setup is what Init gets: it takes subscriptions and tells what the strategy trades.
// It must not be used after Init.
type Setup struct{ host *Host }

// Instruments returns what the strategy trades, in the order of the configuration. Their
// filters may change during the run: Context.Instrument has those of now.
func (s *Setup) Instruments() []market.Instrument {
	list := make([]market.Instrument, len(s.host.hub.Desk.Instruments))
	for k, i := range s.host.hub.Desk.Instruments {
		list[k] = s.host.hub.Desk.Market.Instruments[i]
	}
	return list
}

// Interval returns the bar interval in the configuration.
func (s *Setup) Interval() market.Interval { return s.host.hub.Desk.Interval }

// Bars subscribes to bars. f is called for every closed bar, warm-up included, and
// may be nil; the returned Bars shows the same series at any time. A strategy that
// subscribes to no bars at all watches those of the configured interval: its orders need
// prices.
func (s *Setup) Bars(q BarQuery, f func(*Context, *Series)) *Bars {
	return &Bars{s.host.hub.Watch(q, f, nil)}
}

// Instant subscribes to instants: f is called once after all bars of an instant in
// which at least one series of q got a new bar. It is the place for portfolios and
// pairs.
func (s *Setup) Instant(q BarQuery, f func(*Context)) *Bars {
	return &Bars{s.host.hub.Watch(q, nil, f)}
}

// Signals subscribes to a kind of signal about the strategy's assets and the market
// as a whole. f, which may be nil, is called when the row in force changes; a null
// row is passed too, so that f sees a value vanish.
func (s *Setup) Signals(q SignalQuery, f func(*Context, market.Signal)) *Signals {
	return &Signals{&s.host.hub, s.host.hub.Signals(q, f)}
}

// Schedule calls f at the times of a cron expression of five fields, in UTC. The
// descriptors @hourly, @daily, @weekly, @monthly are allowed; @every and time zones
// are not. A time at which the process was down is not made up for.
func (s *Setup) Schedule(cron string, f func(*Context)) { s.host.hub.Schedule(cron, f) }

// Orders calls f for each update of the strategy's own orders, refusals included.
func (s *Setup) Orders(f func(*Context, market.OrderUpdate)) { s.host.hub.Orders(f) }

// Fills calls f for each fill of the strategy's orders, those that rules made for it
// included.
func (s *Setup) Fills(f func(*Context, market.OrderUpdate)) {
	s.host.hub.Orders(func(c *Context, u market.OrderUpdate) {
		if u.Fill != nil {
			f(c, u)
		}
	})
}

// Trades calls f for each trade of the strategy that closes (semantics M4): after the
// updates of the instant, before its bars.
func (s *Setup) Trades(f func(*Context, Trade)) { s.host.hub.Closed(f) }

// Bars is a subscription to bars.
type Bars struct{ sub *desk.Bars[*Context] }

// At returns the series of an instrument, or nil where the query does not cover it.
func (b *Bars) At(i market.InstrumentID) *Series {
	if int(i) < 0 || int(i) >= len(b.sub.ByID) {
		return nil
	}
	return b.sub.ByID[i]
}

// Signals is a subscription to one kind of signal.
type Signals struct {
	hub *desk.Hub[*Context]
	sub *desk.Signal[*Context]
}

// At returns the row in force about an instrument's base asset, and false where it
// is absent: none yet, null, or older than the maximum age.
func (s *Signals) At(i market.InstrumentID) (market.Signal, bool) {
	if int(i) < 0 || int(i) >= len(s.sub.Assets) || s.sub.Assets[i] == nil {
		return market.Signal{}, false
	}
	row, ok := s.hub.Read(s.sub.Assets[i], s.sub.MaxAge)
	if ok {
		row.Instrument = i
	}
	return row, ok
}

// Market returns the row in force about the market as a whole, as At does.
func (s *Signals) Market() (market.Signal, bool) { return s.hub.Read(s.sub.Market, s.sub.MaxAge) }
