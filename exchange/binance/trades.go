package binance

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A Trade is what one order took at one price: a row of the venue's aggTrades.
type Trade struct {
	ID              int64       // rising; each symbol has its own
	Time            market.Time // to the millisecond
	Price, Quantity float64     // in quote; in base
}

// tradeRows is the most trades that one answer holds, and the weight of asking for them
// follows.
const (
	tradeRows        = 1000
	spotTradesWeight = 4
	usdmTradesWeight = 20
)

// window is the longest time that the venue takes from both ends at once.
const window = market.Time(time.Hour)

// AggTrades yields the aggregated trades with from ≤ time < to by rising ID; zero to
// means up to now. The first error ends it, and the trades before it are good.
func (p *Public) AggTrades(ctx context.Context, symbol string, from, to market.Time) iter.Seq2[Trade, error] {
	return func(yield func(Trade, error) bool) {
		now, err := p.Now(ctx)
		if err != nil {
			yield(Trade{}, err)
			return
		}
		if to == 0 || to > now {
			to = now
		}
		from, to = whole(from), whole(to)
		page, err := p.firstTrades(ctx, symbol, from, to)
		for err == nil && len(page) > 0 {
			for _, t := range page {
				if t.Time >= to || t.Time >= from && !yield(t, nil) {
					return
				}
			}
			page, err = p.tradesAfter(ctx, symbol, page[len(page)-1])
		}
		if err != nil {
			yield(Trade{}, err)
		}
	}
}

// whole returns the first millisecond at or after t: the venue knows no finer times.
func whole(t market.Time) market.Time { return ceil(market.Interval(time.Millisecond), t) }

// firstTrades returns a page that begins at or before the first trade of [from, to): the
// very first of the symbol, or those of the first hour that has any.
func (p *Public) firstTrades(ctx context.Context, symbol string, from, to market.Time) ([]Trade, error) {
	page, err := p.tradesAfter(ctx, symbol, Trade{ID: -1})
	if err != nil || len(page) == 0 || page[len(page)-1].Time >= from {
		return page, err
	}
	for start := from; start < to; start += window {
		page, err := p.trades(ctx, symbol, tradeQuery{from: start, to: min(start+window, to)})
		if err != nil || len(page) > 0 {
			return page, err
		}
	}
	return nil, nil
}

// tradesAfter asks for the trades that follow one.
func (p *Public) tradesAfter(ctx context.Context, symbol string, t Trade) ([]Trade, error) {
	return p.trades(ctx, symbol, tradeQuery{after: t, byID: true})
}

// A tradeQuery asks for the trades after one, or for those of a time.
type tradeQuery struct {
	byID     bool
	after    Trade
	from, to market.Time
}

func (q tradeQuery) String() string {
	if q.byID {
		return fmt.Sprintf("number %d", q.after.ID+1)
	}
	return q.from.String()
}

func (p *Public) trades(ctx context.Context, symbol string, q tradeQuery) ([]Trade, error) {
	r := request{lane: laneHistory, what: fmt.Sprintf("aggTrades of %s from %s", symbol, q), weight: spotTradesWeight, opens: '['}
	send := p.spotTrades
	if p.o.USDM {
		r.weight, send = usdmTradesWeight, p.usdmTrades
	}
	return ask(ctx, p, r, func(ctx context.Context) ([]Trade, error) {
		rows, err := send(ctx, symbol, q)
		if err != nil {
			return nil, err
		}
		return q.check(rows)
	})
}

// A tradeRow is a row as the venue writes it.
type tradeRow struct {
	id, time        int64
	price, quantity string
}

func (p *Public) spotTrades(ctx context.Context, symbol string, q tradeQuery) ([]tradeRow, error) {
	service := p.spot.NewAggTradesService().Symbol(symbol).Limit(tradeRows)
	if q.byID {
		service.FromID(q.after.ID + 1)
	} else {
		service.StartTime(q.from.Millis()).EndTime(q.to.Millis() - 1)
	}
	rows, err := service.Do(ctx)
	out := make([]tradeRow, len(rows))
	for i, r := range rows {
		if r != nil {
			out[i] = tradeRow{r.AggTradeID, r.Timestamp, r.Price, r.Quantity}
		}
	}
	return out, err
}

func (p *Public) usdmTrades(ctx context.Context, symbol string, q tradeQuery) ([]tradeRow, error) {
	service := p.futures.NewAggTradesService().Symbol(symbol).Limit(tradeRows)
	if q.byID {
		service.FromID(q.after.ID + 1)
	} else {
		service.StartTime(q.from.Millis()).EndTime(q.to.Millis() - 1)
	}
	rows, err := service.Do(ctx)
	out := make([]tradeRow, len(rows))
	for i, r := range rows {
		if r != nil {
			out[i] = tradeRow{r.AggTradeID, r.Timestamp, r.Price, r.Quantity}
		}
	}
	return out, err
}

// check converts the rows of an answer, if they follow each other and the last one known.
func (q tradeQuery) check(rows []tradeRow) ([]Trade, error) {
	out := make([]Trade, 0, len(rows))
	last := q.after
	if !q.byID {
		last = Trade{ID: -1, Time: q.from}
	}
	for i, row := range rows {
		t, err := row.trade()
		switch {
		case err != nil:
		case t.ID <= last.ID || t.Time < last.Time:
			err = fmt.Errorf("trade %d at %s does not follow %d at %s", t.ID, t.Time, last.ID, last.Time)
		case !q.byID && t.Time >= q.to:
			err = fmt.Errorf("time %s is not in what was asked for, %s to %s", t.Time, q.from, q.to)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		last = t
		out = append(out, t)
	}
	return out, nil
}

func (row tradeRow) trade() (t Trade, err error) {
	t.ID = row.id
	if t.Time, err = when(row.time); err != nil {
		return t, fmt.Errorf("time %w", err)
	}
	if t.Price, err = number("price", row.price); err != nil {
		return t, err
	}
	if t.Quantity, err = number("quantity", row.quantity); err != nil {
		return t, err
	}
	if b := t.Bar(); t.ID < 0 || t.Quantity <= 0 || b.Check() != nil {
		return t, fmt.Errorf("trade %d of %v at a price of %v is none", t.ID, t.Quantity, t.Price)
	}
	return t, nil
}

// Bar returns the trade as a flat bar of interval [market.Trades].
func (t Trade) Bar() market.Bar {
	return market.Bar{OpenTime: t.Time, Open: t.Price, High: t.Price, Low: t.Price, Close: t.Price, Volume: t.Quantity}
}
