package barfile

import (
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// columnNames are the columns of a row of bars, in order.
var columnNames = [...]string{"open_time", "open", "high", "low", "close", "volume"}

const (
	ownColumns   = len(columnNames)
	klineColumns = 12
	ownHeader    = "open_time_ms,open,high,low,close,volume"
	rowHint      = "a row is " + ownHeader + ", or a Binance kline of 12 columns"
)

// checkHeader reports what is wrong with a header, and whether it says that times
// are milliseconds.
func checkHeader(fields []string) (millis bool, f *fault) {
	if n := len(fields); n != ownColumns && n != klineColumns {
		return false, faultf(rowHint, "the header has %d columns where %d or %d are expected", n, ownColumns, klineColumns)
	}
	for i, want := range columnNames {
		got := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(fields[i])), " ", "_")
		if i == 0 && got == "open_time_ms" {
			millis = true
			continue
		}
		if got != want {
			return false, faultf(rowHint, "column %d of the header is %s where %s is expected", i+1, quote(fields[i]), want)
		}
	}
	return millis, nil
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
// microseconds: each reaches 1973, or the year 5138, at these limits.
const (
	secondsEnd = 1e11
	millisEnd  = 1e14
	microsEnd  = 1e17
)

var (
	seconds = unit{"seconds", 0, lastSecond, 1e9}
	millis  = unit{"milliseconds", secondsEnd, lastSecond*1e3 + 999, 1e6}
	micros  = unit{"microseconds", millisEnd, lastSecond*1e6 + 999_999, 1e3}
)

// unitOf tells the unit of a count by its size.
func unitOf(v uint64, underMillis bool) unit {
	switch {
	case v >= millisEnd:
		return micros
	case underMillis:
		return unit{millis.name, 0, millis.hi, millis.scale}
	case v >= secondsEnd:
		return millis
	}
	return seconds
}

// misfit says why a count does not fit the unit of its file.
func (u unit) misfit(name string, v uint64, underMillis bool) *fault {
	other := unitOf(v, underMillis)
	if other.name != u.name && v <= other.hi {
		return faultf("give all times in one unit", "%s %d is in %s where the rows above are in %s", name, v, other.name, u.name)
	}
	hint := "times are seconds, milliseconds or microseconds since 1970"
	if v >= microsEnd {
		hint = "it looks like nanoseconds: " + hint
	}
	return faultf(hint, "%s %d is outside the years 1970 to 2200", name, v)
}
