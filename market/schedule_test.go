package market

import (
	"testing"
	"time"
)

func TestScheduleKnowsItsTimes(t *testing.T) {
	from := TimeOf(time.Date(2024, 1, 31, 23, 59, 59, 5, time.UTC))
	for expr, want := range map[string]string{
		"5 0 * * *":   "2024-02-01T00:05:00Z",
		"0 12 * * 3":  "2024-02-07T12:00:00Z",
		"@monthly":    "2024-02-01T00:00:00Z",
		"0 0 29 2 *":  "2024-02-29T00:00:00Z",
		"*/7 9 1 3 *": "2024-03-01T09:00:00Z",
	} {
		s, err := ParseSchedule(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(from).String(); got != want {
			t.Errorf("%s comes at %s, not at %s", expr, got, want)
		}
	}
}

func TestSchedulesOfPlacesAndSpansAreRefused(t *testing.T) {
	for _, expr := range []string{"", "@every 1h", " @every 1h", "TZ=Asia/Tokyo 5 0 * * *", "CRON_TZ=UTC 5 0 * * *", "5 0 * *", "0 5 0 * * *", "60 0 * * *", "*/0 * * * *"} {
		if _, err := ParseSchedule(expr); err == nil {
			t.Errorf("%q is taken for a schedule", expr)
		}
	}
}

func TestScheduleThatNeverComes(t *testing.T) {
	for _, expr := range []string{"0 0 30 2 *", "0 0 31 2,4,6,9,11 *"} {
		if _, err := ParseSchedule(expr); err == nil {
			t.Errorf("%q is taken for a schedule", expr)
		}
	}
	leap, err := ParseSchedule("0 0 29 2 *")
	if err != nil {
		t.Fatal(err)
	}
	if next := leap.Next(TimeOf(time.Date(2097, 1, 1, 0, 0, 0, 0, time.UTC))); next != MaxTime {
		t.Errorf("29 February comes at %s", next)
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"5 0 * * *", "0 12 * * 1-5", "@daily", "*/15 8-16 1,15 jan-mar mon", "TZ=x", "@every 1h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := ParseSchedule(expr)
		if err != nil {
			return
		}
		first := s.Next(0)
		if second := s.Next(first - 1); first != MaxTime && second != first {
			t.Errorf("%q comes at %s, and a moment before it at %s", expr, first, second)
		}
	})
}
