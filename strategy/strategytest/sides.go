package strategytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// Sides is [Story.Play] for a table of cases: a line says at the close of which bar it was
// decided, and the side. "3 buy" is the third bar after Lead; with several markets it is
// "3 buy BTCUSDT". What is cancelled is "4 cancel buy", and what was refused "4 buy refused".
// A strategy that stopped fails the test.
func (s Story) Sides(t testing.TB, x strategy.Strategy) []string {
	t.Helper()
	return s.brief(t, x, func(e *entry) []string {
		if e.decision.Refused != nil {
			return []string{"refused"}
		}
		return nil
	})
}

// Orders is Sides with what else there is to an order, but for its type:
// "3 buy 5000 (target)", "4 sell 20 at 110 (profit)". The amount is in quote where the order
// says what to spend, as a Target does that buys on spot, and else in base.
func (s Story) Orders(t testing.TB, x strategy.Strategy) []string {
	t.Helper()
	return s.brief(t, x, func(e *entry) []string {
		amount := e.decision.Order.Quantity
		if e.decision.Order.Quote.IsPositive() {
			amount = e.decision.Order.Quote
		}
		return append([]string{amount.String()}, e.terms()...)
	})
}

// brief tells the story with the number of the bar, the side, and what rest says of a
// decision.
func (s *Story) brief(t testing.TB, x strategy.Strategy, rest func(*entry) []string) []string {
	t.Helper()
	lines, err := s.tell(x, func(e *entry, instruments []market.Instrument) string {
		words := []string{fmt.Sprint(s.bars(e.time) - s.Lead)}
		if e.decision == nil {
			return words[0] + " " + e.stopped
		}
		if e.decision.Action != market.Submit {
			words = append(words, e.decision.Action.String())
		}
		words = append(words, e.decision.Order.Side.String())
		if len(instruments) > 1 {
			words = append(words, instruments[e.decision.Order.Instrument].Symbol)
		}
		return strings.Join(append(words, rest(e)...), " ")
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
