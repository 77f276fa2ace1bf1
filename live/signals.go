package live

import (
	"slices"
	"sync"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// Signals are what a session hears beside its market: the rows that are stored when it
// begins, those that arrive while it runs, and what others derive of both. One that goes on
// begins with the same stored rows: what its journal has told is not told again. It serves
// one session.
type Signals struct {
	derived []deriving

	mu   sync.Mutex
	rows []market.Signal // that were not told, in the order of semantics T2
	ring func()          // tells the session that something is new; nil: there is none yet
	past map[rowKey]bool // what the journal has told, while it is fed again
}

// deriving is a derivation at work, and the name of the rows it makes.
type deriving struct {
	name string
	signals.Derivation
}

// rowKey names a row (semantics S1).
type rowKey struct {
	source           string
	kind             market.SignalKind
	subject          market.Subject
	effective, known market.Time
	revision         int
}

func keyOf(s *market.Signal) rowKey {
	return rowKey{s.Source, s.Kind, s.Subject, s.Effective, s.Known, s.Revision}
}

// NewSignals returns the signals of a session that begins with some rows, of which it keeps
// no copy that others see.
func NewSignals(stored []market.Signal) *Signals {
	s := &Signals{rows: slices.Clone(stored)}
	sortSignals(s.rows)
	return s
}

func sortSignals(rows []market.Signal) {
	slices.SortStableFunc(rows, func(a, b market.Signal) int { return a.Compare(&b) })
}

// Derive adds rows that are made of those of others, under a name that no other source has.
// It is called before the session begins.
func (s *Signals) Derive(name string, d signals.Deriver) {
	s.derived = append(s.derived, deriving{name, d.Derive(name)})
}

// Arrive tells the session of rows that are news, and stored. It may be called from any
// goroutine and does not wait.
func (s *Signals) Arrive(news []market.Signal) {
	s.mu.Lock()
	s.rows = slices.Concat(s.rows, news) // never in place: the session may still read what it was told
	sortSignals(s.rows)
	ring := s.ring
	s.mu.Unlock()
	if ring != nil {
		ring()
	}
}

// attach lets the session be told of what arrives.
func (s *Signals) attach(ring func()) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ring = ring
}

// next returns when the first row that was not told is known, or one follows because another
// grows too old; MaxTime: none is.
func (s *Signals) next() market.Time {
	t := market.MaxTime
	if s == nil {
		return t
	}
	s.mu.Lock()
	if len(s.rows) > 0 {
		t = s.rows[0].Known
	}
	s.mu.Unlock()
	for i := range s.derived {
		if at := s.derived[i].Next(); at > 0 {
			t = min(t, at)
		}
	}
	return t
}

// take appends the events of what is known by a time.
func (s *Signals) take(events []market.Event, t market.Time) []market.Event {
	if s == nil || s.next() > t {
		return events
	}
	s.mu.Lock()
	n := 0
	for n < len(s.rows) && s.rows[n].Known <= t {
		n++
	}
	known := slices.Clone(s.rows[:n]) // so that who keeps a row keeps no more than these
	if s.rows = s.rows[n:]; len(s.rows) == 0 {
		s.rows = nil
	}
	s.mu.Unlock()
	known = append(known, s.derive(t, known)...)
	sortSignals(known)
	for i := range known {
		events = append(events, market.Event{Time: t, Kind: market.KindSignal, Instrument: market.NoInstrument, Signal: &known[i]})
	}
	return events
}

// derive returns what follows at a time from rows that become known then.
func (s *Signals) derive(t market.Time, rows []market.Signal) (made []market.Signal) {
	for i := range s.derived {
		d := &s.derived[i]
		if next := d.Next(); len(rows) > 0 || next > 0 && next <= t {
			made = append(made, d.At(t, rows)...)
		}
	}
	return made
}

// replay takes the events of an instant that the journal holds: what is derived follows from
// them as it did.
func (s *Signals) replay(t market.Time, events []market.Event) {
	if s == nil {
		return
	}
	var rows []market.Signal
	for i := range events {
		if r := events[i].Signal; r != nil && !s.makes(r.Source) {
			rows = append(rows, *r)
		}
	}
	s.derive(t, rows)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.past == nil {
		s.past = map[rowKey]bool{}
	}
	for i := range rows {
		s.past[keyOf(&rows[i])] = true
	}
}

// makes reports whether rows of a source are derived.
func (s *Signals) makes(source string) bool {
	return slices.ContainsFunc(s.derived, func(d deriving) bool { return d.name == source })
}

// resume ends the past: what the journal has told is not told again.
func (s *Signals) resume() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(slices.Clone(s.rows), func(r market.Signal) bool { return s.past[keyOf(&r)] })
	s.past = nil
}
