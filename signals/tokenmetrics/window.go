package tokenmetrics

import (
	"time"

	"github.com/signalman-trading/signalman/market"
)

// longestWindow is the most days of a window: official clients speak of the API's 29-day
// limit, and mean the difference of its ends.
const longestWindow = 30

// A window is a range of days, both included, by their midnights; zero: no days are asked
// for.
type window struct{ start, end market.Time }

// days returns how many days are in w; 0 where none are asked for.
func (w window) days() int {
	if w == (window{}) {
		return 0
	}
	return int((w.end-w.start)/market.Day) + 1
}

// holds reports whether t is on a day of w.
func (w window) holds(t market.Time) bool {
	return w == (window{}) || t >= w.start && t < w.end+market.Day
}

// near reports whether t is on a day of w, or on one beside it: windows that share a day are
// known of other clients, and of the API.
func (w window) near(t market.Time) bool {
	return w == (window{}) || window{w.start - market.Day, w.end + market.Day}.holds(t)
}

// windows splits the days from start to end, both included, into windows of at most so
// many days, oldest first. No day is in two: the API includes both ends, so that shared
// days would come twice.
func windows(start, end market.Time, most int) []window {
	var list []window
	end = end.NextDay() - market.Day
	for from := start.NextDay() - market.Day; from <= end; {
		to := min(from+market.Time(most-1)*market.Day, end)
		list = append(list, window{from, to})
		from = to + market.Day
	}
	return list
}

// day formats t as the API takes days.
func day(t market.Time) string { return t.UTC().Format(time.DateOnly) }

// layouts are those of the API's times, which are all UTC: since 2025, of 2023 and 2024,
// of old sentiments, and of V1.
var layouts = []string{time.RFC3339Nano, time.DateOnly, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999"}
