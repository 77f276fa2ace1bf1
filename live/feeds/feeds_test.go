package feeds_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/robfig/cron/v3"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A desk is a place where feeds run: what was asked, and what arrived.
type desk struct {
	t     *testing.T
	file  string
	began time.Time
	mu    sync.Mutex
	asked []string // "time after the start, kinds, subjects"
	rows  []market.Signal
	pulls []feeds.Pull
}

func newDesk(t *testing.T) *desk {
	return &desk{t: t, file: filepath.Join(t.TempDir(), "feeds.json"), began: time.Now()}
}

// options are those of one feed, or of several.
func (d *desk) options(list ...feeds.Feed) feeds.Options {
	return feeds.Options{
		Feeds: list, File: d.file, Seed: 1,
		Arrive: func(feed string, b signals.Batch) ([]market.Signal, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.rows = append(d.rows, b.Signals...)
			return b.Signals, nil
		},
		Told: func(p feeds.Pull) { d.pulls = append(d.pulls, p) },
	}
}

// run runs feeds for a while of virtual time.
func (d *desk) run(o feeds.Options, long time.Duration) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), long)
	defer cancel()
	if err := feeds.Run(ctx, o); err != nil {
		d.t.Fatal(err)
	}
}

// note keeps what was asked.
func (d *desk) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, fmt.Sprintf("%s ", time.Since(d.began).Round(time.Second))+fmt.Sprintf(format, args...))
}

// times returns when it was asked, as time after the start.
func (d *desk) times() (list []string) {
	for _, a := range d.asked {
		list = append(list, strings.Fields(a)[0])
	}
	return list
}

func (d *desk) want(want ...string) {
	d.t.Helper()
	if diff := gocmp.Diff(want, d.asked); diff != "" {
		d.t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// health returns what is in the file of one feed and endpoint.
func (d *desk) health(feed, endpoint string) *feeds.Health {
	d.t.Helper()
	r, err := feeds.Load(d.file)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range r.Feeds {
		if r.Feeds[i].Feed == feed && r.Feeds[i].Endpoint == endpoint {
			return &r.Feeds[i]
		}
	}
	d.t.Fatalf("no health of %s %s", feed, endpoint)
	return nil
}

// An oracle is a source that answers as a test says.
type oracle struct {
	desk   *desk
	kinds  []market.SignalKind
	answer func(q signals.Query) error // nil: it answers
	slow   time.Duration
	silent bool // it answers without rows
}

func (o *oracle) Kinds() []market.SignalKind {
	if o.kinds == nil {
		return []market.SignalKind{"grade"}
	}
	return o.kinds
}

func (o *oracle) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		o.desk.note("%s %s", q.Kinds, q.Subjects)
		select {
		case <-time.After(o.slow):
		case <-ctx.Done():
			yield(signals.Batch{}, ctx.Err())
			return
		}
		var b signals.Batch
		for _, k := range q.Kinds {
			if o.silent {
				break
			}
			b.Signals = append(b.Signals, market.Signal{Source: "oracle", Kind: k, Subject: "BTC", Effective: market.TimeOf(time.Now()), Value: 1})
		}
		if o.answer != nil {
			if err := o.answer(q); err != nil {
				yield(signals.Batch{}, err)
				return
			}
		}
		yield(b, nil)
	}
}

// A planner is an oracle of which each kind has an endpoint of its own, and a call takes
// two subjects.
type planner struct{ *oracle }

func (p planner) Plan(q signals.Query) (list []signals.Request) {
	if len(q.Kinds) == 0 {
		q.Kinds = p.Kinds()
	}
	list = append(list, signals.Request{Endpoint: "/helper", Calls: 0})
	for _, k := range q.Kinds {
		list = append(list, signals.Request{Endpoint: "/" + string(k), Calls: (max(1, len(q.Subjects)) + 1) / 2, Kinds: []market.SignalKind{k}})
	}
	return list
}

func schedule(t testing.TB, expr string) cron.Schedule {
	t.Helper()
	s, err := cron.ParseStandard(expr)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hourly asks at each full hour; a bubble begins at midnight.
func (d *desk) hourly(o signals.Source) feeds.Feed {
	return feeds.Feed{Name: "f", Source: o, Schedule: schedule(d.t, "0 * * * *")}
}

// asked once, a feed has nothing to catch up.
func (d *desk) settled() {
	d.t.Helper()
	d.run(d.options(d.hourly(&oracle{desk: d})), 10*time.Second)
	d.asked, d.pulls, d.rows = nil, nil, nil
	d.began = time.Now().Truncate(time.Hour)
}

func fault(kind error, until time.Time) error { return &signals.Fault{Kind: kind, Until: until} }

func TestItAsksOnScheduleAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		f := d.hourly(&oracle{desk: d})
		f.Jitter = 10 * time.Minute
		d.run(d.options(f), 24*time.Hour+10*time.Minute)
		if len(d.asked) != 24 {
			t.Errorf("asked %d times in a day: %v", len(d.asked), d.asked)
		}
		jitters := map[time.Duration]bool{}
		for i, p := range d.pulls {
			late := p.Time.Sub(d.began) - time.Duration(i+1)*time.Hour
			if late < 0 || late > f.Jitter {
				t.Errorf("pull %d is %s after its time", i, late)
			}
			jitters[late] = true
		}
		if len(jitters) < 20 {
			t.Errorf("only %d different jitters", len(jitters))
		}
		if h := d.health("f", ""); h.State != feeds.OK || !h.Next.After(h.Success) || h.Kinds[0].About != h.Success || h.Failures != 0 {
			t.Errorf("health %+v", h)
		}
	})
}

// A jitter longer than the time to the next pull is cut.
func TestJitterIsBoundedByTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		f := d.hourly(&oracle{desk: d})
		f.Jitter = 100 * time.Hour
		d.run(d.options(f), 48*time.Hour)
		for i, p := range d.pulls {
			if late := p.Time.Sub(d.began) - time.Duration(i+1)*time.Hour; late < 0 || late > 30*time.Minute {
				t.Errorf("pull %d is %s after its time", i, late)
			}
		}
	})
}

// After a downtime of days each feed is asked once, one after the other.
func TestMissedPullsAreCaughtUpInOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		var list []feeds.Feed
		for _, name := range []string{"a", "b", "c", "d"} {
			f := d.hourly(&oracle{desk: d, kinds: []market.SignalKind{market.SignalKind(name)}})
			f.Name = name
			list = append(list, f)
		}
		d.run(d.options(list...), 3*time.Hour+time.Minute)
		time.Sleep(100*time.Hour + 10*time.Minute)
		d.asked, d.pulls = nil, nil
		d.run(d.options(list...), 30*time.Minute)
		if len(d.pulls) != 4 {
			t.Fatalf("asked %v", d.asked)
		}
		for i := 1; i < 4; i++ {
			if d.pulls[i].Time.Equal(d.pulls[i-1].Time) {
				t.Errorf("two at once: %v", d.asked)
			}
		}
		if last := d.pulls[3].Time.Sub(d.pulls[0].Time); last > 20*time.Second {
			t.Errorf("the last is asked %s after the first", last)
		}
		d.asked = nil
		d.run(d.options(list...), 10*time.Minute)
		d.want() // nothing is missed twice
	})
}

func TestSlowAnswersNeverOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		d.run(d.options(d.hourly(&oracle{desk: d, slow: 90 * time.Minute})), 8*time.Hour)
		if diff := gocmp.Diff([]string{"1h0m0s", "3h0m0s", "5h0m0s", "7h0m0s"}, d.times()); diff != "" {
			t.Error(diff)
		}
	})
}

// near reports whether times lie a quarter of a pause at most after those wanted.
func near(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("asked at %v, not %v", got, want)
		return
	}
	last := time.Duration(0)
	for i := range got {
		g, _ := time.ParseDuration(got[i])
		w, _ := time.ParseDuration(want[i])
		if pause := w; g-last < pause || g-last > pause+pause/4+time.Second {
			t.Errorf("question %d came %s after the one before it, not %s", i, g-last, pause)
		}
		last = g
	}
}

// An outage is met with pauses that double, then with rest, and ends.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		out := true
		o := &oracle{desk: d, answer: func(signals.Query) error {
			if out {
				return fault(signals.ErrRetry, time.Time{})
			}
			return nil
		}}
		f := d.hourly(o)
		f.Schedule = schedule(t, "0 1 * * *")
		d.run(d.options(f), 30*time.Hour)
		near(t, d.times(), "1h", "30s", "1m", "2m", "4m", "1h", "2h", "4h", "8h")
		if h := d.health("f", ""); h.State != feeds.Open || h.Failures != 9 || h.Fault.Kind != "retry" {
			t.Errorf("health %+v", h)
		}
		out, d.asked = false, nil
		d.run(d.options(f), 48*time.Hour)
		if h := d.health("f", ""); h.State != feeds.OK || h.Failures != 0 || len(d.asked) > 3 {
			t.Errorf("health %+v, asked %v", h, d.asked)
		}
	})
}

// What each fault means for the next question of an hourly feed.
func TestFaults(t *testing.T) {
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		err   error
		next  time.Duration // after the start; at most a quarter of its distance from 1h later
		state feeds.State
		kind  string
	}{
		{"an outage is asked again soon", fault(signals.ErrRetry, time.Time{}), time.Hour + 30*time.Second, feeds.Failing, "retry"},
		{"Retry-After is honoured", fault(signals.ErrRetry, begin.Add(time.Hour+10*time.Minute)), time.Hour + 10*time.Minute, feeds.Failing, "retry"},
		{"a short one does not shorten the pause", fault(signals.ErrRetry, begin.Add(time.Hour+time.Second)), time.Hour + 30*time.Second, feeds.Failing, "retry"},
		{"a long one skips pulls", fault(signals.ErrRetry, begin.Add(5*time.Hour+time.Minute)), 6 * time.Hour, feeds.Failing, "retry"},
		{"429 waits as told", fault(signals.ErrLimited, begin.Add(time.Hour+20*time.Minute)), time.Hour + 20*time.Minute, feeds.Paused, "limited"},
		{"429 that does not tell", fault(signals.ErrLimited, time.Time{}), time.Hour + 30*time.Second, feeds.Paused, "limited"},
		{"a budget waits for its window", fault(signals.ErrBudget, begin.Add(31*24*time.Hour)), 31 * 24 * time.Hour, feeds.Paused, "budget"},
		{"a budget of a minute", fault(signals.ErrBudget, begin.Add(time.Hour+time.Minute)), time.Hour + time.Minute, feeds.Paused, "budget"},
		{"a budget that does not tell", fault(signals.ErrBudget, time.Time{}), 2 * time.Hour, feeds.Paused, "budget"},
		{"a window that is open already", fault(signals.ErrBudget, begin), 2 * time.Hour, feeds.Paused, "budget"},
		{"a wrong key", fault(signals.ErrDenied, time.Time{}), 25 * time.Hour, feeds.Disabled, "denied"},
		{"gone", fault(signals.ErrGone, time.Time{}), 25 * time.Hour, feeds.Disabled, "gone"},
		{"a refused question is not repeated", fault(signals.ErrRefused, time.Time{}), 2 * time.Hour, feeds.Failing, "refused"},
		{"malformed", fault(signals.ErrMalformed, time.Time{}), time.Hour + 30*time.Second, feeds.Failing, "malformed"},
		{"wrapped", fmt.Errorf("tokens: %w", fault(signals.ErrGone, time.Time{})), 25 * time.Hour, feeds.Disabled, "gone"},
		{"no fault", errors.New("disk full"), time.Hour + 30*time.Second, feeds.Failing, "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.settled()
				o := &oracle{desk: d, answer: func(signals.Query) error { return c.err }}
				d.run(d.options(d.hourly(o)), time.Hour+time.Second)
				h := d.health("f", "")
				late := h.Next.Sub(begin) - c.next
				if len(d.asked) != 1 || late < 0 || late > (c.next-time.Hour)/4 && c.next < 2*time.Hour || c.next >= 2*time.Hour && late != 0 {
					t.Errorf("asked %v; next %s, not %s", d.asked, h.Next.Sub(begin), c.next)
				}
				if h.State != c.state || h.Fault.Kind != c.kind || h.Reason == "" {
					t.Errorf("health %+v", h)
				}
				d.asked, o.answer = nil, nil // a restart asks no earlier
				d.run(d.options(d.hourly(o)), time.Until(h.Next)-time.Second)
				d.want()
			})
		})
	}
}

// One endpoint that is gone leaves the others alone, and is tried once a day with a
// cheap question until it is back.
func TestEndpointThatIsGoneAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		gone := true
		o := planner{&oracle{desk: d, kinds: []market.SignalKind{"a", "b"}}}
		o.answer = func(q signals.Query) error {
			if q.Kinds[0] == "b" && gone {
				return fault(signals.ErrGone, time.Time{})
			}
			return nil
		}
		f := d.hourly(o)
		f.Subjects = []market.Subject{"BTC", "ETH", "SOL"}
		d.run(d.options(f), 72*time.Hour+time.Minute)
		count := func(what string) (n int) {
			for _, a := range d.asked {
				if strings.Contains(a, what) {
					n++
				}
			}
			return n
		}
		if a, b, cheap := count("[a]"), count("[b]"), count("[b] [BTC]"); a != 73 || b != 4 || cheap != 3 {
			t.Errorf("asked %d times for a, %d times for b, %d of them cheaply:\n%s", a, b, cheap, strings.Join(d.asked, "\n"))
		}
		if a, b := d.health("f", "/a"), d.health("f", "/b"); a.State != feeds.OK || b.State != feeds.Disabled {
			t.Errorf("health %+v and %+v", a, b)
		}
		gone, d.asked = false, nil
		d.run(d.options(f), 25*time.Hour)
		if b := d.health("f", "/b"); b.State != feeds.OK {
			t.Errorf("health %+v", b)
		}
	})
}

// A source that panics is left alone; the others go on.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		good, bad := d.hourly(&oracle{desk: d}), d.hourly(planner{&oracle{desk: d, kinds: []market.SignalKind{"x", "y"}, answer: func(signals.Query) error { panic("nil map") }}})
		bad.Name = "bad"
		d.run(d.options(good, bad), 50*time.Hour+time.Minute)
		if h := d.health("bad", "/x"); h.State != feeds.Disabled || h.Fault.Kind != "panic" || !strings.Contains(h.Reason, "nil map") || !h.Next.IsZero() {
			t.Errorf("health %+v", h)
		}
		if h := d.health("f", ""); h.State != feeds.OK || len(d.asked) != 52 {
			t.Errorf("health %+v, asked %d times", h, len(d.asked))
		}
		d.asked = nil
		d.run(d.options(bad), time.Minute) // the next start tries it again
		if len(d.asked) != 1 {
			t.Errorf("asked %v", d.asked)
		}
	})
}

// A pull that is cut off is asked again after a pause, and has left nothing half done.
func TestStopDuringAPull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		o := &oracle{desk: d, slow: time.Minute}
		d.run(d.options(d.hourly(o)), time.Hour+10*time.Second)
		if h := d.health("f", ""); h.State != feeds.Failing || h.Failures != 1 || len(d.rows) != 0 {
			t.Errorf("health %+v, %d rows", h, len(d.rows))
		}
		d.run(d.options(d.hourly(o)), 10*time.Second) // it may have been paid for
		if len(d.asked) != 1 {
			t.Errorf("asked %v", d.asked)
		}
		d.run(d.options(d.hourly(o)), 2*time.Minute)
		if len(d.asked) != 2 || len(d.rows) != 1 {
			t.Errorf("asked %v, %d rows", d.asked, len(d.rows))
		}
	})
}

// A process that dies during a pull again and again does not ask at each start.
func TestCrashLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.settled()
		for range 200 { // the file as it is during a pull
			var during []byte
			o := &oracle{desk: d, answer: func(signals.Query) error {
				during, _ = os.ReadFile(d.file)
				return nil
			}}
			d.run(d.options(d.hourly(o)), time.Minute)
			if during != nil {
				if err := os.WriteFile(d.file, during, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(d.asked) > 8 {
			t.Errorf("asked %d times in 200 starts: %v", len(d.asked), d.asked)
		}
	})
}

func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := &oracle{desk: d}
		for range 2 {
			if err := feeds.Once(t.Context(), d.options(d.hourly(o))); err != nil {
				t.Fatal(err)
			}
		}
		o.answer = func(signals.Query) error { return fault(signals.ErrGone, time.Time{}) }
		for range 3 { // the second and third leave it alone
			if err := feeds.Once(t.Context(), d.options(d.hourly(o))); err != nil {
				t.Fatal(err)
			}
		}
		if len(d.asked) != 3 {
			t.Errorf("asked %v", d.asked)
		}
	})
}

func TestBadOptions(t *testing.T) {
	d := newDesk(t)
	for want, f := range map[string]feeds.Feed{
		"name of its own":      {},
		"has no schedule":      {Name: "f", Source: &oracle{desk: d}},
		"is no source":         {Name: "f", Source: 3},
		"the source panicked:": {Name: "f", Source: planner{}, Schedule: schedule(t, "@daily")},
	} {
		if err := feeds.Run(t.Context(), d.options(f)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, not %q", err, want)
		}
	}
}

// Two runs with the same seed ask at the same times; another seed asks at others.
func TestSameSeedSameTimes(t *testing.T) {
	ask := func(seed uint64) (list []string) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			f := d.hourly(&oracle{desk: d})
			f.Jitter = 20 * time.Minute
			o := d.options(f)
			o.Seed = seed
			d.run(o, 48*time.Hour)
			list = d.times()
		})
		return list
	}
	if a, b, c := ask(1), ask(1), ask(2); !slices.Equal(a, b) || slices.Equal(a, c) || cmp.Compare(len(a), 40) < 0 {
		t.Errorf("%v\n%v\n%v", a, b, c)
	}
}

// Nothing is asked while the report cannot be written, and what there is to report is
// there from the start.
func TestReportThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.options(d.hourly(&oracle{desk: d}))
		o.File = filepath.Join(t.TempDir(), "none", "feeds.json")
		d.run(o, 3*time.Hour)
		if len(d.asked) != 0 || len(d.pulls) == 0 || !strings.Contains(d.pulls[0].Reason, "nothing is asked while the report") {
			t.Errorf("asked %v, told %+v", d.asked, d.pulls)
		}
		if err := os.Mkdir(filepath.Dir(o.File), 0o700); err != nil {
			t.Fatal(err)
		}
		d.run(o, time.Minute)
		if len(d.asked) != 1 {
			t.Errorf("asked %v", d.asked)
		}
	})
}
