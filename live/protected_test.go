package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// holder is a strategy that buys once and keeps what it has, and the rule that has that
// protected.
type holder struct{}

// Init subscribes to every bar.
func (holder) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, func(c *strategy.Context, s *strategy.Series) {
		if c.Warm() && s.Instrument() == 0 && c.Position(0).IsZero() && len(c.OpenOrders(0)) == 0 {
			_, _ = c.Submit(market.Order{Side: market.Buy, Type: market.Market, Quantity: decimal.New(1, 0)})
		}
	})
	return nil
}

type holdersKeeper struct{}

// Init subscribes to the fills.
func (holdersKeeper) Init(s *risk.Setup) error {
	s.Fills(func(d *risk.Desk, _ market.OrderUpdate) {
		last := d.LastPrice(0)
		d.Protect(0, risk.Protection{Stop: last.Mul(decimal.New(9, -1)), Target: last.Mul(decimal.New(11, -1)), Reason: "kept"})
	})
	return nil
}

// Review lets all orders pass.
func (holdersKeeper) Review(_ *risk.View, o market.Order) (market.Order, error) { return o, nil }

// TestProtectionOutlivesTheProcess kills a session whose position is protected, and goes on
// from its journal: the same list rests at the venue, once, and the journal is decided again.
func TestProtectionOutlivesTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDay(t, 1, false)
		ctx, cancel := context.WithCancel(t.Context())
		env, _, stop := d.serve(ctx)
		defer func() {
			cancel()
			stop()
		}()
		m, b := d.connect(ctx, env)
		d.market = &witness{Market: m, now: func() market.Time { return market.TimeOf(time.Now()) }}
		opening := market.TimeOf(time.Now())
		session := func() live.Trading {
			tr := d.trading(ctx, env, b)
			tr.Opening = opening
			one := &tr.Engine.Instances[0]
			one.Strategy, one.Rules = holder{}, []risk.Named{{Name: "keeper", Rule: holdersKeeper{}}}
			return tr
		}
		// rests are the ids of what rests at the venue after ten minutes of a session, which is
		// killed then: the word that ends one in good order is not in its journal.
		rests := func(past int) (ids []string) {
			tr := session()
			if past > 0 {
				tr.Past = d.book.past(past)
			}
			running, end := context.WithTimeout(ctx, 10*time.Minute)
			defer end()
			if _, err := live.Trade(running, tr); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			d.book.frames = slices.DeleteFunc(d.book.frames, func(frame []market.Record) bool {
				return slices.ContainsFunc(frame, func(r market.Record) bool { return r.Event.Command == market.Quit })
			})
			a, err := b.Account(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range a.Orders {
				ids = append(ids, o.Order.ID.String()+" "+o.Order.Type.String()+" "+o.Order.Quantity.String())
			}
			slices.Sort(ids)
			return ids
		}
		first := rests(0)
		if want := []string{"gambler/2 stop 0.999", "gambler/3 limit 0.999"}; cmp.Diff(want, first) != "" {
			t.Error("at the venue rest", first)
		}
		for range 2 {
			if diff := cmp.Diff(first, rests(len(d.book.frames))); diff != "" {
				t.Errorf("before (-) and after a kill (+):\n%s", diff)
			}
		}
		again := live.Replay{Engine: session().Engine, Past: d.book.past(len(d.book.frames))}
		again.Engine.Opening = opening
		if _, err := again.Run(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
