package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/all"
)

// TestStrategiesDoc: docs/strategies.md lists each strategy with what it does and what its
// sample made. SIGNALMAN_UPDATE=1 writes it anew.
func TestStrategiesDoc(t *testing.T) {
	path := filepath.Join("..", "docs", "strategies.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), resultBegin)
	block, after, ended := strings.Cut(rest, resultEnd)
	if !begun || !ended {
		t.Fatal("it has no block between", resultBegin, resultEnd)
	}
	want := strategyTable(results(t))
	switch {
	case block == want:
	case os.Getenv("SIGNALMAN_UPDATE") != "":
		if err := os.WriteFile(path, []byte(before+resultBegin+want+resultEnd+after), 0o600); err != nil {
			t.Error(err)
		}
	default:
		t.Errorf("the table is another one (SIGNALMAN_UPDATE=1 writes it anew):\n%s\nwant\n%s", block, want)
	}
	for _, p := range all.All() {
		if !strings.Contains(after, "`"+p.Name+"`") {
			t.Errorf("nothing says when to choose %s", p.Name)
		}
	}
}

// strategyTable is the list of docs/strategies.md.
func strategyTable(runs sampleRuns) string {
	var b strings.Builder
	b.WriteString("| strategy | what it does | return | held | drawdown | held | trades | fees USDT |\n|---|---|---|---|---|---|---|---|\n")
	for k, p := range all.All() {
		s, mark := &runs.Samples[k], ""
		if len(s.Synthetic) > 0 {
			mark = " \\*"
		}
		fmt.Fprintf(&b, "| [`%s`](%s)%s | %s | %s | %s | %s | %s | %d | %s |\n", p.Name, filepath.ToSlash(readme(p.Name)), mark, p.Doc,
			share(s.Run.TotalReturn), share(s.Hold.TotalReturn), share(s.Run.MaxDrawdown), share(s.Hold.MaxDrawdown), s.Run.Trades, s.Run.FeesQuote.StringFixed(0))
	}
	return b.String()
}
