package feeds_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/live/feeds"
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
		want   feeds.State
	}{
		{feeds.Health{State: feeds.OK, Next: ago(-1), Kinds: []feeds.Newest{{"grade", ago(47)}}}, feeds.OK},
		{feeds.Health{State: feeds.OK, Next: ago(-1), Kinds: []feeds.Newest{{"grade", ago(1)}, {"mood", ago(49)}}}, feeds.Late},
		{feeds.Health{State: feeds.OK, Pushes: true, Kinds: []feeds.Newest{{"alert", ago(490)}}}, feeds.OK},
		{feeds.Health{State: feeds.OK, Next: ago(1)}, feeds.Late},
		{feeds.Health{State: feeds.Failing, Next: ago(1)}, feeds.Late},
		{feeds.Health{State: feeds.Failing, Next: ago(-1)}, feeds.Failing},
		{feeds.Health{State: feeds.Disabled}, feeds.Disabled},
	} {
		if got, why := c.health.At(now); got != c.want || got == feeds.Late && why == "" {
			t.Errorf("%+v: %s %s, not %s", c.health, got, why, c.want)
		}
	}
}
