package risktest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// length is how many bars a random market of the suite has.
const length = 200

// seeds returns how many random markets the suite tries: a twentieth of SIGNALMAN_SEEDS,
// where that is set.
func seeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("SIGNALMAN_SEEDS"), 10, 32); err == nil {
		return max(1, n/20)
	}
	if testing.Short() {
		return 1
	}
	return 3
}

// Run proves of a rule, over random orders of two strategies that share it, that
//
//   - it returns each order, a smaller one or a *market.Refusal, and never panics;
//   - it never blocks closing: what strategies want to sell at the end is sold;
//   - it is deterministic, and what comes at one time may come in any order: a second run
//     with series and strategies the other way round makes the same decisions and halts;
//   - it survives a restart: fed again from its journal, it makes the same ones;
//   - it says what it measured of an order that passes, if it refuses or cuts others;
//   - it does not know the future: a run that is cut short makes the same ones up to
//     the cut, and the halts that stood then stand.
//
// Each of set configures the rule that p.New makes, for a suite of its own; without
// any the defaults are tried.
func Run(t *testing.T, p risk.Plugin, set ...func(risk.Rule)) {
	t.Helper()
	checkPlugin(t, p)
	if len(set) == 0 {
		set = append(set, func(risk.Rule) {})
	}
	for k, f := range set {
		t.Run(fmt.Sprintf("%s_%d", p.Name, k+1), func(t *testing.T) {
			for seed := range seeds() {
				s := suite{plugin: p, set: f, seed: seed + 1}
				s.run(t)
			}
		})
	}
}

func checkPlugin(t *testing.T, p risk.Plugin) {
	t.Helper()
	switch {
	case p.Name == "" || p.Doc == "" || p.New == nil:
		t.Fatalf("plug-in %q has no name, no documentation or no New", p.Name)
	case strings.Contains(p.Doc, "\n"):
		t.Errorf("plug-in %s: its documentation is one line", p.Name)
	case !strings.Contains(p.Sample, "[risk.") || !strings.Contains(p.Sample, p.Name):
		t.Errorf("plug-in %s: its sample is not a [risk.X] table that uses it", p.Name)
	}
}

// suite is one rule on one random market.
type suite struct {
	plugin risk.Plugin
	set    func(risk.Rule)
	seed   uint64
}

func (s suite) run(t testing.TB) {
	t.Helper()
	full := s.trial(t, 0)
	s.checkClosing(t, full)
	s.checkTexts(t, full)
	s.checkMeasured(t, full)
	reversed := s.setup(t, 0)
	reversed.reverse()
	compare(t, s.seed, "a second run, with series and strategies the other way round,", full.Log(), reversed.Run(t).Log())
	compare(t, s.seed, "a run fed again from its journal", full.Log(), s.setup(t, 0).Again(t, full).Log())
	s.checkCut(t, full, Start+market.Time(length/2)*market.Time(market.Hour))
	for _, n := range full.Notices {
		if strings.HasPrefix(n.Text, s.plugin.Name+": ") {
			s.checkCut(t, full, n.Time)
			return
		}
	}
}

// trial runs the market up to a time, or to its end.
func (s suite) trial(t testing.TB, until market.Time) *Trace {
	t.Helper()
	return s.setup(t, until).Run(t)
}

// setup makes the trial of a market up to a time, or to its end.
func (s suite) setup(t testing.TB, until market.Time) Trial {
	rule := s.plugin.New()
	s.set(rule)
	h := History(Walk(s.seed, market.Hour, length), Walk(s.seed+1000, market.Hour, length))
	o := sim.DefaultOptions()
	if s.seed%3 == 0 {
		o.Latency = market.Time(market.Minute)
	}
	return Trial{
		History:    h.Between(0, until),
		Strategies: []strategy.Strategy{&Chance{Last: length}, &Chance{Last: length}},
		Rules:      []risk.Named{{Name: s.plugin.Name, Rule: &witness{Rule: rule, t: t}}},
		Sim:        o,
	}
}

// checkClosing finds positions that could not be closed at the end.
func (s suite) checkClosing(t testing.TB, full *Trace) {
	t.Helper()
	for _, h := range full.Open {
		if !h.Unsellable {
			t.Errorf("seed %d: strategy %s could not close its position of %s %s", s.seed, h.Trade.Strategy, h.Quantity, full.Instruments[h.Trade.Instrument].Symbol)
		}
	}
	for _, r := range full.Records {
		if d := r.Decision; d != nil && d.Order.Side == market.Sell && d.Refused != nil && d.Refused.Rule == s.plugin.Name {
			t.Errorf("seed %d: the rule refused to close: %s", s.seed, d.Refused)
		}
	}
}

// checkTexts finds panics, which the engine turns into refusals and halts, and halts
// that do not say why.
func (s suite) checkTexts(t testing.TB, full *Trace) {
	t.Helper()
	for _, line := range full.Log() {
		if strings.Contains(line, "panicked") || strings.HasSuffix(line, s.plugin.Name+": ") {
			t.Errorf("seed %d: %s", s.seed, line)
		}
	}
}

// checkMeasured finds orders that a rule let pass without a word of what it measured,
// although it stops others: their trace would not say how near the limit they were.
func (s suite) checkMeasured(t testing.TB, full *Trace) {
	t.Helper()
	var silent market.OrderID
	limits := false
	for _, r := range full.Records {
		if r.Decision == nil {
			continue
		}
		for _, c := range r.Decision.Checks {
			refused := r.Decision.Refused != nil && r.Decision.Refused.Rule == c.Rule
			limits = limits || c.Cut || refused
			if c.Measured == "" && !refused && silent.Sequence == 0 {
				silent = r.Decision.Order.ID
			}
		}
	}
	if limits && silent.Sequence > 0 {
		t.Errorf("seed %d: the rule let %s pass and does not say what it measured: call Measured of the view first", s.seed, silent)
	}
}

// checkCut compares with a run that ends at a time.
func (s suite) checkCut(t testing.TB, full *Trace, at market.Time) {
	t.Helper()
	cut := s.trial(t, at)
	compare(t, s.seed, "a run cut at "+at.String(), full.lines(at), cut.Log())
	for _, h := range full.Halts {
		if h.Time > at {
			continue
		}
		if !slices.Contains(cut.Halts, h) {
			t.Errorf("seed %d: the halt %q of %s does not stand after a run to %s", s.seed, h.Text, h.Time, at)
		}
	}
}

func compare(t testing.TB, seed uint64, what string, want, got []string) {
	t.Helper()
	for k := range max(len(want), len(got)) {
		if k >= len(want) || k >= len(got) || want[k] != got[k] {
			t.Errorf("seed %d: %s differs in line %d:\n%s\nwas\n%s", seed, what, k+1, at(got, k), at(want, k))
			return
		}
	}
}

func at(lines []string, k int) string {
	if k < len(lines) {
		return lines[k]
	}
	return "(nothing)"
}

// witness looks at what a rule returns.
type witness struct {
	risk.Rule
	t testing.TB
}

// Review passes on what the rule says, unless it breaks the contract.
func (w *witness) Review(v *risk.View, o market.Order) (market.Order, error) {
	got, err := w.Rule.Review(v, o)
	var r *market.Refusal
	switch {
	case err != nil && !errors.As(err, &r):
		w.t.Errorf("%s: error %v is not a *market.Refusal", o.ID, err)
	case err == nil:
		w.check(o, got)
	}
	if o.Side != market.Buy {
		w.t.Errorf("%s: a rule was shown an order that adds no risk", o.ID)
	}
	return got, err
}

func (w *witness) check(asked, got market.Order) {
	if got.Quantity.GreaterThan(asked.Quantity) || got.Quote.GreaterThan(asked.Quote) || got.Quantity.IsNegative() || got.Quote.IsNegative() {
		w.t.Errorf("%s: the rule made %s (quote %s) of %s (quote %s)", asked.ID, got.Quantity, got.Quote, asked.Quantity, asked.Quote)
	}
	if !got.Price.Equal(asked.Price) || !got.Stop.Equal(asked.Stop) {
		w.t.Errorf("%s: the rule changed its prices", asked.ID)
	}
	got.Quantity, got.Quote, got.Price, got.Stop = asked.Quantity, asked.Quote, asked.Price, asked.Stop
	if got != asked {
		w.t.Errorf("%s: the rule changed more than its size: %+v of %+v", asked.ID, got, asked)
	}
}
