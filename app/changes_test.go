package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
)

const changeable = `
[account.main]
[strategy.a]
type = "grade_follow"
account = "main"
symbols = ["BTCUSDT"]
interval = "1d"
weight = "0.3"
risk = "both"
[strategy.a.params]
weight = 0.5
[strategy.b]
type = "sma_cross"
account = "main"
symbols = ["BTCUSDT"]
interval = "1h"
weight = "0.3"
risk = "both"
[risk.both]
rules = ["max_position"]
[risk.both.max_position]
amount = "1000"
`

// TestChanges: what a reload makes new, for each key that differs.
func TestChanges(t *testing.T) {
	c := &command{plugins: Default()}
	parse := func(text string) *account {
		cfg, err := config.Parse("test", []byte(text), c.configPlugins(), nil)
		if err != nil {
			t.Fatal(err)
		}
		a := &account{config: &cfg.Accounts[0], text: string(cfg.Keyless()), history: &backtest.History{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
		if err := a.build(); err != nil {
			t.Fatal(err)
		}
		return a
	}
	earlier := parse(changeable)
	earlier.text = strings.ReplaceAll(earlier.text, "on_failure = \"keep\"\n", "") // as a version without the key wrote it
	if changes, err := earlier.changes(parse(changeable)); len(changes) > 0 || err != nil {
		t.Errorf("a setting that is written down now changes %v, %v", changes, err)
	}
	for _, x := range []struct{ was, is, want string }{
		{"weight = \"0.3\"\nrisk = \"both\"\n[strategy.a.params]", "weight = \"0.2\"\nrisk = \"both\"\n[strategy.a.params]", ""},
		{"weight = 0.5", "weight = 0.4", "a code"},
		{"interval = \"1h\"", "interval = \"4h\"", "b code"},
		{"interval = \"1h\"", "interval = \"1h\"\non_failure = \"keep\"", ""},
		{"interval = \"1h\"", "interval = \"1h\"\non_failure = \"flatten\"", "b code"},
		{"amount = \"1000\"", "amount = \"900\"", "a rules, b rules"},
		{"risk = \"both\"\n[strategy.a.params]", "[strategy.a.params]", "a rules, b rules"},
		{"[account.main]", "[account.main]\non_exit = \"cancel\"", ""},
		{"[account.main]", "[account.main]\ncash = \"5\"", "refused"},
	} {
		is := strings.Replace(changeable, x.was, x.is, 1)
		if is == changeable {
			t.Fatalf("%q is not there", x.was)
		}
		changes, err := parse(changeable).changes(parse(is))
		var got []string
		if err != nil {
			got = append(got, "refused")
		}
		for _, one := range changes {
			what := map[bool]string{true: " code"}[one.Code] + map[bool]string{true: " rules"}[one.Rules] + map[bool]string{true: " removed"}[one.Removed]
			got = append(got, one.Name+what)
		}
		if diff := cmp.Diff(x.want, strings.Join(got, ", ")); diff != "" {
			t.Error(fmt.Sprintf("%q to %q: ", x.was, x.is) + diff)
		}
	}
}
