package live

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// feedTest is a feed of minutes of A, and of minutes with fives of B.
type feedTest struct {
	*feed
	t     *testing.T
	began time.Time
	lines []string
}

func newFeedTest(t *testing.T) *feedTest {
	instruments := []market.Instrument{{Symbol: "A"}, {ID: 1, Symbol: "B"}}
	subs := []engine.Subscription{
		{Instrument: 0, Interval: market.Minute}, {Instrument: 1, Interval: market.Minute}, {Instrument: 1, Interval: 5 * market.Minute},
	}
	list, _ := executions(instruments, subs)
	f := &feedTest{t: t, began: time.Now()}
	now := func() market.Time { return market.TimeOf(time.Now()) }
	in := newInbox()
	tr := &Trading{Engine: engine.Config{Instruments: instruments}}
	f.feed = &feed{now: now, grace: market.Time(DefaultGrace), inbox: in, gateway: newGateway(tr, in), series: list}
	for _, s := range list {
		s.due = now() + market.Time(market.Minute)
	}
	return f
}

// bar lets a bar of a series that opened some minutes after the start arrive at a time.
func (f *feedTest) bar(series, minute int, at time.Duration) {
	s := f.series[series]
	open := market.TimeOf(f.began) + market.Time(minute)*market.Time(market.Minute)
	time.AfterFunc(at, func() {
		f.inbox.put(arrival{at: f.now(), series: s, bar: market.Bar{OpenTime: open, Open: 1, High: 1, Low: 1, Close: 1, Volume: 1}})
	})
}

// run writes down each instant with its time and the time by the clock.
func (f *feedTest) run(limits ...time.Duration) []string {
	for _, limit := range limits {
		events, err := f.Next(context.Background(), market.TimeOf(f.began.Add(limit)))
		if err != nil {
			f.t.Fatal(err)
		}
		var words []string
		for i := range events {
			e := &events[i]
			words = append(words, fmt.Sprintf("%s %s %s", time.Duration(e.Time-market.TimeOf(f.began)), []string{"A", "B"}[e.Instrument], e.Interval))
		}
		f.lines = append(f.lines, fmt.Sprintf("at %s: %s", time.Since(f.began), strings.Join(words, ", ")))
	}
	return f.lines
}

// TestFeedMergesByWatermark shows rule T4: an instant waits until every series has its
// bar, for grace at most; a bar that comes later is of the time that it came.
func TestFeedMergesByWatermark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeedTest(t)
		f.bar(0, 0, 60*time.Second+100*time.Millisecond)
		f.bar(1, 0, 62*time.Second)
		f.bar(0, 1, 120*time.Second)
		f.bar(1, 1, 127*time.Second)
		f.bar(0, 2, 180*time.Second)
		f.bar(1, 2, 180*time.Second)
		f.bar(1, 3, 241*time.Second)
		const far = time.Hour
		got := f.run(far, far, far, far, 200*time.Second, far)
		want := []string{
			"at 1m2s: 1m0s A 1m, 1m0s B 1m",
			"at 2m5s: 2m0s A 1m",
			"at 2m7s: 2m7s B 1m",
			"at 3m0s: 3m0s A 1m, 3m0s B 1m",
			"at 3m20s: ", // the limit: a timer of a strategy
			"at 4m5s: 4m0s B 1m",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestFeedClosesCoarserBars shows the live part of rule X1: a coarser bar is told at its
// close, after grace even where the last finer one never comes.
func TestFeedClosesCoarserBars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeedTest(t)
		for k := range 7 {
			f.bar(0, k, time.Duration(k+1)*time.Minute)
		}
		f.bar(1, 3, 4*time.Minute)
		f.bar(1, 5, 6*time.Minute)
		const far = time.Hour
		got := f.run(far, far, far, far, far, far)
		want := []string{
			"at 1m5s: 1m0s A 1m",
			"at 2m5s: 2m0s A 1m",
			"at 3m5s: 3m0s A 1m",
			"at 4m0s: 4m0s A 1m, 4m0s B 1m",
			"at 5m5s: 5m0s A 1m, 5m0s B 5m",
			"at 6m0s: 6m0s A 1m, 6m0s B 1m",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
