package testkit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// epoch is 00:00 of a script's first day: Monday, 1 January 2024, UTC.
const epoch = market.Time(1_704_067_200 * 1_000_000_000)

// parseClock reads 00:05, 00:05:30, 00:05:30.250 or 2d00:05.
func parseClock(text string) (market.Time, error) {
	days, clock, found := strings.Cut(text, "d")
	if !found {
		days, clock = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 12)
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, bad := time.Parse(layout, clock); err == nil && bad == nil {
			return epoch + market.Time(n)*market.Day + market.Time(t.Sub(t.Truncate(24*time.Hour))), nil
		}
	}
	return 0, fmt.Errorf("time %q is not like 00:05, 00:05:30 or 2d00:05", text)
}

// formatClock writes what parseClock reads.
func formatClock(t market.Time) string {
	text := ""
	days, layout := (t-epoch)/market.Day, "15:04:05.999999999"
	if days > 0 {
		text = strconv.FormatInt(int64(days), 10) + "d"
	}
	if t%market.Time(time.Minute) == 0 {
		layout = "15:04"
	}
	return text + t.UTC().Format(layout)
}
