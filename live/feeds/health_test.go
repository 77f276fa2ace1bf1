package feeds_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A file that is no report, or from a clock that was wrong, does not stop the feeds.
func TestDamagedReport(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"schema":"signalman.feeds/9"}`, strings.Repeat(" ", 9<<20),
		`{"schema":"signalman.feeds/1","feeds":[{"feed":"f","state":"disabled","attempt":"2999-01-01T00:00:00Z","next":"3000-01-01T00:00:00Z"}]}`,
		`{"schema":"signalman.feeds/1","feeds":[{"feed":"f","state":"paused","next":"3000-01-01T00:00:00Z"}]}`} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			if err := os.WriteFile(d.file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			d.run(d.options(d.hourly(&oracle{desk: d})), time.Hour+time.Minute)
			if h := d.health("f", ""); h.State != feeds.OK {
				t.Errorf("%.80q: health %+v", text, h)
			}
		})
	}
}

func TestStateAt(t *testing.T) {
	now := time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)
	ago := func(h int) time.Time { return now.Add(-time.Duration(h) * time.Hour) }
	for _, c := range []struct {
		health feeds.Health
		idle   bool // no watch runs
		want   feeds.State
	}{
		{feeds.Health{State: feeds.OK, Next: ago(-1), Kinds: []feeds.Newest{{"grade", ago(47)}}}, false, feeds.OK},
		{feeds.Health{State: feeds.OK, Next: ago(-1), Kinds: []feeds.Newest{{"grade", ago(1)}, {"mood", ago(49)}}}, false, feeds.Late},
		{feeds.Health{State: feeds.OK, Pushes: true, Kinds: []feeds.Newest{{"alert", ago(490)}}}, false, feeds.OK},
		{feeds.Health{State: feeds.OK, Next: ago(1)}, false, feeds.Late},
		{feeds.Health{State: feeds.Failing, Next: ago(1)}, false, feeds.Late},
		{feeds.Health{State: feeds.Failing, Next: ago(-1)}, false, feeds.Failing},
		{feeds.Health{State: feeds.Disabled}, false, feeds.Disabled},
		{feeds.Health{State: feeds.OK, Next: ago(-1), Missing: []market.SignalKind{"mood"}}, false, feeds.Late},
		{feeds.Health{State: feeds.OK, Next: ago(-1)}, true, feeds.OK},
		{feeds.Health{State: feeds.OK, Next: ago(1)}, true, feeds.Down},
		{feeds.Health{State: feeds.OK, Pushes: true}, true, feeds.Down},
		{feeds.Health{State: feeds.Waiting, Pushes: true, Next: ago(0)}, true, feeds.Down},
		{feeds.Health{State: feeds.Disabled, Next: ago(1)}, true, feeds.Disabled},
		{feeds.Health{State: feeds.Asking, Next: ago(-1)}, true, feeds.Down},
	} {
		if got, why := c.health.At(now, !c.idle); got != c.want || (got == feeds.Late || got == feeds.Down) && why == "" {
			t.Errorf("%+v: %s %s, not %s", c.health, got, why, c.want)
		}
	}
}

// Whoever answers and brings no row that is of use is late, and no longer once one came.
func TestAnswersWithoutRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := &oracle{desk: d, silent: true}
		state := func() (feeds.State, string) { return d.health("f", "").At(time.Now().UTC(), true) }
		d.run(d.options(d.hourly(o)), time.Minute)
		if got, why := state(); got != feeds.Late || !strings.Contains(why, "no value of grade came") {
			t.Errorf("%s: %s", got, why)
		}
		o.silent = false
		d.run(d.options(d.hourly(o)), time.Hour)
		if got, why := state(); got != feeds.OK {
			t.Errorf("%s: %s", got, why)
		}
	})
}

// What is disabled is asked anew once the key is another one, and not before.
func TestAnotherKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		key := "wrong"
		o := &oracle{desk: d, answer: func(signals.Query) error {
			if key == "wrong" {
				return fault(signals.ErrDenied, time.Time{})
			}
			return nil
		}}
		once := func() (last feeds.Pull) {
			f := d.hourly(o)
			f.Setup = key
			if err := feeds.Once(t.Context(), d.options(f)); err != nil {
				t.Fatal(err)
			}
			return d.pulls[len(d.pulls)-1]
		}
		if p := once(); p.State != feeds.Disabled || p.Held {
			t.Errorf("%+v", p)
		}
		if p := once(); p.State != feeds.Disabled || !p.Held || len(d.asked) != 1 {
			t.Errorf("%+v, asked %v", p, d.asked)
		}
		key = "right"
		if p := once(); p.State != feeds.OK || len(d.asked) != 2 {
			t.Errorf("%+v, asked %v", p, d.asked)
		}
	})
}
