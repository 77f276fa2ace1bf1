package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestStaleData shows when new risk waits for bars that are missing: not while the venue says
// that there are none, and only until they come in time again.
func TestStaleData(t *testing.T) {
	for _, c := range []struct {
		name string
		says func(f *feedTest, s *series, from, to market.Time) // the venue, when it is asked
		want []string
	}{
		{"the venue does not answer", func(*feedTest, *series, market.Time, market.Time) {}, []string{
			"3m5s asked about B from 1m0s",
			"4m5s asked about B from 1m0s",
			"4m5s halt B: no bar since 00:01, 3 bars are missing; new risk waits until it comes again",
			"5m5s asked about B from 1m0s",
			"6m5s asked about B from 1m0s",
			"7m0s lift the bars come in time again",
		}},
		{"nothing was traded", func(f *feedTest, s *series, from, to market.Time) {
			time.AfterFunc(time.Second, func() { f.inbox.put(arrival{at: to, series: s, quiet: true}) })
		}, []string{
			"3m5s asked about B from 1m0s",
			"5m5s asked about B from 3m0s",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFeedTest(t)
				f.symbols = []string{"A", "B"}
				var got []string
				note := func(text string) { got = append(got, time.Since(f.began).String()+" "+text) }
				f.staleness = staleness{bars: 3, ask: func(s *series, from, to market.Time) {
					note("asked about " + f.symbols[s.instrument] + " from " + time.Duration(from-market.TimeOf(f.began)).String())
					c.says(f, s, from, to)
				}}
				for _, s := range f.series {
					s.heard = f.now()
				}
				for k := range 9 {
					f.bar(0, k, time.Duration(k+1)*time.Minute)
					if k == 0 || k >= 6 {
						f.bar(1, k, time.Duration(k+1)*time.Minute)
					}
				}
				for time.Since(f.began) < 9*time.Minute {
					events, err := f.Next(t.Context(), market.MaxTime)
					if err != nil {
						t.Fatal(err)
					}
					for i := range events {
						if w := events[i].Word; w != nil {
							note(events[i].Command.String() + " " + w.Text)
						}
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
