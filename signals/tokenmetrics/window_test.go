package tokenmetrics

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

func TestWindowsHoldEachDayOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := market.Time(rapid.Int64Range(1, 1<<60).Draw(t, "start"))
		end := start + market.Time(rapid.IntRange(0, 400).Draw(t, "days"))*market.Day + market.Time(rapid.Int64Range(0, int64(market.Day)-1).Draw(t, "rest"))
		most := rapid.IntRange(1, longestWindow).Draw(t, "most")
		next := start / market.Day * market.Day
		for _, w := range windows(start, end, most) {
			if w.start != next {
				t.Fatalf("a window starts at %s and not at %s", w.start, next)
			}
			if w.end < w.start || w.end%market.Day != 0 || w.days() > most || w.end-w.start > 29*market.Day {
				t.Fatalf("a window ends at %s", w.end)
			}
			next = w.end + market.Day
		}
		if next != end/market.Day*market.Day+market.Day {
			t.Fatalf("the last window ends before %s, the last day is %s", next, end)
		}
	})
}

func TestWindowsAreThoseOfTheOfficialClient(t *testing.T) {
	at := func(s string) market.Time { v, _ := market.ParseTime(s); return v }
	got := windows(at("2025-01-01"), at("2025-03-15"), longestWindow)
	want := [][2]string{{"2025-01-01", "2025-01-30"}, {"2025-01-31", "2025-03-01"}, {"2025-03-02", "2025-03-15"}}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i, w := range got {
		if day(w.start) != want[i][0] || day(w.end) != want[i][1] {
			t.Errorf("window %d is %s to %s, want %v", i, day(w.start), day(w.end), want[i])
		}
	}
}
