package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// TestRefusedLines: refusals whose figures alone differ are one kind; the first of each is
// named, and the first order of all is what the advice asks about.
func TestRefusedLines(t *testing.T) {
	order := func(id string, r *market.Refusal) backtest.OrderLine {
		return backtest.OrderLine{ID: id, Side: "buy", Symbol: "BTCUSDT", OrderTrace: &backtest.OrderTrace{Refused: r}}
	}
	cash := func(measured string) *market.Refusal {
		return &market.Refusal{Rule: "engine", Measured: "needs " + measured, Limit: "4000.5 of free cash"}
	}
	of := func(rule string) *market.Refusal { return &market.Refusal{Rule: rule, Measured: "halted"} }
	for _, c := range []struct {
		name   string
		orders []backtest.OrderLine
		want   []string
	}{
		{"none", []backtest.OrderLine{{ID: "a/1"}, order("a/2", nil)}, nil},
		{"one kind", []backtest.OrderLine{order("a/3", cash("6000")), order("a/4", cash("6000.25"))}, []string{
			"a/3 buy BTCUSDT refused by engine: needs 6000, limit 4000.5 of free cash, and 1 like it",
			"'signalman why a/3' tells more, of a backtest with --result DIR after --out DIR",
		}},
		{"many kinds", []backtest.OrderLine{order("a/1", of("k")), order("a/2", of("l")), order("a/3", of("m")), order("a/4", of("n")), order("a/5", of("o"))}, []string{
			"a/1 buy BTCUSDT refused by k: halted", "a/2 buy BTCUSDT refused by l: halted", "a/3 buy BTCUSDT refused by m: halted",
			"and for 2 more reasons; --format json lists them",
			"'signalman why a/1' tells more, of a backtest with --result DIR after --out DIR",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			printRefused(&b, c.orders)
			var got []string
			for line := range strings.Lines(b.String()) {
				got = append(got, strings.TrimPrefix(strings.TrimSpace(line), "1970-01-01T00:00:00Z  "))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("lines (-want +got):\n%s", d)
			}
		})
	}
}
