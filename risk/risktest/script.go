package risktest

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// Script is a strategy that does what its steps say, in one run.
type Script struct {
	Steps []Step
	bar   int
}

// Step is one thing that a script does at the close of a bar, counted from 1.
type Step struct {
	Bar   int
	Order market.Order            // to submit; none where Do is set
	Do    func(*strategy.Context) // anything else
}

// Play makes a script.
func Play(steps ...Step) *Script { return &Script{Steps: steps} }

// At makes the step that submits an order.
func At(bar int, o market.Order) Step { return Step{Bar: bar, Order: o} }

// Init subscribes to all bars.
func (s *Script) Init(setup *strategy.Setup) error {
	setup.Instant(strategy.BarQuery{}, s.instant)
	return nil
}

func (s *Script) instant(c *strategy.Context) {
	s.bar++
	for _, step := range s.Steps {
		switch {
		case step.Bar != s.bar:
		case step.Do != nil:
			step.Do(c)
		default:
			submit(c, step.Order)
		}
	}
}

// submit ends the strategy where an order makes no sense, so that a test shows it.
func submit(c *strategy.Context, o market.Order) {
	if _, err := c.Submit(o); err != nil {
		c.Fail(err)
	}
}

// CancelAll asks for the end of all working orders on an instrument.
func CancelAll(c *strategy.Context, i market.InstrumentID) {
	for _, o := range c.OpenOrders(i) {
		if err := c.Cancel(o.ID); err != nil {
			c.Fail(err)
		}
	}
}

// Buy is a market buy of a quantity in base.
func Buy(i market.InstrumentID, quantity string) market.Order {
	return market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: number(quantity)}
}

// BuyFor is a market buy for an amount in quote.
func BuyFor(i market.InstrumentID, quote string) market.Order {
	return market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quote: number(quote)}
}

// BuyLimit is a limit buy of a quantity in base, at a price in quote.
func BuyLimit(i market.InstrumentID, quantity, price string) market.Order {
	return market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Quantity: number(quantity), Price: number(price)}
}

// BuyStop is a buy of a quantity in base once the price reaches a stop in quote.
func BuyStop(i market.InstrumentID, quantity, stop string) market.Order {
	return market.Order{Instrument: i, Side: market.Buy, Type: market.Stop, Quantity: number(quantity), Stop: number(stop)}
}

// Sell is a market sell of a quantity in base.
func Sell(i market.InstrumentID, quantity string) market.Order {
	return market.Order{Instrument: i, Side: market.Sell, Type: market.Market, Quantity: number(quantity)}
}

// SellLimit is a limit sell of a quantity in base, at a price in quote.
func SellLimit(i market.InstrumentID, quantity, price string) market.Order {
	return market.Order{Instrument: i, Side: market.Sell, Type: market.Limit, Quantity: number(quantity), Price: number(price)}
}

// SellAll is a market sell of all that no other order holds.
func SellAll(i market.InstrumentID) market.Order {
	return market.Order{Instrument: i, Side: market.Sell, Type: market.Market, ReduceOnly: true}
}

func number(s string) decimal.Decimal { return decimal.RequireFromString(s) }
