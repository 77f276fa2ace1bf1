package strategy

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
)

// SubjectParams are the parameter that says whose signal a strategy reads. A strategy embeds
// them in its struct.
type SubjectParams struct {
	Subject string `toml:"subject" param:"oneof=asset|market" doc:"whose signal: of each asset, or of the market as a whole"`
}

// The values of Subject.
const (
	Asset = "asset"  // each instrument follows the signal of its base asset
	Whole = "market" // all follow the signal of the market
)

// Check returns an error where the parameter says neither.
func (p *SubjectParams) Check() error {
	if p.Subject != Asset && p.Subject != Whole {
		return fmt.Errorf("subject = %q must be %q or %q", p.Subject, Asset, Whole)
	}
	return nil
}

// Read returns the row in force for an instrument, and false where it is absent.
func (p *SubjectParams) Read(s *Signals, i market.InstrumentID) (market.Signal, bool) {
	if p.Subject == Whole {
		return s.Market()
	}
	return s.At(i)
}
