package store

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// Errors by what the caller may do. Those of a [DB] arrive inside a [market.Error].
var (
	ErrNoSeries = errors.New("no such series")                            // import it first
	ErrLocked   = errors.New("file is in use by another process")         // wait or stop the other
	ErrCorrupt  = errors.New("file is damaged")                           // restore or import again
	ErrConflict = errors.New("a signal row never changes")                // give the change its own revision
	ErrSchema   = errors.New("file has another schema than this program") // use the other program
	ErrFinished = errors.New("journal is finished")                       // start a new one
	ErrMissing  = errors.New("file does not exist")                       // create it
	errReadOnly = errors.New("file is open for reading only")             // a mistake of the caller
)

// ErrEmpty is of a file of no bytes, which is an [ErrMissing] too.
var ErrEmpty error = emptyError{}

type emptyError struct{}

func (emptyError) Error() string        { return "file is empty" }
func (emptyError) Is(target error) bool { return target == ErrMissing }

// A Series names one instrument's bars of one interval.
type Series struct {
	Venue    string // the exchange: "binance"; empty for a bare file
	Symbol   string // as the venue writes it
	Interval market.Interval
}

// String formats s as "binance BTCUSDT 1m".
func (s Series) String() string {
	return strings.TrimSpace(s.Venue + " " + s.Symbol + " " + s.Interval.String())
}

// Compare orders series by venue, symbol and interval, as in an instant (semantics T2).
func (s Series) Compare(o Series) int {
	return cmp.Or(strings.Compare(s.Venue, o.Venue), strings.Compare(s.Symbol, o.Symbol), cmp.Compare(s.Interval, o.Interval))
}

// Validate reports what makes a name that cannot be stored.
func (s Series) Validate() error {
	switch {
	case s.Symbol == "" || len(s.Symbol) > maxName || strings.ContainsRune(s.Symbol, 0):
		return fmt.Errorf("series needs a symbol of 1 to %d bytes without NUL, not %q", maxName, s.Symbol)
	case len(s.Venue) > maxName || strings.ContainsRune(s.Venue, 0):
		return fmt.Errorf("venue %q is longer than %d bytes or holds NUL", s.Venue, maxName)
	case s.Interval <= 0:
		return fmt.Errorf("series of %s has interval %d", s.Symbol, s.Interval)
	}
	return nil
}

// maxName bounds a venue, symbol, source, kind or subject, in bytes.
const maxName = 64

// SeriesStats says how much there is of a series.
type SeriesStats struct {
	Rows        int
	First, Last market.Time // open times; zero where there are no rows
	Blocks      int
	Bytes       int64 // of the blocks
}

// A SignalFilter selects signal rows. Empty names select all; To may be zero for
// no end.
type SignalFilter struct {
	Source   string
	Kind     market.SignalKind
	Subject  market.Subject
	From, To market.Time // From ≤ Known < To
}

func (f *SignalFilter) names(source string, kind market.SignalKind, subject market.Subject) bool {
	return (f.Source == "" || f.Source == source) && (f.Kind == "" || f.Kind == kind) && (f.Subject == "" || f.Subject == subject)
}

// Selects reports whether the filter lets a row through.
func (f *SignalFilter) Selects(s *market.Signal) bool {
	return f.known(s.Known) && f.names(s.Source, s.Kind, s.Subject)
}

func (f *SignalFilter) known(t market.Time) bool { return t >= f.From && (f.To == 0 || t < f.To) }

// compareSignals orders rows by Known, source, kind, subject, Effective, revision.
func compareSignals(a, b market.Signal) int { return a.Compare(&b) }

// A Reader reads stored history. Its methods may be called concurrently; what they
// return belongs to the caller. Errors are of class [market.Data].
type Reader interface {
	// SeriesList returns what there is, in order of Compare.
	SeriesList() ([]Series, error)
	// Stats counts a series. It wraps ErrNoSeries where there is none.
	Stats(s Series) (SeriesStats, error)
	// Bars returns the bars with from ≤ open time < to, each slice at its full
	// capacity; zero to means no end. There may be none. It wraps ErrNoSeries
	// where the series does not exist.
	Bars(s Series, from, to market.Time) (*market.Columns, error)
	// Instruments returns each instrument as of a date, by venue and symbol. Before
	// its first snapshot the earliest is returned, marked Assumed (semantics X11).
	Instruments(at market.Time) ([]market.Instrument, error)
	// Listings returns each instrument's snapshot in force at from and the later changes
	// with From < to, by venue, symbol and time; zero to means no end. Where the
	// earliest is later than from, it stands twice: from there on, marked Assumed, and
	// at its own time.
	Listings(from, to market.Time) ([]InstrumentSnapshot, error)
	// Signals returns rows by Known, source, kind, subject, Effective, revision.
	Signals(f SignalFilter) ([]market.Signal, error)
	// Fundings returns the fundings of a perpetual with from ≤ Time < to, in order of
	// time; zero to means no end. There may be none.
	Fundings(venue, symbol string, from, to market.Time) ([]market.Funding, error)
	// FundingList returns the perpetuals that have fundings, in order, with interval 0.
	FundingList() ([]Series, error)
}

var (
	_ Reader = (*DB)(nil)
	_ Reader = (*Archive)(nil)
)

// noSeries is the error for a series that is not stored.
func noSeries(where string, s Series) error {
	return &market.Error{Class: market.Data, Where: where, Err: fmt.Errorf("%s: %w", s, ErrNoSeries),
		Hint: "see what there is with 'signalman data list', add it with 'signalman data import'"}
}
