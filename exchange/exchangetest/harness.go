package exchangetest

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Harness opens venues for the cases.
type Harness struct {
	Name      string // what the table calls it: "binance spot"
	Perpetual bool   // what trades there: a perpetual future, or a spot pair
	// Open returns a venue of its own for one case, whose market follows the plan. What it
	// starts it ends with t.Cleanup, or in Stage.Close.
	Open func(t *testing.T, p Plan) *Stage
	// Bubble plays each case in a bubble of testing/synctest, where time is virtual and
	// waiting costs nothing: for venues in the process that are reached through memory.
	Bubble bool
	// Skip says why cases say nothing of this venue, by their name or by a pattern of
	// path.Match: "orders/stop-*".
	Skip map[string]string
}

// Stage is a venue that a case can direct, and the adapter under test. Means that are nil
// are not there, and the cases that need them are skipped.
type Stage struct {
	Market     exchange.Market
	Broker     exchange.Broker
	Names      *exchange.Names   // of Broker's orders
	Instrument market.Instrument // as Market lists it, the one that the plan moves

	// Now returns the venue's time.
	Now func() market.Time
	// Next plays the market on to the close of the next bar of a minute.
	Next func()
	// Close ends the venue, after the adapter's streams have ended. Nothing that it or the
	// adapter started may be left.
	Close func()

	// Reopen returns another Broker on the account, as another process of the same
	// session would have it, with names that know no order yet.
	Reopen func() (exchange.Broker, *exchange.Names)
	// Link cuts every stream of the venue and lets none connect, or lets them again. A cut
	// returns once the adapter can have noticed.
	Link func(up bool)
	// Silence lets the venue's streams stay open and say nothing more, whoever asks; new
	// ones work.
	Silence func()
	// Trouble lets the next request for an order (or, of TroubleCancel, its cancel) go
	// wrong, and reports whether it can.
	Trouble func(Trouble) bool
	// Hide lets the venue not find orders, the next so many times it is asked for one.
	Hide func(times int)
	// Sent returns how many requests for new orders came to the venue or were lost on the
	// way to it, whatever the answer.
	Sent func() int
	// Relist gives the instrument other filters.
	Relist func(market.Instrument)
	// Place places an order by hand, outside the adapter, and returns what the venue calls
	// it.
	Place func(market.Order) string
	// Remove cancels an order by hand, by what the venue calls it.
	Remove func(client string)
	// Pay adds to the account's balance of an asset, or takes from it.
	Pay func(asset string, amount decimal.Decimal)
	// Skew sets the adapter's clock off by an amount from now on.
	Skew func(time.Duration)
}

// Trouble is how a request goes wrong.
type Trouble int

// The troubles.
const (
	LoseReply    Trouble = iota + 1 // the venue takes the order, and its answer never comes
	LoseRequest                     // the request never reaches the venue, and no answer comes
	SayUnknown                      // the venue takes the order, and says that it does not know
	Busy                            // a page of HTML that says the service is unavailable; nothing is taken
	Limited                         // too many requests, with the time to wait; nothing is taken
	TroubledBody                    // the venue takes the order, and what it answers is not an answer
	LoseCancel                      // the venue cancels the order, and its answer never comes
)

// String returns what goes wrong.
func (t Trouble) String() string {
	return [...]string{"", "a lost reply", "a lost request", "an answer of unknown", "a busy venue", "a rate limit", "an answer of garbage", "a lost reply to a cancel"}[t]
}

// Plan is the market of a case, by bars of a minute.
type Plan struct {
	Instrument market.Instrument   // what is to be listed; the venue may name it and its assets otherwise
	Cash       decimal.Decimal     // of quote, in the account, which has nothing else
	Closes     []decimal.Decimal   // of the bars that Next plays; each goes straight from the close before
	Funding    decimal.NullDecimal // rate of one funding of the perpetual, in the second bar that Next plays
}

// past and rest are how many flat bars lie before the case begins and after its plan.
const past, rest = 10, 90

// volume of each bar, in base: more than any case trades.
const volume = 1000

// Bars returns the plan's bars, around a case that begins at a time that is a multiple of a
// minute: ten that closed before it, those that are planned, and more that stay where the
// last one went.
func (p *Plan) Bars(start market.Time) *market.Columns {
	c := market.MakeColumns(market.Minute, past+len(p.Closes)+rest)
	c.PriceScale, c.VolumeScale = -p.Instrument.Tick.Exponent(), 0
	last := market.Float(first)
	for k := range past + len(p.Closes) + rest {
		to := last
		if i := k - past; i >= 0 && i < len(p.Closes) {
			to = market.Float(p.Closes[i])
		}
		c.Append(market.Bar{
			OpenTime: start + market.Time(k-past)*market.Time(market.Minute),
			Open:     last, High: max(last, to), Low: min(last, to), Close: to, Volume: volume,
		})
		last = to
	}
	return c
}

// Fundings returns the plan's fundings for a case that begins at a time.
func (p *Plan) Fundings(start market.Time) []market.Funding {
	if !p.Funding.Valid {
		return nil
	}
	return []market.Funding{{Time: start + 2*market.Time(market.Minute), Rate: p.Funding.Decimal}}
}

// first is the price at which every case begins.
var first = decimal.New(100, 0)

// plan is what a case gets that asks for nothing else.
func plan(perpetual bool) Plan {
	in := market.Instrument{
		Symbol: "BTCUSDT", Base: "BTC", Quote: "USDT",
		Tick: decimal.New(1, -2), Step: decimal.New(1, -3), MinQuantity: decimal.New(1, -3), MaxQuantity: decimal.New(1000, 0), MinNotional: decimal.New(5, 0),
		BasePrecision: 8, QuotePrecision: 8,
		Fees: market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)},
	}
	if perpetual {
		in.Fees = market.Fees{Maker: decimal.New(2, -4), Taker: decimal.New(4, -4), InQuote: true}
		in.Margin = &market.Margin{
			Leverage: decimal.New(10, 0),
			Brackets: []market.MarginBracket{{MaxLeverage: decimal.New(20, 0), Rate: decimal.New(1, -2)}},
		}
	}
	return Plan{Instrument: in, Cash: decimal.New(10_000, 0)}
}
