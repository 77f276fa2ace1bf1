package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	signalsall "github.com/signalman-trading/signalman/signals/all"
	strategyall "github.com/signalman-trading/signalman/strategy/all"
)

func parse(t *testing.T, text string, sets ...string) *config.Config {
	t.Helper()
	c, err := config.Parse("strategies.toml", []byte(text), shipped(), sets)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return c
}

func TestConfigurationIsReadWhole(t *testing.T) {
	c := parse(t, whole)
	if c.History != config.Store || len(c.Accounts) != 2 {
		t.Fatalf("history %q, %d accounts", c.History, len(c.Accounts))
	}
	main, second := c.Accounts[0], c.Accounts[1]
	if main.Name != "main" || main.Cash.String() != "5000" || main.Seed != 7 || !main.Fees.InQuote || main.From.String() != "2021-01-01T00:00:00Z" {
		t.Errorf("account %+v", main)
	}
	if main.Fees.Maker.String() != "0.0002" || main.Fees.Taker.String() != "0.001" || main.Sim.Latency.String() != "250ms" || main.Sim.Path != "ohlc" {
		t.Errorf("account %+v", main)
	}
	a, b, e := main.Strategies[0], main.Strategies[1], second.Strategies[0]
	if a.Name != "a" || b.Name != "b" || e.Name != "c" {
		t.Fatalf("strategies %s %s %s", a.Name, b.Name, e.Name)
	}
	if a.Risk != b.Risk || a.Risk == e.Risk || a.Risk.Rules[0].Rule == e.Risk.Rules[0].Rule {
		t.Error("strategies of one account share a chain, those of two do not")
	}
	var rules []string
	for _, r := range a.Risk.Rules {
		rules = append(rules, r.Name)
	}
	if diff := cmp.Diff([]string{"daily", "max_open", "weekly"}, rules); diff != "" {
		t.Error(diff)
	}
	if a.Sizer.Name != "small" || b.Sizer != b.Risk.Sizer || b.Sizer.Type != "percent_equity" {
		t.Errorf("sizers %v and %v", a.Sizer, b.Sizer)
	}
}

func TestEveryKindOfField(t *testing.T) {
	got := parse(t, whole).Accounts[1].Strategies[0].Value.(*every)
	one := decimal.New(1, 0)
	want := newEvery()
	want.Depth, want.Limit, want.Stop = 3, decimal.New(1, -8), decimal.NewNullDecimal(decimal.New(-15, -1))
	want.Since, want.Periods = market.Time(1612310400e9), []int{1, 2}
	want.Shares = []decimal.Decimal{decimal.New(1, -1), decimal.New(2, 0)}
	want.Legs = []leg{{"short", one}, {Side: "long"}}
	want.Exit.Size = decimal.New(3, 0)
	want.Weights = map[string]float64{"BTC": 1, "a b": 0.25}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(every{}, inner{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseMakesFreshValues(t *testing.T) {
	a, b := parse(t, whole).Accounts[0].Strategies[0], parse(t, whole).Accounts[0].Strategies[0]
	if a.Value == b.Value || a.Risk.Rules[0].Rule == b.Risk.Rules[0].Rule {
		t.Error("two calls share values")
	}
}

const head = "[account.main]\n"

func TestEverySampleParses(t *testing.T) {
	p := plugins()
	samples := map[string]string{}
	for _, s := range strategyall.All() {
		samples[s.Name] = head + s.Sample
	}
	for _, r := range p.Rules {
		samples[r.Name] = r.Sample
	}
	for _, z := range p.Sizers {
		samples[z.Name] = z.Sample
	}
	for _, s := range signalsall.Sources() {
		samples[s.Name] = s.Sample
	}
	for name, text := range samples {
		t.Run(name, func(t *testing.T) { resolves(t, parse(t, text)) })
	}
}

// resolves checks that the resolved configuration reads to the same.
func resolves(t *testing.T, c *config.Config) {
	t.Helper()
	text := c.Resolved()
	again, err := config.Parse("resolved.toml", text, shipped(), nil)
	if err != nil {
		t.Fatalf("the resolved configuration is not one: %v\n%s", err, text)
	}
	if !bytes.Equal(again.Resolved(), text) || again.Hash() != c.Hash() {
		t.Errorf("resolved twice it differs:\n%s\n%s", text, again.Resolved())
	}
}

func TestResolvedIsGolden(t *testing.T) {
	c := parse(t, whole)
	resolves(t, c)
	golden(t, "resolved.toml", string(c.Resolved()))
}

// golden compares with a file of testdata, which SIGNALMAN_UPDATE=1 writes anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if os.Getenv("SIGNALMAN_UPDATE") != "" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Error(diff)
	}
}

func TestHashCoversWhatMatters(t *testing.T) {
	base := parse(t, whole).Hash()
	same := []string{"signals.g.key.env=OTHER", "signals.g.headers.Authorization.file=elsewhere", "account.main.mode=paper", "strategy.c.on_failure=keep"}
	for _, set := range same {
		if parse(t, whole, set).Hash() != base {
			t.Errorf("%s changes the hash", set)
		}
	}
	for _, set := range []string{
		"data.history=sample", "account.main.seed=8", "account.main.sim.touch=true", "strategy.c.params.count=21",
		"risk.main.daily.limit=0.06", `risk.main.rules=["daily","weekly","max_open"]`, "signals.g.pages=4", "strategy.a.weight=0.5",
		"strategy.c.on_failure=flatten",
	} {
		if parse(t, whole, set).Hash() == base {
			t.Errorf("%s does not change the hash", set)
		}
	}
	file := "[signals.news]\ntype = \"file\"\npath = \"a.csv\"\n"
	if parse(t, file).Hash() != parse(t, file, "signals.news.path=b.csv").Hash() {
		t.Error("the path of a file changes the hash")
	}
}

func TestSets(t *testing.T) {
	c := parse(t, whole, "strategy.c.params.count=10", "strategy.c.params.limit=0.1", "strategy.c.params.text=true",
		"strategy.c.params.ratio=2", "strategy.c.params.periods=3,4", "strategy.c.params.wait=90s", "strategy.c.interval=4h",
		`strategy.c.symbols=["X","Y"]`, "account.second.cash=2500.5", "account.second.from=2022-01-01", "risk.main.max_open.count=3",
		`strategy.c.params.kind="trader_grade"`, "data.history=sample", "strategy.c.params.exit.side=short")
	s := c.Accounts[1].Strategies[0]
	e := s.Value.(*every)
	if e.Count != 10 || e.Limit.String() != "0.1" || e.Text != "true" || e.Ratio != 2 || e.Wait != market.Duration(90e9) || e.Kind != "trader_grade" {
		t.Errorf("%+v", e)
	}
	if diff := cmp.Diff([]int{3, 4}, e.Periods); diff != "" || e.Exit.Side != "short" {
		t.Errorf("%s %+v", diff, e.Exit)
	}
	if s.Interval != 4*market.Hour || len(s.Symbols) != 2 || c.Accounts[1].Cash.String() != "2500.5" || c.History != config.Sample {
		t.Errorf("%+v %+v", s, c.Accounts[1])
	}
	resolves(t, c)
}

func TestParamsAndSet(t *testing.T) {
	p := config.Params(newEvery())
	if diff := cmp.Diff(config.Param{Key: "count", Type: "whole number", Default: "20", Doc: "how many", Min: "2", Max: "200", Step: "1"}, p[1]); diff != "" {
		t.Error(diff)
	}
	e := newEvery()
	for _, set := range [][2]string{{"count", "30"}, {"limit", "1.25"}, {"text", "x y"}, {"exit.size", "2"}, {"depth", "4"}} {
		if err := config.Set(e, set[0], set[1]); err != nil {
			t.Error(err)
		}
	}
	if e.Count != 30 || e.Limit.String() != "1.25" || e.Text != "x y" || e.Exit.Size.String() != "2" || e.Depth != 4 {
		t.Errorf("%+v", e)
	}
	for _, x := range p { // each default can be given back
		if x.Default != "" {
			if err := config.Set(newEvery(), x.Key, x.Default); err != nil {
				t.Errorf("%s: %v", x.Key, err)
			}
		}
	}
	err := config.Set(e, "counts", "30")
	want := `--set counts: unknown key "counts"; known keys: count, depth, exit, interval, kind, legs, limit, on, periods, ratio, shares, since, small, stop, text, wait, weights; did you mean "count"?`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := config.Decode(e, map[string]any{"count": int64(1)}); err == nil || err.Error() != "count: count = 1 must be from 2 to 200" {
		t.Errorf("%v", err)
	}
}

func TestSecretsAreReadOnOpening(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("made-up-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &parse(t, whole, "signals.g.headers.Authorization.file="+token).Sources[0]
	env := func(name string) string { return map[string]string{"GRADES_KEY": "made-up-key"}[name] }
	opened, err := s.Open(signals.Env{}, env)
	if err != nil {
		t.Fatal(err)
	}
	g := opened.(*grades)
	if g.Key.Reveal() != "made-up-key" || g.Headers["Authorization"].Reveal() != "made-up-token" || g == s.Value {
		t.Errorf("%+v", g)
	}
	if s.Value.(*grades).Key.Set() {
		t.Error("the key was read before it was needed")
	}
	if _, err := s.Open(signals.Env{}, func(string) string { return "" }); err == nil ||
		err.Error() != "signals.g.key: the variable GRADES_KEY of the environment is not set: set it to the key" {
		t.Errorf("%v", err)
	}
	for _, pasted := range []string{"made_up_key", strings.Repeat("KEY0", 16)} {
		s := &parse(t, whole, "signals.g.key.env="+pasted).Sources[0]
		if _, err := s.Open(signals.Env{}, env); err == nil || strings.Contains(err.Error(), pasted) || !strings.Contains(err.Error(), "signals.g.key: the variable that env of key names") {
			t.Errorf("%v", err)
		}
	}
	if runtime.GOOS == "windows" {
		return // files have no mode there
	}
	if err := os.Chmod(token, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(signals.Env{}, env); err == nil || !strings.Contains(err.Error(), "has mode 0644, so that others may read it: chmod 600 ") {
		t.Errorf("%v", err)
	}
}

func TestLoad(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "strategies.toml")
	_, err := config.Load(missing, plugins())
	if err == nil || market.ClassOf(err) != market.Usage || !strings.Contains(err.Error(), "name one with --config FILE") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(missing, []byte(whole), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(missing, plugins(), "account.main.seed=9")
	if err != nil || c.Accounts[0].Seed != 9 {
		t.Errorf("%v", err)
	}
}
