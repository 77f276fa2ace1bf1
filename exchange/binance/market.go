package binance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Market is the public side of one of the venue's markets. It implements
// [exchange.Market].
type Market struct {
	public *Public
	stream string // where combined streams are opened
	dialer *dialer
	timing timing
	log    *slog.Logger
}

// Market implements [exchange.Exchange].
func (c *Config) Market(env exchange.Env) (exchange.Market, error) {
	p, h, err := c.public(env)
	if err != nil {
		return nil, err
	}
	return newMarket(p, cmp.Or(h.stream, h.market), env), nil
}

// newMarket makes a Market of what asks by REST, and of the address that /stream is
// appended to. It sends nothing.
func newMarket(p *Public, stream string, env exchange.Env) *Market {
	m := &Market{public: p, stream: stream + "/stream", dialer: newDialer(env, dialPatience), timing: spotTiming, log: env.Log}
	if p.o.USDM {
		m.timing = usdmTiming
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	return m
}

// intervals are those that the venue has bars of; spot also has those of a second.
var intervals = []market.Interval{
	market.Minute, 3 * market.Minute, 5 * market.Minute, 15 * market.Minute, 30 * market.Minute,
	market.Hour, 2 * market.Hour, 4 * market.Hour, 6 * market.Hour, 8 * market.Hour, 12 * market.Hour,
	market.Daily, 3 * market.Daily, market.Weekly,
}

// check refuses what this market does not have: the instruments of another one, and
// intervals that the venue lacks.
func (m *Market) check(i market.Instrument, d market.Interval) error {
	if i.Venue != "" && i.Venue != m.public.Venue() {
		return &market.Error{Class: market.Usage, Where: "binance: " + i.Symbol, Err: fmt.Errorf("it trades at %s, not at %s", i.Venue, m.public.Venue())}
	}
	if slices.Contains(intervals, d) || d == market.Minute/60 && !m.public.o.USDM {
		return nil
	}
	names := make([]string, len(intervals))
	for i, d := range intervals {
		names[i] = d.String()
	}
	return &market.Error{
		Class: market.Usage, Where: "binance: " + i.Symbol, Err: fmt.Errorf("the venue has no bars of %s", d),
		Hint: "it has " + strings.Join(names, ", ") + "; others are made of finer bars",
	}
}

// Instruments returns what is listed under the symbols, in their order; all that is listed
// where there are none.
func (m *Market) Instruments(ctx context.Context, symbols []string) ([]market.Instrument, error) {
	body, err := m.public.ExchangeInfo(ctx, symbols...)
	if err != nil {
		return nil, err
	}
	info, err := ParseExchangeInfo(body)
	if err != nil {
		return nil, &market.Error{Class: market.Venue, Where: "binance: exchangeInfo", Err: cause(err), Hint: hintAddress}
	}
	if info.Venue != m.public.Venue() {
		return nil, &market.Error{Class: market.Venue, Where: "binance: exchangeInfo", Err: fmt.Errorf("it is of %s, where %s was asked", info.Venue, m.public.Venue()), Hint: hintAddress}
	}
	if len(symbols) == 0 {
		return info.Instruments, nil
	}
	out := make([]market.Instrument, len(symbols))
	for i, symbol := range symbols {
		if out[i], err = info.find(symbol); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cause returns what happened, without the hint for who reads a file.
func cause(err error) error {
	if e := (*market.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// find returns an instrument by its symbol, or why it is not there.
func (info *ExchangeInfo) find(symbol string) (market.Instrument, error) {
	at, ok := slices.BinarySearchFunc(info.Instruments, symbol, func(in market.Instrument, s string) int { return strings.Compare(in.Symbol, s) })
	if ok {
		return info.Instruments[at], nil
	}
	err := &market.Error{Class: market.Venue, Where: "binance: " + symbol, Err: ErrSymbol, Hint: "check how the venue writes it, and the type of the exchange"}
	for _, s := range info.Skipped {
		if s.Symbol == symbol {
			err.Err, err.Hint = fmt.Errorf("it cannot be traded here: %s", s.Reason), "choose another symbol"
		}
	}
	return market.Instrument{}, err
}

// Bars yields the bars with from ≤ open time < to that have closed. Single bars that the
// venue has wrong ([ErrRow]) are left out, and logged.
func (m *Market) Bars(ctx context.Context, i market.Instrument, d market.Interval, from, to market.Time) iter.Seq2[market.Bar, error] {
	return func(yield func(market.Bar, error) bool) {
		if err := m.check(i, d); err != nil {
			yield(market.Bar{}, err)
			return
		}
		for b, err := range m.public.Klines(ctx, i.Symbol, d, from, to) {
			if errors.Is(err, ErrRow) {
				m.log.Warn("a bar is left out", "error", err)
				continue
			}
			if !yield(b, err) {
				return
			}
		}
	}
}
