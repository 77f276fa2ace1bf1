package barfile

import (
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A clock reads the times of one file, which are all of one form.
type clock struct {
	unit   unit   // of numbers; scale 0 before the first
	millis bool   // the header says that numbers are milliseconds
	dates  string // how dates are written; "" where times are numbers
}

// A unit is how a file counts time.
type unit struct {
	name   string
	lo, hi uint64      // counts that the unit may have
	scale  market.Time // nanoseconds
}

// The end of the year 2200 in seconds.
const lastSecond = 7_289_654_399

// Counts below secondsEnd are seconds, then milliseconds up to millisEnd, then
// microseconds and nanoseconds: each reaches 1973, or the year 5138, at these limits.
const (
	secondsEnd = 1e11
	millisEnd  = 1e14
	microsEnd  = 1e17
)

var (
	seconds = unit{"seconds", 0, lastSecond, 1e9}
	millis  = unit{"milliseconds", secondsEnd, lastSecond*1e3 + 999, 1e6}
	micros  = unit{"microseconds", millisEnd, lastSecond*1e6 + 999_999, 1e3}
	nanos   = unit{"nanoseconds", microsEnd, lastSecond*1e9 + 999_999_999, 1}
)

// unitOf tells the unit of a count by its size.
func unitOf(v uint64, underMillis bool) unit {
	switch {
	case v >= microsEnd:
		return nanos
	case v >= millisEnd:
		return micros
	case underMillis:
		return unit{millis.name, 0, millis.hi, millis.scale}
	case v >= secondsEnd:
		return millis
	}
	return seconds
}

const clockHint = "times are seconds, milliseconds, microseconds or nanoseconds since 1970, or dates in UTC as in 2021-01-31 15:04:05"

// misfit says why a count does not fit the unit of its file.
func (u unit) misfit(name string, v uint64, underMillis bool) *fault {
	other := unitOf(v, underMillis)
	if other.name != u.name && v <= other.hi {
		return faultf("give all times in one unit", "%s %d is in %s where the rows above are in %s", name, v, other.name, u.name)
	}
	return faultf(clockHint, "%s %d is outside the years 1970 to 2200", name, v)
}

// read reads a time. It returns the clock that further times are to be read with.
func (c clock) read(name, field string) (market.Time, clock, *fault) {
	text := strings.TrimSpace(field)
	if whole, zeros, ok := strings.Cut(text, "."); ok && strings.Trim(zeros, "0") == "" {
		text = whole // as pandas prints numbers
	}
	v, err := strconv.ParseUint(text, 10, 63)
	switch {
	case err != nil:
		return c.date(name, text)
	case c.dates != "":
		return 0, c, faultf("give all times in one form", "%s %s is a number where the rows above have dates", name, quote(field))
	case c.unit.scale == 0:
		c.unit = unitOf(v, c.millis)
	}
	if v < c.unit.lo || v > c.unit.hi {
		return 0, c, c.unit.misfit(name, v, c.millis)
	}
	return market.Time(v) * c.unit.scale, c, nil
}

// dateForms are how dates may be written; those without a zone are in UTC. A fraction may
// follow the seconds.
var dateForms = []string{
	time.DateOnly, time.DateTime, time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04",
}

// date reads a time that is no number.
func (c clock) date(name, text string) (market.Time, clock, *fault) {
	t, form := parseDate(text, c.dates)
	switch {
	case form == "" && startsWithLetter(text):
		return 0, c, faultf("a header may stand in the first line only", "%s %s is not a time", name, quote(text))
	case form == "":
		return 0, c, faultf(clockHint, "%s %s is not a time", name, quote(text))
	case c.unit.scale != 0:
		return 0, c, faultf("give all times in one form", "%s %s is a date where the rows above have numbers", name, quote(text))
	case t.UTC().Year() < 1970 || t.UTC().Year() > 2200:
		return 0, c, faultf(clockHint, "%s %s is outside the years 1970 to 2200", name, quote(text))
	}
	c.dates = form
	return market.TimeOf(t), c, nil
}

// parseDate reads a date in the likeliest form, or in another, and returns which.
func parseDate(text, likeliest string) (time.Time, string) {
	if likeliest != "" {
		if t, err := time.Parse(likeliest, text); err == nil {
			return t, likeliest
		}
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return t, form
		}
	}
	return time.Time{}, ""
}
