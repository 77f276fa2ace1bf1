package feeds_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

func TestKindsOfOneAnswerAreAskedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := shared{planner{&oracle{desk: d, kinds: []market.SignalKind{"a", "b"}}}}
		d.run(d.options(d.hourly(o)), time.Minute)
		if len(d.asked) != 1 || !strings.Contains(d.asked[0], "[a b]") {
			t.Errorf("asked %v", d.asked)
		}
	})
}

// shared has one endpoint for all kinds.
type shared struct{ planner }

func (s shared) Plan(signals.Query) []signals.Request {
	return []signals.Request{{Endpoint: "/all", Calls: 1, Kinds: s.Kinds()}}
}

// What a position depends on is asked first where the budget does not allow all.
func TestPriorities(t *testing.T) {
	matter := map[market.Subject]signals.Priority{"BTC": signals.Universe, "ETH": signals.Held, "SOL": signals.Candidate, "XRP": signals.Universe, "ADA": signals.Candidate}
	for _, c := range []struct {
		left int // calls; each takes two subjects
		want []string
	}{
		{100, []string{"[ETH SOL ADA BTC XRP]"}},
		{3, []string{"[ETH SOL ADA BTC XRP]"}},
		{2, []string{"[ETH SOL ADA]", "[BTC XRP]"}},
		{1, []string{"[ETH]", "[SOL ADA]"}},
		{0, []string{"[ETH]"}},
	} {
		t.Run(fmt.Sprint(c.left), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				left := c.left
				o := planner{&oracle{desk: d}}
				o.answer = func(q signals.Query) error {
					if left -= (len(q.Subjects) + 1) / 2; left < 0 {
						left = 0
						return fault(signals.ErrBudget, d.began.Add(20*time.Minute))
					}
					return nil
				}
				f := d.hourly(o)
				f.Subjects = []market.Subject{"BTC", "ETH", "SOL", "XRP", "ADA"}
				opt := d.options(f)
				opt.Left = func(string) (int, bool) { return left, true }
				opt.Priority = func(s market.Subject) signals.Priority { return matter[s] }
				d.run(opt, time.Minute)
				var got []string
				for _, a := range d.asked {
					got = append(got, a[strings.LastIndex(a, "["):])
				}
				if diff := gocmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// What was answered is not asked again when the rest is.
func TestTheRestIsAskedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		spent := 0
		left := func() int {
			if time.Since(d.began) < 5*time.Minute {
				return 1 - spent
			}
			return 10 - spent
		}
		o := planner{&oracle{desk: d}}
		o.answer = func(q signals.Query) error {
			if left() < 1 {
				return fault(signals.ErrBudget, d.began.Add(10*time.Minute))
			}
			spent++
			return nil
		}
		f := d.hourly(o)
		f.Subjects = []market.Subject{"BTC", "ETH", "SOL"}
		opt := d.options(f)
		opt.Left = func(string) (int, bool) { return left(), true }
		opt.Priority = func(s market.Subject) signals.Priority {
			if s == "SOL" {
				return signals.Held
			}
			return signals.Universe
		}
		d.run(opt, 59*time.Minute)
		var got []string
		for _, a := range d.asked {
			got = append(got, a[strings.LastIndex(a, "["):])
		}
		if diff := gocmp.Diff([]string{"[SOL]", "[BTC ETH]", "[BTC ETH]"}, got); diff != "" {
			t.Error(diff)
		}
		if h := d.health("f", "/grade"); h.State != feeds.OK || *h.CallsLeft != 8 {
			t.Errorf("health %+v", h)
		}
	})
}

// The window asked for is what is of use, and what was missed where that costs no more.
func TestWindow(t *testing.T) {
	for _, long := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			d.settled()
			time.Sleep(10 * 24 * time.Hour)
			var from market.Time
			o := &oracle{desk: d, answer: func(q signals.Query) error {
				from = q.From
				return nil
			}}
			want := market.TimeOf(d.began) - 2*market.Day
			f := d.hourly(o)
			if long {
				f, want = d.hourly(dear{o}), want+10*market.Day
			}
			d.run(d.options(f), time.Minute)
			if from != want {
				t.Errorf("dear %t: asked from %s, not %s", long, from, want)
			}
		})
	}
}

// dear takes a call for each day.
type dear struct{ *oracle }

func (d dear) Plan(q signals.Query) []signals.Request {
	return []signals.Request{{Kinds: q.Kinds, Calls: int((market.TimeOf(time.Now()) - q.From) / market.Day)}}
}

// Bad rows are left out and told; an answer of nothing else is a failure. A fault beside
// good rows is not met by asking the same again.
func TestBadRows(t *testing.T) {
	for _, c := range []struct {
		all   bool // rows are bad
		err   error
		asked int // in the hour
		state feeds.State
	}{
		{false, nil, 1, feeds.OK},
		{true, nil, 5, feeds.Open},
		{false, fault(signals.ErrMalformed, time.Time{}), 1, feeds.Failing},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			d.settled()
			o := d.options(d.hourly(&mixed{&oracle{desk: d}, c.all, c.err}))
			arrive := o.Arrive
			o.Arrive = func(feed string, b signals.Batch) ([]market.Signal, error) {
				news, _ := arrive(feed, b)
				return news, fmt.Errorf("row 1: %w", intake.ErrBad)
			}
			d.run(o, 2*time.Hour-time.Minute)
			h := d.health("f", "")
			if len(d.asked) != c.asked || h.State != c.state || h.Fault.Kind != "malformed" {
				t.Errorf("%+v: asked %v, health %+v", c, d.asked, h)
			}
		})
	}
}

// TestPartsKeepTheSchedule goes on asking at every regular time where good rows come with
// a fault beside them, however often.
func TestPartsKeepTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		d.run(d.options(d.hourly(&mixed{&oracle{desk: d}, false, fault(signals.ErrMalformed, time.Time{})})), 12*time.Hour+time.Minute)
		if h := d.health("f", ""); len(d.asked) != 12 || h.State != feeds.Failing || h.Failures != 0 {
			t.Errorf("asked %d times in 12 hours: %v; health %+v", len(d.asked), d.asked, h)
		}
	})
}

// mixed answers with a row of a year that was mistyped, a good one unless all are bad, and
// a fault after them.
type mixed struct {
	*oracle
	bad bool
	err error
}

func (m *mixed) Fetch(_ context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		m.desk.note("%s", q.Kinds)
		rows := []market.Signal{{Source: "m", Kind: "grade", Subject: "BTC", Effective: market.TimeOf(time.Now().AddDate(100, 0, 0))}}
		if !m.bad {
			rows = append(rows, market.Signal{Source: "m", Kind: "grade", Subject: "BTC", Effective: market.TimeOf(time.Now())})
		}
		if yield(signals.Batch{Signals: rows}, nil) && m.err != nil {
			yield(signals.Batch{}, m.err)
		}
	}
}
