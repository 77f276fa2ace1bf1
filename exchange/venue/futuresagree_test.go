package venue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// solo is the simulator alone, given what a venue is given.
type solo struct {
	venue  *sim.Venue
	feed   *sim.Feed
	events []market.Event // of the next instant
	fills  []venue.Trade
	state  map[uint32]market.State // the last of each order
	orders uint32
}

func (w *solo) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	if len(w.events) == 0 {
		return nil, io.EOF
	}
	if w.events[0].Time > limit {
		return nil, nil
	}
	events := w.events
	w.events = nil
	return events, nil
}

// reach lets everything happen up to a time.
func (w *solo) reach(at market.Time) {
	for {
		events, err := w.feed.Next(context.Background(), at)
		if err != nil || len(events) == 0 {
			return
		}
		for _, e := range events {
			if e.Update == nil {
				continue
			}
			if e.Update.ID.Sequence > 0 {
				w.state[e.Update.ID.Sequence] = e.Update.State
			}
			if f := e.Update.Fill; f != nil {
				w.fills = append(w.fills, venue.Trade{Fill: *f, Symbol: e.Update.Symbol})
				w.fills[len(w.fills)-1].Trade = ""
			}
		}
	}
}

// fundingOf returns a funding as it is charged, and the minute in which it falls: at the last
// close known then.
func fundingOf(f market.Funding, c *market.Columns) (market.Funding, int) {
	f.Time = f.Time.Second()
	row := int((f.Time - start - 1) / market.Time(time.Minute))
	known := row
	if c.Time(row) > f.Time {
		known--
	}
	if known >= 0 {
		f.Mark = market.Price(c.Close[known], c.PriceScale)
	}
	return f, row
}

// walkBars makes minutes of a random walk.
func walkBars(r *rand.Rand, n int, price float64) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 3
	tick := func(x float64) float64 { return float64(int64(max(x, 1)*20)) / 20 }
	for i := range n {
		open := tick(price)
		price += (r.Float64() - 0.5) * price / 40
		shut := tick(price)
		c.Append(market.Bar{OpenTime: start + market.Time(i)*market.Time(market.Minute), Open: open, Close: shut,
			High: tick(max(open, shut) * (1 + r.Float64()/100)), Low: tick(min(open, shut) * (1 - r.Float64()/100)), Volume: float64(r.IntN(200))})
	}
	return c
}

// TestFuturesAgree sends random orders to a venue by bars and to the simulator alone, with
// fundings and liquidations: they take and refuse the same, fill the same, and the account
// has the same at the end; wallet and positions come from fills and fundings alone.
func TestFuturesAgree(t *testing.T) {
	refused, filled, liquidated := 0, 0, 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 11))
		const n = 120
		o := futuresOptions()
		o.Fills, o.Sim = venue.ByBar, sim.DefaultOptions()
		o.USDM.Instruments[0].Margin.Leverage, o.USDM.Instruments[1].Margin.Leverage = decimal.New(20, 0), decimal.New(20, 0)
		o.USDM.Instruments[1].Margin.Isolated = seed%2 == 1
		o.USDM.Bars = []*market.Columns{walkBars(r, n, 100), walkBars(r, n, 50)}
		o.USDM.Fundings = [][]market.Funding{nil, nil}
		for i := range o.USDM.Fundings {
			for at := start + 1; at < start+market.Time(n*time.Minute); at += market.Time(20 * time.Minute) {
				o.USDM.Fundings[i] = append(o.USDM.Fundings[i], market.Funding{Time: at + market.Time(r.Int64N(60e9)), Rate: decimal.New(r.Int64N(400)-200, -5)})
			}
		}
		for i := range o.USDM.Instruments {
			o.USDM.Instruments[i].ID = market.InstrumentID(i)
		}
		w := &solo{venue: sim.New(o.USDM.Instruments, o.USDM.Balances, o.Sim), state: map[uint32]market.State{}}
		w.feed = sim.NewFeed(w.venue, w)
		for i := range o.USDM.Bars {
			w.venue.Watch(market.InstrumentID(i), market.Minute)
		}
		d := open(t, o)
		type alive struct {
			request, order string // that cancel it, before it is triggered and after
			id             market.OrderID
		}
		var working []alive
		for row := range n {
			at := o.USDM.Bars[0].Time(row)
			for d.venue.Now() < at {
				d.step()
			}
			for i, list := range o.USDM.Fundings {
				for _, f := range list {
					if due, k := fundingOf(f, o.USDM.Bars[i]); k == row {
						w.events = append(w.events, market.Event{Time: at, Kind: market.KindFunding, Instrument: market.InstrumentID(i), Funding: &due})
					}
				}
			}
			slices.SortStableFunc(w.events, func(a, b market.Event) int { return int(a.Funding.Time - b.Funding.Time) })
			for i, c := range o.USDM.Bars {
				w.events = append(w.events, market.Event{Time: at, Kind: market.KindBar, Instrument: market.InstrumentID(i), Interval: market.Minute, Bars: c, Row: int32(row)})
			}
			w.reach(at)
			for range r.IntN(3) {
				if len(working) > 0 && r.IntN(4) == 0 {
					k := r.IntN(len(working))
					if code, _ := d.raw(working[k].request); code != 200 && working[k].order != "" { // triggered already
						d.raw(working[k].order)
					}
					w.venue.Cancel(at, working[k].id)
					w.reach(at)
					working = slices.Delete(working, k, k+1)
					continue
				}
				request, order := someOrder(r, o, row)
				_, body := d.raw(request)
				var a struct {
					Code                        int
					ClientOrderID, ClientAlgoID string
				}
				if err := json.Unmarshal([]byte(body), &a); err != nil {
					t.Fatal(body)
				}
				if a.Code != 0 && !slices.Contains([]int{-2019, -2021, -2022, -2027}, a.Code) {
					continue // a filter of the venue's own: the simulator has not seen it
				}
				w.orders++
				order.ID = market.OrderID{Strategy: "venue", Sequence: w.orders}
				w.venue.Submit(at, order)
				w.reach(at)
				if no := w.state[w.orders] == market.Rejected; no != (a.Code != 0) {
					t.Fatalf("seed %d, minute %d: %s: %s, and the simulator's order is %s", seed, row, request, body, w.state[w.orders])
				}
				if a.Code != 0 {
					refused++
				} else {
					cancel := "DELETE /fapi/v1/order?symbol=" + o.USDM.Instruments[order.Instrument].Symbol + "&origClientOrderId="
					one := alive{cancel + a.ClientOrderID, "", order.ID}
					if a.ClientAlgoID != "" {
						one = alive{"DELETE /fapi/v1/algoOrder?clientAlgoId=" + a.ClientAlgoID, cancel + a.ClientAlgoID, order.ID}
					}
					working = append(working, one)
				}
			}
		}
		got := d.venue.State().USDM
		for i := range got.Trades { // they are numbered otherwise
			got.Trades[i].Order, got.Trades[i].Client, got.Trades[i].Trade = 0, "", ""
		}
		if diff := cmp.Diff(w.fills, got.Trades); diff != "" {
			t.Fatalf("seed %d: fills (-simulator +venue):\n%s", seed, diff)
		}
		filled, liquidated = filled+len(w.fills), liquidated+w.venue.Notes().Liquidated
		cash := got.Balances[0].Free.Add(got.Balances[0].Locked)
		for i := range o.USDM.Instruments {
			p := w.venue.Position(market.InstrumentID(i))
			k := slices.IndexFunc(got.Positions, func(x venue.Position) bool { return x.Symbol == o.USDM.Instruments[i].Symbol })
			if k >= 0 {
				cash = cash.Sub(got.Positions[k].Quantity.Mul(got.Positions[k].Entry))
			}
			switch {
			case k < 0 && !p.Quantity.IsZero(), k >= 0 && !p.Quantity.Equal(got.Positions[k].Quantity):
				t.Errorf("seed %d: the position in %s is %s, and the venue says %v", seed, o.USDM.Instruments[i].Symbol, p.Quantity, got.Positions)
			}
		}
		// The average price is rounded; and what it is depends on the order of the fills.
		if want := w.venue.Balance("USDT"); cash.Sub(want).Abs().GreaterThan(decimal.New(1, -8)) {
			t.Errorf("seed %d: the cash is %s, and by the venue's wallet and positions %s", seed, want, cash)
		}
		if _, body := d.raw("GET /fapi/v1/income?incomeType=TRANSFER"); body != "[]" {
			t.Errorf("seed %d: nobody paid in or out: %s", seed, body)
		}
	}
	if filled < 500 || refused < 20 || liquidated < 3 {
		t.Errorf("%d fills, %d refusals, %d liquidations: hardly a test", filled, refused, liquidated)
	}
}

// someOrder draws an order, as a request and as the simulator takes it.
func someOrder(r *rand.Rand, o venue.Options, row int) (request string, order market.Order) {
	i := r.IntN(2)
	in := &o.USDM.Instruments[i]
	last := market.Price(o.USDM.Bars[i].Close[row], 2)
	away := func(most int64) decimal.Decimal { // a price on the tick, within most per mille of the last
		p := last.Mul(decimal.New(1000+r.Int64N(2*most+1)-most, -3))
		return market.ToTick(p, in.Tick, market.Down)
	}
	order = market.Order{Strategy: "venue", Instrument: in.ID, Side: []market.Side{market.Buy, market.Sell}[r.IntN(2)], ReduceOnly: r.IntN(4) == 0}
	order.Quantity = market.Floor(decimal.New(100+r.Int64N(40_000), -3), in.Step)
	side := map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}[order.Side]
	tail := fmt.Sprintf("symbol=%s&side=%s&quantity=%s&reduceOnly=%t", in.Symbol, side, order.Quantity, order.ReduceOnly)
	plain, algo := "POST /fapi/v1/order?"+tail, "POST /fapi/v1/algoOrder?algoType=CONDITIONAL&"+tail
	switch r.IntN(6) {
	case 0, 1:
		order.Type = market.Market
		return plain + "&type=MARKET", order
	case 2:
		order.Type, order.Price = market.Limit, away(20)
		tif := []string{"GTC", "GTX", "IOC"}[r.IntN(3)]
		order.PostOnly = tif == "GTX"
		if tif == "IOC" {
			order.TIF = market.IOC
		}
		return plain + "&type=LIMIT&timeInForce=" + tif + "&price=" + order.Price.String(), order
	case 3:
		order.Type, order.Stop = market.Stop, away(30)
		return algo + "&type=STOP_MARKET&triggerPrice=" + order.Stop.String(), order
	case 4:
		order.Type, order.Stop, order.Price = market.StopLimit, away(30), away(30)
		return algo + "&type=STOP&triggerPrice=" + order.Stop.String() + "&price=" + order.Price.String(), order
	}
	order.Type, order.Trail = market.TrailingStop, market.Trail{By: decimal.New(5+r.Int64N(20), -1), Unit: market.TrailPercent}
	return algo + "&type=TRAILING_STOP_MARKET&callbackRate=" + order.Trail.By.String(), order
}
