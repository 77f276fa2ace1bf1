package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// signalDoubts counts rows whose times are possible and probably not meant, by source and
// kind. The zero value is ready.
type signalDoubts struct {
	kinds map[feedKey]*doubtful
	names map[string]market.Subject // of subjects, by their lower case
	same  []string                  // subjects that only case tells apart
}

type doubtful struct {
	assumed int             // rows
	soon    int             // assumed, about a day at its 00:00, and known before it ends
	lag     market.Duration // the least of those
	ahead   int             // observed well before what they are about
	most    market.Duration // by how much
}

// wellAhead is how far clocks do not differ.
const wellAhead = market.Hour

func (d *signalDoubts) add(s *market.Signal) {
	k := feedKey{source: s.Source, kind: s.Kind}
	one := d.kinds[k]
	if one == nil {
		if d.kinds == nil {
			d.kinds = map[feedKey]*doubtful{}
		}
		one = &doubtful{}
		d.kinds[k] = one
	}
	lag := s.Known - s.Effective
	switch {
	case !s.Assumed && -lag > market.Time(wellAhead):
		one.ahead++
		one.most = max(one.most, market.Duration(-lag))
	case !s.Assumed:
	default:
		one.assumed++
		if s.Effective%market.Day == 0 && lag < market.Day {
			if one.soon++; one.soon == 1 {
				one.lag = market.Duration(lag)
			}
			one.lag = min(one.lag, market.Duration(lag))
		}
	}
}

// subjects notes what rows are about.
func (d *signalDoubts) subjects(list ...market.Subject) {
	for _, s := range list {
		if d.names == nil {
			d.names = map[string]market.Subject{}
		}
		lower := strings.ToLower(string(s))
		old, found := d.names[lower]
		if !found {
			d.names[lower] = s
		} else if pair := fmt.Sprintf("%s and %s", min(old, s), max(old, s)); old != s && !slices.Contains(d.same, pair) {
			d.same = append(d.same, pair)
		}
	}
}

// notes returns the doubts about times, a line each.
func (d *signalDoubts) notes() (lines []string) {
	var soon, ahead []string
	var least, most market.Duration
	early := 0
	for k, one := range d.kinds {
		name := fmt.Sprintf("%s by %s", k.kind, k.source)
		// Of a series by the hour, or by half days, fewer rows are about 00:00.
		if one.soon*3 > one.assumed*2 {
			if len(soon) == 0 || one.lag < least {
				least = one.lag
			}
			soon = append(soon, name)
		}
		if one.ahead > 0 {
			most, early, ahead = max(most, one.most), early+one.ahead, append(ahead, name)
		}
	}
	if len(soon) > 0 {
		lines = append(lines, fmt.Sprintf("rows of %s are dated 00:00 UTC and assumed to be known %s after it: a value that is made of that day would be used before its time; a lag of 24h is safe",
			firstOf(soon), least))
	}
	if len(ahead) > 0 {
		lines = append(lines, fmt.Sprintf("known before the time that they are about, by up to %s: %s of %s; forecasts are, and shadow what is about earlier times; else a date is wrong",
			most, plural(early, "row"), firstOf(ahead)))
	}
	return lines
}

// alike returns a line where only case tells subjects apart.
func (d *signalDoubts) alike() []string {
	if len(d.same) == 0 {
		return nil
	}
	return []string{firstOf(d.same) + " are two subjects: strategies ask for an asset as the venue writes it"}
}

// firstOf lists names, sorted, and counts what would be too many.
func firstOf(names []string) string {
	slices.Sort(names)
	const most = 5
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// doubtful returns the doubts about the signals that strategies read.
func (a *account) doubtful(e *engine.Engine) []string {
	read := map[feedKey]bool{} // a source of "" is any
	for _, s := range a.config.Strategies {
		for _, q := range e.SignalQueries(s.Name) {
			read[feedKey{source: q.Source, kind: q.Kind}] = true
		}
	}
	var d signalDoubts
	for i := range a.history.Signals {
		if s := &a.history.Signals[i]; read[feedKey{kind: s.Kind}] || read[feedKey{source: s.Source, kind: s.Kind}] {
			d.add(s)
		}
	}
	return d.notes()
}
