package desk

import (
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// TestSchedulesBeginWithTheSession: bars of the past warm up alone, so that no schedule is due
// on them; one at the opening is.
func TestSchedulesBeginWithTheSession(t *testing.T) {
	first := market.TimeOf(time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC))
	hours := func(n int) market.Time { return first + market.Time(n)*market.Time(market.Hour) }
	for _, x := range []struct{ opening, want market.Time }{{0, hours(3)}, {hours(5), hours(6)}, {hours(6), hours(6)}, {hours(6) + 1, hours(9)}} {
		h := &Hub[int]{Desk: &Instance{Market: &Market{Opening: x.opening}}}
		h.Schedule("0 */3 * * *", func(int) {})
		if h.Start(first); h.NextTimer() != x.want {
			t.Errorf("opening at %s, it is due at %s, not at %s", x.opening, h.NextTimer(), x.want)
		}
	}
}
