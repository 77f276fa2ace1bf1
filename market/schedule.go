package market

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is the times that a cron expression names, in UTC (semantics T5).
type Schedule struct{ cron cron.Schedule }

// ErrNever refuses a schedule that is well formed and never due.
var ErrNever = errors.New("names a day that never comes")

// ParseSchedule reads a cron expression of five fields, or @hourly, @daily, @weekly,
// @monthly or @yearly. Spans (@every) and time zones are refused: they depend on when a
// run began, or where; and so is what never comes, such as the 31st of February.
func ParseSchedule(expr string) (Schedule, error) {
	if strings.HasPrefix(expr, "@every") || strings.Contains(expr, "TZ=") {
		return Schedule{}, fmt.Errorf("schedule %q: @every and time zones are not allowed; write five fields in UTC, such as \"5 0 * * *\"", expr)
	}
	s, err := cron.ParseStandard(expr)
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", expr, err)
	}
	if s.Next(time.Unix(0, 0).UTC()).IsZero() {
		return Schedule{}, fmt.Errorf("schedule %q %w", expr, ErrNever)
	}
	return Schedule{s}, nil
}

// Next returns the first time of the schedule after t, or MaxTime where none comes within
// five years, as the 29th of February about 2100.
func (s Schedule) Next(t Time) Time {
	next := s.cron.Next(t.UTC())
	if next.IsZero() {
		return MaxTime
	}
	return TimeOf(next)
}
