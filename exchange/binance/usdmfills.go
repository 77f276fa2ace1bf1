package binance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/adshao/go-binance/v2/futures"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// What the venue tells of trades.
const (
	tradesPage   = 1000
	tradesWindow = 7 * market.Day  // between start and end, and without either what it goes back
	tradesKept   = 89 * market.Day // of three months
	mayLag       = 5 * time.Minute // how long it may not find the order of a trade
)

// Fills implements [exchange.Broker]. Trades of the last days are asked for by their
// numbers; older ones by windows of time, for the venue does not look further back than
// one of them.
func (b *usdmBroker) Fills(ctx context.Context, i market.Instrument, after exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(yield func(exchange.Fill, error) bool) {
		r := &tradeReader{b: b, symbol: i.Symbol, lost: map[int64]bool{}}
		if err := r.start(after); err != nil {
			yield(exchange.Fill{}, err)
			return
		}
		for !r.done {
			page, err := r.page(ctx)
			if err != nil {
				yield(exchange.Fill{}, err)
				return
			}
			for _, t := range page {
				f, err := r.fill(ctx, t)
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
}

// A tradeReader has got to the trade last, and to a time; there is nothing before both
// that is still wanted.
type tradeReader struct {
	b      *usdmBroker
	symbol string
	last   int64 // 0: none yet
	at     market.Time
	stuck  bool // more trades in one millisecond than a page holds
	done   bool
	lost   map[int64]bool // orders that the venue does not find, now
}

func (r *tradeReader) what() string { return "fills of " + r.symbol }

func (r *tradeReader) start(after exchange.Cursor) (err error) {
	if after.Trade != "" {
		if r.last, err = strconv.ParseInt(after.Trade, 10, 64); err != nil || r.last <= 0 {
			return refused(r.what(), fmt.Errorf("%.60q is no number of a trade", after.Trade))
		}
	}
	r.at = max(after.Time, r.b.public.clock.now()-market.Time(tradesKept))
	return nil
}

// page returns the next trades after the last one.
func (r *tradeReader) page(ctx context.Context) ([]futures.AccountTrade, error) {
	now := r.b.public.clock.now()
	params := url.Values{"symbol": {r.symbol}, "limit": {strconv.Itoa(tradesPage)}}
	end := now
	byNumber := r.last > 0 && (r.stuck || now-r.at < market.Time(tradesWindow-market.Day))
	if byNumber {
		params.Set("fromId", strconv.FormatInt(r.last+1, 10))
	} else {
		end = min(now, r.at+market.Time(tradesWindow)-market.Time(1e6))
		params.Set("startTime", strconv.FormatInt(r.at.Millis(), 10))
		params.Set("endTime", strconv.FormatInt(end.Millis(), 10))
	}
	var all []futures.AccountTrade
	if err := r.b.fetch(ctx, laneHistory, weightAccount, r.what(), "/fapi/v1/userTrades", params, &all); err != nil {
		return nil, err
	}
	full := len(all) >= tradesPage
	slices.SortFunc(all, func(x, y futures.AccountTrade) int { return cmp.Compare(x.ID, y.ID) })
	fresh := slices.DeleteFunc(all, func(t futures.AccountTrade) bool { return t.ID <= r.last })
	r.stuck = full && len(fresh) == 0
	switch {
	case len(fresh) > 0:
		newest := fresh[len(fresh)-1]
		r.last, r.at = newest.ID, max(r.at, market.Millis(newest.Time))
	case r.stuck && byNumber:
		return nil, &exchange.Fault{Kind: exchange.ErrUnavailable, What: r.what(), Err: fmt.Errorf("trades up to %d come again and again", r.last)}
	}
	if full {
		return fresh, nil
	}
	if r.done = byNumber || end >= now; !r.done {
		r.at = end + market.Time(1e6)
	}
	return fresh, nil
}

// fill reads a trade, and asks what its order is called where that is not known.
func (r *tradeReader) fill(ctx context.Context, t futures.AccountTrade) (exchange.Fill, error) {
	f := exchange.Fill{Symbol: r.symbol, Fill: market.Fill{Trade: strconv.FormatInt(t.ID, 10), FeeAsset: t.CommissionAsset, Maker: t.Maker}}
	if f.Side = market.Sell; t.Buyer {
		f.Side = market.Buy
	}
	wrong := func(err error) (exchange.Fill, error) {
		return f, &exchange.Fault{Kind: exchange.ErrUnavailable, What: r.what(), Err: fmt.Errorf("trade %d: %w", t.ID, err)}
	}
	var errs [4]error
	f.Price, errs[0] = exactly("price", t.Price)
	f.Quantity, errs[1] = exactly("qty", t.Quantity)
	f.Fee, errs[2] = exactly("commission", t.Commission)
	f.Time, errs[3] = when(t.Time)
	if err := errors.Join(errs[:]...); err != nil {
		return wrong(err)
	}
	if t.ID <= 0 || !f.Price.IsPositive() || !f.Quantity.IsPositive() {
		return wrong(fmt.Errorf("%s at %s", f.Quantity, f.Price))
	}
	if r.lost[t.OrderID] {
		return f, nil
	}
	var err error
	if f.Client, err = r.b.called(ctx, r.symbol, t.OrderID); errors.Is(err, exchange.ErrNotFound) {
		if r.b.public.clock.now()-f.Time < market.Time(mayLag) {
			return f, &exchange.Fault{Kind: exchange.ErrUnavailable, What: r.what(), Err: fmt.Errorf("trade %d: the venue does not say yet what its order is called", t.ID), Hint: hintLater}
		}
		r.lost[t.OrderID] = true
		return f, nil
	}
	f.ID, _ = r.b.names.Find(f.Client)
	return f, err
}

// maxClients bounds what is remembered of what orders are called.
const maxClients = 10_000

// called returns what the order is called that the venue gave a number.
func (b *usdmBroker) called(ctx context.Context, symbol string, id int64) (string, error) {
	if client, ok := b.events.called(symbol, id); ok {
		return client, nil
	}
	b.mu.Lock()
	client, ok := b.clients[idKey{symbol, id}]
	b.mu.Unlock()
	if ok {
		return client, nil
	}
	err := b.call(ctx, laneHistory, weightOne, "what an order of "+symbol+" is called", func(ctx context.Context) error {
		o, err := b.futures.NewGetOrderService().Symbol(symbol).OrderID(id).Do(ctx, b.inTime())
		if err == nil {
			client = o.ClientOrderID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.clients) >= maxClients {
		clear(b.clients)
	}
	b.clients[idKey{symbol, id}] = client
	return client, nil
}
