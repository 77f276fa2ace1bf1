package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	livefeeds "github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// The health of the feeds beside a session is that of their report, as of now; a session
// without feeds has none.
func TestSessionFeedsHealth(t *testing.T) {
	var none *sessionFeeds
	if list, err := none.health(time.Now()); list != nil || err != nil {
		t.Error(list, err)
	}
	path := filepath.Join(t.TempDir(), feedsFile)
	report := `{"schema": "signalman.feeds/1", "feeds": [{"feed": "delphi", "state": "ok", "next": "2024-05-01T00:00:00Z"}]}`
	if err := os.WriteFile(path, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &sessionFeeds{options: livefeeds.Options{File: path}}
	list, err := f.health(time.Date(2024, 5, 1, 1, 0, 0, 0, time.UTC))
	if err != nil || len(list) != 1 || list[0].State != livefeeds.Late {
		t.Errorf("%+v, %v", list, err)
	}
}

// What a session holds is asked about before what it trades, and that before the rest.
func TestSessionFeedsPriority(t *testing.T) {
	f := &sessionFeeds{held: []market.Subject{"BTC"}}
	of := f.priority(func(s market.Subject) signals.Priority {
		if s == "BTC" || s == "ETH" {
			return signals.Candidate
		}
		return signals.Universe
	})
	for subject, want := range map[market.Subject]signals.Priority{"BTC": signals.Held, "ETH": signals.Candidate, "SOL": signals.Universe} {
		if got := of(subject); got != want {
			t.Errorf("%s has priority %d, not %d", subject, got, want)
		}
	}
}
