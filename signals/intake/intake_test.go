package intake_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

// memory is a store in memory. It refuses what a real one does.
type memory struct {
	rows []market.Signal
	raw  map[string]bool
	full error // what Put fails with
}

func (m *memory) With(f func(intake.Txn) error) error { return f(m) }

func (m *memory) Stored(source string, kind market.SignalKind, subject market.Subject, known market.Time) (list []market.Signal, err error) {
	for _, s := range m.rows {
		if s.Source == source && s.Kind == kind && s.Subject == subject && s.Known >= known {
			list = append(list, s)
		}
	}
	return list, nil
}

func (m *memory) LastKnown(source string) (last market.Time, err error) {
	for _, s := range m.rows {
		if s.Source == source {
			last = max(last, s.Known)
		}
	}
	return last, nil
}

func (m *memory) Put(answer []byte, rows []market.Signal) error {
	if m.full != nil {
		return m.full
	}
	for i := range rows {
		s := &rows[i]
		if err := s.Validate(); err != nil || s.Known == 0 {
			return errors.Join(err, errors.New("not fit to be stored"))
		}
		if slices.ContainsFunc(m.rows, func(o market.Signal) bool { return o.Compare(s) == 0 }) {
			return errors.New("conflict")
		}
		m.rows = append(m.rows, *s)
	}
	if m.raw == nil {
		m.raw = map[string]bool{}
	}
	m.raw[string(answer)] = true
	return nil
}

const day = market.Day

// begin is a Monday, 00:00.
var begin = market.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))

// clock is a clock that a test sets.
type clock market.Time

func (c *clock) now() time.Time { return market.Time(*c).UTC() }

func grade(d int, v float64) market.Signal {
	return market.Signal{Source: "tm", Kind: "grade", Subject: "BTC", Effective: begin + market.Time(d)*day, Value: v}
}

func null(d int) market.Signal {
	s := grade(d, 0)
	s.Null = true
	return s
}

func batch(rows ...market.Signal) signals.Batch {
	return signals.Batch{Raw: []byte("answer"), Signals: rows}
}

// brief writes rows as "day value revision@known", with ~ before an assumed time.
func brief(rows []market.Signal) string {
	var list []string
	for i := range rows {
		s := &rows[i]
		mark := "@"
		if s.Assumed {
			mark = "@~"
		}
		list = append(list, days(s.Effective)+"="+s.ValueText()+strings.Repeat("'", s.Revision)+mark+days(s.Known))
	}
	return strings.Join(list, " ")
}

func days(t market.Time) string { return market.Duration(t - begin).String() }

func lagOf(h int) func(market.SignalKind) market.Duration {
	return func(market.SignalKind) market.Duration { return market.Duration(h) * market.Duration(time.Hour) }
}

// TestRows follows batches one after another: what of each is news, and when it is known.
func TestRows(t *testing.T) {
	type step struct {
		at   int // hour of the clock
		lag  int // -1: rows arrive
		rows []market.Signal
		want string
	}
	for name, steps := range map[string][]step{
		"an unchanged row is no news":             {{25, -1, []market.Signal{grade(0, 5)}, "0s=5@25h"}, {26, -1, []market.Signal{grade(0, 5)}, ""}},
		"a changed one is a revision":             {{25, -1, []market.Signal{grade(0, 5)}, "0s=5@25h"}, {26, -1, []market.Signal{grade(0, 6)}, "0s=6'@26h"}, {27, -1, []market.Signal{grade(0, 5)}, "0s=5''@27h"}},
		"null is said, once":                      {{25, -1, []market.Signal{null(0)}, "0s=null@25h"}, {26, -1, []market.Signal{null(0)}, ""}, {27, -1, []market.Signal{grade(0, 0)}, "0s=0'@27h"}, {28, -1, []market.Signal{null(0)}, "0s=null''@28h"}},
		"a clock set back":                        {{25, -1, []market.Signal{grade(0, 5)}, "0s=5@25h"}, {20, -1, []market.Signal{grade(0, 6), grade(1, 1)}, "0s=6'@25h 24h=1@25h"}},
		"an old row may come late":                {{49, -1, []market.Signal{grade(1, 5)}, "24h=5@49h"}, {50, -1, []market.Signal{grade(0, 4)}, "0s=4@50h"}},
		"filled in":                               {{99, 24, []market.Signal{grade(0, 5), grade(1, 6)}, "0s=5@~24h 24h=6@~48h"}, {100, 30, []market.Signal{grade(0, 5)}, ""}},
		"filled in, and changed":                  {{99, 24, []market.Signal{grade(0, 5)}, "0s=5@~24h"}, {100, 24, []market.Signal{grade(0, 6)}, "0s=6'@100h"}, {101, 24, []market.Signal{grade(0, 6)}, ""}},
		"filled in, not known yet":                {{30, 24, []market.Signal{grade(0, 5), grade(1, 6)}, "0s=5@~24h 24h=6@30h"}},
		"what was observed stays":                 {{60, -1, []market.Signal{grade(0, 5)}, "0s=5@60h"}, {99, 24, []market.Signal{grade(0, 5)}, ""}, {100, 24, []market.Signal{grade(0, 7)}, "0s=7'@100h"}},
		"what was assumed is no news on arrival":  {{60, 24, []market.Signal{grade(0, 5)}, "0s=5@~24h"}, {61, -1, []market.Signal{grade(0, 5)}, ""}},
		"a hole is filled in":                     {{25, -1, []market.Signal{grade(0, 5)}, "0s=5@25h"}, {73, -1, []market.Signal{grade(2, 7)}, "48h=7@73h"}, {99, 24, []market.Signal{grade(1, 6)}, "24h=6@~48h"}},
		"one answer says it twice":                {{25, -1, []market.Signal{grade(0, 5), grade(0, 5)}, "0s=5@25h"}},
		"the answer to the former revision again": {{25, -1, []market.Signal{grade(0, 5)}, "0s=5@25h"}, {26, 24, []market.Signal{grade(0, 6)}, "0s=6'@26h"}, {27, 24, []market.Signal{grade(0, 5)}, "0s=5''@27h"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, c := &memory{}, new(clock)
			for n, s := range steps {
				*c = clock(begin + market.Time(s.at)*market.Time(time.Hour))
				in := intake.New(m, c.now, nil) // as after a restart
				take := in.Arrive
				if s.lag >= 0 {
					take = func(x string, b signals.Batch) ([]market.Signal, error) { return in.Backfill(x, b, lagOf(s.lag)) }
				}
				news, err := take("x", batch(s.rows...))
				if got := brief(news); got != s.want || err != nil {
					t.Fatalf("step %d: %q, %v; want %q", n+1, got, err, s.want)
				}
			}
		})
	}
}

// TestBadRows are told with their position, and the others are stored.
func TestBadRows(t *testing.T) {
	c := clock(begin + 2*day)
	far, old, nan, nameless, wild := grade(200, 1), grade(0, 1), grade(1, 1), grade(1, 1), grade(1, 1)
	old.Effective, nan.Value, nameless.Kind, wild.Subject = 20240131e9, 1e301, "", "B\x1b[2JTC"
	for name, test := range map[string]struct {
		bad  market.Signal
		want string
	}{
		"too far ahead":    {far, "where 4560h is the most"},
		"a date in digits": {old, "before the year 1980"},
		"infinite":         {nan, "is not a number from"},
		"no kind":          {nameless, "signal 2 of the answer is left out"},
		"unprintable":      {wild, "cannot be printed"},
		"contradiction":    {grade(0, 6), "it says 6, and signal 1 says 5 about the same time"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			var heard intake.Report
			news, err := intake.New(m, c.now, func(r intake.Report) { heard = r }).Arrive("x", batch(grade(0, 5), test.bad, grade(1, 7)))
			if !errors.Is(err, intake.ErrBad) || market.ClassOf(err) != market.Data || !strings.Contains(err.Error(), "signal 2") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			if len(news) != 2 || len(m.rows) != 2 || len(heard.News) != 2 || len(heard.Bad) != 1 {
				t.Errorf("news %q, stored %q, heard %+v", brief(news), brief(m.rows), heard)
			}
		})
	}
	many := make([]market.Signal, 1000)
	if _, err := intake.New(&memory{}, c.now, nil).Arrive("x", signals.Batch{Signals: many}); err == nil || !strings.Contains(err.Error(), "and 980 more") {
		t.Errorf("a thousand bad rows: %v", err)
	}
}

// TestAnswers are stored whether or not they hold news, and rows name them.
func TestAnswers(t *testing.T) {
	m, c := &memory{}, clock(begin+2*day)
	in := intake.New(m, c.now, nil)
	row := grade(0, 5)
	row.Source, row.Revision, row.Known, row.Assumed = "", 7, 1, true // which a source has no say in
	news, err := in.Arrive("mine", signals.Batch{Raw: []byte("one"), Signals: []market.Signal{row}})
	if err != nil || len(news) != 1 {
		t.Fatal(news, err)
	}
	if s := news[0]; s.Source != "mine" || s.Revision != 0 || s.Assumed || s.Raw.String()[:8] != "7692c3ad" {
		t.Errorf("row %+v", s)
	}
	if _, err := in.Arrive("mine", signals.Batch{Raw: []byte("two"), Signals: []market.Signal{grade(0, 5)}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"one": true, "two": true}, m.raw); diff != "" {
		t.Error(diff)
	}
	m.full = errors.New("disk full")
	if news, err := in.Arrive("mine", batch(grade(1, 1))); err == nil || errors.Is(err, intake.ErrBad) || news != nil {
		t.Errorf("on a full disk: %v, %v", news, err)
	}
	if _, err := in.Backfill("mine", batch(grade(1, 1)), lagOf(-1)); market.ClassOf(err) != market.Usage {
		t.Errorf("a negative lag: %v", err)
	}
}

// TestClockBehind is told of.
func TestClockBehind(t *testing.T) {
	m, c := &memory{}, clock(begin+3*day)
	var heard intake.Report
	in := intake.New(m, c.now, func(r intake.Report) { heard = r })
	for _, d := range []market.Time{3 * day, 2 * day} {
		c = clock(begin + d)
		if _, err := in.Arrive("tm", batch(grade(int(d/day), 1))); err != nil {
			t.Fatal(err)
		}
	}
	if heard.Behind != market.Duration(day) {
		t.Errorf("the clock is %s behind", heard.Behind)
	}
}
