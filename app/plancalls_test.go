package app

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signalman-trading/signalman/internal/config"
	livefeeds "github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	strategyall "github.com/signalman-trading/signalman/strategy/all"
)

// paged is a remote source of which each kind is an endpoint that takes two calls for each
// 29 days.
type paged struct {
	env    signals.Env
	Pulled []market.SignalKind `toml:"kinds"`
	URL    string              `toml:"url"`
}

func (p *paged) Kinds() []market.SignalKind { return p.Pulled }

func (p *paged) Plan(q signals.Query) (list []signals.Request) {
	for _, k := range p.Pulled {
		if len(q.Kinds) == 0 || slices.Contains(q.Kinds, k) {
			days := int((market.TimeOf(time.Now()) - q.From) / market.Day)
			list = append(list, signals.Request{Endpoint: string(k), Calls: 2 * (1 + days/29), Kinds: []market.SignalKind{k}})
		}
	}
	return list
}

func (p *paged) Fetch(_ context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		for _, r := range p.Plan(q) {
			for page := range r.Calls {
				answer, err := p.env.HTTP.Get(fmt.Sprintf("%s/%s?page=%d", p.URL, r.Endpoint, page+1))
				if err == nil {
					_, err = io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
				}
				if !yield(signals.Batch{}, err) || err != nil {
					return
				}
			}
		}
	}
}

// TestPlanIsWhatIsCalled: the scheduler makes as many calls a pull as the plan says, the
// ledger counts them, and at the limit nothing more is sent.
func TestPlanIsWhatIsCalled(t *testing.T) {
	if now := time.Now(); now.Add(time.Minute).UTC().Day() != now.UTC().Day() {
		t.Skip("the day, over which the calls are counted, ends within a minute")
	}
	seen := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.URL.String() }))
	defer server.Close()
	c := &command{data: t.TempDir(), config: "strategies.toml", err: io.Discard}
	c.plugins.Strategies = strategyall.All()
	c.plugins.Sources = []signals.Plugin{{Name: "paged", Remote: true, New: func(e signals.Env) any { return &paged{env: e} }}}
	text := fmt.Sprintf("[quota.paged]\nday = 15\n[signals.paged]\nschedule = \"5 0 * * *\"\nkinds = [\"trader_grade\", \"tm_grade\", \"technology_grade\", \"scenario_bull\", \"hourly_signal\"]\nurl = %q\n", server.URL)
	cfg, err := config.Parse("strategies.toml", []byte(text), c.configPlugins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := c.openSource(cfg, &cfg.Sources[0])
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := cron.ParseStandard("5 0 * * *")
	if err != nil {
		t.Fatal(err)
	}
	o := livefeeds.Options{
		Feeds:  []livefeeds.Feed{{Name: "paged", Provider: "paged", Source: opened, Schedule: schedule}},
		Arrive: func(string, signals.Batch) ([]market.Signal, error) { return nil, nil },
	}
	p, err := c.planned(cfg, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pull := p.Sources[0].Pull
	if err := livefeeds.Once(t.Context(), o); err != nil || pull < 10 || len(seen) != pull {
		t.Errorf("%v: %d calls, %d planned", err, len(seen), pull)
	}
	if p, err = c.planned(cfg, time.Now()); err != nil || p.Quotas[0].Windows[1].Spent != pull || p.Quotas[0].Windows[1].Left != 15-pull {
		t.Errorf("%v: %+v after %d calls", err, p.Quotas, pull)
	}
	if err := livefeeds.Once(t.Context(), o); err != nil || len(seen) != 15 {
		t.Errorf("%v: %d calls of 15", err, len(seen))
	}
}

// TestWhatIsKept: what fills in the past leaves the calls of feeds that no strategy reads,
// too; those of the universe leave only what strategies read.
func TestWhatIsKept(t *testing.T) {
	c := &command{data: t.TempDir(), config: "strategies.toml", err: io.Discard}
	c.plugins.Strategies = strategyall.All()
	c.plugins.Sources = []signals.Plugin{{Name: "paged", Remote: true, New: func(e signals.Env) any { return &paged{env: e} }}}
	cfg, err := config.Parse("strategies.toml", []byte("[signals.paged]\nschedule = \"5 0 * * *\"\nkinds = [\"trader_grade\"]\n"), c.configPlugins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	kept := map[signals.Priority]int{}
	for p := signals.Held; p <= signals.Past; p++ {
		kept[p] = c.needs(cfg, "paged")(p, from, from.AddDate(0, 0, 10))
	}
	if kept[signals.Candidate] != 0 || kept[signals.Universe] != 0 || kept[signals.Past] < 10 {
		t.Errorf("kept: %v", kept)
	}
}
