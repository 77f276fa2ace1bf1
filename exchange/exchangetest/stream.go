package exchangetest

import (
	"context"
	"errors"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// viewer is a reader of a market's stream.
type viewer struct {
	c       *trial
	events  []exchange.Event
	readies int
	running int
}

// stream follows subscriptions, and returns once the stream is ready.
func (c *trial) stream(subs ...exchange.Subscription) *viewer {
	v := &viewer{c: c}
	c.goes(c.ctx, "Stream", func() error {
		return c.Market.Stream(c.ctx, subs, func() { c.note(func() { v.readies++ }) }, v.emit)
	})
	c.await("ready, from Stream", func() bool { return v.readies > 0 })
	return v
}

func (v *viewer) emit(e exchange.Event) {
	v.c.note(func() {
		if v.running++; v.running > 1 {
			v.c.failures = append(v.c.failures, "emit is called while it runs")
		}
		v.events = append(v.events, e)
	})
	v.c.note(func() { v.running-- })
}

// minutes subscribes to the bars of a minute, after a time.
func (c *trial) minutes(after market.Time) exchange.Subscription {
	return exchange.Subscription{Instrument: c.Instrument, Interval: market.Minute, After: after}
}

// bars returns a subscription's bars so far. It reads what is noted.
func (v *viewer) bars(sub int) (list []market.Bar) {
	for _, e := range v.events {
		if e.Subscription == sub && e.Funding == nil && e.Gap == nil {
			list = append(list, e.Bar)
		}
	}
	return list
}

// come waits until a subscription has brought n bars, and no more, which follow each other.
func (v *viewer) come(sub, n int) (list []market.Bar) {
	v.c.await("the bar", func() bool { list = v.bars(sub); return len(list) >= n })
	if len(list) > n {
		v.c.errorf("there are %d bars, and not %d", len(list), n)
	}
	return list
}

// gaps returns the gaps so far. It reads what is noted.
func (v *viewer) gaps() (list []exchange.Gap) {
	for _, e := range v.events {
		if e.Gap != nil {
			list = append(list, *e.Gap)
		}
	}
	return list
}

func streamCases() []Case {
	return []Case{
		{Name: "market/stream-tells-each-bar-once", Doc: "four bars close; each is told once, in order, as the market made it", Says: saysStream, plan: moves("101", "100.5", "102", "102"), run: func(c *trial) {
			from := c.now()
			v := c.stream(c.minutes(0))
			for k := range 4 {
				c.Next()
				v.come(0, k+1)
			}
			want := c.plan.Bars(from)
			for k, b := range v.come(0, 4) {
				if w := want.Bar(past + k); b != w {
					c.errorf("bar %d is %+v, and not %+v", k, b, w)
				}
			}
		}},
		{Name: "market/stream-begins-after", Doc: "After lies four bars back; those four come first, late, and then the new one", Says: saysAfter, run: func(c *trial) {
			from := c.now() - 4*minute
			v := c.stream(c.minutes(from))
			v.come(0, 4)
			c.Next()
			list := v.come(0, 5)
			if list[0].OpenTime != from {
				c.errorf("the first bar opens at %s, and not at %s", list[0].OpenTime, from)
			}
			c.steady("Stream", list)
			for k, e := range v.events {
				if e.Late != (k < 4) {
					c.errorf("bar %d says late %v", k, e.Late)
				}
			}
		}},
		{Name: "market/stream-of-no-past", Doc: "After is 0; the first bar told is the next one to close", Says: saysAfter, run: func(c *trial) {
			from := c.now()
			v := c.stream(c.minutes(0))
			c.Next()
			if b := v.come(0, 1); b[0].OpenTime != from {
				c.errorf("the first bar opens at %s, and not at %s", b[0].OpenTime, from)
			}
		}},
		{Name: "market/stream-of-two-intervals", Doc: "minutes and five minutes of one instrument are told side by side, each under its own subscription", Says: saysStream, run: func(c *trial) {
			five := c.minutes(0)
			five.Interval = 5 * market.Minute
			v := c.stream(c.minutes(0), five)
			for k := range 5 {
				c.Next()
				v.come(0, k+1)
			}
			if b := v.come(1, 1); b[0].Volume != 5*volume {
				c.errorf("the five minutes have the volume %v", b[0].Volume)
			}
		}},
		{Name: "market/two-streams", Doc: "two streams of one market tell the same bars", Says: saysConcurrent, run: func(c *trial) {
			a, b := c.stream(c.minutes(0)), c.stream(c.minutes(0))
			for k := range 2 {
				c.Next()
				a.come(0, k+1)
				b.come(0, k+1)
			}
		}},
		{Name: "market/stream-ends-with-its-context", Doc: "the context ends while the stream waits; Stream returns its error and leaves nothing behind", Says: saysStreamEnd, run: func(c *trial) {
			ctx, cancel := context.WithCancel(c.ctx)
			done, ready := make(chan error, 1), make(chan struct{})
			go func() {
				done <- c.Market.Stream(ctx, []exchange.Subscription{c.minutes(0)}, func() { close(ready) }, func(exchange.Event) {})
			}()
			<-ready
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				c.errorf("it returns %v", err)
			}
		}},
		{Name: "market/fundings-are-told", Doc: "a funding of the perpetual falls due; Stream tells its time and rate once", Says: saysFunding, only: perpetual, plan: func(p *Plan) { p.Funding = decNull("0.0001") }, run: func(c *trial) {
			due := c.now() + 2*minute
			v := c.stream(c.minutes(0))
			c.plays(3)
			v.come(0, 3)
			told := []market.Funding{}
			c.await("the funding", func() bool {
				told = told[:0]
				for _, e := range v.events {
					if e.Funding != nil {
						told = append(told, *e.Funding)
					}
				}
				return len(told) > 0
			})
			if len(told) > 1 || told[0].Time != due {
				c.errorf("of the funding of %s it tells %+v", due, told)
			}
			c.equal("the rate", told[0].Rate, dec("0.0001"))
		}},
	}
}

func reconnectCases() []Case {
	return []Case{
		{Name: "reconnect/gap-is-announced-and-filled", Doc: "the streams are cut for three bars; a gap is announced, and the three come late, before newer ones", Says: saysGap, run: func(c *trial) {
			v := c.viewed(1)
			c.gone(3)
			c.Next()
			c.steady("Stream", v.come(0, 5))
			if v.readies != 1 {
				c.errorf("ready was called %d times", v.readies)
			}
			announced := false
			for _, e := range v.events[1:] {
				announced = announced || e.Gap != nil
				if late := e.Bar.OpenTime; e.Gap == nil && !announced {
					c.errorf("the bar of %s comes before the gap was announced", late)
				}
			}
		}},
		{Name: "reconnect/gap-says-when", Doc: "the gap that is announced spans the time of the cut", Says: saysGap, run: func(c *trial) {
			v := c.viewed(1)
			cut := c.Now()
			c.gone(3)
			c.await("a gap", func() bool { return len(v.gaps()) > 0 })
			for _, g := range v.gaps()[:1] {
				if g.From > cut+minute || g.To < cut+minute || g.Reason == "" {
					c.errorf("a cut at %s for three minutes is announced as %s to %s, %q", cut, g.From, g.To, g.Reason)
				}
			}
		}},
		{Name: "reconnect/as-often-as-it-takes", Doc: "the streams are cut five times; each time the bars go on without a hole", Says: saysReconnect, run: func(c *trial) {
			v := c.viewed(1)
			for k := range 5 {
				c.gone(1)
				c.Next()
				v.come(0, 3+2*k)
			}
			c.steady("Stream", v.come(0, 11))
		}},
		{Name: "reconnect/silence-is-noticed", Doc: "the streams stay open and say nothing; the adapter connects anew and the bars go on without a hole", Says: saysReconnect, run: func(c *trial) {
			c.needs(c.Silence != nil, "let its streams fall silent")
			v := c.viewed(1)
			c.Silence()
			c.plays(5)
			c.await("the bars", func() bool { return len(v.bars(0)) >= 6 })
			c.steady("Stream", v.bars(0))
		}},
		{Name: "reconnect/updates-announce-a-gap-before-ready", Doc: "the streams are cut; Updates announces a gap and then calls ready again", Says: saysReady, run: func(c *trial) {
			c.needs(c.Link != nil, "cut streams")
			before := c.readies
			c.gone(1)
			c.await("ready", func() bool { return c.readies > before })
			c.await("the gap", func() bool {
				for _, e := range c.events {
					if e.Gap != nil {
						return true
					}
				}
				return false
			})
		}},
		{Name: "reconnect/orders-outlive-the-cut", Doc: "an order rests while the streams are cut, and trades after they are back", Says: saysReconnect, plan: moves("100", "100", "90"), run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.again(func() { c.gone(1) })
			c.plays(2)
			c.reaches(o, market.Filled)
			c.filled(o, "1", "95", "95")
		}},
		{Name: "reconnect/what-was-missed-is-found", Doc: "an order trades while the streams are cut; Order and Fills say so", Says: saysReady, plan: moves("100", "90"), run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.again(func() { c.gone(2) })
			if u := c.stands(o); u.State != market.Filled {
				c.errorf("%s stands at %s", describe(o), u.State)
			}
			if n := len(of(c.fills(exchange.Cursor{}), o.ID)); n == 0 {
				c.errorf("Fills does not know the fill of %s", describe(o))
			}
		}},
	}
}

// viewed follows the minutes until n bars have come.
func (c *trial) viewed(n int) *viewer {
	c.needs(c.Link != nil, "cut streams")
	v := c.stream(c.minutes(0))
	c.plays(n)
	v.come(0, n)
	return v
}

// gone cuts the streams while bars close.
func (c *trial) gone(bars int) {
	c.needs(c.Link != nil, "cut streams")
	c.Link(false)
	c.plays(bars)
	c.Link(true)
}

// again does what makes Updates call ready again, and waits for that.
func (c *trial) again(f func()) {
	before := c.readies
	f()
	c.await("ready", func() bool { return c.readies > before })
}
