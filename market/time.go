package market

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Time is an instant in nanoseconds since 1970-01-01 00:00:00 UTC. The zero value
// means "not set".
type Time int64

// MaxTime is later than every time that occurs.
const MaxTime = Time(1<<63 - 1)

// Day is 24 hours, the step of the equity samples.
const Day = 24 * Time(time.Hour)

// TimeOf converts a time.Time, whatever its zone.
func TimeOf(t time.Time) Time { return Time(t.UnixNano()) }

// Millis converts milliseconds since 1970, the unit of exchanges and CSV files.
func Millis(ms int64) Time { return Time(ms) * Time(time.Millisecond) }

// ErrFarTime is what ParseTime wraps for a time that it does not take.
var ErrFarTime = errors.New("outside the years 1970 to 2200")

// ParseTime reads an RFC 3339 time, or a date alone, which means its 00:00 UTC. The
// years 1970 to 2200 are allowed.
func ParseTime(s string) (Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t, err = time.Parse(time.RFC3339Nano, s)
	}
	if day, wrong := time.Parse("20060102", s); wrong == nil {
		return 0, fmt.Errorf("time %q: write a date as %s", s, day.Format(time.DateOnly))
	}
	if err != nil {
		return 0, fmt.Errorf("time %q is neither RFC 3339 (2021-01-31T00:00:00Z) nor a date (2021-01-31)", s)
	}
	if y := t.UTC().Year(); y < 1970 || y > 2200 {
		return 0, fmt.Errorf("time %q is %w", s, ErrFarTime)
	}
	return TimeOf(t), nil
}

// UTC returns t as a time.Time in UTC.
func (t Time) UTC() time.Time { return time.Unix(0, int64(t)).UTC() }

// Millis returns t in milliseconds, rounded down.
func (t Time) Millis() int64 { return int64(t) / int64(time.Millisecond) }

// String formats t as RFC 3339 in UTC, with a fraction only where there is one.
func (t Time) String() string { return t.UTC().Format(time.RFC3339Nano) }

// Second returns t rounded to the second: when a funding is due that a venue stamped some
// milliseconds off (semantics M6).
func (t Time) Second() Time {
	const s = Time(time.Second)
	return (t + s/2) / s * s
}

// NextDay returns the first 00:00 UTC after t.
func (t Time) NextDay() Time { return (t/Day + 1) * Day }

// MarshalText formats t as String does.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what ParseTime reads.
func (t *Time) UnmarshalText(b []byte) (err error) {
	*t, err = ParseTime(string(b))
	return err
}

// Interval is the length of a bar.
type Interval time.Duration

// The intervals that venues publish. Any whole number of seconds is allowed.
const (
	Minute = Interval(time.Minute)
	Hour   = Interval(time.Hour)
	Daily  = Interval(Day)
	Weekly = 7 * Daily
)

// Trades is the interval of a series whose bars are single trades: each is as long as
// Time can tell apart, and a time without one is no gap. No strategy can watch it.
const Trades = Interval(1)

var intervalUnits = []struct {
	suffix byte
	unit   Interval
}{{'w', Weekly}, {'d', Daily}, {'h', Hour}, {'m', Minute}, {'s', Interval(time.Second)}}

// ParseInterval reads intervals as exchanges write them: 1s, 1m, 15m, 1h, 4h, 1d, 1w.
func ParseInterval(s string) (Interval, error) {
	if n := len(s); n >= 2 {
		count, err := strconv.ParseUint(s[:n-1], 10, 31)
		for _, u := range intervalUnits {
			if u.suffix == s[n-1] && err == nil && count > 0 && count <= uint64(Daily*400/u.unit) {
				return Interval(count) * u.unit, nil
			}
		}
	}
	return 0, fmt.Errorf("interval %q is not a number and a unit, up to 400d (1s, 1m, 15m, 1h, 4h, 1d, 1w)", s)
}

// String formats d with the largest unit that divides it; the zero interval is "", and
// Trades is "trades".
func (d Interval) String() string {
	for _, u := range intervalUnits {
		if d != 0 && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + string(u.suffix)
		}
	}
	switch d {
	case 0:
		return ""
	case Trades:
		return "trades"
	}
	return time.Duration(d).String()
}

// Holds reports whether bars of length d can be made of bars of length fine.
func (d Interval) Holds(fine Interval) bool { return d >= fine && d%fine == 0 }

// anchor is the offset of the interval's grid from 1970: weeks start on Monday.
func (d Interval) anchor() Time {
	if d%Weekly == 0 {
		return 4 * Day
	}
	return 0
}

// Floor returns the start of the bar of length d that contains t.
func (d Interval) Floor(t Time) Time {
	rel := t - d.anchor()
	q := rel / Time(d)
	if rel%Time(d) < 0 {
		q--
	}
	return q*Time(d) + d.anchor()
}

// Aligned reports whether t is the start of a bar of length d.
func (d Interval) Aligned(t Time) bool { return (t-d.anchor())%Time(d) == 0 }

// MarshalText formats d as String does.
func (d Interval) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseInterval reads.
func (d *Interval) UnmarshalText(b []byte) (err error) {
	*d, err = ParseInterval(string(b))
	return err
}

// Duration is a span of time that is written as Go writes one (36h, 90s) or in
// whole days (2d).
type Duration time.Duration

// UnmarshalText reads 36h, 90s, 2d; negative spans are refused.
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	if n := len(s); n > 1 && s[n-1] == 'd' {
		if days, err := strconv.ParseUint(s[:n-1], 10, 15); err == nil {
			*d = Duration(days) * Duration(Day)
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("duration %q is not a span like 90s, 36h or 2d", s)
	}
	*d = Duration(v)
	return nil
}

// String formats d as Go formats durations, without zeros at the end: 72h, not 72h0m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if rest, ok := strings.CutSuffix(s, "m0s"); ok {
		s = rest + "m"
	}
	if rest, ok := strings.CutSuffix(s, "h0m"); ok {
		s = rest + "h"
	}
	return s
}

// MarshalText formats d as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
