package limit

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// Window is a span of time: one that comes again, "0 12 * * 3 for 2h" (a cron expression in
// UTC and how long each lasts), or one that comes once, "2026-12-24 to 2026-12-27". Its
// start is in it, its end is not.
type Window struct {
	text     string
	schedule market.Schedule // of one that comes again
	lasts    market.Time     // 0 where it comes once
	starts   market.Time     // of one that comes once
	ends     market.Time
	known    span // the last answer of Covers
}

// span says whether the window covers the times from one to another.
type span struct {
	covered  bool
	from, to market.Time
}

// longest is how long a window that comes again may last.
const longest = 366 * market.Day

// UnmarshalText reads both forms of a window.
func (w *Window) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if expr, lasts, ok := cutLast(text, " for "); ok {
		return w.again(text, strings.TrimSpace(expr), lasts)
	}
	if from, to, ok := cutLast(text, " to "); ok {
		return w.once(text, from, to)
	}
	return fmt.Errorf(`window %q is neither "0 12 * * 3 for 2h" (a cron expression in UTC) nor "2026-12-24 to 2026-12-27"`, text)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if k := strings.LastIndex(s, sep); k >= 0 {
		return s[:k], strings.TrimSpace(s[k+len(sep):]), true
	}
	return s, "", false
}

// again makes a window of a cron expression.
func (w *Window) again(text, expr, lasts string) error {
	schedule, err := market.ParseSchedule(expr)
	if err != nil {
		return fmt.Errorf("window %q: %w", text, err)
	}
	var d market.Duration
	if err := d.UnmarshalText([]byte(lasts)); err != nil {
		return fmt.Errorf("window %q: %w", text, err)
	}
	switch {
	case d <= 0 || market.Time(d) > longest:
		return fmt.Errorf("window %q must last longer than nothing and at most 366d", text)
	case schedule.Next(0) == market.MaxTime:
		return fmt.Errorf("window %q never comes", text)
	}
	*w = Window{text: text, schedule: schedule, lasts: market.Time(d)}
	return nil
}

// once makes a window of two times.
func (w *Window) once(text, from, to string) error {
	starts, err := market.ParseTime(strings.TrimSpace(from))
	if err != nil {
		return fmt.Errorf("window %q: %w", text, err)
	}
	ends, err := market.ParseTime(to)
	if err != nil {
		return fmt.Errorf("window %q: %w", text, err)
	}
	if starts >= ends {
		return fmt.Errorf("window %q ends before it has begun", text)
	}
	*w = Window{text: text, starts: starts, ends: ends}
	return nil
}

// String returns what was read.
func (w Window) String() string { return w.text }

// MarshalText returns what was read.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.text), nil }

// covers reports whether t lies in the window, and the span for which the answer holds. The
// last answer is kept: to look a time up in a cron expression is slow.
func (w *Window) covers(t market.Time) span {
	if t < w.known.from || t >= w.known.to {
		w.known = w.look(t)
	}
	return w.known
}

func (w *Window) look(t market.Time) span {
	switch {
	case w.lasts == 0 && t < w.starts:
		return span{false, t, w.starts}
	case w.lasts == 0 && t < w.ends:
		return span{true, w.starts, w.ends}
	case w.lasts == 0:
		return span{false, w.ends, market.MaxTime}
	}
	// The first that begins after t - lasts has not ended at t: if it has begun, t lies in it.
	begins := w.schedule.Next(t - w.lasts)
	if begins <= t {
		return span{true, begins, begins + w.lasts}
	}
	return span{false, t, begins}
}
