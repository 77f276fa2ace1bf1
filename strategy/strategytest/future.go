package strategytest

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// seesNoFuture checks the poison property (semantics D4): garbage after a cut changes
// no decision up to it.
func (s *suite) seesNoFuture() error {
	for _, at := range s.cuts() {
		for _, up := range []bool{true, false} {
			p := everything(at, up)
			d, err := s.poisoned(p)
			if err != nil {
				return fmt.Errorf("the run failed when all data after %s were replaced by garbage: %w", at, err)
			}
			if d != nil {
				return s.looksAhead(p, d)
			}
		}
	}
	return nil
}

// poisoned runs over poisoned data, takes the poison away again, and returns where
// the decisions up to the cut differ. The run ends a while after the cut, to save
// time; the arrays do not.
func (s *suite) poisoned(p poison) (*difference, error) {
	s.apply(p)
	whole := s.whole()
	after := max(2*market.Day, 50*market.Time(s.interval))
	out, err := s.run(whole.Between(0, p.after+after), request{shown: whole})
	s.restore()
	if err != nil {
		return nil, err
	}
	return differ(s.base.until(p.after), out.until(p.after)), nil
}

// looksAhead explains a strategy that knew what was to come.
func (s *suite) looksAhead(p poison, d *difference) error {
	if err := s.repeats(); err != nil {
		return err // chance looks like foresight
	}
	return fmt.Errorf("it sees the future: when everything after %s was replaced by garbage, %s\n%s",
		p.after, d.print("true data", "garbage after", s.h.Instruments), s.diagnose(p))
}

// diagnose tries smaller doses, to say what was read.
func (s *suite) diagnose(p poison) string {
	p.shift = false
	signals := p
	signals.bars = false
	if s.works(signals) {
		return "Replacing the signals alone is enough: it read a row before its Known time. Read signals through Setup.Signals only"
	}
	p.signals = false
	if n, end := s.horizon(p); n > 0 {
		return fmt.Sprintf("Replacing the bars up to %s is enough: it read %s.%s", end, plural(n), likely(n, end, s.interval))
	}
	return "It depends on something that lies after that time: read data through Context, Series and Signals only"
}

func plural(n int) string {
	if n == 1 {
		return "the next bar before it closed"
	}
	return fmt.Sprintf("up to %d bars ahead", n)
}

// likely says how strategies usually come to read n bars ahead.
func likely(n int, end market.Time, d market.Interval) string {
	var b strings.Builder
	b.WriteByte('\n')
	if day := market.Time(market.Daily); n > 1 && market.Time(d) < day && end%day == 0 {
		b.WriteString("Those bars end a day: a bar of 1d was probably used while it was still open.\n")
	} else if n == 1 {
		b.WriteString("The next bar is usually read through an index that is one too high.\n")
	}
	b.WriteString("Likely cheats: columns captured outside of the callbacks, a slice of a Series kept and read past its end, a coarser bar\n" +
		"looked up by its open. Ask for what you need with Setup.Bars, at each interval, and read it inside of the callback")
	return b.String()
}

// horizon returns after how many intervals the bars that matter have closed.
func (s *suite) horizon(p poison) (n int, end market.Time) {
	last := len(s.h.Series[0].Columns.OpenTime)
	for n = 1; n <= last; n = next(n) {
		p.until = s.interval.Floor(p.after) + market.Time(n)*market.Time(s.interval)
		if s.works(p) {
			return n, p.until
		}
	}
	return 0, 0
}

// next counts one by one up to 50, where the answer is worth it, and then in steps.
func next(n int) int {
	if n < 50 {
		return n + 1
	}
	return n * 3 / 2
}

// works reports whether a dose changes a decision.
func (s *suite) works(p poison) bool {
	d, err := s.poisoned(p)
	return err == nil && d != nil
}

// needsNoFuture checks the prefix property (semantics D3): on data that end at a cut,
// the decisions up to it are those of the whole run.
func (s *suite) needsNoFuture() error {
	for _, at := range s.cuts() {
		out, err := s.run(s.cut(at), request{})
		if err != nil {
			return fmt.Errorf("the run failed when the data ended at %s: %w", at, err)
		}
		if d := differ(s.base.until(at), out.until(at)); d != nil {
			return s.knowsTheEnd(at, d)
		}
	}
	return nil
}

// knowsTheEnd explains a strategy that acts on how much data there is.
func (s *suite) knowsTheEnd(at market.Time, d *difference) error {
	if err := s.repeats(); err != nil {
		return err
	}
	return fmt.Errorf("it knows where the data end: when they ended at %s, %s\n"+
		"The values that follow do not matter, that there are any does. Likely cheats: the length of columns captured outside of\n"+
		"the callbacks, work done on the last bar, averages or ranks over all of the data. Live, there is no last bar",
		at, d.print("all data", "data cut", s.h.Instruments))
}
