package tiny_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/paper"
	"github.com/signalman-trading/signalman/market"
)

// venue serves the simulated venue as tiny's.
type venue struct {
	paper *paper.Venue
	raw   *paper.Broker // to which no order is its own
	in    market.Instrument

	mu      sync.Mutex
	changed chan struct{} // closed when anything happens
	events  []map[string]any
	down    bool
	silence int // how many times it fell silent
}

func newVenue(p *paper.Venue, in market.Instrument) *venue {
	return &venue{paper: p, raw: p.Broker(exchange.NewNames([16]byte{9})), in: in, changed: make(chan struct{})}
}

// run keeps the account's events until ctx ends.
func (v *venue) run(ctx context.Context, ready func()) {
	_ = v.raw.Updates(ctx, ready, func(e exchange.AccountEvent) {
		said := map[string]any{"deposit": e.Flow}
		if u := e.Update; u != nil {
			said = map[string]any{"order": map[string]any{"client": e.Client, "symbol": u.Symbol, "state": u.State.String(), "filled": u.Filled, "time": u.Time.Millis()}}
			if u.Fill != nil {
				said["trade"] = tradeOf(exchange.Fill{Fill: *u.Fill, Client: e.Client, Symbol: u.Symbol})
			}
		}
		v.change(func() { v.events = append(v.events, said) })
	})
}

func tradeOf(f exchange.Fill) map[string]any {
	return map[string]any{
		"id": f.Trade, "client": f.Client, "symbol": f.Symbol, "time": f.Time.Millis(), "price": f.Price,
		"quantity": f.Quantity, "fee": f.Fee, "fee_asset": f.FeeAsset, "maker": f.Maker,
	}
}

// change changes something that questions may wait for.
func (v *venue) change(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
	close(v.changed)
	v.changed = make(chan struct{})
}

// handler is the venue's API, as doc.go lists it.
func (v *venue) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /time", v.held(func(r *http.Request) any {
		if after, now := number(r, "after"), v.paper.Now().Millis(); now > after {
			return map[string]any{"now": now}
		}
		return nil
	}))
	m.HandleFunc("GET /events", v.held(func(r *http.Request) any {
		n := len(v.events)
		if after := number(r, "after"); after >= int64(n) {
			return nil
		} else if after >= 0 {
			return map[string]any{"next": n, "events": v.events[after:]}
		}
		return map[string]any{"next": n}
	}))
	m.HandleFunc("GET /instruments", v.instruments)
	m.HandleFunc("GET /bars", v.bars)
	m.HandleFunc("GET /account", v.account)
	m.HandleFunc("GET /trades", v.trades)
	m.HandleFunc("POST /orders", v.place)
	m.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) { v.standing(w, r.FormValue("client")) })
	m.HandleFunc("DELETE /orders", func(w http.ResponseWriter, r *http.Request) {
		if err := v.paper.Remove(r.FormValue("client")); err != nil {
			refuse(w, err)
			return
		}
		v.standing(w, r.FormValue("client"))
	})
	return m
}

// held answers a question once there is something to say, or after half a minute.
func (v *venue) held(say func(*http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		late := time.NewTimer(30 * time.Second)
		defer late.Stop()
		v.mu.Lock()
		silence := v.silence
		for {
			said, down, changed := say(r), v.down, v.changed
			silent := v.silence != silence
			v.mu.Unlock()
			switch {
			case silent:
				<-r.Context().Done()
				return
			case down:
				http.Error(w, "<html>gone</html>", http.StatusServiceUnavailable)
				return
			case said != nil:
				answer(w, said)
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-late.C:
				answer(w, map[string]any{"now": v.paper.Now().Millis(), "next": r.FormValue("after")})
				return
			case <-changed:
			}
			v.mu.Lock()
		}
	}
}

func (v *venue) instruments(w http.ResponseWriter, r *http.Request) {
	list, err := v.paper.Instruments(r.Context(), nil)
	if err != nil {
		refuse(w, err)
		return
	}
	var said []map[string]any
	for _, in := range list {
		said = append(said, map[string]any{
			"symbol": in.Symbol, "base": in.Base, "quote": in.Quote, "tick": in.Tick, "step": in.Step,
			"min_quantity": in.MinQuantity, "max_quantity": in.MaxQuantity, "min_notional": in.MinNotional, "fee": in.Fees.Taker,
		})
	}
	answer(w, said)
}

func (v *venue) bars(w http.ResponseWriter, r *http.Request) {
	interval, err := market.ParseInterval(r.FormValue("interval"))
	said := []map[string]any{}
	for b, e := range v.paper.Bars(r.Context(), market.Instrument{Symbol: r.FormValue("symbol")}, interval, market.Millis(number(r, "from")), market.Millis(number(r, "to"))) {
		if err = e; e == nil {
			said = append(said, map[string]any{"time": b.OpenTime.Millis(), "open": b.Open, "high": b.High, "low": b.Low, "close": b.Close, "volume": b.Volume})
		}
	}
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, said)
}

func (v *venue) account(w http.ResponseWriter, r *http.Request) {
	a, err := v.raw.Account(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	orders := []map[string]any{}
	for _, o := range a.Orders {
		orders = append(orders, map[string]any{
			"client": o.Client, "symbol": o.Symbol, "side": o.Order.Side.String(), "type": o.Order.Type.String(), "post_only": o.Order.PostOnly,
			"quantity": o.Order.Quantity, "price": o.Order.Price, "filled": o.Filled, "made": o.Created.Millis(),
		})
	}
	answer(w, map[string]any{"time": a.Time.Millis(), "balances": a.Balances, "orders": orders})
}

func (v *venue) trades(w http.ResponseWriter, r *http.Request) {
	said := []map[string]any{}
	for f, err := range v.raw.Fills(r.Context(), market.Instrument{Symbol: r.FormValue("symbol")}, exchange.Cursor{Trade: r.FormValue("after")}) {
		if err != nil {
			refuse(w, err)
			return
		}
		said = append(said, tradeOf(f))
	}
	answer(w, said)
}

func (v *venue) place(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Client, Symbol, Side, Type, TIF string
		PostOnly                        bool `json:"post_only"`
		Quantity, Amount, Price         decimal.Decimal
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, err)
		return
	}
	o := market.Order{Side: market.Sell, Type: market.Limit, PostOnly: asked.PostOnly, Quantity: asked.Quantity, Quote: asked.Amount, Price: asked.Price}
	if asked.Side == market.Buy.String() {
		o.Side = market.Buy
	}
	if asked.Type == market.Market.String() {
		o.Type = market.Market
	}
	for _, tif := range []market.TIF{market.IOC, market.FOK} {
		if asked.TIF == tif.String() {
			o.TIF = tif
		}
	}
	if err := v.paper.Place(asked.Client, asked.Symbol, o); err != nil {
		refuse(w, err)
		return
	}
	v.standing(w, asked.Client)
}

func (v *venue) standing(w http.ResponseWriter, client string) {
	u, ok := v.paper.Standing(client)
	if !ok {
		refuse(w, exchange.ErrNotFound)
		return
	}
	answer(w, map[string]any{"client": client, "symbol": u.Symbol, "state": u.State.String(), "filled": u.Filled, "time": u.Time.Millis()})
}

func answer(w http.ResponseWriter, said any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said)
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, exchange.ErrNotFound) {
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	answer(w, map[string]any{"error": err.Error()})
}

func number(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.FormValue(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
