package limit

import (
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const staleSignal = "stale_signal"

const staleSignalSample = `[risk.main]
rules = ["stale_signal"]
  [risk.main.stale_signal]
  kind    = "trader_grade"
  max_age = "36h"
`

// StaleSignalPlugin describes the rule stale_signal.
func StaleSignalPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   staleSignal,
		Doc:    "refuses new risk while a signal about the asset or the market is absent or too old",
		Sample: staleSignalSample,
		New:    func() risk.Rule { return &StaleSignal{Reading: Reading{Subject: ofAsset}} },
	}
}

// StaleSignal refuses new risk while a signal is absent: there is none, the latest says
// nothing, or it is older than MaxAge.
type StaleSignal struct{ Reading }

// Reading is the signal that a rule goes by.
type Reading struct {
	Kind    market.SignalKind `toml:"kind" doc:"kind of signal, such as trader_grade or sentiment"`
	Source  string            `toml:"source" doc:"whose signals; any source unless it is set"`
	Subject string            `toml:"subject" param:"oneof=asset|market" doc:"whether the signal is about each instrument's base asset, or about the whole market"`
	MaxAge  market.Duration   `toml:"max_age" param:"min=0s" doc:"how old a signal may be; that of its kind unless it is set"`

	signals *risk.Signals
	oldest  market.Duration // MaxAge, or that of the kind
}

// The values of Subject.
const ofAsset, ofMarket = "asset", "market"

// watch checks what is to be read, and subscribes to it.
func (r *Reading) watch(s *risk.Setup) error {
	switch {
	case r.Kind == "":
		return fmt.Errorf("kind is missing: name a kind of signal, such as trader_grade")
	case r.Subject != ofAsset && r.Subject != ofMarket:
		return fmt.Errorf("subject = %q must be asset or market", r.Subject)
	case r.MaxAge < 0:
		return fmt.Errorf("max_age = %q must not be negative", r.MaxAge)
	}
	if r.oldest = r.MaxAge; r.oldest == 0 {
		kind, _ := market.KindOf(r.Kind)
		r.oldest = kind.MaxAge
	}
	r.signals = s.Signals(risk.SignalQuery{Kind: r.Kind, Source: r.Source, MaxAge: time.Duration(r.oldest)}, nil)
	return nil
}

// read returns the row in force for an order, or the refusal of a rule that goes by it.
func (r *Reading) read(v *risk.View, rule string, o *market.Order) (market.Signal, error) {
	var row market.Signal
	var ok bool
	if r.Subject == ofAsset {
		row, ok = r.signals.At(v, o.Instrument)
	} else {
		row, ok = r.signals.Market(v)
	}
	if ok {
		return row, nil
	}
	return row, &market.Refusal{Rule: rule, Measured: "no " + r.about(v, o) + " in force", Limit: "none older than " + r.oldest.String()}
}

// about names the signal: trader_grade of BTC.
func (r *Reading) about(v *risk.View, o *market.Order) string {
	subject := "the market"
	if r.Subject == ofAsset {
		subject = v.Instrument(o.Instrument).Base
	}
	from := ""
	if r.Source != "" {
		from = " from " + r.Source
	}
	return string(r.Kind) + " of " + subject + from
}

// Init subscribes to the signal.
func (r *StaleSignal) Init(s *risk.Setup) error { return r.watch(s) }

// Review refuses an order without a signal in force.
func (r *StaleSignal) Review(v *risk.View, o market.Order) (market.Order, error) {
	row, err := r.read(v, staleSignal, &o)
	if err != nil {
		return o, err
	}
	v.Found("age "+market.Duration(v.Now()-row.Effective).String(), r.oldest.String())
	return o, nil
}
