package app

import (
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Fundings are missing where more than one is, by the gap that is usual for them.
func TestUnfunded(t *testing.T) {
	const hour = market.Time(time.Hour)
	start := market.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name  string
		hours []int // of the fundings, in a run of 96 hours
		want  string
	}{
		{"every 8 hours", []int{8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88}, ""},
		{"none", nil, "no funding of X: none was recorded for the period"},
		{"one, for want of more", []int{48}, "begin at 2024-01-03T00:00:00Z, and its bars at 2024-01-01T00:00:00Z; end at 2024-01-03T00:00:00Z, and its bars at 2024-01-05T00:00:00Z"},
		{"the second half", []int{48, 56, 64, 72, 80, 88, 96}, "begin at 2024-01-03T00:00:00Z"},
		{"one left out", []int{8, 16, 32, 40, 48, 56, 64, 72, 80, 88}, ""},
		{"two left out, twice", []int{8, 32, 40, 48, 56, 80, 88, 96}, "have 2 gaps of more than twice the usual 8h, the first after 2024-01-01T08:00:00Z"},
		{"every 4 hours, and the last 8 missing", []int{4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 76, 80, 84, 88}, "end at 2024-01-04T16:00:00Z"},
		{"rare", []int{0, 48, 96}, "have 2 gaps of more than twice the usual 8h"},
	} {
		var times []market.Time
		for _, h := range c.hours {
			times = append(times, start+market.Time(h)*hour+5*market.Time(time.Millisecond))
		}
		got := strings.ReplaceAll(strings.Join(unfunded("X", times, start, start+96*hour), "; "), ".005Z", "Z")
		for _, part := range strings.Split(c.want, "; ") {
			if c.want == "" && got != "" || !strings.Contains(got, part) || strings.Count(got, ";") != strings.Count(c.want, ";") {
				t.Errorf("%s: %s", c.name, got)
			}
		}
	}
}
