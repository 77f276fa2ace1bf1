package portfolio

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
)

// Basis is what the rules of this package have in common: whose positions they measure,
// and over which returns.
type Basis struct {
	Scope      string          `toml:"scope" param:"oneof=account|strategy" doc:"whose positions and equity are measured"`
	Interval   market.Interval `toml:"interval" doc:"length of the bars whose returns are measured: not shorter than those that are traded"`
	Bars       int             `toml:"bars" param:"min=20,max=5000,step=1" doc:"returns measured of each instrument"`
	UntilReady string          `toml:"until_ready" param:"oneof=refuse|pass" doc:"what becomes of new risk while there are too few bars"`

	rule   string
	series *risk.Bars
	window window
}

// basis returns the defaults.
func basis() Basis {
	return Basis{Scope: "account", Interval: market.Daily, Bars: 120, UntilReady: "refuse"}
}

// init checks the settings and subscribes to the bars of all instruments, without a
// handler: nothing is done when a bar closes.
func (b *Basis) init(rule string, s *risk.Setup) error {
	switch {
	case b.Scope != "account" && b.Scope != "strategy":
		return fmt.Errorf("scope = %q must be account or strategy", b.Scope)
	case b.Interval <= 0:
		return fmt.Errorf("interval = %q must be that of bars: 1d", b.Interval)
	case b.Bars < 20:
		return fmt.Errorf("bars = %d must be at least 20", b.Bars)
	case b.UntilReady != "refuse" && b.UntilReady != "pass":
		return fmt.Errorf("until_ready = %q must be refuse or pass", b.UntilReady)
	}
	var ids []market.InstrumentID
	for _, in := range s.Instruments() {
		ids = append(ids, in.ID)
	}
	b.rule, b.window = rule, newWindow(b.Interval, b.Bars, len(ids))
	b.series = s.Bars(risk.BarQuery{Interval: b.Interval, Lookback: b.Bars + 1, Warmup: needed(b.Bars) + 1, Instruments: ids}, nil)
	return nil
}

func (b *Basis) account() bool { return b.Scope == "account" }

// equity returns that of the scope, in quote.
func (b *Basis) equity(v *risk.View) float64 {
	if b.account() {
		return v.AccountEquityF()
	}
	return v.EquityF()
}

// lacking is an instrument with too few bars to be measured.
type lacking struct {
	instrument market.InstrumentID
	bars       int
}

// row returns the returns of an instrument as of now, or that it lacks some.
func (b *Basis) row(v *risk.View, i market.InstrumentID) (*row, *lacking) {
	r := b.window.at(b.series.At(v, i), v.Now())
	if r.ready() {
		return r, nil
	}
	return nil, &lacking{i, r.count}
}

// unready says what becomes of an order that cannot be measured.
func (b *Basis) unready(v *risk.View, o market.Order, l *lacking) (market.Order, error) {
	symbol, need := v.Instrument(l.instrument).Symbol, needed(b.Bars)
	if b.UntilReady == "pass" {
		v.Measured(decimal.New(int64(l.bars), 0), decimal.New(int64(need), 0), "bars of "+symbol)
		return o, nil
	}
	return o, &market.Refusal{
		Rule:     b.rule,
		Measured: fmt.Sprintf("%s has %d of the last %d bars of %s: %d more are needed", symbol, l.bars, b.Bars, b.Interval, need-l.bars),
		Limit:    fmt.Sprintf("at least %d bars", need),
	}
}

// cut lets an order pass where its notional fits into the room, in quote, or cuts it. It
// reports whether the venue would take what is left.
func cut(v *risk.View, o market.Order, notional, room float64) (market.Order, bool) {
	if room >= notional {
		return o, true
	}
	return limit.Fit(v, o, market.Price(room, market.FreeScale))
}

// shown is an amount of quote as people read it: whole cents, and all digits of a small one.
func shown(x float64) decimal.Decimal {
	if x < 1 && x > -1 {
		return market.Price(x, 8)
	}
	return market.Price(x, 2)
}
