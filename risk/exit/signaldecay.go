package exit

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// The values of Subject and OnAbsent.
const (
	asset  = "asset"  // the signal of each instrument's base asset
	whole  = "market" // that of the market
	keep   = "keep"   // without a signal a position stays
	closes = "close"  // without a signal a position is closed
)

const signalDecaySample = `[risk.main]
rules = ["signal_decay"]
  [risk.main.signal_decay]
  kind = "trader_grade"
  fall = 15.0
`

// SignalDecayPlugin describes the rule signal_decay.
func SignalDecayPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "signal_decay",
		Doc:    "closes a position whose signal has lost too much since the entry, is too low, or is gone",
		Sample: signalDecaySample,
		New:    func() risk.Rule { return &SignalDecay{Subject: asset, OnAbsent: closes} },
	}
}

// SignalDecay closes the whole of a position at the first bar close at which its signal
// has fallen by Fall from its value at the entry, or is below Below; a short one where it
// has risen by as much, or is above Above. Without a signal it refuses new risk and, unless
// told to keep positions, closes them: nobody knows any more what they rest on.
type SignalDecay struct {
	Kind     string              `toml:"kind" doc:"kind of signal, such as trader_grade or sentiment"`
	Source   string              `toml:"source" doc:"source of the signal; empty takes the latest row of any"`
	Subject  string              `toml:"subject" param:"oneof=asset|market" doc:"whose signal: of each asset, or of the market as a whole"`
	MaxAge   market.Duration     `toml:"max_age" doc:"an older signal counts as absent; 0 takes the age of the kind, 48h for daily ones"`
	Fall     float64             `toml:"fall" param:"min=0,max=1000000" doc:"change against the position since its entry, in the unit of the kind; 0 sets none"`
	Below    decimal.NullDecimal `toml:"below" doc:"a long position is closed below this value, in the unit of the kind"`
	Above    decimal.NullDecimal `toml:"above" doc:"a short position is closed above this value, in the unit of the kind"`
	OnAbsent string              `toml:"on_absent" param:"oneof=close|keep" doc:"what becomes of a position while the signal is absent"`

	keeper       keeper
	signals      *risk.Signals
	below, above float64 // infinite where not set
}

// Init checks the settings and subscribes to bars, orders and the signal.
func (r *SignalDecay) Init(s *risk.Setup) error {
	if err := r.check(); err != nil {
		return err
	}
	r.below, r.above = math.Inf(-1), math.Inf(1)
	if r.Below.Valid {
		r.below = market.Float(r.Below.Decimal)
	}
	if r.Above.Valid {
		r.above = market.Float(r.Above.Decimal)
	}
	r.signals = s.Signals(risk.SignalQuery{Kind: market.SignalKind(r.Kind), Source: r.Source, MaxAge: time.Duration(r.MaxAge)}, nil)
	r.keeper = keeper{moves: r.decayed}
	r.keeper.start(s)
	return nil
}

func (r *SignalDecay) check() error {
	switch {
	case r.Kind == "":
		return fmt.Errorf("kind is empty: name a kind of signal, such as trader_grade")
	case r.Subject != asset && r.Subject != whole:
		return fmt.Errorf("subject = %q must be %q or %q", r.Subject, asset, whole)
	case r.OnAbsent != keep && r.OnAbsent != closes:
		return fmt.Errorf("on_absent = %q must be %q or %q", r.OnAbsent, closes, keep)
	case r.MaxAge < 0:
		return fmt.Errorf("max_age = %s is negative", r.MaxAge)
	case !(r.Fall >= 0):
		return fmt.Errorf("fall = %v is negative", r.Fall)
	case r.Fall == 0 && !r.Below.Valid && !r.Above.Valid:
		return fmt.Errorf("fall, below and above are not set: name at least one")
	}
	return nil
}

// Review refuses new risk without a signal, and with one at which the position would be
// closed at once. It says the value, and where it closes.
func (r *SignalDecay) Review(v *risk.View, o market.Order) (market.Order, error) {
	row, ok := r.read(v, o.Instrument)
	if !ok {
		return o, &market.Refusal{Measured: "no " + r.Kind + " of an age that counts", Limit: "a signal"}
	}
	h := r.keeper.draft(v, &o)
	limit := r.limit(&h, row.Value)
	if r.past(&h, row.Value) {
		return o, &market.Refusal{Measured: r.Kind + " " + row.ValueText(), Limit: strconv.FormatFloat(limit, 'g', -1, 64)}
	}
	said := decimal.Zero
	if !math.IsInf(limit, 0) {
		said = market.Price(limit, market.FreeScale)
	}
	v.Measured(market.Price(row.Value, market.FreeScale), said, r.Kind)
	return o, nil
}

func (r *SignalDecay) read(v *risk.View, i market.InstrumentID) (market.Signal, bool) {
	if r.Subject == whole {
		return r.signals.Market(v)
	}
	return r.signals.At(v, i)
}

// limit returns the value at which a position is closed, as now is the value of now: the
// nearer of the two, infinite where neither is set for its side.
func (r *SignalDecay) limit(h *hold, now float64) float64 {
	base := now
	if h.based {
		base = h.base
	}
	switch {
	case h.short && r.Fall > 0:
		return min(r.above, base+r.Fall)
	case h.short:
		return r.above
	case r.Fall > 0:
		return max(r.below, base-r.Fall)
	}
	return r.below
}

// past reports whether a value is one at which a position is closed.
func (r *SignalDecay) past(h *hold, now float64) bool {
	lost := h.base - now
	if h.short {
		lost = -lost
	}
	if h.based && r.Fall > 0 && lost >= r.Fall*(1-hair) {
		return true
	}
	return now < r.below && !h.short || now > r.above && h.short
}

// decayed notes the signal of the entry, and reports whether it has lost too much since.
func (r *SignalDecay) decayed(d *risk.Desk, h *hold) bool {
	row, ok := r.read(&d.View, h.id)
	if !ok {
		return r.OnAbsent == closes
	}
	if !h.based {
		h.base, h.based = row.Value, true
	}
	return r.past(h, row.Value)
}
