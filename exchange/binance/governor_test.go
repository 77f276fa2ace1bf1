package binance

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stillGovernor is a governor whose clock moves only by its pauses.
func stillGovernor(t *testing.T, weight int) (*governor, *time.Time) {
	t.Helper()
	now := time.Date(2024, 3, 1, 0, 0, 30, 0, time.UTC)
	g := &governor{limits: &limits{weight: weight}, patience: time.Hour, log: slog.New(slog.DiscardHandler)}
	g.now = func() time.Time { return now }
	g.sleep = func(_ context.Context, d time.Duration) error { now = now.Add(d); return nil }
	return g, &now
}

// TestLanes: the more urgent a request is, the further it goes into the venue's limit.
func TestLanes(t *testing.T) {
	g, now := stillGovernor(t, 1000)
	var got []int
	for _, l := range []lane{laneHistory, laneQuery, laneOrder, laneCancel} {
		for n := 0; ; n++ {
			if pause, _ := g.reserve(*now, l, 10); pause > 0 {
				break
			}
			g.answered(*now, 10, now.Unix()/60, &answer{})
			got = append(got, 0)
		}
		got = append(got[:0], got...)
		if used := g.used * 100 / g.weight; used != shares[l] {
			t.Errorf("lane %d: %d %%", l, used)
		}
	}
	if _, until, err := g.wait(t.Context(), laneCancel, 10); err == nil || until.Second() != 0 {
		t.Errorf("an order that would wait half a minute: %v, %s", err, until)
	}
	if _, _, err := g.wait(t.Context(), laneHistory, 10); err != nil || now.Second() != 0 {
		t.Errorf("%s: %v", now, err)
	}
}

// TestLimitsAreRead: those of exchangeInfo, and nonsense changes nothing.
func TestLimitsAreRead(t *testing.T) {
	l := &limits{weight: 6000}
	for _, nonsense := range []string{``, `[]`, `{"rateLimits":7}`, `{"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":-1}]}`} {
		if l.listed([]byte(nonsense)); l.isKnown() || l.weight != 6000 {
			t.Error(nonsense)
		}
	}
	l.listed([]byte(`{"rateLimits":[
		{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":2400},
		{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":300000},
		{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},
		{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000}]}`))
	if diff := cmp.Diff(map[time.Duration]int{10 * time.Second: 100, 24 * time.Hour: 200000}, l.orderLimits()); diff != "" || !l.isKnown() || l.weight != 2400 {
		t.Error(l.weight, diff)
	}
}

// TestTally: orders wait for their windows, and the venue's count is believed.
func TestTally(t *testing.T) {
	now := time.Date(2024, 3, 1, 0, 0, 3, 0, time.UTC)
	limits := map[time.Duration]int{10 * time.Second: 100, 24 * time.Hour: 1000}
	var orders tally
	for i := range 70 {
		if pause := orders.reserve(now, 1, limits); pause != 0 {
			t.Fatalf("order %d waits %s", i+1, pause)
		}
	}
	if pause := orders.reserve(now, 1, limits); pause != 7*time.Second {
		t.Errorf("order 71 waits %s", pause)
	}
	orders.hear(now, http.Header{"X-Mbx-Order-Count-10s": {"68"}, "X-Mbx-Order-Count-1d": {"x"}, "X-Mbx-Order-Count-": {"3"}})
	if pause := orders.reserve(now, 3, limits); pause != 7*time.Second {
		t.Errorf("a list of three waits %s", pause)
	}
	if pause := orders.reserve(now, 2, limits); pause != 0 {
		t.Errorf("a list of two waits %s", pause)
	}
	orders.hear(now, http.Header{"X-Mbx-Order-Count-1d": {"700"}})
	if pause := orders.reserve(now.Add(time.Hour), 1, limits); pause != 23*time.Hour-3*time.Second {
		t.Errorf("the day is used: %s", pause)
	}
	if pause := orders.reserve(now.Add(24*time.Hour), 1, limits); pause != 0 {
		t.Errorf("the next day: %s", pause)
	}
	if orders.block(now.Add(25 * time.Hour)); orders.reserve(now.Add(24*time.Hour), 1, limits) != time.Hour {
		t.Error("a block is not obeyed")
	}
}
