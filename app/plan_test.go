package app

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	riskall "github.com/signalman-trading/signalman/risk/all"
	"github.com/signalman-trading/signalman/signals"
	strategyall "github.com/signalman-trading/signalman/strategy/all"
)

// TestCalendar compares the busiest windows with a walk through every minute.
func TestCalendar(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	exprs := []string{"5 0 * * *", "0 * * * *", "*/30 8-17 * * 1-5", "0 0 1 * *", "59 23 31 * *", "0 12 29 2 *", "0 0 30 2 *", "@weekly"}
	for _, now := range []time.Time{time.Date(2024, 1, 31, 23, 59, 30, 0, time.UTC), time.Date(2026, 11, 25, 22, 7, 0, 0, time.UTC)} {
		var loads []load
		for _, expr := range exprs {
			s, err := cron.ParseStandard(expr)
			if err != nil {
				t.Fatal(err)
			}
			loads = append(loads, load{schedule: s, calls: 1 + random.IntN(5)})
		}
		got := newTimetable(now).calendar(loads...)
		rest, most := 0, map[string]int{}
		for window, layout := range map[string]string{"month": "2006-01", "day": "2006-01-02", "hour": "2006-01-02T15", "minute": "2006-01-02T15:04"} {
			sums := map[string]int{}
			for _, l := range loads {
				for at := got.from.Add(-time.Minute); at.Before(got.from.AddDate(0, 13, 0)); at = at.Add(time.Minute) {
					if next := at.Add(time.Minute); l.schedule.Next(next.Add(-time.Second)).Equal(next) && next.Before(got.from.AddDate(0, 13, 0)) {
						sums[next.Format(layout)] += l.calls
						if window == "month" && next.After(now) && next.Month() == now.Month() && next.Year() == now.Year() {
							rest += l.calls
						}
					}
					if skip := l.schedule.Next(at); skip.After(at.Add(2 * time.Minute)) { // nothing until then
						at = skip.Add(-2 * time.Minute)
					} else if skip.IsZero() {
						break
					}
				}
			}
			for _, n := range sums {
				most[window] = max(most[window], n)
			}
		}
		for window, n := range most {
			if got.busiest(window) != n {
				t.Errorf("%s: busiest %s %d, want %d", now, window, got.busiest(window), n)
			}
		}
		if got.rest() != rest {
			t.Errorf("%s: rest %d, want %d", now, got.rest(), rest)
		}
	}
}

// windowed is a planner that takes a call for each 29 days of an endpoint, and of which
// two kinds come with one call.
type windowed struct {
	signals.Source
	now time.Time
}

func (w windowed) Plan(q signals.Query) (list []signals.Request) {
	calls := 1 + int((market.TimeOf(w.now)-q.From)/(29*market.Day))
	both := signals.Request{Endpoint: "both", Calls: calls, Kinds: []market.SignalKind{"trading_trend", "trader_grade"}}
	for _, k := range q.Kinds {
		if k != "support" {
			list = append(list, both)
			break
		}
	}
	for _, k := range q.Kinds {
		if k == "support" {
			list = append(list, signals.Request{Endpoint: "levels", Calls: calls, Kinds: []market.SignalKind{"support"}})
		}
	}
	return list
}

// TestPull: an endpoint that brings several kinds counts once.
func TestPull(t *testing.T) {
	now := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	list := pull(windowed{now: now}, []market.SignalKind{"trading_trend", "trader_grade", "support"}, now)
	if len(list) != 2 || list[0].Endpoint != "both" || list[0].Calls != 1 || list[1].Calls != 1 {
		t.Errorf("%+v", list)
	}
	if list := pull(struct{ signals.Source }{}, nil, now); len(list) != 1 || total(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// TestNeeds: what strategies read comes before the rest, to the end of a window.
func TestNeeds(t *testing.T) {
	c := &command{data: t.TempDir(), config: "strategies.toml"}
	c.plugins.Strategies, c.plugins.Rules, c.plugins.Sizers = strategyall.All(), riskall.Rules(), riskall.Sizers()
	c.plugins.Sources = []signals.Plugin{{Name: "far", Remote: true, New: func(signals.Env) any { return &told{} }}}
	const text = `
[account.main]
[strategy.follow]
type = "grade_follow"
symbols = ["BTCUSDT"]
interval = "1h"
  [strategy.follow.params]
  kind = "trader_grade"
[signals.read]
type = "far"
schedule = "30 */6 * * *"
kind = "trader_grade"
[signals.unread]
type = "far"
schedule = "0 * * * *"
kind = "sentiment"
`
	cfg, err := config.Parse("strategies.toml", []byte(text), c.configPlugins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	needs := c.needs(cfg, "far")
	from := time.Date(2024, 5, 31, 12, 0, 0, 0, time.UTC)
	until := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	for p, want := range map[signals.Priority]int{signals.Held: 0, signals.Candidate: 0, signals.Universe: 2} {
		if n := needs(p, from, until); n != want {
			t.Errorf("above %d: %d, want %d", p, n, want)
		}
	}
	if n := c.needs(cfg, "near")(signals.Universe, from, until); n != 0 {
		t.Errorf("another quota needs %d", n)
	}
}

// told is a source of the kind that the configuration names.
type told struct {
	signals.Source
	Kind market.SignalKind `toml:"kind"`
}

func (s *told) Kinds() []market.SignalKind { return []market.SignalKind{s.Kind} }
