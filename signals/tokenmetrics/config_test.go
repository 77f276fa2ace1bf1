package tokenmetrics_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/all"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// TestCheck wants a class and a way out of each mistake, and no call.
func TestCheck(t *testing.T) {
	kinds := func(list ...market.SignalKind) func(*tokenmetrics.Config) {
		return func(c *tokenmetrics.Config) { c.Pull = list }
	}
	for name, c := range map[string]struct {
		change func(*tokenmetrics.Config)
		says   string
		hint   string
	}{
		"no kinds":        {kinds(), "kinds is empty", "trading_trend"},
		"unknown kind":    {kinds("fear_greed"), `v2 has no endpoint that gives "fear_greed"`, "docs/tokenmetrics.md"},
		"a gone grade":    {func(c *tokenmetrics.Config) { c.Generation = "v3" }, `v3 has no endpoint that gives "trader_grade"`, "tm_grade has replaced it; generation v2-legacy and v2 may still have it"},
		"no mood":         {func(c *tokenmetrics.Config) { c.Generation, c.Pull = "v3", []market.SignalKind{"sentiment_news"} }, "sentiment_news", "nothing has replaced it; generation v2-legacy and v2"},
		"a later grade":   {func(c *tokenmetrics.Config) { c.Generation, c.Pull = "v2-legacy", []market.SignalKind{"tm_grade"} }, "tm_grade", "generation v2 and v3"},
		"avoided":         {func(c *tokenmetrics.Config) { c.Avoid = []string{"trading-signals", "trader-grades"} }, `no endpoint that gives "trader_grade"`, ""},
		"avoids nothing":  {func(c *tokenmetrics.Config) { c.Avoid = []string{"signals"} }, `no endpoint "signals"`, "trading-signals"},
		"no tokens":       {func(c *tokenmetrics.Config) { c.Tokens = nil }, "there are no tokens", "BTC = 3375"},
		"no id":           {func(c *tokenmetrics.Config) { c.Tokens["TON"] = 0 }, "TON = 0 is no id", "TON = 2037"},
		"ambiguous":       {func(c *tokenmetrics.Config) { c.Symbols = []string{"TON"} }, "TON is ambiguous: 2037 Toncoin, 3813 Tokamak Network", "TON = 2037"},
		"ambiguous, many": {func(c *tokenmetrics.Config) { c.Symbols = []string{"ANDY"} }, "ANDY is ambiguous: 6 tokens have it", "signals tokens ANDY"},
		"ambiguous, some": {func(c *tokenmetrics.Config) { c.Symbols = []string{"PEPE"} }, "PEPE is ambiguous: 28902, and 2 more", "PEPE = 28902"},
		"unknown symbol":  {func(c *tokenmetrics.Config) { c.Symbols = []string{"NOVEL"} }, "NOVEL is not known", "signals tokens NOVEL"},
		"no index":        {kinds("index_weight_#"), `"index_weight_#" names no index`, "index_weight_12"},
		"no source":       {func(c *tokenmetrics.Config) { c.Source = "" }, "need a source", "tokenmetrics"},
	} {
		p := &provider{}
		s, _ := source(t, p, "trader_grade")
		c.change(s)
		err := s.Check()
		var e *market.Error
		if !errors.As(err, &e) || e.Class != market.Usage || !strings.Contains(e.Err.Error(), c.says) || !strings.Contains(e.Hint, c.hint) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if list := s.Plan(signals.Query{}); list != nil {
			t.Errorf("%s has a plan: %v", name, list)
		}
		if rows, faults := said(t, s, signals.Query{}); rows != nil || len(faults) != 1 || faults[0].Error() != err.Error() || len(p.asked) > 0 {
			t.Errorf("%s: %v %v", name, faults, p.asked)
		}
	}
}

// TestSymbols takes known ones, and what is written out counts more.
func TestSymbols(t *testing.T) {
	p := &provider{rows: rowsOfAll}
	c, _ := source(t, p, "trading_trend")
	c.Symbols, c.Tokens = []string{"SOL", "TON"}, map[string]int64{"TON": 2037}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	said(t, c, signals.Query{})
	if len(p.params) != 1 || !strings.HasSuffix(p.params[0], "token_id=2037%2C3988") {
		t.Error(p.params)
	}
}

// TestNoKey asks nobody.
func TestNoKey(t *testing.T) {
	p := &provider{}
	c, _ := source(t, p, "trading_trend")
	c.Key = market.Secret{}
	rows, faults := said(t, c, signals.Query{})
	var e *market.Error
	if rows != nil || len(faults) != 1 || !errors.As(faults[0], &e) || e.Class != market.Usage || len(p.asked) > 0 {
		t.Error(rows, faults, p.asked)
	}
	if list := c.Plan(signals.Query{}); len(list) != 1 {
		t.Error("a plan needs no key:", list)
	}
}

// TestPlugin checks that the sample is what the source reads, and that it is listed.
func TestPlugin(t *testing.T) {
	list := all.Sources()
	i := slices.IndexFunc(list, func(p signals.Plugin) bool { return p.Name == "tokenmetrics" })
	if i < 0 || !list[i].Remote || list[i].Doc == "" {
		t.Fatalf("%+v", list)
	}
	config, ok := list[i].New(signals.Env{}).(*tokenmetrics.Config)
	_, asked := any(config).(signals.Source)
	if _, planned := any(config).(signals.Planner); !ok || !asked || !planned {
		t.Fatalf("%T is no source with a plan", config)
	}
	sample := struct {
		Signals map[string]*tokenmetrics.Config
	}{map[string]*tokenmetrics.Config{}}
	text := strings.Replace(list[i].Sample, "key ", "#", 1)
	if _, err := toml.Decode(text, &sample); err != nil {
		t.Fatal(err)
	}
	got := sample.Signals["tokenmetrics"]
	config.Generation, config.Pull, config.Tokens = got.Generation, got.Pull, got.Tokens
	if err := config.Check(); err != nil {
		t.Error(err)
	}
	if plan := config.Plan(signals.Query{}); len(plan) != 1 || plan[0].Calls != 1 || !slices.Equal(plan[0].Kinds, config.Kinds()) {
		t.Error(plan)
	}
	if ids := slices.Sorted(maps.Values(config.Tokens)); !slices.Equal(ids, []int64{3306, 3375}) {
		t.Error(ids)
	}
}

// The market is a subject where a kind is about it.
func TestSubjects(t *testing.T) {
	c := &tokenmetrics.Config{Pull: []market.SignalKind{"trader_grade"}, Tokens: map[string]int64{"BTC": 3375, "XBT": 3375}, Symbols: []string{"ETH"}}
	if got := c.Subjects(); !slices.Equal(got, []market.Subject{"BTC", "ETH", "XBT"}) {
		t.Error(got)
	}
	c.Pull = append(c.Pull, "market_trend", "market_cap")
	if got := c.Subjects(); !slices.Equal(got, []market.Subject{"*", "BTC", "ETH", "XBT"}) {
		t.Error(got)
	}
	c.Symbols = []string{"PEPE"} // ambiguous
	if got := c.Subjects(); got != nil {
		t.Error(got)
	}
}
