package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	livefeeds "github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
	"github.com/signalman-trading/signalman/store"
)

// fullMonths is how many months it takes to bring every kind of trouble.
const fullMonths = 3

var months = flag.Int("months", fullMonths, "how many months TestMonth lives through, each with a seed of its own")

// TestMonth lives through thirty days with the real client, ledger, store, scheduler and
// a paper session, all torn down and opened again at random, against a provider that
// fails in every way. Time is virtual, the network is memory, the files are real.
func TestMonth(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(*months) {
		m := liveMonth(t, seed)
		if seed == 0 {
			if again := liveMonth(t, seed); again.story() != m.story() {
				t.Errorf("seed %d: two runs differ:\n%s\n%s", seed, m.story(), again.story())
			}
		}
		for what, n := range m.seen {
			seen[what] += n
		}
		t.Logf("seed %d: %v", seed, m.seen)
	}
	if *months < fullMonths {
		return
	}
	for _, what := range []string{"opened", "closed", "closed without a grade", "stopped out without a grade", "restart", "cut off during a call", "call", "429", "404", "5xx", "disabled", "ok again", "budget", "revision"} {
		if seen[what] == 0 {
			t.Errorf("nothing of this happened: %s", what)
		}
	}
}

// A virtualMonth is thirty days of one seed.
type virtualMonth struct {
	t       *testing.T
	c       *command
	r       *rand.Rand
	dir     string
	server  *tokenmetricstest.Server
	network *http.Transport
	limits  signals.Limits
	seen    map[string]int
	calls   []tokenmetricstest.Call
	faults  []spell // ahead, by time
	state   map[string]livefeeds.State
	lines   []string // what came of each question

	mu  sync.Mutex
	cut *cutter
}

// A spell is a fault that the provider has for a while.
type spell struct {
	at    time.Time
	fault tokenmetricstest.Fault
	over  bool
}

const monthKey = "tm-11111111-2222-3333-4444-555555555555"

const monthConfig = `
[data]
history = "store"

[account.main]
exchange = "sim"
mode     = "paper"
cash     = "10000"

[strategy.closes]
type     = "grade_follow"
account  = "main"
symbols  = ["BTCUSDT", "ETHUSDT"]
interval = "1h"
weight   = "0.5"
  [strategy.closes.params]
  kind = "trader_grade"
  enter = 32
  exit = 25
  on_absent = "close"

[strategy.keeps]
type     = "grade_follow"
account  = "main"
symbols  = ["BTCUSDT", "ETHUSDT"]
interval = "1h"
weight   = "0.5"
risk     = "main"
  [strategy.keeps.params]
  kind = "trader_grade"
  enter = 32
  exit = 25
  on_absent = "keep"

[risk.main]
rules = ["stop_loss"]
  [risk.main.stop_loss]
  percent = "0.06"
  at = "close"

[quota.tokenmetrics]
month  = %d
minute = %d

[signals.often]
type     = "tokenmetrics"
key      = { env = "KEY" }
base_url = "http://tokenmetrics.invalid/v2"
kinds    = ["trading_trend", "trader_grade"]
schedule = "7 */6 * * *"
jitter   = "3m"
  [signals.often.tokens]
  BTC = 3375
  ETH = 3306
  SOL = 3988

[signals.daily]
type     = "tokenmetrics"
key      = { env = "KEY" }
base_url = "http://tokenmetrics.invalid/v2"
kinds    = ["tm_grade", "fundamental_grade"]
schedule = "23 1 * * *"
jitter   = "10m"
  [signals.daily.tokens]
  BTC = 3375
  ETH = 3306
`

// liveMonth lives through one month in a bubble, and checks it.
func liveMonth(t *testing.T, seed uint64) *virtualMonth {
	m := &virtualMonth{t: t, r: rand.New(rand.NewPCG(seed, 30)), dir: t.TempDir(), seen: map[string]int{}, state: map[string]livefeeds.State{}}
	synctest.Test(t, func(t *testing.T) {
		m.t = t
		time.Sleep(time.Until(time.Date(2026, 3, 10+m.r.IntN(10), m.r.IntN(24), m.r.IntN(60), m.r.IntN(60), 123, time.UTC)))
		m.live()
	})
	m.t = t
	m.checkCalls()
	m.checkJournal()
	if t.Failed() {
		t.Logf("seed %d:\n%s", seed, strings.Join(m.lines, "\n"))
	}
	return m
}

// live sets the world up and lives.
func (m *virtualMonth) live() {
	begin := time.Now()
	m.limits = signals.Limits{Month: 60 + m.r.IntN(120), Minute: 2 + m.r.IntN(4)}
	m.c = &command{plugins: Default(), out: io.Discard, err: io.Discard, format: "text", data: m.dir, config: filepath.Join(m.dir, "strategies.toml")}
	if err := os.WriteFile(m.c.config, fmt.Appendf(nil, monthConfig, m.limits.Month, m.limits.Minute), 0o600); err != nil {
		m.t.Fatal(err)
	}
	bars := m.putBars(begin)
	running := tokenmetricstest.Start(m.t, tokenmetricstest.Options{
		Seed: m.r.Uint64(), Key: market.NewSecret(monthKey), GradesFrom: 1, Minute: m.limits.Minute, Month: m.limits.Month,
		Tokens: tokenmetricstest.WithBars(tokenmetricstest.Choose(tokenmetricstest.Universe(), []string{"BTC", "ETH", "SOL"}), bars),
		Seen: func(c tokenmetricstest.Call) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.calls = append(m.calls, c)
		},
	})
	m.server, m.network = running.Server, baseTransport().(*http.Transport)
	m.network.Proxy, m.network.DialContext = nil, running.Client.Transport.(*http.Transport).DialContext
	m.plan(begin)
	for end := begin.Add(30 * 24 * time.Hour); time.Now().Before(end); {
		m.session(m.some(96 * time.Hour))
		m.seen["restart"]++
		m.until(time.Now().Add(m.some(2 * time.Hour << m.r.IntN(5))))
	}
}

// some returns a duration up to a most, in nanoseconds, so that it ends at no full hour.
func (m *virtualMonth) some(most time.Duration) time.Duration {
	return time.Second + time.Duration(m.r.Int64N(int64(most)))
}

// putBars stores hourly bars of two symbols from before the month until after it.
func (m *virtualMonth) putBars(begin time.Time) map[string]*market.Columns {
	db, err := m.c.openStore(true)
	if err != nil {
		m.t.Fatal(err)
	}
	bars := map[string]*market.Columns{}
	for _, asset := range []string{"BTC", "ETH"} {
		const before = 60 * 24
		c := market.MakeColumns(market.Hour, before+40*24)
		c.PriceScale, c.VolumeScale = 2, 0
		price := 100_000
		open := market.TimeOf(begin.Truncate(time.Hour).Add(-before * time.Hour))
		for range before + 40*24 {
			last := price
			price = max(20_000, price+m.r.IntN(2401)-1200)
			high, low := max(last, price)+m.r.IntN(100), min(last, price)-m.r.IntN(100)
			c.Append(market.Bar{OpenTime: open, Open: float64(last) / 100, High: float64(high) / 100, Low: float64(low) / 100, Close: float64(price) / 100, Volume: 1000})
			open += market.Time(market.Hour)
		}
		if _, err := db.PutBars(store.Series{Venue: "binance", Symbol: asset + "USDT", Interval: market.Hour}, c); err != nil {
			m.t.Fatal(err)
		}
		bars[asset] = c
	}
	if err := db.Close(); err != nil {
		m.t.Fatal(err)
	}
	return bars
}

// plan draws what the provider will suffer from: many short spells, and one of each that
// is long enough for grades to age out.
func (m *virtualMonth) plan(begin time.Time) {
	add := func(long time.Duration, name, value, endpoint string) {
		at := begin.Add(m.some(29 * 24 * time.Hour))
		f := tokenmetricstest.Fault{Name: name, Value: value, Endpoint: endpoint}
		m.faults = append(m.faults, spell{at, f, false}, spell{at.Add(long), f, true})
	}
	for range 12 {
		switch m.r.IntN(4) {
		case 0:
			add(m.some(3*time.Hour), tokenmetricstest.FaultLimited, "90s", "")
		case 1:
			add(m.some(8*time.Hour), tokenmetricstest.FaultStatus, "503", "")
		case 2:
			add(m.some(8*time.Hour), []string{tokenmetricstest.FaultHTML, tokenmetricstest.FaultTruncated, tokenmetricstest.FaultCut, tokenmetricstest.FaultReset, tokenmetricstest.FaultSuccessFalse, tokenmetricstest.FaultEmpty}[m.r.IntN(6)], "", "")
		case 3:
			add(m.some(20*time.Hour), tokenmetricstest.FaultNulls, "0.5", "")
		}
	}
	add(24*time.Hour+m.some(48*time.Hour), tokenmetricstest.FaultRemoved, "", "trading-signals")
	add(24*time.Hour+m.some(48*time.Hour), tokenmetricstest.FaultRemoved, "", "fundamental-grade-history")
	add(72*time.Hour+m.some(24*time.Hour), tokenmetricstest.FaultStale, "96h", "")
	add(120*time.Hour, tokenmetricstest.FaultStatus, "502", "")
	add(30*24*time.Hour, tokenmetricstest.FaultRevised, "26h/0.3", "")
	slices.SortStableFunc(m.faults, func(a, b spell) int { return a.at.Compare(b.at) })
}

// until passes time, with what befalls the provider meanwhile.
func (m *virtualMonth) until(end time.Time) {
	for len(m.faults) > 0 && m.faults[0].at.Before(end) {
		next := m.faults[0]
		m.faults = m.faults[1:]
		time.Sleep(time.Until(next.at))
		if next.over {
			m.server.Clear(next.fault.Name)
		} else if err := m.server.Set(next.fault); err != nil {
			m.t.Fatal(err)
		}
	}
	time.Sleep(time.Until(end))
}

// session opens everything from disk, trades and watches for a while, and closes it.
func (m *virtualMonth) session(long time.Duration) {
	ctx, cancel := context.WithCancel(m.t.Context())
	cfg, err := config.Load(m.c.config, m.c.configPlugins())
	if err != nil {
		m.t.Fatal(err)
	}
	market := &clocked{virtualMonth: m, wake: make(chan struct{}, 1), ready: make(chan struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		if err := m.trade(ctx, market); !errors.Is(err, context.Canceled) {
			m.t.Errorf("the session ended: %v", err)
			market.open()
		}
	})
	<-market.ready
	all.Go(func() {
		if err := livefeeds.Run(ctx, m.options(cfg, market)); err != nil {
			m.t.Errorf("the feeds ended: %v", err)
		}
	})
	m.until(time.Now().Add(long))
	if m.r.IntN(2) == 0 { // a call under way is cut off, where one comes within the day
		m.arm(&cutter{cancel, m.r.IntN(2) == 0})
		for end := time.Now().Add(24 * time.Hour); ctx.Err() == nil && time.Now().Before(end); {
			m.until(time.Now().Add(10 * time.Minute))
		}
		m.arm(nil)
	}
	cancel()
	all.Wait()
}

// A cutter ends a session during its next call: before it is sent, or once it is answered.
type cutter struct {
	end   func()
	early bool
}

func (m *virtualMonth) arm(c *cutter) *cutter {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.cut
	m.cut = c
	return was
}

// count counts what happened, from whichever goroutine.
func (m *virtualMonth) count(what string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[what] += n
}

// RoundTrip is the network.
func (m *virtualMonth) RoundTrip(r *http.Request) (*http.Response, error) {
	c := m.arm(nil)
	if c == nil {
		return m.network.RoundTrip(r)
	}
	m.count("cut off during a call", 1)
	if c.early {
		c.end()
	}
	answer, err := m.network.RoundTrip(r)
	c.end()
	return answer, err
}

// options are those of the feeds, over a ledger that is read from disk.
func (m *virtualMonth) options(cfg *config.Config, to *clocked) livefeeds.Options {
	ledger := quota.NewLedger(store.NewCredits(filepath.Join(m.dir, creditsFile)), time.Now)
	o := livefeeds.Options{
		Arrive: m.c.intake(nil).Arrive, Emit: to.take, Told: m.told, Priority: traded(cfg), File: filepath.Join(m.dir, feedsFile), Seed: 7,
		Left: func(provider string) (int, bool) {
			left, err := ledger.Left(provider, time.Now())
			if err != nil {
				m.t.Error(err)
			}
			return left.Least()
		},
	}
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		key := market.NewSecret(monthKey)
		env := signals.Env{
			HTTP: &http.Client{Transport: quota.NewTransport(m, ledger, s.Quota, cfg.Limits(s.Quota), key)},
			Now:  time.Now, Log: o.Log,
		}
		source, err := s.Open(env, func(string) string { return monthKey })
		if err != nil {
			m.t.Fatal(err)
		}
		schedule, err := cron.ParseStandard(s.Schedule)
		if err != nil {
			m.t.Fatal(err)
		}
		o.Feeds = append(o.Feeds, livefeeds.Feed{Name: s.Name, Provider: s.Quota, Source: source, Schedule: schedule, Jitter: time.Duration(s.Jitter), Subjects: subjectsOf(s.Value)})
	}
	return o
}

// note keeps a line of what happened, for a failure.
func (m *virtualMonth) note(format string, args ...any) {
	m.lines = append(m.lines, fmt.Sprintf(format, args...))
}

// told counts what came of a question.
func (m *virtualMonth) told(p livefeeds.Pull) {
	line := p.Feed + p.Endpoint
	m.note("%s %s: %s, %d rows, %d new, %v, next %s", p.Time.Format(time.RFC3339), line, p.State, p.Rows, p.News, p.Err, p.Next.Format(time.RFC3339))
	switch {
	case p.State == livefeeds.Disabled && m.state[line] != livefeeds.Disabled:
		m.count("disabled", 1)
	case p.State == livefeeds.OK && m.state[line] == livefeeds.Disabled:
		m.count("ok again", 1)
	}
	if errors.Is(p.Err, signals.ErrBudget) {
		m.count("budget", 1)
	}
	if p.Fault != nil && (p.Fault.Kind == "panic" || p.Fault.Kind == "other") {
		m.t.Errorf("%s: %s", line, p.Fault.Text)
	}
	m.state[line] = p.State
}

// trade runs the paper session, which goes on where the last one stopped.
func (m *virtualMonth) trade(ctx context.Context, source *clocked) (err error) {
	a, err := m.c.loadAccount(ctx, nil)
	if err != nil {
		return err
	}
	j, past, err := m.journal(a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	s := live.Session{Engine: a.engine, Journal: j}
	if past != nil {
		s.Past = past.Instants()
	}
	s.Market = func(subs []engine.Subscription) (*live.Market, error) {
		source.rows, a.history.Signals = a.history.Signals, nil
		feed, execution, err := backtest.NewFeed(a.history, subs)
		source.bars = feed
		return &live.Market{Source: source, Venue: backtest.NewVenue(&a.engine, a.history, execution, a.sim), Execution: execution}, err
	}
	_, _, err = live.Run(ctx, s)
	return err
}

// journal opens the one journal of the month.
func (m *virtualMonth) journal(a *account) (*store.Journal, *store.JournalReader, error) {
	path := filepath.Join(m.dir, "month"+store.JournalExt)
	if _, err := os.Stat(path); err == nil {
		return store.ResumeJournal(path)
	}
	h := store.JournalHeader{Mode: "paper", ConfigHash: a.hash, Seed: a.engine.Seed}
	for i := range a.history.Instruments {
		h.Symbols = append(h.Symbols, a.history.Instruments[i].Symbol)
	}
	j, err := store.CreateJournal(path, h)
	return j, nil, err
}
