package datacheck

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Kind is a kind of finding.
type Kind string

// The kinds, errors first.
const (
	Unreadable Kind = "unreadable" // a row, block or file that holds no bar
	Unsorted   Kind = "unsorted"   // a bar that opens before the one above it
	Duplicate  Kind = "duplicate"  // a bar that opens when the one above it does
	OffGrid    Kind = "off_grid"   // a bar that opens where none of its interval does
	Impossible Kind = "impossible" // a bar that market.Bar.Check refuses

	Gap          Kind = "gap"          // bars that are missing
	Jump         Kind = "jump"         // a price far from the one before
	Spike        Kind = "spike"        // a price far from those before and after
	Scale        Kind = "scale"        // prices of 10, 100, 1000… times those before
	ZeroVolume   Kind = "zero_volume"  // a run of bars without volume
	Stale        Kind = "stale"        // a run of bars that repeat one another, volume and all
	Unfinished   Kind = "unfinished"   // a last bar that holds less than its interval
	LateStart    Kind = "late_start"   // a first bar that holds less than its interval
	Disagreement Kind = "disagreement" // a bar that finer bars of the instrument do not make
)

// kinds are all kinds, in the order of a report.
var kinds = []Kind{Unreadable, Unsorted, Duplicate, OffGrid, Impossible, Gap, Jump, Spike, Scale, ZeroVolume, Stale, Unfinished, LateStart, Disagreement}

// Error reports whether the kind is an error; the others are warnings.
func (k Kind) Error() bool {
	switch k {
	case Unreadable, Unsorted, Duplicate, OffGrid, Impossible:
		return true
	}
	return false
}

// A Finding is one thing that was found.
type Finding struct {
	Kind   Kind        `json:"kind"`
	Row    int         `json:"row"`              // of the series, from 0; of a file its line, from 1
	From   market.Time `json:"from,omitzero"`    // open of the first bar concerned; of a gap of the first that is missing
	To     market.Time `json:"to,omitzero"`      // close of the last one
	Bars   int64       `json:"bars"`             // how many are concerned; of a gap how many are missing
	Outage string      `json:"outage,omitempty"` // of a gap: the known outage that explains it
	Text   string      `json:"text"`             // what was seen, with figures
	Hint   string      `json:"hint,omitempty"`   // of a row, block or file that cannot be read: what to do
}

// A Tally counts the findings of one kind.
type Tally struct {
	Kind  Kind  `json:"kind"`
	Count int   `json:"count"`
	Bars  int64 `json:"bars"`  // concerned by them all
	Known int   `json:"known"` // of gaps: how many a known outage explains

	Longest int64       `json:"longest"`             // bars that one of them concerns at most
	At      market.Time `json:"longest_at,omitzero"` // where that one begins
}

// A Report is what was found in one series.
type Report struct {
	Bars     int
	Tallies  []Tally   // of the kinds that were found, errors first
	Findings []Finding // by kind, errors first, then by row; of each kind the first ones only
	limit    int
	line     func(row int) int // or nil
}

// MaxFindings is how many findings of a kind are listed where nobody says otherwise.
const MaxFindings = 1000

// add adds a finding about a row of the series, and writes its text if it is listed.
func (r *Report) add(f Finding, format string, args ...any) {
	if r.line != nil {
		f.Row = r.line(f.Row)
	}
	r.list(f, format, args...)
}

// Add counts a finding, and lists it if there is room.
func (r *Report) Add(f Finding) { r.list(f, "%s", f.Text) }

func (r *Report) list(f Finding, format string, args ...any) {
	t := r.tally(f.Kind)
	t.Count++
	t.Bars += f.Bars
	if f.Bars > t.Longest {
		t.Longest, t.At = f.Bars, f.From
	}
	if f.Outage != "" {
		t.Known++
	}
	if t.Count > cmp.Or(r.limit, MaxFindings) {
		return
	}
	f.Text = fmt.Sprintf(format, args...)
	at, _ := slices.BinarySearchFunc(r.Findings, f, func(a, b Finding) int {
		return cmp.Or(compareKinds(a.Kind, b.Kind), cmp.Compare(a.Row, b.Row), -1)
	})
	r.Findings = slices.Insert(r.Findings, at, f)
}

// Unlisted counts n more findings of a kind, of one bar each, that nobody has listed.
func (r *Report) Unlisted(k Kind, n int) {
	if n > 0 {
		t := r.tally(k)
		t.Count += n
		t.Bars += int64(n)
		t.Longest = max(t.Longest, 1)
	}
}

func compareKinds(a, b Kind) int { return cmp.Compare(slices.Index(kinds, a), slices.Index(kinds, b)) }

func (r *Report) tally(k Kind) *Tally {
	at, found := slices.BinarySearchFunc(r.Tallies, k, func(t Tally, k Kind) int { return compareKinds(t.Kind, k) })
	if !found {
		r.Tallies = slices.Insert(r.Tallies, at, Tally{Kind: k})
	}
	return &r.Tallies[at]
}

// Of returns the tally of a kind.
func (r *Report) Of(k Kind) Tally {
	for _, t := range r.Tallies {
		if t.Kind == k {
			return t
		}
	}
	return Tally{Kind: k}
}

// Errors counts the findings that are errors.
func (r *Report) Errors() (n int) {
	for _, t := range r.Tallies {
		if t.Kind.Error() {
			n += t.Count
		}
	}
	return n
}

// Warnings counts the others.
func (r *Report) Warnings() (n int) {
	for _, t := range r.Tallies {
		if !t.Kind.Error() {
			n += t.Count
		}
	}
	return n
}
