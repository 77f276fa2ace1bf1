package market

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// SignalKind names what a signal says: "sentiment", "trader_grade". Each kind has
// one unit and direction; docs/signals.md lists them.
type SignalKind string

// Subject is what a signal is about: an asset ("BTC"), or the whole market.
type Subject string

// MarketWide is the subject of signals about no single asset.
const MarketWide Subject = "*"

// Hash is a SHA-256.
type Hash [32]byte

// String returns lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// A Signal is one row of what a source said (semantics S1). Rows are only ever
// added: a change is a new row with a later Known or a higher Revision.
type Signal struct {
	Source     string
	Kind       SignalKind
	Subject    Subject
	Instrument InstrumentID // the subject's instrument in this run, or NoInstrument
	Effective  Time         // what time it is about
	Known      Time         // when we could have acted on it
	Value      float64
	Null       bool // the source said that it has no value: absent, not neutral
	Assumed    bool // Known was derived from a lag, not observed
	Revision   int
	Raw        Hash // of the answer it came in
}

// Ref names the row.
func (s *Signal) Ref() SignalRef {
	return SignalRef{s.Source, s.Kind, s.Subject, s.Effective, s.Known, s.Revision, s.Value, s.Assumed, false}
}

// A SignalRef names the row that a decision read, with what it said. An absent one had
// nothing to say: the row in force was null, or too old for who asked.
type SignalRef struct {
	Source    string     `json:"source"`
	Kind      SignalKind `json:"kind"`
	Subject   Subject    `json:"subject"`
	Effective Time       `json:"effective,omitzero"`
	Known     Time       `json:"known,omitzero"`
	Revision  int        `json:"revision,omitzero"`
	Value     float64    `json:"value"`
	Assumed   bool       `json:"assumed,omitzero"`
	Absent    bool       `json:"absent,omitzero"`
}

// MaxAhead is how long before the time that it is about a row may be known: a forecast of
// half a year is a row, and a year that was mistyped is none.
const MaxAhead = 190 * 24 * time.Hour

// FirstCounted is the year 1980. Nobody counts the seconds of a signal before it: a date
// without its dashes, as 20240131, would be one.
const FirstCounted = Time(315_532_800e9)

// Validate reports what makes a row unusable.
func (s *Signal) Validate() error {
	switch {
	case s.Source == "" || s.Kind == "" || s.Subject == "":
		return fmt.Errorf("signal needs a source, a kind and a subject (an asset, or %s for the market)", MarketWide)
	case len(s.Source) > 64 || len(s.Kind) > 64 || len(s.Subject) > 64:
		return fmt.Errorf("signal: source, kind and subject hold at most 64 bytes")
	case strings.ContainsFunc(s.Source+string(s.Kind)+string(s.Subject), unprintable):
		return fmt.Errorf("signal names %q, %q, %q hold what cannot be printed", s.Source, s.Kind, s.Subject)
	case s.Effective <= 0:
		return fmt.Errorf("signal needs an effective time")
	case s.Known < s.Effective && s.Known != 0 && s.Assumed:
		return fmt.Errorf("signal of %s is known before it, at %s", s.Effective, s.Known)
	case s.Known != 0 && s.Effective-s.Known > Time(MaxAhead):
		return fmt.Errorf("signal of %s is known %s before it, at %s, where %s is the most", s.Effective, Duration(s.Effective-s.Known), s.Known, Duration(MaxAhead))
	case s.Revision < 0 || s.Revision > 1<<30:
		return fmt.Errorf("signal revision %d is not between 0 and 2^30", s.Revision)
	case !s.Null && !(s.Value <= 1e300 && s.Value >= -1e300):
		return fmt.Errorf("signal value %v is not a number from -1e300 to 1e300", s.Value)
	}
	return nil
}

// unprintable reports what a name may not hold: it goes to terminals and into keys.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }

// Compare orders rows by Known, source, kind, subject, Effective and revision, as in a
// history. Two that compare equal are the same row (semantics S1).
func (s *Signal) Compare(o *Signal) int {
	return cmp.Or(cmp.Compare(s.Known, o.Known), strings.Compare(s.Source, o.Source), cmp.Compare(s.Kind, o.Kind),
		cmp.Compare(s.Subject, o.Subject), cmp.Compare(s.Effective, o.Effective), cmp.Compare(s.Revision, o.Revision))
}

// Contradicts reports whether s says something else than another copy of the same row: a
// value, or whether it was observed when it was known. The answer it came in is no part.
func (s *Signal) Contradicts(o *Signal) bool {
	return s.Value != o.Value || s.Null != o.Null || s.Assumed != o.Assumed
}

// ValueText prints the value, which may be null.
func (s *Signal) ValueText() string {
	if s.Null {
		return "null"
	}
	return strconv.FormatFloat(s.Value, 'g', -1, 64)
}

// Unlike prints in which a row that contradicts another is unlike it: the value, with how
// its time is known where the value is the same.
func (s *Signal) Unlike(o *Signal) string {
	switch {
	case s.Value != o.Value || s.Null != o.Null:
		return s.ValueText()
	case s.Assumed:
		return s.ValueText() + " (known by assumption)"
	}
	return s.ValueText() + " (observed)"
}

// Repeats reports whether s says what old said, about the same time and from the same
// source: seen again, it is no news (semantics S3).
func (s *Signal) Repeats(old *Signal) bool {
	return s.Effective == old.Effective && s.Source == old.Source && s.Null == old.Null && (s.Null || s.Value == old.Value)
}

// Supersedes reports whether s, rather than old, is the row in force: the latest
// Effective wins, and for one Effective the greatest (Known, Revision), then the
// first source by name (semantics S2). Both must be known already.
func (s *Signal) Supersedes(old *Signal) bool {
	switch {
	case s.Effective != old.Effective:
		return s.Effective > old.Effective
	case s.Known != old.Known:
		return s.Known > old.Known
	case s.Revision != old.Revision:
		return s.Revision > old.Revision
	}
	return s.Source < old.Source
}

// Assume sets when a row that nobody saw arrive may be used: a lag after what it is about
// (semantics S4). For values made of a whole day the lag is a day at least, or they are
// used before they are made.
func (s *Signal) Assume(lag Duration) { s.Known, s.Assumed = s.Effective+Time(lag), true }
