package testkit

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// actor is a strategy that follows its part.
type actor struct {
	play    *Play
	part    *part
	acts    []act // still to be done
	signals map[string]*strategy.Signals
}

// Init subscribes to what the part watches, or else to every bar.
func (a *actor) Init(s *strategy.Setup) error {
	for _, w := range a.part.watches {
		w(a, s)
	}
	for _, in := range s.Instruments() {
		if d := a.play.script.finest(in.ID); d > 0 && !a.part.anyBars {
			s.Instant(strategy.BarQuery{Interval: d, Instruments: []market.InstrumentID{in.ID}}, a.act)
		}
	}
	return nil
}

// act does what stands at this time, once.
func (a *actor) act(c *strategy.Context) {
	for len(a.acts) > 0 && a.acts[0].at == c.Now() {
		next := a.acts[0]
		a.acts = a.acts[1:]
		if err := next.do(a, c); err != nil {
			a.say(c, "error: %v", err)
		}
	}
}

func (a *actor) say(c *strategy.Context, format string, args ...any) {
	a.play.print(c.Now(), a.part.name+" "+fmt.Sprintf(format, args...))
}

func (a *actor) base(i market.InstrumentID) string { return a.play.script.History.Instruments[i].Base }

// onBar prints a series: its closes, oldest first.
func (a *actor) onBar(c *strategy.Context, s *strategy.Series) {
	text := fmt.Sprintf("sees %s %s %v", a.base(s.Instrument()), s.Interval(), s.Close())
	if !c.Warm() {
		text += " cold"
	}
	if s.Incomplete() {
		text += " incomplete"
	}
	if n := s.Gap(); n > 0 {
		text += fmt.Sprintf(" gap %d", n)
	}
	a.say(c, "%s", text)
	a.act(c)
}

func (a *actor) onSignal(c *strategy.Context, s market.Signal) {
	a.say(c, "is told %s %s %s", s.Kind, s.Subject, value(&s))
	a.act(c)
}

func (a *actor) onOrder(c *strategy.Context, u market.OrderUpdate) {
	a.say(c, "hears %s %s", u.ID, u.State)
	a.act(c)
}

func (a *actor) onFill(c *strategy.Context, u market.OrderUpdate) {
	a.say(c, "hears of a fill of %s: %s @ %s", u.ID, u.Fill.Quantity, u.Fill.Price)
	a.act(c)
}

func (a *actor) onTrade(c *strategy.Context, t strategy.Trade) {
	by := t.Rule
	if by == "" {
		by = "itself"
	}
	a.say(c, "hears of a trade of %s: profit %s, closed by %s", a.base(t.Instrument), t.Profit, by)
	a.act(c)
}

func (a *actor) on(what string) func(*strategy.Context) {
	return func(c *strategy.Context) {
		a.say(c, "%s", what)
		a.act(c)
	}
}

// print says what the strategy has.
func (a *actor) print(c *strategy.Context) error {
	text := "cash " + c.Cash().String()
	for i := range a.play.script.History.Instruments {
		if q := c.Position(market.InstrumentID(i)); !q.IsZero() {
			text += " " + a.base(market.InstrumentID(i)) + " " + q.String()
		}
	}
	text += " equity " + c.Equity().String()
	var working []string
	for i := range a.play.script.History.Instruments {
		for _, o := range c.OpenOrders(market.InstrumentID(i)) {
			working = append(working, o.ID.String())
		}
	}
	if working != nil {
		text += " working " + strings.Join(working, " ")
	}
	a.say(c, "%s", text)
	return nil
}

// read says what is in force of a kind that the part watches.
func (a *actor) read(c *strategy.Context, kind, subject string) error {
	signals := a.signals[kind]
	if signals == nil {
		return fmt.Errorf("strategy %s does not watch signals %s", a.part.name, kind)
	}
	var row market.Signal
	var ok bool
	if subject == string(market.MarketWide) {
		row, ok = signals.Market()
	} else {
		row, ok = signals.At(a.play.script.find(subject))
	}
	if !ok {
		a.say(c, "reads %s %s absent", kind, subject)
		return nil
	}
	a.say(c, "reads %s %s %s of %s", kind, subject, value(&row), formatClock(row.Effective))
	return nil
}

func value(s *market.Signal) string {
	if s.Null {
		return "null"
	}
	return fmt.Sprint(s.Value)
}

func (a *actor) id(n int) market.OrderID {
	return market.OrderID{Strategy: a.part.name, Sequence: uint32(n)}
}
