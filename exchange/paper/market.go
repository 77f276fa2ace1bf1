package paper

import (
	"context"
	"iter"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Instruments implements [exchange.Market].
func (v *Venue) Instruments(_ context.Context, symbols []string) ([]market.Instrument, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(symbols) == 0 {
		for i := range v.listings {
			symbols = append(symbols, v.listings[i].Instrument.Symbol)
		}
	}
	var list []market.Instrument
	for _, s := range symbols {
		i, err := v.listed(s)
		if err != nil {
			return nil, err
		}
		in := v.listings[i].Instrument
		in.ID = 0
		list = append(list, in)
	}
	return list, nil
}

// Bars implements [exchange.Market]. Coarser bars are made of those that it has.
func (v *Venue) Bars(ctx context.Context, i market.Instrument, interval market.Interval, from, to market.Time) iter.Seq2[market.Bar, error] {
	return func(yield func(market.Bar, error) bool) {
		list, err := v.bars(i.Symbol, interval, from, to)
		for _, b := range list {
			if ctx.Err() != nil {
				break
			}
			if !yield(b, nil) {
				return
			}
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(market.Bar{}, err)
		}
	}
}

func (v *Venue) bars(symbol string, interval market.Interval, from, to market.Time) (list []market.Bar, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i, err := v.listed(symbol)
	if err != nil {
		return nil, err
	}
	c := v.listings[i].Bars
	if interval < c.Interval || interval%c.Interval != 0 {
		return nil, &exchange.Fault{Kind: exchange.ErrRejected, What: "bars " + symbol, Hint: "ask for multiples of " + c.Interval.String()}
	}
	lo, hi := c.Search(interval.Floor(max(from, 0))), v.tape.row(int(i))
	whole := market.Resample(c.Slice(min(lo, hi), hi), interval, v.now)
	for row := range whole.Len() {
		if b := whole.Bar(row); b.OpenTime >= from && b.OpenTime < to {
			list = append(list, b)
		}
	}
	return list, nil
}

// Stream implements [exchange.Market].
func (v *Venue) Stream(ctx context.Context, subs []exchange.Subscription, ready func(), emit func(exchange.Event)) error {
	w := v.watch()
	seen := make([]market.Time, len(subs)) // the close of the newest bar, and the newest funding
	for k, s := range subs {
		if _, err := v.listed(s.Instrument.Symbol); err != nil {
			return err
		}
		if seen[k] = s.After; s.After == 0 {
			seen[k] = w.heard
		}
	}
	ready()
	return v.follow(ctx, w, func(gap *exchange.Gap) {
		for k, s := range subs {
			if gap != nil {
				emit(exchange.Event{Subscription: k, Gap: gap})
			}
			for _, e := range v.since(s, seen[k]) {
				if e.Subscription = k; e.Funding == nil {
					seen[k] = e.Bar.OpenTime + market.Time(s.Interval)
					e.Late = gap != nil || seen[k] <= w.began
				}
				emit(e)
			}
			seen[k] = max(seen[k], w.now)
		}
	}, func() {})
}

// since returns what there is of a subscription after a time: bars, and the fundings
// before them.
func (v *Venue) since(s exchange.Subscription, after market.Time) (list []exchange.Event) {
	bars, err := v.bars(s.Instrument.Symbol, s.Interval, after-market.Time(s.Interval)+1, market.MaxTime)
	if err != nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if i, err := v.listed(s.Instrument.Symbol); err == nil {
		for k := range v.listings[i].Fundings {
			if f := v.listings[i].Fundings[k]; f.Time > after && f.Time <= v.now {
				list = append(list, exchange.Event{Funding: &f})
			}
		}
	}
	for _, b := range bars {
		list = append(list, exchange.Event{Bar: b})
	}
	return list
}

// watcher is one stream's view of the venue.
type watcher struct {
	began market.Time
	now   market.Time // of what it looks at
	heard market.Time // when it was connected last
	cuts  int
}

func (v *Venue) watch() *watcher {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &watcher{began: v.now, now: v.now, heard: v.now, cuts: v.link.cuts}
}

// follow calls look whenever something happened while the stream is connected, with the gap
// where it was cut before; back is called after that.
func (v *Venue) follow(ctx context.Context, w *watcher, look func(*exchange.Gap), back func()) error {
	for {
		v.mu.Lock()
		changed, down, cuts := v.changed, v.link.down, v.link.cuts
		w.now = v.now
		v.mu.Unlock()
		switch {
		case down:
		case cuts != w.cuts:
			look(&exchange.Gap{From: w.heard, To: w.now, Reason: "the connection was cut"})
			back()
			w.cuts, w.heard = cuts, w.now
		default:
			look(nil)
			w.heard = w.now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
