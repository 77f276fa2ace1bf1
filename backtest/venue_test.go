package backtest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/internal/testkit"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// TestScriptsAtTheVenue runs every script that names the venue driver as a live session:
// the engine's orders go through the gateway and the adapter of Binance, over HTTP and
// websockets, to a local venue that plays the script's bars. Prices, quantities, fees and
// ends of orders are those of the backtest; when they became known may differ.
func TestScriptsAtTheVenue(t *testing.T) {
	scripts(t, func(t *testing.T, _, _ string, s *testkit.Script) {
		if !slices.Contains(s.Drivers, "venue") {
			t.Skip("the script is not for the venue")
		}
		_, out, err := testkit.Sim{}.Run(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			e := atVenue(t, s)
			if diff := cmp.Diff(ordersOf(out.Result), ordersOf(e.Result())); diff != "" {
				t.Errorf("backtest (-) and at the venue (+):\n%s", diff)
			}
		})
	})
}

// ordersOf writes down what became of each order, and what was left.
func ordersOf(r *engine.Result) []string {
	var lines []string
	for _, o := range r.Orders {
		line := fmt.Sprintf("%s %s %s: %s", o.ID, o.Side, o.Type, o.State)
		for _, f := range o.Fills {
			role := "taker"
			if f.Maker {
				role = "maker"
			}
			line += fmt.Sprintf("; %s @ %s at %s %s fee %s %s", f.Quantity, f.Price, f.Time, role, f.Fee, f.FeeAsset)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return append(lines, "final equity "+r.Final.String())
}

// atVenue runs a script at a venue whose clock moves when everybody has nothing to do.
func atVenue(t *testing.T, s *testkit.Script) *engine.Engine {
	p := s.Start()
	l := memnet.Listen()
	v, err := venue.New(venueOptions(t, p, s))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: v.Handler()}
	go server.Serve(l)
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan error, 1)
	go func() { running <- v.Run(ctx) }()
	client := l.Client()
	defer func() {
		cancel()
		<-running
		client.CloseIdleConnections()
		server.Close()
	}()

	env := exchange.Env{HTTP: client, Dial: l.Dial, Now: func() time.Time { return v.Now().UTC() }}
	x := adapter(t, s)
	m, err := x.Market(env)
	if err != nil {
		t.Fatal(err)
	}
	names := exchange.NewNames([16]byte{1})
	b, err := x.Broker(ctx, env, names)
	if err != nil {
		t.Fatal(err)
	}
	e, err := live.Trade(ctx, live.Trading{
		Engine: p.Config, Market: m, Broker: b, Names: names, Journal: unfinished{}, Signals: live.NewSignals(s.History.Signals), Now: env.Now, Local: env.Now,
		Idle: func(ctx context.Context, until market.Time, arrived func() bool) error {
			time.Sleep(restTime)
			if synctest.Wait(); arrived() {
				return nil
			}
			_, err := v.StepUntil(ctx, until)
			time.Sleep(restTime)
			synctest.Wait()
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// restTime is how long the session has by the clock of its bubble, before and after each
// step of the venue: to connect again after the venue has ended a connection of 24 hours.
const restTime = 5 * time.Second

// unfinished is a journal that keeps nothing.
type unfinished struct{}

func (unfinished) Append(market.Record) error { return nil }
func (unfinished) Commit() error              { return nil }
func (unfinished) Finish() error              { return nil }

const testKey, testSecret = "key-of-a-test", "secret-of-a-test"

func adapter(t *testing.T, s *testkit.Script) exchange.Exchange {
	name := binance.Spot
	if s.History.Instruments[0].Perpetual() {
		name = binance.USDM
	}
	for _, p := range binance.Plugins() {
		if p.Name == name {
			x := p.New().(*binance.Config)
			x.Env, x.Address, x.Key, x.Secret = "local", "http://127.0.0.1:1", market.NewSecret(testKey), market.NewSecret(testSecret)
			return x
		}
	}
	t.Fatal("no plug-in " + name)
	return nil
}

// venueOptions lists a script's instruments, with their execution series as the tape.
func venueOptions(t *testing.T, p *testkit.Play, s *testkit.Script) venue.Options {
	e, err := engine.New(s.Start().Config)
	if err != nil {
		t.Fatal(err)
	}
	_, execution, err := backtest.NewFeed(s.History, e.Subscriptions())
	if err != nil {
		t.Fatal(err)
	}
	listing := &venue.Listing{Instruments: s.History.Instruments, Balances: map[string]decimal.Decimal{}, Bars: make([]*market.Columns, len(execution))}
	start := market.MaxTime
	for i, d := range execution {
		listing.Balances[s.History.Instruments[i].Quote] = p.Config.Cash
		for _, series := range s.History.Series {
			if c := series.Columns; int(series.Instrument) == i && d > 0 && d.Holds(c.Interval) && (listing.Bars[i] == nil || c.Interval < listing.Bars[i].Interval) {
				listing.Bars[i] = c
				start = min(start, c.OpenTime[0])
			}
		}
		if c := listing.Bars[i]; c != nil && c.Interval < d {
			listing.Bars[i] = market.Resample(c, d, market.MaxTime)
		}
	}
	listing.Fundings = make([][]market.Funding, len(execution))
	for _, row := range s.History.Funding {
		listing.Fundings[row.Instrument] = append(listing.Fundings[row.Instrument], market.Funding{Time: row.Time, Rate: row.Rate, Mark: row.Mark})
	}
	o := venue.Options{Start: start, Fills: venue.ByBar, Closed: true, Sim: s.Sim, Keys: []venue.Key{{API: testKey, Secret: market.NewSecret(testSecret), Trade: true}}}
	o.Sim.Seed = p.Config.Seed
	if d := p.Config.Discount; d.On() {
		listing.Discount, listing.Balances[d.Asset] = d, d.Balance
	}
	if listing.Instruments[0].Perpetual() {
		o.USDM = listing
	} else {
		o.Spot = listing
	}
	return o
}
