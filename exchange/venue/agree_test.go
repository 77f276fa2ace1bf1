package venue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// This file holds the venue against the simulator that it is made of: the same orders at
// the same times have to become the same, whatever is asked over HTTP.

// twin is a simulator by itself, beside a venue.
type twin struct {
	sim    *sim.Venue
	feed   *sim.Feed
	events []market.Event // of the next instant
	states []market.OrderUpdate
	lists  [][2]int // of each order: the first and the last of its list, from 0
	fills  []venue.Trade
}

// Next hands out the events once.
func (t *twin) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	if len(t.events) == 0 || t.events[0].Time > limit {
		return nil, nil
	}
	events := t.events
	t.events = nil
	return events, nil
}

// run lets the simulator act up to a time.
func (t *twin) run(at market.Time) {
	for {
		events, err := t.feed.Next(context.Background(), at)
		if err != nil || len(events) == 0 {
			return
		}
		for _, e := range events {
			if e.Update == nil {
				continue
			}
			u := *e.Update
			t.states[u.ID.Sequence-1] = u
			if u.Fill != nil {
				f := *u.Fill
				t.fills = append(t.fills, venue.Trade{Fill: f, Order: int64(u.ID.Sequence), Symbol: u.Symbol})
			}
		}
	}
}

// bar gives the simulator a bar.
func (t *twin) bar(i market.InstrumentID, c *market.Columns, row int) {
	t.events = append(t.events, market.Event{Time: c.Time(row), Kind: market.KindBar, Instrument: i, Interval: c.Interval, Bars: c, Row: int32(row)})
}

// walked returns bars of a random walk.
func walked(r *rand.Rand, n int, price float64) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 3
	cents := func(x float64) float64 { return float64(market.Ticks(max(x, 0.05), 100)) / 100 }
	for i := range n {
		open := cents(price + r.Float64() - 0.5)
		close := cents(open + 4*(r.Float64()-0.5))
		c.Append(market.Bar{OpenTime: start + market.Time(i)*market.Time(time.Minute), Open: open, Close: close,
			High: cents(max(open, close) + 2*r.Float64()), Low: cents(min(open, close) - 2*r.Float64()), Volume: float64(r.IntN(200_000)) / 1000})
		price = close
	}
	return c
}

// words writes an order as a request.
func words(symbol string, o *market.Order) string {
	q := url.Values{"symbol": {symbol}, "side": {map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}[o.Side]}}
	kind := map[market.Type]string{market.Market: "MARKET", market.Limit: "LIMIT", market.Stop: "STOP_LOSS", market.StopLimit: "STOP_LOSS_LIMIT",
		market.TakeProfit: "TAKE_PROFIT", market.TakeProfitLimit: "TAKE_PROFIT_LIMIT", market.TrailingStop: "STOP_LOSS"}[o.Type]
	if o.PostOnly {
		kind = "LIMIT_MAKER"
	}
	if o.Priced() {
		q.Set("price", o.Price.String())
		if !o.PostOnly {
			q.Set("timeInForce", []string{"GTC", "IOC", "FOK"}[o.TIF])
		}
	}
	if o.Triggered() {
		q.Set("stopPrice", o.Stop.String())
	}
	if o.Type == market.TrailingStop {
		q.Set("trailingDelta", o.Trail.By.String())
	}
	if o.Quote.IsPositive() {
		q.Set("quoteOrderQty", o.Quote.String())
	} else {
		q.Set("quantity", o.Quantity.String())
	}
	q.Set("type", kind)
	return q.Encode()
}

// draw makes up an order near a price.
func draw(r *rand.Rand, price float64) market.Order {
	cents := func(far float64) decimal.Decimal {
		return decimal.New(max(1, int64((price+far*(r.Float64()-0.5))*100)), -2)
	}
	o := market.Order{Side: market.Side(1 + r.IntN(2)), Type: market.Type(1 + r.IntN(7)), Quantity: decimal.New(r.Int64N(4000)+1, -3)}
	switch {
	case o.Type == market.Market && o.Side == market.Buy && r.IntN(2) == 0:
		o.Quantity, o.Quote = decimal.Zero, decimal.New(r.Int64N(30_000)+1, -2)
	case o.Type == market.Limit && r.IntN(4) == 0:
		o.PostOnly = true
	case o.Type == market.Limit:
		o.TIF = market.TIF(r.IntN(3))
	case o.Type == market.TrailingStop:
		o.Trail = market.Trail{By: decimal.New(10+r.Int64N(400), 0), Unit: market.TrailBps}
	}
	if o.Priced() {
		o.Price = cents(6)
	}
	if o.Triggered() {
		o.Stop = cents(8)
	}
	return o
}

// TestTheVenueIsTheSimulator: orders, cancels and amends at random, over HTTP and directly.
func TestTheVenueIsTheSimulator(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(25) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			for _, o := range agree(t, rand.New(rand.NewPCG(seed, 7))).Spot.Orders {
				met[o.Status]++
				met[o.Type]++
			}
		})
	}
	for _, what := range []string{"NEW", "PENDING_NEW", "FILLED", "PARTIALLY_FILLED", "CANCELED", "EXPIRED", "REJECTED", "LIMIT", "LIMIT_MAKER", "MARKET",
		"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"} {
		if met[what] == 0 {
			t.Errorf("no %s among the orders: %v", what, met)
		}
	}
}

// agree trades at random on both, and returns the venue's state at the end.
func agree(t *testing.T, r *rand.Rand) venue.State {
	const rows = 60
	o := options()
	o.Fills = venue.ByBar
	o.Limits = venue.Limits{Orders10s: 1e6}
	o.Sim = sim.Options{Participation: []decimal.Decimal{{}, decimal.New(1, -1)}[r.IntN(2)], Path: sim.Path(r.IntN(3)), RandomBps: decimal.New(r.Int64N(10), 0), OverflowBps: decimal.New(50, 0), Seed: r.Uint64()}
	o.Spot.Instruments = append(o.Spot.Instruments, pair("ETHBTC", "ETH", "BTC"))
	o.Spot.Instruments[1].MinNotional = decimal.New(1, -1)
	o.Spot.Bars = []*market.Columns{walked(r, rows, 100), walked(r, rows, 10)}
	o.Spot.Balances["BTC"] = decimal.New(20, 0)
	if r.IntN(2) == 0 {
		o.Spot.Instruments = append(o.Spot.Instruments, pair("BNBUSDT", "BNB", "USDT"))
		o.Spot.Bars = append(o.Spot.Bars, walked(r, rows, 10))
		o.Spot.Balances["BNB"] = decimal.New(r.Int64N(100), -2)
		o.Spot.Discount = market.FeeDiscount{Asset: "BNB", Discount: decimal.New(25, -2)}
	}
	d := open(t, o)
	list := append([]market.Instrument{}, o.Spot.Instruments...)
	for i := range list {
		list[i].ID = market.InstrumentID(i)
	}
	w := &twin{sim: sim.New(list, o.Spot.Balances, o.Sim)}
	w.feed = sim.NewFeed(w.sim, w)
	for i := range list {
		w.sim.Watch(market.InstrumentID(i), market.Minute)
	}
	if o.Spot.Discount.On() {
		w.sim.BurnFees(o.Spot.Discount, 2)
	}
	for row := range rows {
		d.step()
		for _, i := range []int{2, 0, 1} { // by symbol
			if i < len(list) {
				w.bar(market.InstrumentID(i), o.Spot.Bars[i], row)
			}
		}
		w.run(o.Spot.Bars[0].Time(row))
		for range r.IntN(4) {
			i := r.IntN(len(list))
			d.both(w, r, list, i, o.Spot.Bars[i].Close[row])
		}
		w.compare(t, d.venue.State(), list)
	}
	return d.venue.State()
}

// both does one thing at random on both sides.
func (d *desk) both(w *twin, r *rand.Rand, list []market.Instrument, i int, price float64) {
	d.t.Helper()
	now := d.venue.Now()
	if n := len(w.states); n > 0 && r.IntN(4) == 0 {
		k := r.IntN(n)
		_, a := d.sign("DELETE", "/api/v3/order", fmt.Sprintf("symbol=%s&orderId=%d", w.symbol(d, k), k+1))
		if ended := w.states[k].State.Final(); ended != (a["code"] != nil) {
			d.t.Fatalf("cancel of %d, which is %s: %v", k+1, w.states[k].State, a)
		}
		for j := w.lists[k][1]; j >= w.lists[k][0] && a["code"] == nil; j-- { // all of a list, the last first
			if !w.states[j].State.Final() {
				w.sim.Cancel(now, market.OrderID{Strategy: "venue", Sequence: uint32(j + 1)})
				w.run(now)
			}
		}
		return
	}
	if r.IntN(4) == 0 {
		d.list(w, r, list, i, price)
		return
	}
	o := draw(r, price)
	_, a := d.sign("POST", "/api/v3/order", words(list[i].Symbol, &o)+"&newOrderRespType=FULL")
	if o.Instrument = market.InstrumentID(i); a["code"] == -1013. {
		if w.sim.Check(o, o.Instrument) == "" {
			d.t.Fatalf("refused, but the simulator takes it: %v of %+v", a, o)
		}
		return
	}
	w.submit(now, list[i].Symbol, o)
	if rejected := w.states[len(w.states)-1].State == market.Rejected; rejected != (a["code"] != nil) {
		d.t.Fatalf("%v of %+v, of which the simulator says %+v", a, o, w.states[len(w.states)-1])
	}
}

// submit gives the simulator orders that are one request.
func (w *twin) submit(now market.Time, symbol string, orders ...market.Order) {
	first := len(w.states)
	for k, o := range orders {
		w.states, w.lists = append(w.states, market.OrderUpdate{Symbol: symbol}), append(w.lists, [2]int{first, first + len(orders) - 1})
		o.ID, o.Strategy = market.OrderID{Strategy: "venue", Sequence: uint32(first + k + 1)}, "venue"
		if o.Parent.Sequence > 0 {
			o.Parent = market.OrderID{Strategy: "venue", Sequence: uint32(first + 1)}
		}
		w.sim.Submit(now, o)
	}
	w.run(now)
}

// list places two orders that exclude each other, sometimes behind a third, on both sides.
func (d *desk) list(w *twin, r *rand.Rand, list []market.Instrument, i int, price float64) {
	d.t.Helper()
	now, cents := d.venue.Now(), func(far float64) decimal.Decimal { return decimal.New(max(1, int64((price+far*r.Float64())*100)), -2) }
	quantity := decimal.New(r.Int64N(4000)+1, -3)
	linked := market.Order{Instrument: market.InstrumentID(i), Side: market.Sell, Quantity: quantity, Profile: market.ByVenue, Group: fmt.Sprint("list ", len(w.states))}
	above, below := linked, linked
	above.Type, above.Price = market.Limit, cents(3)
	below.Type, below.Stop = market.Stop, cents(-3)
	if r.IntN(2) == 0 { // a purchase: what protects is above
		linked.Side, above.Side, below.Side = market.Buy, market.Buy, market.Buy
		above.Type, above.Stop, above.Price = market.Stop, above.Price, decimal.Zero
		below.Type, below.Price, below.Stop = market.Limit, below.Stop, decimal.Zero
	}
	orders := []market.Order{above, below}
	path, query := "oco", fmt.Sprintf("symbol=%s&side=%s&quantity=%s", list[i].Symbol, map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}[linked.Side], quantity)
	prefix := [2]string{"above", "below"}
	if r.IntN(2) == 0 {
		entry := market.Order{Instrument: linked.Instrument, Side: 3 - linked.Side, Type: market.Limit, Price: cents(2 * (r.Float64() - 0.5)), Quantity: quantity, Profile: market.ByVenue}
		for k := range orders {
			orders[k].Parent.Sequence = 1
			orders[k].Quantity = quantity.Mul(decimal.New(99, -2)).Truncate(3)
		}
		orders = append([]market.Order{entry}, orders...)
		side := map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}
		path, prefix = "otoco", [2]string{"pendingAbove", "pendingBelow"}
		query = fmt.Sprintf("symbol=%s&workingType=LIMIT&workingTimeInForce=GTC&workingSide=%s&workingPrice=%s&workingQuantity=%s&pendingSide=%s&pendingQuantity=%s",
			list[i].Symbol, side[entry.Side], entry.Price, quantity, side[linked.Side], orders[1].Quantity)
	}
	for k, o := range orders[len(orders)-2:] {
		if o.Type == market.Limit {
			query += fmt.Sprintf("&%sType=LIMIT_MAKER&%sPrice=%s", prefix[k], prefix[k], o.Price)
		} else {
			query += fmt.Sprintf("&%sType=STOP_LOSS&%sStopPrice=%s", prefix[k], prefix[k], o.Stop)
		}
	}
	_, a := d.sign("POST", "/api/v3/orderList/"+path, query)
	if msg := fmt.Sprint(a["msg"]); a["code"] == -1013. || a["code"] == -1102. || msg == "The relationship of the prices for the orders is not correct." {
		return // before it was tried
	}
	w.submit(now, list[i].Symbol, orders...)
	rejected := false
	for _, u := range w.states[len(w.states)-len(orders):] {
		rejected = rejected || u.State == market.Rejected
	}
	if rejected != (a["code"] != nil) {
		d.t.Fatalf("%v of %s, of which the simulator says %+v", a, query, w.states[len(w.states)-len(orders):])
	}
}

// symbol returns the symbol of an order.
func (w *twin) symbol(d *desk, k int) string { return w.states[k].Symbol }

// locks works out anew what open orders lock: what each would give, of those that exclude each
// other the larger amount, of those that wait for another nothing. It cannot know at which
// price a trailing purchase was counted, and returns false where there is one.
func locks(orders []venue.Order, list []market.Instrument) (map[string]decimal.Decimal, bool) {
	locked, shared := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, o := range orders {
		if o.Status != "NEW" && o.Status != "PARTIALLY_FILLED" || o.Type == "MARKET" {
			continue
		}
		asset, amount := "", o.Quantity.Sub(o.Executed)
		for i := range list {
			if asset = list[i].Base; list[i].Symbol == o.Symbol {
				if o.Side == market.Buy {
					asset = list[i].Quote
				}
				break
			}
		}
		price := o.Price
		if price.IsZero() {
			price = o.Stop
		}
		if o.Side == market.Buy {
			if price.IsZero() {
				return nil, false
			}
			amount = amount.Mul(price)
		}
		key := fmt.Sprint(asset, " ", o.List, o.Side)
		if before := shared[key]; o.List > 0 {
			shared[key] = decimal.Max(before, amount)
			amount = shared[key].Sub(before)
		}
		locked[asset] = locked[asset].Add(amount)
	}
	return locked, true
}

// compare holds what the venue has against the simulator.
func (w *twin) compare(t *testing.T, is venue.State, list []market.Instrument) {
	t.Helper()
	trades, fills := append([]venue.Trade{}, is.Spot.Trades...), append([]venue.Trade{}, w.fills...)
	for i := range trades {
		trades[i].Client, trades[i].Trade = "", ""
	}
	for i := range fills {
		fills[i].Trade = "" // counted when it happened, not when it was told
	}
	equal := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
	if d := cmp.Diff(fills, trades, equal); d != "" {
		t.Fatalf("trades (-simulator +venue):\n%s", d)
	}
	status := map[market.State]string{market.Accepted: "NEW", market.Partial: "PARTIALLY_FILLED", market.Filled: "FILLED",
		market.Cancelled: "CANCELED", market.Expired: "EXPIRED", market.Rejected: "REJECTED"}
	for _, o := range is.Spot.Orders {
		u := w.states[o.ID-1]
		if u.Reason == market.ExitFilled {
			u.State = market.Expired
		}
		if u.Reason == market.Waiting {
			status[market.Accepted] = "PENDING_NEW"
		} else {
			status[market.Accepted] = "NEW"
		}
		if status[u.State] != o.Status || !u.Filled.Equal(o.Executed) {
			t.Fatalf("order %d: %s %s, the simulator says %s %s", o.ID, o.Status, o.Executed, u.State, u.Filled)
		}
	}
	locked, known := locks(is.Spot.Orders, list)
	for _, b := range is.Spot.Balances {
		if known && !b.Locked.Equal(locked[b.Asset]) {
			t.Fatalf("%s of %s is locked, where the orders lock %s", b.Locked, b.Asset, locked[b.Asset])
		}
		if total := b.Free.Add(b.Locked); !total.Equal(w.sim.Balance(b.Asset)) || !b.Locked.Equal(w.sim.Locked(b.Asset)) || b.Free.IsNegative() || b.Locked.IsNegative() {
			t.Fatalf("%s: free %s, locked %s; the simulator holds %s, locked %s", b.Asset, b.Free, b.Locked, w.sim.Balance(b.Asset), w.sim.Locked(b.Asset))
		}
	}
}
