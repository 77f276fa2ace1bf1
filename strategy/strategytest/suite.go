package strategytest

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/internal/config"
	riskall "github.com/signalman-trading/signalman/risk/all"
	"github.com/signalman-trading/signalman/strategy"
)

// TB is the part of testing.TB that Run needs; a *testing.T has it.
type TB interface {
	// Helper marks the caller as a helper, so that failures show the test's own line.
	Helper()
	// Error marks the test as failed and prints.
	Error(args ...any)
}

// Run puts a plug-in to the suite and fails the test with what Check returns. A *testing.T
// logs what memory the strategy uses.
func Run(t TB, p strategy.Plugin, opts ...Option) {
	t.Helper()
	used, err := Measure(p, opts...)
	if err != nil {
		t.Error(err)
		return
	}
	if l, ok := t.(interface{ Logf(string, ...any) }); ok {
		l.Logf("%s: %s", p.Name, used)
	}
}

// Check puts a plug-in to the suite. It returns nil, or what the first check that
// failed found: which decision changed and when, what the likely cause is, and what
// to do. Later checks would only repeat it.
func Check(p strategy.Plugin, opts ...Option) error {
	_, err := Measure(p, opts...)
	return err
}

// Measure does what Check does, and returns what memory the strategy uses too.
func Measure(p strategy.Plugin, opts ...Option) (used Usage, err error) {
	s := &suite{settings: newSettings(opts), plugin: p}
	s.main = world{name: "the main data", missing: 0.04, bars: s.bars, hint: hintBars}
	s.h = s.build(s.main)
	s.clean = clone(s.h)
	if ended := s.dog.Run(func() { used, err = s.measure() }, s.waits()); ended != nil {
		return Usage{}, fmt.Errorf("strategy %s: %w", p.Name, s.unreturned(ended))
	}
	return used, err
}

// measure makes the checks.
func (s *suite) measure() (Usage, error) {
	if err := s.describes(); err != nil {
		return s.usage, fmt.Errorf("strategy plug-in %q: %w", s.plugin.Name, err)
	}
	weight := s.weigh() // before other runs: what a package variable has to grow by would be little beside what they left in it
	for _, check := range []func() error{
		s.readsOnly, s.waitsForWarmup, s.survives, s.closes, s.repeats, s.restarts, s.standsAlone, s.takesParameters,
		func() error { return weight }, s.seesNoFuture, s.needsNoFuture, s.leftDataAlone,
	} {
		if err := check(); err != nil {
			return s.usage, fmt.Errorf("strategy %s: %w", s.plugin.Name, err)
		}
	}
	return s.usage, nil
}

// describes checks what the plug-in says of itself.
func (s *suite) describes() error {
	switch {
	case s.plugin.Name == "" || s.plugin.Doc == "":
		return fmt.Errorf("fields Name and Doc must say what it is: the name stands as type in the configuration")
	case !named(s.plugin.Name):
		return fmt.Errorf("its Name must be small letters, digits and _, such as my_bars: it stands as type in the configuration")
	case s.plugin.Sample != "" && !strings.Contains(s.plugin.Sample, `"`+s.plugin.Name+`"`):
		return fmt.Errorf("its Sample has no type = %q: it is printed as a table that runs", s.plugin.Name)
	case s.plugin.New == nil:
		return fmt.Errorf("its New is nil: it has to make a strategy with the defaults in its fields")
	}
	s.announce(s.whole())
	a, b := s.plugin.New(), s.plugin.New()
	switch {
	case a == nil || b == nil:
		return fmt.Errorf("its New returned nil")
	case samePointer(a, b):
		return fmt.Errorf("its New returned the same strategy twice: two runs would share its state. Return a new one each time")
	}
	if field := untagged(a); field != "" {
		return fmt.Errorf("field %s has no toml tag, so that no configuration can set it: tag it (`toml:\"name\" doc:\"what it is\"`) or do not export it", field)
	}
	if err := config.CheckTags(a); err != nil {
		return err
	}
	if s.plugin.Sample != "" {
		known := config.Plugins{Strategies: []strategy.Plugin{s.plugin}, Rules: riskall.Rules(), Sizers: riskall.Sizers()}
		if err := config.CheckSample(s.plugin.Name, s.plugin.Sample, known); err != nil {
			return err
		}
	}
	_, err := s.create()
	return err
}

// readsOnly runs the strategy for the first time and checks that it left alone what
// it was shown.
func (s *suite) readsOnly() error {
	w := &watch{}
	out, err := s.run(s.whole(), request{watch: w})
	if err != nil {
		return fmt.Errorf("the run failed: %w", err)
	}
	if change := s.written(w); change != "" {
		return fmt.Errorf("it wrote into shared data: it changed %s%s.\n"+
			"The slices of a Series are shared with other strategies and runs: copy what you want to change (slices.Clone)", change, s.writtenAt())
	}
	if err := out.fault(); err != nil {
		return s.stopped(err, s.main)
	}
	s.base = &out.trace
	if s.base.orders() == 0 {
		return fmt.Errorf("it made no order in %d bars of %s of %d instruments, so that nothing is proved.\n"+
			"Give it parameters that trade (strategytest.With), more bars (strategytest.Bars), or its kind of signal (strategytest.Signals)",
			s.bars, s.interval, s.instruments)
	}
	return nil
}

// written describes what a run changed, or returns "", and repairs the main history.
func (s *suite) written(w *watch) string {
	change := w.changed(s.h.Instruments)
	if change == "" {
		change = s.damage()
	}
	s.restore()
	return change
}

// writtenAt finds out when, in a second run.
func (s *suite) writtenAt() string {
	w := &watch{each: true}
	_, err := s.run(s.whole(), request{watch: w})
	s.restore()
	if err != nil || w.found == "" {
		return ""
	}
	return ", in its callbacks of " + w.found
}

// damage describes what is different in the main history, or returns "".
func (s *suite) damage() string {
	for k := range s.h.Series {
		c := s.clean.Series[k].Columns
		if name, row := compareColumns(s.h.Series[k].Columns, c); name != "" {
			return fmt.Sprintf("the %s of %s %s in the bar that opened %s",
				name, s.h.Instruments[s.h.Series[k].Instrument].Symbol, c.Interval, c.OpenTime[row])
		}
	}
	for k := range s.h.Funding {
		if s.h.Funding[k] != s.clean.Funding[k] {
			return fmt.Sprintf("the funding of %s", s.clean.Funding[k].Time)
		}
	}
	for k := range s.h.Signals {
		if s.h.Signals[k] != s.clean.Signals[k] {
			return fmt.Sprintf("the signal %s of %s, known %s", s.clean.Signals[k].Kind, s.clean.Signals[k].Subject, s.clean.Signals[k].Known)
		}
	}
	return ""
}

// restore writes the clean data back into the arrays of the main history.
func (s *suite) restore() {
	for k := range s.h.Series {
		to, from := s.h.Series[k].Columns, s.clean.Series[k].Columns
		copy(to.OpenTime, from.OpenTime)
		for n, column := range floats(to) {
			copy(*column, *floats(from)[n])
		}
	}
	copy(s.h.Signals, s.clean.Signals)
	copy(s.h.Funding, s.clean.Funding)
}

// leftDataAlone checks at the end that no run of the suite left a trace in the data.
func (s *suite) leftDataAlone() error {
	if change := s.damage(); change != "" {
		return fmt.Errorf("it wrote into shared data in one of the runs: it changed %s.\nCopy what you want to change (slices.Clone)", change)
	}
	return nil
}

// repeats checks that runs over the same data decide the same.
func (s *suite) repeats() error {
	for n := range 5 {
		out, err := s.run(s.whole(), request{})
		if err != nil {
			return fmt.Errorf("the run failed when repeated: %w", err)
		}
		if d := differ(s.base.entries, out.entries); d != nil {
			return s.unstable(d, "first run", fmt.Sprintf("run %d", n+2))
		}
	}
	return nil
}

func (s *suite) unstable(d *difference, a, b string) error {
	return fmt.Errorf("it is not deterministic: over the same data, %s\n"+
		"Something other than the data decides. Usual causes: ranging over a map, a package variable that outlives a run,\n"+
		"the clock (use Context.Now), math/rand (use Context.Rand), a goroutine", d.print(a, b, s.h.Instruments))
}

// standsAlone checks that instances in one engine do not reach each other.
func (s *suite) standsAlone() error {
	alone, err := s.run(s.whole(), request{half: true})
	if err != nil {
		return fmt.Errorf("the run failed: %w", err)
	}
	beside, err := s.run(s.whole(), request{beside: true})
	if err != nil {
		return fmt.Errorf("the run with further instances failed: %w", err)
	}
	if d := differ(alone.entries, beside.entries); d != nil {
		return fmt.Errorf("instances share state: with further instances in the same engine, %s\n"+
			"Keep all state in the struct that New returns; package variables and captured variables are shared",
			d.print("alone", "beside others", s.h.Instruments))
	}
	return nil
}

// stopped explains a strategy that ended itself.
func (s *suite) stopped(err error, w world) error {
	if isWarmup(err) {
		return early(err.Error())
	}
	if strings.Contains(err.Error(), "spot cannot be short") {
		return fmt.Errorf("it stopped over %s: %w\n"+
			"A target below 0 is for perpetual futures. Ask Instrument.Perpetual first, or put it to the suite with strategytest.Perpetual", w.name, err)
	}
	hint := w.hint
	if len(s.prepare) > 0 {
		hint = "Parameters were set for this test: one of them may be to blame, and Init should return an error for what it does not bear. Else: " + hint
	}
	return fmt.Errorf("it stopped over %s: %w\n%s", w.name, err, hint)
}
