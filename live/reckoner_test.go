package live_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// TestAccountIsComparedAcrossARestart trades, stops, and goes on: what was paid in and taken
// by hand is found while the session runs and while none does, and what the account had
// beside the session is still not the session's.
func TestAccountIsComparedAcrossARestart(t *testing.T) {
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
		run := func(past int, acts ...func()) engine.Holdings {
			d.gambler = &dayGambler{r: rand.New(rand.NewPCG(d.seed, 7)), until: d.start + market.Time(d.hours)*hour, tried: map[string]int{}}
			tr := d.trading(ctx, env, b)
			tr.Opening = opening
			if past > 0 {
				tr.Past = d.book.past(past)
			}
			running, end := context.WithTimeout(ctx, 20*time.Minute)
			defer end()
			for k, act := range acts {
				time.AfterFunc(time.Duration(5*k+5)*time.Minute, act)
			}
			e, err := live.Trade(running, tr)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			return e.Holdings()
		}
		deposit := func(asset, amount string) func() {
			return func() {
				if err := d.venue.Deposit(false, asset, decimal.RequireFromString(amount)); err != nil {
					t.Error(err)
				}
			}
		}
		wants := func(h engine.Holdings, surplus, flows string) {
			t.Helper()
			has, added := fmt.Sprint(h.Surplus), decimal.Zero
			for _, frame := range d.book.frames {
				for _, r := range frame {
					if r.Event.Kind == market.KindAccount {
						added = added.Add(r.Event.Flow.Amount)
					}
				}
			}
			if has != surplus || added.String() != flows {
				t.Errorf("beside the session are %s, want %s; %s was paid in, want %s", has, surplus, added, flows)
			}
		}
		h := run(0, deposit("USDT", "300"), deposit("USDT", "-100"), func() {
			if _, err := d.venue.Place(false, "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.5"); err != nil {
				t.Error(err)
			}
		})
		state := d.venue.State().Spot
		sold := state.Trades[slices.IndexFunc(state.Trades, func(tr venue.Trade) bool { return strings.HasPrefix(tr.Client, "venue") })]
		beside := decimal.RequireFromString("49900").Add(sold.Price.Mul(sold.Quantity)).Sub(sold.Fee)
		wants(h, fmt.Sprintf("[{BTC 2.5} {USDT %s}]", beside), "300")

		deposit("USDT", "40")()
		deposit("BTC", "1")()
		h = run(len(d.book.frames), deposit("USDT", "2"))
		wants(h, fmt.Sprintf("[{BTC 3.5} {USDT %s}]", beside), "342")
		if len(h.Halts) > 0 {
			t.Errorf("halted: %+v", h.Halts)
		}

		held := decimal.Zero
		for _, a := range h.Assets {
			if a.Asset == "BTC" {
				held = a.Quantity
			}
		}
		free := decimal.Zero
		for _, has := range d.venue.State().Spot.Balances {
			if has.Asset == "BTC" {
				free = has.Free
			}
		}
		if !held.IsPositive() || free.LessThanOrEqual(decimal.RequireFromString("3.51")) {
			t.Skipf("the session holds %s BTC, of which all work", held)
		}
		deposit("BTC", free.Neg().String())()
		h = run(len(d.book.frames))
		if !slices.ContainsFunc(h.Halts, func(h engine.Halt) bool {
			return h.Rule == "reconcile" && strings.Contains(h.Text, "BTC are missing")
		}) {
			t.Errorf("coins are gone, and the halts are %+v", h.Halts)
		}
		deposit("BTC", free.String())()
		if h = run(len(d.book.frames)); len(h.Halts) > 0 {
			t.Errorf("coins are back, and the halts are %+v", h.Halts)
		}
	})
}
