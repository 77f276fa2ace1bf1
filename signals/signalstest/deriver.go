package signalstest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// deriver lists the checks of a signals.Deriver.
func (s *suite) deriver() []func() error {
	return []func() error{s.derives, s.derivesAgain, s.standsIdle, s.oneByOne}
}

// derivedName is the source of the rows that a Deriver makes in the suite.
const derivedName = "signalstest"

// moment is one call of At.
type moment struct {
	now  market.Time
	rows []market.Signal
}

// moments puts rows, sorted as semantics T2 has them, into calls.
func (s *suite) moments() []moment {
	rows := slices.Clone(s.rows)
	slices.SortStableFunc(rows, func(a, b market.Signal) int { return a.Compare(&b) })
	var list []moment
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Known == rows[0].Known {
			n++
		}
		list, rows = append(list, moment{rows[0].Known, rows[:n:n]}), rows[n:]
	}
	return list
}

// follow plays moments to a derivation, and those that it asks for between them and up to
// the end of all. idle adds calls when nothing happens.
func (s *suite) follow(d signals.Derivation, list []moment, idle bool) (made []market.Signal, err error) {
	last := market.Time(0)
	at := func(m moment) error {
		given := slices.Clone(m.rows)
		out := d.At(m.now, given)
		if !slices.Equal(given, m.rows) {
			return errors.New("its At changed the rows that it was given: others read them too")
		}
		for i := range given {
			given[i] = market.Signal{Kind: "scribbled"} // its own only until it returns
		}
		for i := range out {
			if err := s.follows(&out[i], m.now); err != nil {
				return fmt.Errorf("its At %s made %s: %w", m.now, show(&out[i]), err)
			}
		}
		if next := d.Next(); next != 0 && next <= m.now {
			return fmt.Errorf("after At %s, Next is %s: it lies ahead, or is 0 for never", m.now, next)
		}
		made, last = append(made, out...), m.now
		return nil
	}
	for _, m := range append(slices.Clip(list), moment{now: market.MaxTime}) {
		for calls := 0; d.Next() != 0 && d.Next() < m.now; calls++ {
			if idle && d.Next() > last+1 {
				if err := s.idle(d, d.Next()-1); err != nil {
					return nil, err
				}
			}
			if err := at(moment{now: d.Next()}); err != nil {
				return nil, err
			}
			if calls > 100_000 {
				return nil, fmt.Errorf("it wants to be called without end from %s on: Next is for rows that follow because one grows too old", last)
			}
		}
		if m.now == market.MaxTime {
			break
		}
		if err := at(m); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// idle calls when nothing happens.
func (s *suite) idle(d signals.Derivation, now market.Time) error {
	next := d.Next()
	if rows := d.At(now, nil); len(rows) > 0 {
		return fmt.Errorf("called At %s, where no row became known and before its Next (%s), it made %s: backtest and live call it at other times, and would differ", now, next, show(&rows[0]))
	}
	if d.Next() != next {
		return fmt.Errorf("called At %s, where no row became known, it moved its Next from %s to %s", now, next, d.Next())
	}
	return nil
}

// follows checks a row that was made.
func (s *suite) follows(row *market.Signal, now market.Time) error {
	switch kinds := s.kindsOf(); {
	case row.Known != now:
		return fmt.Errorf("it is known %s: what is derived is known when it follows, neither before nor later", row.Known)
	case row.Source != derivedName:
		return fmt.Errorf("its source is %q, and Derive was told %q", row.Source, derivedName)
	case !slices.Contains(kinds, row.Kind):
		return fmt.Errorf("its kind is not among Kinds (%v)", kinds)
	case row.Instrument != market.NoInstrument:
		return errors.New("set Instrument to market.NoInstrument")
	case row.Null && row.Value != 0:
		return errors.New("it is null and has a value: leave Value 0 where Null is set")
	}
	return row.Validate()
}

func (s *suite) kindsOf() []market.SignalKind {
	made, err := s.create()
	if err != nil {
		return nil
	}
	return made.(signals.Deriver).Kinds()
}

func (s *suite) derivation() (signals.Derivation, error) {
	made, err := s.create()
	if err != nil {
		return nil, err
	}
	return made.(signals.Deriver).Derive(derivedName), nil
}

// derives plays the rows of the test.
func (s *suite) derives() error {
	if len(s.rows) == 0 {
		return errors.New("it is a Deriver: name the rows of others that it reads, with signalstest.Rows")
	}
	made, err := s.create()
	if err != nil {
		return err
	}
	if err := sameKinds(made.(signals.Deriver).Kinds); err != nil {
		return err
	}
	rows, err := s.follow(made.(signals.Deriver).Derive(derivedName), s.moments(), false)
	if err == nil && len(rows) == 0 {
		err = errors.New("it made no row of those of the test, so that nothing is proved: give it rows that it reads (signalstest.Rows, With)")
	}
	s.first = &heard{batches: []signals.Batch{{Signals: rows}}}
	return err
}

// derivesAgain plays them to two derivations of one source, alternately, and to a new one.
func (s *suite) derivesAgain() error {
	made, err := s.create()
	if err != nil {
		return err
	}
	source := made.(signals.Deriver)
	list := s.moments()
	disturbed := source.Derive(derivedName)
	if _, err := s.follow(disturbed, list[:(len(list)+1)/2], false); err != nil {
		return err
	}
	again, err := s.follow(source.Derive(derivedName), list, false)
	if err != nil {
		return err
	}
	if diff := unlike(s.first.rows0(), again); diff != "" {
		return fmt.Errorf("it is not deterministic, or its derivations share state: over the same rows, beside another derivation, %s\n"+
			"Keep all state in what Derive returns. Usual causes: ranging over a map, the clock (use now), math/rand", diff)
	}
	return nil
}

// standsIdle calls it between its moments too.
func (s *suite) standsIdle() error {
	d, err := s.derivation()
	if err != nil {
		return err
	}
	rows, err := s.follow(d, s.moments(), true)
	if err != nil {
		return err
	}
	if diff := unlike(s.first.rows0(), rows); diff != "" {
		return fmt.Errorf("it is moved by being called when nothing happens: %s", diff)
	}
	return nil
}

// oneByOne makes rows known together that were known one after the other, a nanosecond
// apart: what is in force at the end must be the same.
func (s *suite) oneByOne() error {
	list := s.moments()
	var split []moment
	for k, m := range list {
		for i, row := range m.rows {
			now := m.now - market.Time(len(m.rows)-1-i)
			if k > 0 && now <= list[k-1].now {
				return nil // there is no room between the moments
			}
			row.Known = now
			split = append(split, moment{now, []market.Signal{row}})
		}
	}
	d, err := s.derivation()
	if err != nil {
		return err
	}
	rows, err := s.follow(d, split, false)
	if err != nil {
		return fmt.Errorf("with rows that come one by one: %w", err)
	}
	together, apart := inForce(s.first.rows0()), inForce(rows)
	for key, a := range together {
		if b, ok := apart[key]; !ok || a.Null != b.Null || a.Value != b.Value {
			return fmt.Errorf("where rows come one by one rather than together, %s ends up as %s", show(&a), show(&b))
		}
	}
	return nil
}

type series struct {
	kind    market.SignalKind
	subject market.Subject
}

// inForce returns the rows that count at the end.
func inForce(rows []market.Signal) map[series]market.Signal {
	last := map[series]market.Signal{}
	for _, row := range rows {
		key := series{row.Kind, row.Subject}
		if old, ok := last[key]; !ok || row.Supersedes(&old) {
			last[key] = row
		}
	}
	return last
}
