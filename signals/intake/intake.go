package intake

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// ErrBad is wrapped by an error about rows that were left out. All others are stored.
var ErrBad = errors.New("bad row")

// A Store keeps rows and answers.
type Store interface {
	// With opens the store, calls f once, and closes it. Nobody else puts meanwhile.
	With(f func(Txn) error) error
}

// A Txn is a store while it is open.
type Txn interface {
	// Stored returns the rows of a source, kind and subject that were known from a time
	// on, in any order.
	Stored(source string, kind market.SignalKind, subject market.Subject, known market.Time) ([]market.Signal, error)
	// LastKnown returns when the last row of a source was known, or 0.
	LastKnown(source string) (market.Time, error)
	// Put stores an answer, which may be empty, and the rows that stood in it: all, and
	// durable when it returns, or nothing.
	Put(answer []byte, rows []market.Signal) error
}

// A Report says what came of a batch.
type Report struct {
	Source    string          // as handed over: it names the feed
	News      []market.Signal // stored, in the order of semantics T2; those with a revision contradict an earlier one
	Unchanged []market.Signal // not stored: they say what is stored
	Bad       []error         // each wraps ErrBad
	Behind    market.Duration // how far the clock is behind what the source said last
}

// An Intake takes batches into a store. Its methods may be called concurrently.
type Intake struct {
	store Store
	now   func() time.Time
	tell  func(Report)

	mu       sync.Mutex
	arrivals market.Arrivals
}

// New returns an intake into a store by a clock. tell, which may be nil, hears what came of
// each batch that is stored; it must not call the intake.
func New(s Store, now func() time.Time, tell func(Report)) *Intake {
	return &Intake{store: s, now: now, tell: tell}
}

// Arrive takes rows that arrive now (semantics S4): they are known now, but never before
// what their source said last. It returns those that are news, durable with the answer
// they stood in. Rows that name no source are of the given one. An error that wraps
// [ErrBad] is about rows that were left out; with any other, nothing was stored.
func (in *Intake) Arrive(source string, b signals.Batch) (news []market.Signal, err error) {
	return in.take(source, b, nil)
}

// Backfill takes rows that are filled in afterwards: each counts as known a lag after what
// it is about, by assumption. Where a row about the same time is stored, one that says
// the same is no news, and one that says something else is a revision known now. A row
// that by its lag is not known yet arrives now. Errors are those of Arrive.
func (in *Intake) Backfill(source string, b signals.Batch, lag func(market.SignalKind) market.Duration) (news []market.Signal, err error) {
	return in.take(source, b, lag)
}

func (in *Intake) take(source string, b signals.Batch, lag func(market.SignalKind) market.Duration) ([]market.Signal, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	var r Report
	err := in.store.With(func(t Txn) error {
		rows := entering(source, b)
		s := sorting{txn: t, lag: lag, from: knownSince(rows), feeds: map[feed]map[market.Time]*about{}}
		s.report.Source = source
		if err := in.stamp(t, rows, &s.report); err != nil {
			return err
		}
		for i := range rows {
			if err := s.row(i, &rows[i]); err != nil {
				return err
			}
		}
		r = s.report
		slices.SortFunc(r.News, func(a, b market.Signal) int { return a.Compare(&b) })
		if len(r.News) == 0 && len(b.Raw) == 0 {
			return nil
		}
		return t.Put(b.Raw, r.News)
	})
	if err != nil {
		return nil, err
	}
	if in.tell != nil {
		in.tell(r)
	}
	return r.News, told(r.Bad)
}

// shownBad bounds the bad rows of a batch that its error names.
const shownBad = 20

func told(list []error) error {
	if more := len(list) - shownBad; more > 0 {
		list = append(slices.Clone(list[:shownBad]), fmt.Errorf("and %d more: %w", more, ErrBad))
	}
	return errors.Join(list...)
}

// knownSince returns the time before which nothing was known about the times of the rows.
func knownSince(rows []market.Signal) market.Time {
	from := market.MaxTime
	for i := range rows {
		if rows[i].Effective >= market.FirstCounted {
			from = min(from, rows[i].Effective-market.Time(market.MaxAhead))
		}
	}
	return from
}

// entering returns the rows of a batch, without what only the intake may say of them.
func entering(source string, b signals.Batch) []market.Signal {
	var raw market.Hash
	if len(b.Raw) > 0 {
		raw = sha256.Sum256(b.Raw)
	}
	rows := slices.Clone(b.Signals)
	for i := range rows {
		s := &rows[i]
		s.Source = cmp.Or(s.Source, source)
		s.Instrument, s.Revision, s.Raw = market.NoInstrument, 0, raw
		if s.Null {
			s.Value = 0
		}
	}
	return rows
}

// stamp sets when the rows are known as they arrive.
func (in *Intake) stamp(t Txn, rows []market.Signal, r *Report) error {
	now := market.TimeOf(in.now())
	heard := map[string]bool{}
	for i := range rows {
		source := rows[i].Source
		if heard[source] {
			continue
		}
		heard[source] = true
		last, err := t.LastKnown(source)
		if err != nil {
			return err
		}
		in.arrivals.Learn([]market.Signal{{Source: source, Known: last}})
	}
	in.arrivals.Stamp(now, rows)
	for i := range rows {
		r.Behind = max(r.Behind, market.Duration(rows[i].Known-now))
	}
	return nil
}

// bad tells of a row that is left out, by its place among the signals of its batch: a row of
// the answer may give several, or none.
func bad(i int, s *market.Signal, err error) error {
	what := fmt.Sprintf("signal %d of the answer", i+1)
	if s.Kind != "" && s.Subject != "" {
		what += fmt.Sprintf(" (%.64q of %.64q for %s)", s.Kind, s.Subject, s.Effective)
	}
	return &market.Error{Class: market.Data, Where: s.Source, Err: fmt.Errorf("%s is left out: %w: %w", what, ErrBad, err)}
}
