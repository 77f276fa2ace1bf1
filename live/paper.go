package live

import (
	"context"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Simulate trades on paper over the market of a venue, as it comes: Broker and Names of t are
// not used, and no key is needed. Orders fill at the simulated venue that open makes, by the
// rules of a backtest. It ends as [Trade] does. Where there is a past, what the market
// brought is fed again, and the simulated venue must do as it did; the bars that were missed
// meanwhile come late.
func Simulate(ctx context.Context, t Trading, open func(execution []market.Interval) *sim.Venue) (*engine.Engine, error) {
	t.Broker, t.Names = nil, nil
	rec := &recorder{journal: t.Journal, watch: t.Watch, meter: t.Meter, prompt: true}
	if t.Opening == 0 {
		t.Opening = t.now()
	}
	t.Engine.Journal, t.Engine.Opening = rec, t.Opening
	e, err := engine.New(t.Engine)
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Err: err}
	}
	c := newConnection(&t, e.Subscriptions())
	c.feed.hears = e.HearsTrouble
	defer c.close()
	source := &refeed{recorder: rec, brings: ofMarket, bring: c.feed.replay, open: c.open}
	defer source.begin(t.Past)()
	if t.Past == nil { // what cannot begin leaves no journal
		if source.source, err = c.open(ctx, 0); err != nil {
			return nil, err
		}
	}
	v := open(c.execution)
	err = conduct(ctx, e, t.Control, &leaving{feed: sim.NewFeed(v, source), c: c, told: ctx}, v, c.execution)
	if err == nil {
		err = rec.finish()
	}
	return e, err
}
