package sim_test

import (
	"testing"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// stock is the first minute of the plays below: it ends at 10 and is when x/1 is
// decided, which buys the base that later sells need, at the open of the second.
const stock = "10 10 10 10"

// rule is one order, decided at the end of the second minute, and the minutes after.
type rule struct {
	name  string
	last  string // the second minute; it ends at 10 where empty
	order market.Order
	bars  []string
	with  func(*sim.Options)
	want  []string
}

func slipped(o *sim.Options)    { o.SlippageBps = dec("15") }
func touching(o *sim.Options)   { o.Touch = true }
func optimistic(o *sim.Options) { o.Path = sim.Optimistic }
func ohlc(o *sim.Options)       { o.Path = sim.OHLC }

func postOnly(o market.Order) market.Order {
	o.PostOnly = true
	return o
}

func spend(quote string) market.Order {
	return market.Order{Side: market.Buy, Type: market.Market, Quote: dec(quote)}
}

// rules are semantics X4 to X7, case by case. Minute 2 ends at 3:00.
var rules = []rule{
	{"X4 market buy at the open", "", order(market.Buy, market.Market, "1"), []string{"10.1 12 9 11"}, nil, []string{"3:00 2 filled 1@10.1 at 2:00"}},
	{"X4 market sell at the open", "", order(market.Sell, market.Market, "1"), []string{"10.1 12 9 11"}, nil, []string{"3:00 2 filled 1@10.1 at 2:00"}},
	{"X4 slippage up, to the tick", "", order(market.Buy, market.Market, "1"), []string{"10.1 12 9 11"}, slipped, []string{"3:00 2 filled 1@10.12 at 2:00"}},
	{"X4 slippage down, to the tick", "", order(market.Sell, market.Market, "1"), []string{"10.1 12 9 11"}, slipped, []string{"3:00 2 filled 1@10.08 at 2:00"}},
	{"X3 a market order waits across a gap", "", order(market.Buy, market.Market, "1"), []string{"-", "-", "12 12 12 12"}, nil, []string{"5:00 2 filled 1@12 at 4:00"}},
	{"M2 a quote amount at the slipped price", "", spend("100"), []string{"9.99 12 9 11"}, slipped, []string{"3:00 2 filled 9.99@10.01 at 2:00"}},
	{"M2 less than a step", "", spend("0.1"), []string{"12 12 9 11"}, nil, []string{"3:00 2 rejected: quote amount buys less than one step"}},

	{"X5 arriving buy better than the limit", "", limit(market.Buy, "1", "10"), []string{"9.5 12 9 11"}, nil, []string{"3:00 2 filled 1@9.5 at 2:00"}},
	{"X5 arriving buy at the limit", "", limit(market.Buy, "1", "10"), []string{"10 12 10 11"}, nil, []string{"3:00 2 filled 1@10 at 2:00"}},
	{"X5 arriving sell better than the limit", "", limit(market.Sell, "1", "10"), []string{"10.5 12 9 11"}, nil, []string{"3:00 2 filled 1@10.5 at 2:00"}},
	{"X5 arriving takes without slippage", "", limit(market.Buy, "1", "10"), []string{"9.5 12 9 11"}, slipped, []string{"3:00 2 filled 1@9.5 at 2:00"}},
	{"X5 post-only that would take", "", postOnly(limit(market.Buy, "1", "10")), []string{"10 12 10 11"}, nil, []string{"3:00 2 rejected: post-only order would take"}},
	{"X5 post-only that rests", "", postOnly(limit(market.Buy, "1", "10")), []string{"10.01 12 9.99 11"}, nil, []string{"3:00 2 filled 1@10 maker"}},
	{"X5 arriving, then through in the same bar", "", limit(market.Buy, "1", "10"), []string{"11 12 9 11"}, nil, []string{"3:00 2 filled 1@10 maker"}},
	{"X5 resting buy, touched only", "", limit(market.Buy, "1", "9"), []string{"10 11 9 10"}, nil, nil},
	{"X5 resting buy, touch on", "", limit(market.Buy, "1", "9"), []string{"10 11 9 10"}, touching, []string{"3:00 2 filled 1@9 maker"}},
	{"X5 resting sell, touched only", "", limit(market.Sell, "1", "11"), []string{"10 11 9 10"}, nil, nil},
	{"X5 resting sell, touch on", "", limit(market.Sell, "1", "11"), []string{"10 11 9 10"}, touching, []string{"3:00 2 filled 1@11 maker"}},
	{"X5 resting buy across a gap keeps its price", "", limit(market.Buy, "1", "9"), []string{"10 11 9.5 10", "8 8.5 7 8"}, nil, []string{"4:00 2 filled 1@9 maker"}},
	{"X5 resting sell across a gap keeps its price", "", limit(market.Sell, "1", "11"), []string{"10 10.5 9.5 10", "12 12.5 11.5 12"}, nil, []string{"4:00 2 filled 1@11 maker"}},
	{"X5 a resting open at the limit does not trade through", "", limit(market.Buy, "1", "9"), []string{"10 11 9.5 10", "9 9.5 9 9.2"}, nil, nil},

	{"X6 buy stop crossed by the last close", "", stop(market.Buy, "1", "10"), []string{"9 9 9 9"}, nil, []string{"2:00 2 rejected: would trigger immediately"}},
	{"X6 sell stop crossed by the last close", "", stop(market.Sell, "1", "10"), []string{"12 12 12 12"}, nil, []string{"2:00 2 rejected: would trigger immediately"}},
	{"X6 stop-limit crossed by the last close", "", stopLimit(market.Buy, "1", "9.99", "11"), []string{"9 9 9 9"}, nil, []string{"2:00 2 rejected: would trigger immediately"}},
	{"X6 sell stop reached", "", stop(market.Sell, "1", "9"), []string{"10 11 9 10"}, nil, []string{"3:00 2 filled 1@9"}},
	{"X6 buy stop reached", "", stop(market.Buy, "1", "11"), []string{"10 11 9 10"}, nil, []string{"3:00 2 filled 1@11"}},
	{"X6 stops slip", "", stop(market.Sell, "1", "9"), []string{"10 11 9 10"}, slipped, []string{"3:00 2 filled 1@8.98"}},
	{"X6 the open beyond the stop", "", stop(market.Sell, "1", "9"), []string{"8 11 7 10"}, nil, []string{"3:00 2 filled 1@8 at 2:00"}},
	{"X6 the open beyond the stop slips", "", stop(market.Buy, "1", "11"), []string{"12 12 11 11"}, slipped, []string{"3:00 2 filled 1@12.02 at 2:00"}},
	{"X6 the open at the stop", "", stop(market.Buy, "1", "11"), []string{"11 12 11 11"}, nil, []string{"3:00 2 filled 1@11 at 2:00"}},
	{"X6 not reached", "", stop(market.Sell, "1", "9"), []string{"10 11 9.01 10", "9.5 9.6 9.4 9.5"}, nil, nil},

	{"X6 stop-limit fills at its stop", "", stopLimit(market.Buy, "1", "11", "11.5"), []string{"10 12 10 12"}, nil, []string{"3:00 2 filled 1@11"}},
	{"X6 stop-limit fills at the open beyond its stop", "", stopLimit(market.Buy, "1", "11", "11.5"), []string{"11.2 12 11 12"}, nil, []string{"3:00 2 filled 1@11.2 at 2:00"}},
	{"X6 stop-limit jumped over rests", "", stopLimit(market.Buy, "1", "11", "11.5"), []string{"12 13 12 13", "12 12 11.4 12"}, nil, []string{"4:00 2 filled 1@11.5 maker"}},
	{"X6 stop-limit jumped over, back in the bar", "", stopLimit(market.Buy, "1", "11", "11.5"), []string{"12 13 11.4 13"}, nil, []string{"3:00 2 filled 1@11.5 maker"}},
	{"X7 a limit below the stop sees the rest of the path only: pessimistic", "", stopLimit(market.Buy, "1", "11", "9.5"), []string{"10 12 9 12"}, nil, nil},
	{"X7 a limit below the stop sees the rest of the path only: optimistic", "", stopLimit(market.Buy, "1", "11", "9.5"), []string{"10 12 9 12"}, optimistic, []string{"3:00 2 filled 1@9.5 maker"}},
	{"X7 pessimistic takes the loss", "", stopLimit(market.Buy, "1", "11", "9.5"), []string{"10 12 9 9.2"}, nil, []string{"3:00 2 filled 1@9.5 maker"}},
	{"X7 the nearer extreme first: high", "", stopLimit(market.Buy, "1", "11", "9.5"), []string{"10 11 8 10"}, ohlc, []string{"3:00 2 filled 1@9.5 maker"}},
	{"X7 the nearer extreme first: low", "", stopLimit(market.Buy, "1", "11", "9.5"), []string{"10 12 9 11.5"}, ohlc, nil},
	{"X7 the nearer extreme first: tie is the low", "", stopLimit(market.Buy, "1", "11", "9.5"), []string{"10 11 9 11"}, ohlc, nil},
}

func TestRules(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			o := off()
			if r.with != nil {
				r.with(&o)
			}
			last := r.last
			if last == "" {
				last = stock
			}
			p := newPlay(t, coin(), o, bars(append([]string{stock, last}, r.bars...)...))
			buy := order(market.Buy, market.Market, "100")
			p.submit(at(1, 0), buy)
			p.submit(at(2, 0), r.order)
			bought := "2:00 1 filled 100@10 at 1:00"
			if o.SlippageBps.IsPositive() {
				bought = "2:00 1 filled 100@10.02 at 1:00"
			}
			p.said(append([]string{bought}, r.want...)...)
		})
	}
}

// TestSeveralAtOneTurn: all orders act that the price meets where a leg of the path ends.
func TestSeveralAtOneTurn(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(stock, stock, "10 10 9 10"))
	p.submit(at(1, 0), order(market.Buy, market.Market, "100"))
	p.submit(at(2, 0), stop(market.Sell, "1", "9"))
	p.submit(at(2, 0), stopLimit(market.Sell, "1", "9", "9"))
	p.submit(at(2, 0), stop(market.Sell, "1", "9"))
	p.said("2:00 1 filled 100@10 at 1:00", "3:00 2 filled 1@9", "3:00 3 filled 1@9", "3:00 4 filled 1@9")
}

// TestSoldTwice: two market sells of all there is pass on arrival, since neither rests; the
// second finds nothing left.
func TestSoldTwice(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(stock, stock, stock))
	p.submit(at(1, 0), order(market.Buy, market.Market, "1"))
	p.submit(at(2, 0), order(market.Sell, market.Market, "1"))
	p.submit(at(2, 0), order(market.Sell, market.Market, "1"))
	p.said("2:00 1 filled 1@10 at 1:00", "3:00 2 filled 1@10 at 2:00", "3:00 3 rejected: insufficient balance")
}

// TestExitsWithoutAnEntry: exits of our engine share what they name, so that of two sells
// the larger keeps what the smaller did not give (X10).
func TestExitsWithoutAnEntry(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(stock, stock, "10 10 9 10", "10 12 10 12"))
	p.submit(at(1, 0), order(market.Buy, market.Market, "3"))
	for _, o := range []market.Order{stop(market.Sell, "1", "9"), limit(market.Sell, "3", "11")} {
		o.Profile, o.Group = market.ByEngine, "g"
		p.submit(at(2, 0), o)
	}
	p.said("2:00 1 filled 3@10 at 1:00", "3:00 2 filled 1@9", "4:00 3 filled 2@11 maker")
}

// TestEntryBringsNothing: exits do not wait for ever for an entry that has filled and
// brought, after its fee, less than a step.
func TestEntryBringsNothing(t *testing.T) {
	in := coin()
	in.Fees.Taker = dec("0.001")
	p := newPlay(t, in, off(), bars(stock, stock))
	p.submit(at(1, 0), market.Order{Side: market.Buy, Type: market.Market, Quantity: dec("0.01"), Profile: market.ByEngine})
	x := stop(market.Sell, "0.01", "9")
	x.Parent, x.Group, x.Profile = market.OrderID{Strategy: "x", Sequence: 1}, "g", market.ByEngine
	p.submit(at(1, 0), x)
	p.said("1:00 2 accepted: waits", "2:00 1 filled 0.01@10 at 1:00", "2:00 2 cancelled: entry ended")
}
