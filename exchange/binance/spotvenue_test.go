package binance

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

// A spotDesk is an account at a local venue, over a network in memory. The venue's clock
// moves by steps alone.
type spotDesk struct {
	*spotBroker
	t     testing.TB
	venue *venue.Venue
	in    market.Instrument
}

// newSpotDesk opens an account of 10,000 USDT and 10 BTC, where the price wanders about 100.
func newSpotDesk(t testing.TB) *spotDesk {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &spotDesk{t: t, in: market.Instrument{
		Venue: Spot, Symbol: "BTCUSDT", Base: "BTC", Quote: "USDT", Tick: dec("0.01"), Step: dec("0.001"), MinQuantity: dec("0.001"), MaxQuantity: dec("9000"),
		MinNotional: dec("5"), BasePrecision: 8, QuotePrecision: 8, Fees: market.Fees{Maker: dec("0.001"), Taker: dec("0.001")},
	}}
	start := market.Millis(1767571200000)
	bars := market.MakeColumns(market.Minute, 600)
	bars.PriceScale, bars.VolumeScale = 2, 3
	for i := range 600 {
		open, end := 97+float64(i%7), 97+float64((i+1)%7)
		bars.Append(market.Bar{OpenTime: start + market.Time(i)*minutely, Open: open, High: max(open, end) + 2, Low: min(open, end) - 2, Close: end, Volume: 50})
	}
	d.venue, err = venue.New(venue.Options{
		Spot: &venue.Listing{
			Instruments: []market.Instrument{d.in}, Bars: []*market.Columns{bars},
			Balances: map[string]decimal.Decimal{"USDT": dec("10000"), "BTC": dec("10")},
		},
		Keys: []venue.Key{{API: exampleKey, Public: public, Trade: true}}, Start: start,
	})
	if err != nil {
		t.Fatal(err)
	}
	wire := memnet.Listen()
	server := &http.Server{Handler: d.venue.Handler()}
	go func() { _ = server.Serve(wire) }()
	client := wire.Client()
	t.Cleanup(func() { client.CloseIdleConnections(); _ = server.Close() })
	c := newConfig(Spot)
	c.Env, c.Address, c.Key, c.Secret = local, "http://127.0.0.1:8645", market.NewSecret(exampleKey), market.NewSecret(pemOf(t, private))
	p, err := c.private(exchange.Env{HTTP: client, Now: func() time.Time { return d.venue.Now().UTC() }}, exchange.NewNames([16]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	p.governor.limits.known = true // those of exchangeInfo are not what is tested here
	if err = p.start(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if d.spotBroker, err = newSpot(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	d.steps(3)
	return d
}

const minutely = market.Time(market.Minute)

// steps moves the venue's clock.
func (d *spotDesk) steps(n int) {
	d.t.Helper()
	for range n {
		if _, err := d.venue.Step(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *spotDesk) submit(o market.Order) market.OrderUpdate {
	d.t.Helper()
	u, err := d.Submit(d.t.Context(), d.in, o)
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

// TestAtTheVenue: what the account says is what the venue holds, order by order, fill by
// fill.
func TestAtTheVenue(t *testing.T) {
	d := newSpotDesk(t)
	limit := func(n uint32, side market.Side, quantity, price string) market.Order {
		return market.Order{ID: id(n), Side: side, Type: market.Limit, Quantity: dec(quantity), Price: dec(price)}
	}
	post := limit(1, market.Buy, "1", "60")
	post.PostOnly = true
	taken := limit(6, market.Buy, "0.5", "140")
	taken.TIF = market.IOC
	for _, o := range []market.Order{
		post, limit(2, market.Sell, "1", "140"),
		{ID: id(3), Side: market.Sell, Type: market.Stop, Quantity: dec("1"), Stop: dec("50")},
		{ID: id(4), Side: market.Sell, Type: market.StopLimit, Quantity: dec("1"), Stop: dec("50"), Price: dec("49")},
		{ID: id(5), Side: market.Sell, Type: market.TrailingStop, Quantity: dec("1"), Trail: market.Trail{By: dec("20"), Unit: market.TrailPercent}},
		taken,
		{ID: id(7), Side: market.Buy, Type: market.Market, Quantity: dec("0.25")},
		{ID: id(8), Side: market.Buy, Type: market.Market, Quote: dec("50")},
		{ID: id(9), Side: market.Sell, Type: market.TakeProfit, Quantity: dec("1"), Stop: dec("150")},
		{ID: id(10), Side: market.Sell, Type: market.TakeProfitLimit, Quantity: dec("1"), Stop: dec("150"), Price: dec("149")},
	} {
		u := d.submit(o)
		want := market.Accepted
		if o.ID.Sequence >= 6 && o.ID.Sequence <= 8 {
			want = market.Filled
		}
		if u.ID != o.ID || u.State != want || u.Fill != nil {
			t.Errorf("%s %s: %+v", o.ID, o.Type, u)
		}
	}
	if err := d.Cancel(t.Context(), d.in, id(2)); err != nil {
		t.Error(err)
	}
	if err := d.Cancel(t.Context(), d.in, id(2)); !errors.Is(err, exchange.ErrNotFound) {
		t.Error(err)
	}
	if u, err := d.Order(t.Context(), d.in, id(2)); err != nil || u.State != market.Cancelled {
		t.Error(u, err)
	}
	if _, err := d.Order(t.Context(), d.in, id(99)); !errors.Is(err, exchange.ErrNotFound) {
		t.Error(err)
	}
	d.same()
}

// same compares all that the account says with what the venue holds.
func (d *spotDesk) same() {
	d.t.Helper()
	a, err := d.Account(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	holds := d.venue.State().Spot
	var balances []exchange.Balance
	for _, b := range holds.Balances {
		if !b.Free.IsZero() || !b.Locked.IsZero() {
			balances = append(balances, exchange.Balance(b))
		}
	}
	if diff := cmp.Diff(balances, a.Balances, decimals); diff != "" {
		d.t.Error(diff)
	}
	open := map[string]venue.Order{}
	for _, o := range holds.Orders {
		if o.Status == "NEW" || o.Status == "PARTIALLY_FILLED" || o.Status == "PENDING_NEW" {
			open[o.Client] = o
		}
	}
	for _, o := range a.Orders {
		h, ok := open[o.Client]
		if !ok || h.Side != o.Order.Side || !h.Quantity.Equal(o.Order.Quantity) || !h.Price.Equal(o.Order.Price) || !h.Executed.Equal(o.Filled) || o.Order.ID.Sequence == 0 {
			d.t.Errorf("%+v\nthe venue has %+v", o, h)
		}
		delete(open, o.Client)
	}
	if len(open) > 0 {
		d.t.Errorf("not told: %v", open)
	}
	n := 0
	for f, err := range d.Fills(d.t.Context(), d.in, exchange.Cursor{}) {
		if err != nil || n >= len(holds.Trades) {
			d.t.Fatal(f, err)
		}
		h := holds.Trades[n]
		if diff := cmp.Diff(h.Fill, f.Fill, decimals); diff != "" || f.Client != h.Client || d.names.Client(f.ID) != h.Client {
			d.t.Errorf("fill %d: %s", n, diff)
		}
		n++
	}
	if n != len(holds.Trades) {
		d.t.Errorf("%d fills, the venue has %d", n, len(holds.Trades))
	}
}

// TestRefusedByTheVenue: the venue's refusals mean what they should.
func TestRefusedByTheVenue(t *testing.T) {
	d := newSpotDesk(t)
	for says, o := range map[string]market.Order{
		"insufficient balance":       {ID: id(1), Side: market.Buy, Type: market.Limit, Quantity: dec("5000"), Price: dec("90")},
		"trigger immediately":        {ID: id(2), Side: market.Sell, Type: market.Stop, Quantity: dec("1"), Stop: dec("150")},
		"immediately match and take": {ID: id(3), Side: market.Buy, Type: market.Limit, PostOnly: true, Quantity: dec("1"), Price: dec("150")},
		"PRICE_FILTER":               {ID: id(4), Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("90.001")},
		"LOT_SIZE":                   {ID: id(5), Side: market.Buy, Type: market.Limit, Quantity: dec("1.0001"), Price: dec("90")},
	} {
		var f *exchange.Fault
		_, err := d.Submit(t.Context(), d.in, o)
		if !errors.As(err, &f) || f.Kind != exchange.ErrRejected || !strings.Contains(err.Error(), says) || (f.Reason == market.WouldTrigger) != (says == "trigger immediately") {
			t.Errorf("%s: %v", says, err)
		}
	}
	d.submit(market.Order{ID: id(6), Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("60")})
	_, err := d.Submit(t.Context(), d.in, market.Order{ID: id(6), Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("60")})
	if !errors.Is(err, exchange.ErrUnknown) {
		t.Errorf("twice: %v", err)
	}
	if len(d.venue.State().Spot.Orders) != 1 {
		t.Errorf("%+v", d.venue.State().Spot.Orders)
	}
	d.same()
}

// TestListsAtTheVenue: each kind of list comes to exist whole.
func TestListsAtTheVenue(t *testing.T) {
	d := newSpotDesk(t)
	stop := func(n uint32) market.Order {
		return market.Order{ID: id(n), Side: market.Sell, Type: market.StopLimit, Quantity: dec("1"), Stop: dec("50"), Price: dec("49"), Group: "g", Profile: market.ByVenue}
	}
	target := func(n uint32) market.Order {
		return market.Order{ID: id(n), Side: market.Sell, Type: market.Limit, Quantity: dec("1"), Price: dec("140"), Group: "g", Profile: market.ByVenue}
	}
	entry := func(n uint32) market.Order {
		return market.Order{ID: id(n), Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("60"), Profile: market.ByVenue}
	}
	child := func(o market.Order, n uint32) market.Order { o.Parent = id(n); return o }
	for _, list := range [][]market.Order{
		{stop(1), target(2)},
		{entry(3), child(stop(4), 3)},
		{entry(5), child(target(6), 5), child(stop(7), 5)},
	} {
		updates, err := d.SubmitList(t.Context(), d.in, list)
		if err != nil || len(updates) != len(list) {
			t.Errorf("%d orders: %v", len(list), err)
			continue
		}
		for i, u := range updates {
			if waits := u.Reason == market.Waiting; u.ID != list[i].ID || u.State != market.Accepted || waits != (list[i].Parent.Sequence > 0) {
				t.Errorf("%+v", u)
			}
		}
	}
	if n := len(d.venue.State().Spot.Orders); n != 7 {
		t.Errorf("%d orders", n)
	}
	d.same()
}

// TestAmendAtTheVenue: an order keeps its name, whatever becomes of it.
func TestAmendAtTheVenue(t *testing.T) {
	d := newSpotDesk(t)
	o := market.Order{ID: id(1), Side: market.Buy, Type: market.Limit, Quantity: dec("2"), Price: dec("60")}
	d.submit(o)
	for _, change := range []struct{ quantity, price string }{{"1", "60"}, {"1", "61"}, {"3", "61"}, {"2", "61"}} {
		o.Quantity, o.Price = dec(change.quantity), dec(change.price)
		if u, err := d.Amend(t.Context(), d.in, o); err != nil || u.State != market.Accepted || u.Reason != market.Amended {
			t.Errorf("%+v: %+v %v", change, u, err)
		}
		d.same()
	}
	o.Price = dec("1000") // more than the account has
	o.Quantity = dec("100")
	if u, err := d.Amend(t.Context(), d.in, o); err != nil || u.State != market.Cancelled {
		t.Errorf("its successor is refused: %+v %v", u, err)
	}
	if u, err := d.Order(t.Context(), d.in, id(1)); err != nil || u.State != market.Cancelled {
		t.Errorf("%+v %v", u, err)
	}
	d.same()
}
