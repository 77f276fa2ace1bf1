package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a session that stands as it says, or does not answer.
type desk struct {
	now live.Snapshot
	err error
}

func (d *desk) Snapshot(ctx context.Context, _ int) (*live.Snapshot, error) {
	if d.err == context.DeadlineExceeded {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &d.now, d.err
}

func amount(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// busy is a session with something of everything.
func busy() *desk {
	d := &desk{}
	d.now.Account = live.AccountState{Time: market.Time(1700 * time.Second), Quote: "USDT", Equity: amount("10250.5"), Cash: amount("4000")}
	d.now.Strategies = []live.StrategyState{
		{Name: "a", Symbols: []string{"BTCUSDT", "ETHUSDT"}, Equity: amount("6000")},
		{Name: "b", Symbols: []string{"BTCUSDT"}, Equity: amount("4250.5"), Fault: "index out of range"},
	}
	d.now.Positions = []live.PositionState{
		{Strategy: "a", Symbol: "BTCUSDT", Quantity: amount("0.1"), Value: amount("6000")},
		{Strategy: "b", Symbol: "BTCUSDT", Quantity: amount("0.02"), Value: amount("1200")},
	}
	d.now.Orders = []live.OrderState{{State: "accepted"}, {State: "accepted"}, {State: "partial"}}
	d.now.Halts = []live.HaltState{
		{Rule: "max_drawdown", Scope: "a", Text: "5.1 %, limit 5 %", Action: "reduce_only"}, {Rule: "max_drawdown", Scope: "a", Text: "again", Action: "reduce_only"},
		{Rule: "kill", Scope: "account", Text: "by hand", Action: "reduce_only"},
		{Rule: "cooldown", Scope: "account", Symbol: "BTCUSDT", Action: "lock", Until: market.Time(1800 * time.Second), Text: "a trade closed"},
	}
	return d
}

// observed is an observer that was told something of everything.
func observed(d Desk) *Observer {
	o := New(Options{
		Desk: d, Account: "main", Mode: "live", Version: "v1", Patience: 50 * time.Millisecond,
		Now:      func() time.Time { return time.Unix(1760, 0) },
		Credits:  func() []Credit { return []Credit{{"tokenmetrics", 480}} },
		Notified: func() []Notified { return []Notified{{"team", "sent", 3}} },
		Logged:   func() []Logged { return []Logged{{"warn", 1}} },
	})
	m := o.Meter()
	m.Opened()
	for _, what := range []live.Timing{live.InstantTime, live.CommitTime, live.DecisionToWire, live.WireToAck, live.FeedLag} {
		m.Took(what, 3*time.Millisecond)
	}
	m.Lag(700, 4)
	for what, kind := range map[live.Tally]string{
		live.Reconnects: "market", live.Gaps: "account", live.Faults: "unavailable", live.Unknowns: "submit", live.Findings: "balance",
	} {
		m.Count(what, kind)
	}
	m.Count(live.Proven, "absent")
	m.Count(live.Unknowns, "submit")
	m.Signal(&market.Signal{Source: "tm", Kind: "trader_grade", Effective: market.Time(1000 * time.Second)})
	m.Signal(&market.Signal{Source: "tm", Kind: "trader_grade", Effective: market.Time(900 * time.Second)})
	for _, r := range records() {
		o.Watch(&r)
	}
	return o
}

// records are one of each kind that is counted.
func records() []market.Record {
	bars := market.MakeColumns(market.Minute, 1)
	bars.Append(market.Bar{OpenTime: market.Time(1640 * time.Second), Open: 1, High: 1, Low: 1, Close: 1})
	id := market.OrderID{Strategy: "a", Sequence: 1}
	fill := &market.Fill{Quantity: amount("0.1"), Price: amount("60000"), FeeAsset: "BTC"}
	at := market.Time(1700 * time.Second)
	order := market.Order{ID: id, Strategy: "a", Side: market.Buy, Type: market.Market}
	return []market.Record{
		{Kind: market.RecordEvent, Time: at, Event: market.Event{Time: at, Kind: market.KindBar, Bars: bars, Interval: market.Minute}},
		{Kind: market.RecordDecision, Time: at, Decision: &market.Decision{Time: at, Action: market.Submit, Order: order, Checks: []market.Check{{Rule: "max_order", Cut: true}}}},
		{Kind: market.RecordDecision, Time: at, Decision: &market.Decision{Time: at, Action: market.Submit, Order: order, Refused: &market.Refusal{Rule: "max_position", Measured: "7", Limit: "5"}}},
		{Kind: market.RecordEvent, Time: at, Event: market.Event{Kind: market.KindUpdate, Update: &market.OrderUpdate{ID: id, Symbol: "BTCUSDT", State: market.Filled, Fill: fill}}},
		{Kind: market.RecordHalt, Time: at, Scope: "a", Text: "max_drawdown: 5.1 %, limit 5 %"},
		{Kind: market.RecordHalt, Time: at, Scope: "a", Text: "lifted max_drawdown"},
		{Kind: market.RecordHalt, Time: at, Scope: "b", Text: "stopped: index out of range"},
		{Kind: market.RecordSetup, Scope: "session", Text: "{}"},
	}
}

// ask asks a server, and returns the status and the answer.
func ask(t *testing.T, o *Observer, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	o.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// TestMetrics shows what each thing that happened makes of the numbers.
func TestMetrics(t *testing.T) {
	status, text := ask(t, observed(busy()), "/metrics")
	if status != http.StatusOK {
		t.Fatal(status, text)
	}
	for _, want := range strings.Split(strings.TrimSpace(`
signalman_build_info{account="main",mode="live",version="v1"} 1
signalman_cash{asset="USDT"} 4000
signalman_credits_left{provider="tokenmetrics"} 480
signalman_decision_to_wire_seconds_count 1
signalman_cuts_total{rule="max_order"} 1
signalman_decisions_total{action="submit"} 1
signalman_engine_time_seconds 1700
signalman_equity{asset="USDT"} 10250.5
signalman_feed_lag_seconds_bucket{le="0.005"} 1
signalman_fills_total{symbol="BTCUSDT"} 1
signalman_gaps_total{stream="account"} 1
signalman_halted{action="lock",rule="cooldown",scope="account",symbol="BTCUSDT"} 1
signalman_halted{action="reduce_only",rule="kill",scope="account",symbol=""} 1
signalman_halted{action="reduce_only",rule="max_drawdown",scope="a",symbol=""} 1
signalman_halts_total{rule="max_drawdown",scope="a"} 1
signalman_instant_duration_seconds_sum 0.003
signalman_journal_commit_duration_seconds_bucket{le="0.0025"} 0
signalman_journal_unsynced_bytes 700
signalman_journal_unsynced_instants 4
signalman_journal_up 1
signalman_log_messages_total{level="warn"} 1
signalman_loop_up 1
signalman_market_age_seconds 60
signalman_notifications_total{name="team",outcome="sent"} 3
signalman_orders{state="accepted"} 2
signalman_orders{state="partial"} 1
signalman_orders{state="pending"} 0
signalman_orders_ended_total{state="filled"} 1
signalman_position_quantity{symbol="BTCUSDT"} 0.12
signalman_position_quantity{symbol="ETHUSDT"} 0
signalman_position_value{symbol="BTCUSDT"} 7200
signalman_ready 0
signalman_reconcile_findings_total{finding="balance"} 1
signalman_reconnects_total{stream="market"} 1
signalman_refusals_total{rule="max_position"} 1
signalman_signal_age_seconds{kind="trader_grade",source="tm"} 760
signalman_strategies_stopped 1
signalman_strategy_equity{strategy="a"} 6000
signalman_unknown_outcomes 1
signalman_unknown_outcomes_total{cause="submit"} 2
signalman_venue_faults_total{kind="unavailable"} 1
signalman_wire_to_ack_seconds_count 1
process_open_fds
go_goroutines
`), "\n") {
		if !strings.Contains("\n"+text, "\n"+want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestCatalogueIsWhole: each metric is served, and nothing else, and all are as Prometheus
// wants them.
func TestCatalogueIsWhole(t *testing.T) {
	families, err := observed(busy()).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "signalman_") {
			got = append(got, fmt.Sprintln(f.GetName(), strings.ToLower(f.GetType().String()), f.GetHelp()))
		}
	}
	for _, m := range catalogue {
		want = append(want, fmt.Sprintln(m.name, m.kind, m.help))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-catalogue +served):\n%s", diff)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "signalman_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestMetricsAreDocumented compares docs/metrics.md with what is served.
func TestMetricsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range catalogue {
		labels := ""
		for _, l := range m.labels {
			labels += ", `" + l + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |", m.name, m.kind, strings.TrimPrefix(labels, ", "), m.help))
	}
	var got []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `signalman_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-docs/metrics.md +served):\n%s", diff)
	}
}

// TestAlertsNameMetricsThatExist reads the rules that ship.
func TestAlertsNameMetricsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "prometheus", "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	families, err := observed(busy()).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"up": true}
	labels := map[string][]string{}
	for _, f := range families {
		known[f.GetName()] = true
	}
	for _, m := range catalogue {
		labels[m.name] = m.labels
		if m.kind == histogram {
			known[m.name+"_bucket"] = true
		}
	}
	name := regexp.MustCompile(`\b(signalman|process|go)_[a-z_]+\b`)
	selector := regexp.MustCompile(`(signalman_[a-z_]+)\{([a-z]+)`)
	exprs := regexp.MustCompile(`(?m)^ +expr: (.*)$`).FindAllStringSubmatch(string(text), -1)
	for _, e := range exprs {
		found := name.FindAllString(e[1], -1)
		for _, n := range found {
			if !known[n] {
				t.Errorf("%s: there is no %s", e[1], n)
			}
		}
		for _, s := range selector.FindAllStringSubmatch(e[1], -1) {
			if !slices.Contains(labels[s[1]], s[2]) {
				t.Errorf("%s: %s has no label %s", e[1], s[1], s[2])
			}
		}
		if len(found) == 0 {
			t.Errorf("%s names no metric", e[1])
		}
	}
	alerts := strings.Count(string(text), "- alert:")
	for _, part := range []string{"summary:", "action:", "severity:"} {
		if n := strings.Count(string(text), part); n != alerts || len(exprs) != alerts {
			t.Errorf("%d alerts, %d expressions, %d of %s", alerts, len(exprs), n, part)
		}
	}
}

// TestHealth says why a process should be restarted, and why a session is not ready.
func TestHealth(t *testing.T) {
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	for _, x := range []struct {
		name  string
		desk  *desk
		do    func(*Observer)
		alive []string // what /healthz says; none is ok
		waits []string
	}{
		{"it trades", &desk{}, func(*Observer) {}, nil, nil},
		{"it begins", &desk{err: context.DeadlineExceeded}, func(o *Observer) { o.opened = time.Time{} }, nil, []string{"the session begins"}},
		{"it ends", &desk{err: context.DeadlineExceeded}, func(o *Observer) { o.End() }, nil, []string{"the session ends"}},
		{"it has ended", &desk{err: live.ErrEnded}, func(*Observer) {}, nil, nil},
		{"the loop hangs", &desk{err: context.DeadlineExceeded}, func(*Observer) {}, []string{"does not answer within 50ms"}, []string{"does not answer"}},
		{"the loop fails", &desk{err: errors.New("no")}, func(*Observer) {}, []string{"does not answer"}, []string{"does not answer"}},
		{"halts and faults", busy(), func(*Observer) {}, nil, []string{"halted on a by max_drawdown: 5.1 %, limit 5 %", "by max_drawdown: again", "halted on account by kill: by hand", "strategy b stopped: index out of range"}},
		{"no bar", &desk{}, func(o *Observer) { o.interval, o.heard = market.Minute, ago(5*time.Minute) }, nil, []string{"no bar has come for 5m0s"}},
		{"no bar of history", &desk{}, func(o *Observer) { o.Replayed, o.interval, o.heard = true, market.Minute, ago(5*time.Minute) }, nil, nil},
		{"no first bar yet", &desk{}, func(o *Observer) { o.heard = ago(5 * time.Minute) }, nil, nil},
		{"the venue is away", &desk{}, func(o *Observer) { o.away = ago(time.Minute) }, nil, []string{"the venue has not answered since"}},
		{"it was away for a moment", &desk{}, func(o *Observer) { o.count(live.Faults, "unknown") }, nil, nil},
		{"it is back", &desk{}, func(o *Observer) { o.away = ago(time.Minute); o.count(live.Answers, "") }, nil, nil},
		{"the journal is broken", &desk{}, func(o *Observer) { o.count(live.Broken, "") }, nil, []string{"the journal cannot be written"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := New(Options{Desk: x.desk, Patience: 50 * time.Millisecond})
			o.open()
			x.do(o)
			check(t, o, "/healthz", x.alive)
			check(t, o, "/readyz", x.waits)
		})
	}
}

// check compares the reasons of an answer with those wanted, each of which may be a part.
func check(t *testing.T, o *Observer, path string, want []string) {
	t.Helper()
	status, text := ask(t, o, path)
	var h Health
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatalf("%s: %q: %v", path, text, err)
	}
	if ok := len(want) == 0; h.OK != ok || ok != (status == http.StatusOK) || len(h.Reasons) != len(want) {
		t.Fatalf("%s: %d %s, want %q", path, status, text, want)
	}
	for i := range want {
		if !strings.Contains(h.Reasons[i], want[i]) {
			t.Errorf("%s: %q, want %q", path, h.Reasons[i], want[i])
		}
	}
}

// TestScrapeOfALoopThatHangs answers all the same, without what only the loop knows.
func TestScrapeOfALoopThatHangs(t *testing.T) {
	began := time.Now()
	_, text := ask(t, observed(&desk{err: context.DeadlineExceeded}), "/metrics")
	if took := time.Since(began); took > 2*time.Second || strings.Contains(text, "signalman_equity{") || !strings.Contains(text, "signalman_loop_up 0") {
		t.Errorf("after %s: %s", took, text)
	}
}

// TestServes over a real connection, and nothing but what is to be served.
func TestServes(t *testing.T) {
	server := httptest.NewServer(observed(busy()).Handler())
	defer server.Close()
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 503, "/": 404, "/debug/pprof/": 404} {
		a, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
		if a.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, want)
		}
	}
}

// TestEachScrapeIsWhole: who asks at the same time waits for its turn, and misses nothing.
func TestEachScrapeIsWhole(t *testing.T) {
	o := observed(busy())
	o.Patience = time.Minute
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				if _, text := ask(t, o, "/metrics"); !strings.Contains(text, "signalman_equity{") {
					t.Error("a scrape without equity")
				}
				o.Alive(t.Context())
			}
		})
	}
	all.Wait()
}
