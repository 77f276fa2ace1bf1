package desk

import "github.com/signalman-trading/signalman/market"

// Signals is the as-of table: one Feed for each combination of source, kind and
// subject that somebody watches.
type Signals struct {
	feeds map[feedKey]*Feed
}

type feedKey struct {
	source  string // "" is any source
	kind    market.SignalKind
	subject market.Subject
}

// Feed holds the row in force of one source, kind and subject (semantics S2).
type Feed struct {
	Row   *market.Signal // nil before the first
	Stamp uint64         // the instant in which Row changed

	last    *market.Signal // the row that supersedes all others; it says what Row says
	instant uint64         // in which last was applied
	before  *market.Signal // Row and Stamp before that instant
	changed uint64
}

// Feed returns the feed of a kind and subject from one source, or from any where
// source is empty.
func (s *Signals) Feed(source string, kind market.SignalKind, subject market.Subject) *Feed {
	k := feedKey{source, kind, subject}
	f := s.feeds[k]
	if f == nil {
		f = &Feed{}
		s.feeds[k] = f
	}
	return f
}

// Apply puts a row that has just become known in force where it supersedes.
func (s *Signals) Apply(row *market.Signal, stamp uint64) {
	for _, source := range [2]string{row.Source, ""} {
		if f := s.feeds[feedKey{source, row.Kind, row.Subject}]; f != nil {
			f.apply(row, stamp)
		}
	}
}

// apply leaves Row where the new row only repeats it, or what was in force before the
// instant: seen again, it is no news (semantics S3). What comes next is measured against
// the new row all the same.
func (f *Feed) apply(row *market.Signal, stamp uint64) {
	if f.last != nil && !row.Supersedes(f.last) {
		return
	}
	f.last = row
	if f.instant != stamp {
		f.instant, f.before, f.changed = stamp, f.Row, f.Stamp
	}
	switch {
	case f.Row != nil && row.Repeats(f.Row):
	case f.before != nil && row.Repeats(f.before):
		f.Row, f.Stamp = f.before, f.changed
	default:
		f.Row, f.Stamp = row, stamp
	}
}

// At returns the row as of now: false where there is none, it is null, or it is
// older than maxAge (semantics S2, S3).
func (f *Feed) At(now market.Time, maxAge market.Time) (*market.Signal, bool) {
	if f.Row == nil || f.Row.Null || maxAge > 0 && now-f.Row.Effective > maxAge {
		return nil, false
	}
	return f.Row, true
}
