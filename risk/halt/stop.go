package halt

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// oneHour is how long freqtrade's protections stop trading where nothing else is said.
const oneHour = market.Duration(market.Hour)

// Stop is what rules of this package have in common: whom they measure and stop, how, and
// for how long. Each scope but the first is about the whole account: a symbol that is
// stopped is so for all of its strategies.
type Stop struct {
	Scope  string              `toml:"scope" param:"oneof=strategy|symbol|group|account" doc:"who is measured and stopped: each strategy, symbol or group of assets by itself, or the account"`
	Action string              `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes them too"`
	For    market.Duration     `toml:"for" doc:"how long; 0 is until resume"`
	Groups map[string][]string `toml:"groups" doc:"of scope group: base assets by the name of their group"`

	action risk.Action
	places []place // by number
	names  []string
	of     []int // the group of each instrument; -1: none
}

// place is one thing that is measured and stopped by itself.
type place struct {
	name        string
	instruments []market.InstrumentID // nil: all
}

// check reports what makes no sense, whatever trades.
func (s *Stop) check() (err error) {
	if !slices.Contains([]string{"strategy", "symbol", "group", "account"}, s.Scope) {
		return fmt.Errorf("scope = %q must be strategy, symbol, group or account", s.Scope)
	}
	if (s.Scope == "group") != (len(s.Groups) > 0) {
		return fmt.Errorf("scope = %q with %d groups: a table groups is for scope group, and for that alone", s.Scope, len(s.Groups))
	}
	s.action, err = risk.ParseAction(s.Action)
	return err
}

// settle lists the places of a run.
func (s *Stop) settle(setup *risk.Setup) error {
	s.names = setup.Scope()
	list := setup.Instruments()
	switch s.Scope {
	case "account":
		s.places = []place{{name: "the account"}}
	case "strategy":
		for _, name := range s.names {
			s.places = append(s.places, place{name: name})
		}
	case "symbol":
		for i := range list {
			s.places = append(s.places, place{list[i].Symbol, []market.InstrumentID{list[i].ID}})
		}
	case "group":
		for _, name := range slices.Sorted(maps.Keys(s.Groups)) {
			for _, asset := range s.Groups[name] {
				if err := setup.CheckAsset(asset); err != nil {
					return fmt.Errorf("groups.%s: %w", name, err)
				}
			}
		}
		return s.group(list)
	}
	return nil
}

// group parts the instruments by their base asset.
func (s *Stop) group(list []market.Instrument) error {
	s.of = make([]int, len(list))
	for i := range s.of {
		s.of[i] = -1
	}
	for k, name := range slices.Sorted(maps.Keys(s.Groups)) {
		p := place{name: "group " + name, instruments: []market.InstrumentID{}}
		for i := range list {
			if !slices.Contains(s.Groups[name], list[i].Base) {
				continue
			}
			if s.of[i] >= 0 {
				return fmt.Errorf("groups: %s is in two of them", list[i].Base)
			}
			s.of[i] = k
			p.instruments = append(p.instruments, list[i].ID)
		}
		s.places = append(s.places, p)
	}
	return nil
}

// at returns the number of the place where a strategy's trade or order of an instrument
// counts; -1 is none.
func (s *Stop) at(v *risk.View, i market.InstrumentID) int {
	switch s.Scope {
	case "strategy":
		return slices.Index(s.names, v.Strategy())
	case "symbol":
		return int(i)
	case "group":
		return s.of[i]
	}
	return 0
}

// account reports whether a halt is about more than one strategy.
func (s *Stop) account() bool { return s.Scope != "strategy" }

// halt stops a place until a time; 0 is until resume. side is whose positions must not
// grow; 0 is both. What was measured stands before when it lifts.
func (s *Stop) halt(d *risk.Desk, k int, side market.Side, measured string, until market.Time) {
	h := s.scope(k, side)
	h.Text, h.Until, h.Action = measured+"; "+lifts(until), until, s.action
	d.Halt(h)
}

// halted reports whether the halt of a place stands.
func (s *Stop) halted(d *risk.Desk, k int, side market.Side) bool { return d.Stands(s.scope(k, side)) }

// scope returns a halt of a place that says no more than what it covers.
func (s *Stop) scope(k int, side market.Side) risk.Halt {
	return risk.Halt{Account: s.account(), Instruments: s.places[k].instruments, Side: side}
}

// after returns when a halt lifts that begins at a time.
func (s *Stop) after(begun market.Time) market.Time {
	if s.For == 0 {
		return 0
	}
	return begun + market.Time(s.For)
}

// lifts says when a halt ends.
func lifts(until market.Time) string {
	if until == 0 {
		return "stays until resume"
	}
	return "lifts at " + until.String()
}

// share is a part of something in billionths: sums of them are exact in any order.
type share int64

func shareOf(d decimal.Decimal) share { return share(d.Shift(9).IntPart()) }

// percent returns a share in percent.
func (x share) percent() decimal.Decimal { return decimal.New(int64(x), -7) }

// String writes a share as a percentage.
func (x share) String() string { return x.percent().Round(4).String() + " %" }

// plural counts things.
func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"):
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}
