package strategy

import (
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// SignalParams are the parameters that say which signal a strategy reads. A strategy embeds
// them in its struct, with defaults set in New; in a configuration they stand among its own.
type SignalParams struct {
	Kind     market.SignalKind `toml:"kind" doc:"kind of signal, such as trader_grade"`
	Source   string            `toml:"source" doc:"source of the signal; empty takes the latest row of any"`
	MaxAge   market.Duration   `toml:"max_age" doc:"an older row counts as absent; 0 takes the age of the kind, 48h for daily ones"`
	OnAbsent string            `toml:"on_absent" param:"oneof=keep|close" doc:"what a position does while the signal is absent"`
}

// The values of OnAbsent.
const (
	Keep  = "keep"  // the position stays as it is
	Close = "close" // the position is closed
)

// Subscribe checks the parameters and subscribes to the signal; read it with At or Market.
func (p *SignalParams) Subscribe(s *Setup) (*Signals, error) {
	switch {
	case p.Kind == "":
		return nil, fmt.Errorf("kind is empty: name a kind of signal, such as trader_grade")
	case p.OnAbsent != Keep && p.OnAbsent != Close:
		return nil, fmt.Errorf("on_absent = %q must be %q or %q", p.OnAbsent, Keep, Close)
	case p.MaxAge < 0:
		return nil, fmt.Errorf("max_age = %s is negative", p.MaxAge)
	}
	return s.Signals(SignalQuery{Kind: p.Kind, Source: p.Source, MaxAge: time.Duration(p.MaxAge)}, nil), nil
}

// CheckState refuses kinds whose value does not stand until the next one: events, which are 0
// where nothing is new, and decisions, which are 0 where nothing is to change.
func (p *SignalParams) CheckState() error {
	var state market.SignalKind
	switch p.Kind {
	case "trading_signal":
		state = "trading_trend"
	case "hourly_signal":
		state = "hourly_position"
	case "market_signal":
		state = "market_trend"
	case "decision":
		return fmt.Errorf("kind = %q is 0 where nothing is to change, and not where to be out: use grade_follow with enter = 0.5 and exit = -0.5", p.Kind)
	default:
		return nil
	}
	return fmt.Errorf("kind = %q is an event, 0 when nothing is new: follow the state that it leads to, %q", p.Kind, state)
}

// CheckAbove refuses a threshold, the parameter of that name, which no value of the kind is
// above: a strategy that waits for one would wait for ever.
func (p *SignalParams) CheckAbove(name string, threshold float64) error {
	if kind, _ := market.KindOf(p.Kind); threshold >= kind.Max {
		return fmt.Errorf("%s = %v: %s is at most %v, and so never above it", name, threshold, p.Kind, kind.Max)
	}
	return nil
}

// Closes reports whether a position is closed while the signal is absent.
func (p *SignalParams) Closes() bool { return p.OnAbsent == Close }

// WeightParams are the parameters that say how much of its equity a strategy gives to each
// instrument that it is in. A strategy embeds them in its struct.
type WeightParams struct {
	Weight float64 `toml:"weight" param:"min=0,max=1" doc:"share of equity for each instrument; 0 splits it equally"`
}

// Share returns the weight of one instrument, for Target.
func (p *WeightParams) Share(s *Setup) (float64, error) {
	switch {
	case !(p.Weight >= 0 && p.Weight <= 1):
		return 0, fmt.Errorf("weight = %v must be from 0 to 1", p.Weight)
	case p.Weight > 0:
		return p.Weight, nil
	}
	return 1 / float64(len(s.host.hub.Desk.Instruments)), nil
}
