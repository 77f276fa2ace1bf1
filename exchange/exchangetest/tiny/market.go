package tiny

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// public is the venue without an account.
type public struct{ *client }

// listing is an instrument as the venue writes it.
type listing struct {
	Symbol      string          `json:"symbol"`
	Base        string          `json:"base"`
	Quote       string          `json:"quote"`
	Tick        decimal.Decimal `json:"tick"`
	Step        decimal.Decimal `json:"step"`
	MinQuantity decimal.Decimal `json:"min_quantity"`
	MaxQuantity decimal.Decimal `json:"max_quantity"`
	MinNotional decimal.Decimal `json:"min_notional"`
	Fee         decimal.Decimal `json:"fee"` // of maker and taker, in what is received
}

// Instruments implements [exchange.Market].
func (p *public) Instruments(ctx context.Context, symbols []string) ([]market.Instrument, error) {
	var all []listing
	if err := p.ask(ctx, timeout, "/instruments", nil, &all); err != nil {
		return nil, err
	}
	if len(symbols) == 0 {
		for _, l := range all {
			symbols = append(symbols, l.Symbol)
		}
	}
	var list []market.Instrument
	for _, s := range symbols {
		k := slices.IndexFunc(all, func(l listing) bool { return l.Symbol == s })
		if k < 0 {
			return nil, &exchange.Fault{Kind: exchange.ErrRejected, What: "instrument " + s, Err: errors.New("the venue does not list it")}
		}
		in := all[k].instrument()
		if err := in.Validate(); err != nil {
			return nil, &exchange.Fault{Kind: exchange.ErrUnavailable, What: "instrument " + s, Err: err}
		}
		list = append(list, in)
	}
	return list, nil
}

func (l *listing) instrument() market.Instrument {
	return market.Instrument{
		Venue: "tiny", Symbol: l.Symbol, Base: l.Base, Quote: l.Quote, Tick: l.Tick, Step: l.Step,
		MinQuantity: l.MinQuantity, MaxQuantity: l.MaxQuantity, MinNotional: l.MinNotional,
		BasePrecision: 8, QuotePrecision: 8, Fees: market.Fees{Maker: l.Fee, Taker: l.Fee},
	}
}

// Bars implements [exchange.Market].
func (p *public) Bars(ctx context.Context, i market.Instrument, interval market.Interval, from, to market.Time) iter.Seq2[market.Bar, error] {
	return func(yield func(market.Bar, error) bool) {
		var rows []row
		q := url.Values{"symbol": {i.Symbol}, "interval": {interval.String()}, "from": {millis(from)}, "to": {millis(to)}}
		if err := p.ask(ctx, timeout, "/bars", q, &rows); err != nil {
			yield(market.Bar{}, err)
			return
		}
		last := market.Time(-1)
		for _, r := range rows {
			b, err := r.bar()
			if err == nil && (b.OpenTime <= last || b.OpenTime < from || b.OpenTime >= to) {
				err = fmt.Errorf("the bar of %s is out of order, or was not asked for", b.OpenTime)
			}
			if err != nil {
				yield(market.Bar{}, &exchange.Fault{Kind: exchange.ErrUnavailable, What: "bars " + i.Symbol, Err: err})
				return
			}
			if last = b.OpenTime; !yield(b, nil) {
				return
			}
		}
	}
}

// row is a bar as the venue writes it.
type row struct {
	Time                           int64
	Open, High, Low, Close, Volume decimal.Decimal
}

func (r *row) bar() (market.Bar, error) {
	b := market.Bar{
		OpenTime: market.Millis(r.Time), Open: market.Float(r.Open), High: market.Float(r.High),
		Low: market.Float(r.Low), Close: market.Float(r.Close), Volume: market.Float(r.Volume),
	}
	return b, b.Check()
}

// Stream implements [exchange.Market]: whenever time has moved on, it asks for what is new.
func (p *public) Stream(ctx context.Context, subs []exchange.Subscription, ready func(), emit func(exchange.Event)) error {
	next := make([]market.Time, len(subs)) // when the next bar of each opens at the earliest
	began, now := market.Time(0), market.Time(0)
	return p.follow(ctx, func(gap *exchange.Gap) error {
		to, err := p.moved(ctx, now)
		if err != nil {
			return err
		}
		if began == 0 {
			for k, s := range subs {
				if next[k] = s.After; s.After == 0 {
					next[k] = s.Interval.Floor(to)
				}
			}
			began = to
			ready()
		}
		for k, s := range subs {
			if gap != nil {
				emit(exchange.Event{Subscription: k, Gap: &exchange.Gap{From: gap.From, To: to, Reason: gap.Reason}})
			}
			for b, err := range p.Bars(ctx, s.Instrument, s.Interval, next[k], to) {
				if err != nil {
					return err
				}
				next[k] = b.OpenTime + market.Time(s.Interval)
				emit(exchange.Event{Subscription: k, Bar: b, Late: gap != nil || next[k] <= began})
			}
		}
		now = to
		return nil
	})
}

// moved waits until the venue's time is later than one, and returns it.
func (p *public) moved(ctx context.Context, after market.Time) (market.Time, error) {
	var said struct{ Now int64 }
	err := p.ask(ctx, patient, "/time", url.Values{"after": {millis(after)}}, &said)
	return market.Millis(said.Now), err
}

func millis(t market.Time) string { return strconv.FormatInt(t.Millis(), 10) }
