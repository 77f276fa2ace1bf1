package limit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const instrumentLists = "instruments"

const instrumentsSample = `[risk.main]
rules = ["instruments"]
  [risk.main.instruments]
  allow = ["BTC", "ETHUSDT", "SOL*"]
  deny  = ["*DOWNUSDT"]
`

// InstrumentsPlugin describes the rule instruments.
func InstrumentsPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   instrumentLists,
		Doc:    "lets orders that add risk leave for listed instruments only, and for none that is denied",
		Sample: instrumentsSample,
		New:    func() risk.Rule { return &Instruments{} },
	}
}

// Instruments lets orders that add risk leave for instruments that Allow names, where it
// names any, and for none that Deny names. A name is a symbol, a base asset, or a pattern of
// either, in which * stands for any letters or none.
type Instruments struct {
	Allow []string `toml:"allow" doc:"symbols, base assets or patterns with *; none is all"`
	Deny  []string `toml:"deny" doc:"likewise; whatever allow says"`
}

// Init checks that there are names, and that they can mean something.
func (r *Instruments) Init(s *risk.Setup) error {
	if len(r.Allow)+len(r.Deny) == 0 {
		return fmt.Errorf("set allow, deny or both")
	}
	for _, name := range slices.Concat(r.Allow, r.Deny) {
		if err := s.CheckPattern(name); err != nil {
			return err
		}
	}
	if allowed := func(in market.Instrument) bool { return naming(r.Allow, &in) != "" }; len(r.Allow) > 0 && !slices.ContainsFunc(s.Instruments(), allowed) {
		return fmt.Errorf("allow names no instrument of the run, and would let no order pass: %s", strings.Join(r.Allow, ", "))
	}
	return nil
}

// Review refuses an order for what may not be bought.
func (r *Instruments) Review(v *risk.View, o market.Order) (market.Order, error) {
	in := v.Instrument(o.Instrument)
	if name := naming(r.Deny, in); name != "" {
		return o, &market.Refusal{Rule: instrumentLists, Measured: in.Symbol + " is denied", Limit: "deny " + name}
	}
	if len(r.Allow) == 0 {
		v.Found(in.Symbol, "deny "+strings.Join(r.Deny, ", "))
		return o, nil
	}
	name := naming(r.Allow, in)
	if name == "" {
		return o, &market.Refusal{Rule: instrumentLists, Measured: in.Symbol + " is not allowed", Limit: "allow " + strings.Join(r.Allow, ", ")}
	}
	v.Found(in.Symbol, "allow "+name)
	return o, nil
}

// naming returns the first name of a list that means an instrument, or "".
func naming(list []string, in *market.Instrument) string {
	for _, name := range list {
		if like(name, in.Symbol) || like(name, in.Base) {
			return name
		}
	}
	return ""
}

// like reports whether a text follows a pattern in which * stands for any letters. Each part
// between two stars is best found as early as possible.
func like(pattern, text string) bool {
	head, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	for ok && starred {
		var part string
		if part, rest, starred = strings.Cut(rest, "*"); !starred {
			return strings.HasSuffix(text, part)
		}
		_, text, ok = strings.Cut(text, part)
	}
	return ok
}
