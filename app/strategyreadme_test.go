package app_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/all"
)

// sampleRuns is what the tests read of backtest --sample all.
type sampleRuns struct {
	Samples []struct {
		Strategy    string
		Synthetic   []string
		Symbols     []string
		Exec        map[string]string
		From, To    string
		StartEquity decimal.Decimal `json:"start_equity"`
		Quote       string
		Run, Hold   sampleOutcome
	}
}

type sampleOutcome struct {
	TotalReturn *float64 `json:"total_return"`
	CAGR        *float64 `json:"cagr"`
	MaxDrawdown *float64 `json:"max_drawdown"`
	Sharpe      *float64
	Trades      int
	Open        int
	Orders      int
	FeesQuote   decimal.Decimal `json:"fees_quote"`
	ResultHash  string          `json:"result_hash"`
}

// readme is where the README of a strategy stands: in the directory of its package, which
// is its name without underscores.
func readme(name string) string {
	return filepath.Join("..", "strategy", strings.ReplaceAll(name, "_", ""), "README.md")
}

// results runs the sample of each strategy that ships, once.
func results(t *testing.T) sampleRuns {
	t.Helper()
	runs, err := sampleResults()
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

var sampleResults = sync.OnceValues(func() (runs sampleRuns, err error) {
	var out, errs bytes.Buffer
	if code := app.Run(context.Background(), app.Default(), []string{"backtest", "--sample", "all", "--format", "json"}, &out, &errs); code != 0 {
		return runs, fmt.Errorf("exit code %d: %s", code, &errs)
	}
	if err := json.Unmarshal(out.Bytes(), &runs); err != nil || len(runs.Samples) != len(all.All()) {
		return runs, fmt.Errorf("%d samples of %d strategies, %v", len(runs.Samples), len(all.All()), err)
	}
	return runs, nil
})

// BenchmarkSamples runs the samples of all strategies, each beside holding: with -cpu 1 on
// one core.
func BenchmarkSamples(b *testing.B) {
	for b.Loop() {
		if code := app.Run(b.Context(), app.Default(), []string{"backtest", "--sample", "all"}, io.Discard, io.Discard); code != 0 {
			b.Fatal("exit code", code)
		}
	}
}

const resultBegin, resultEnd = "<!-- result -->\n", "<!-- /result -->\n"

// TestStrategyReadmeResults: the result in each README is that of the strategy's sample,
// with the hash. SIGNALMAN_UPDATE=1 writes it anew.
func TestStrategyReadmeResults(t *testing.T) {
	runs := results(t)
	for i := range runs.Samples {
		s := &runs.Samples[i]
		path := readme(s.Strategy)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		before, rest, begun := strings.Cut(string(text), resultBegin)
		block, after, ended := strings.Cut(rest, resultEnd)
		if !begun || !ended || !strings.HasPrefix(before[strings.LastIndex(before, "\n## ")+1:], "## Result\n") {
			t.Errorf("%s: below ## Result write these two lines, and nothing between them:\n%s%s", path, resultBegin, resultEnd)
			continue
		}
		want := runs.block(i)
		switch {
		case block == want:
		case os.Getenv("SIGNALMAN_UPDATE") != "":
			if err := os.WriteFile(path, []byte(before+resultBegin+want+resultEnd+after), 0o644); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("%s: the result is another one (SIGNALMAN_UPDATE=1 writes it anew):\n%s\nwant\n%s", path, block, want)
		}
	}
}

// block is what the README of a strategy says of its result.
func (r *sampleRuns) block(i int) string {
	s := &r.Samples[i]
	var b strings.Builder
	fmt.Fprintf(&b, "%s, filled on bars of %s, %.10s to %.10s, %s %s at the start:\n\n", allOf(s.Symbols), s.Exec[s.Symbols[0]], s.From, s.To, s.StartEquity, s.Quote)
	fmt.Fprintf(&b, "| | return | a year | drawdown | Sharpe | trades | orders | fees %s |\n|---|---|---|---|---|---|---|---|\n", s.Quote)
	fmt.Fprintf(&b, "| `%s` | %s |\n", s.Strategy, s.Run.row())
	if s.Strategy != "buy_and_hold" {
		fmt.Fprintf(&b, "| held, equal shares | %s |\n", s.Hold.row())
	}
	b.WriteString("\n")
	if len(s.Synthetic) > 0 {
		b.WriteString("The signals are [made up](../../docs/data.md#the-bundled-histories) of the same prices: this shows what the strategy does, and says\nnothing about any provider. ")
	}
	if s.Strategy != "buy_and_hold" {
		fmt.Fprintf(&b, "It earned %s holding, and fell %s it.\n", than(s.Run.TotalReturn, s.Hold.TotalReturn), than(s.Hold.MaxDrawdown, s.Run.MaxDrawdown))
	}
	fmt.Fprintf(&b, "`signalman backtest --sample %s` runs it: result hash\n`%s`.\n", s.Strategy, s.Run.ResultHash)
	return b.String()
}

// row is the cells of one run.
func (o *sampleOutcome) row() string {
	trades := fmt.Sprint(o.Trades)
	if o.Open > 0 {
		trades += fmt.Sprintf(", %d open", o.Open)
	}
	sharpe := "n/a"
	if o.Sharpe != nil {
		sharpe = fmt.Sprintf("%.2f", *o.Sharpe)
	}
	return strings.Join([]string{share(o.TotalReturn), share(o.CAGR), share(o.MaxDrawdown), sharpe, trades, fmt.Sprint(o.Orders), o.FeesQuote.StringFixed(2)}, " | ")
}

// share prints a fraction as percent.
func share(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return fmt.Sprintf("%+.1f %%", *x*100)
}

// than says how a number compares.
func than(a, b *float64) string {
	if a == nil || b == nil {
		return "otherwise than"
	}
	return [...]string{"less than", "as much as", "more than"}[cmp.Compare(*a, *b)+1]
}

// allOf joins names: "BTCUSDT, ETHUSDT and SOLUSDT".
func allOf(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return names[0]
}

// readmeSections are what each README says, in this order.
var readmeSections = []string{"Idea", "Parameters", "When it fails", "Costs", "Result", "Example"}

var (
	sectionHead = regexp.MustCompile(`(?m)^## (.+)$`)
	paramRow    = regexp.MustCompile("(?m)^\\| `([a-z0-9_.]+)` \\| ([^|]*) \\|.*\\|$")
)

// TestStrategyReadmes: each README has the sections, a row for each parameter with its
// default, and its sample as the example.
func TestStrategyReadmes(t *testing.T) {
	for _, p := range all.All() {
		t.Run(p.Name, func(t *testing.T) { checkReadme(t, p) })
	}
}

func checkReadme(t *testing.T, p strategy.Plugin) {
	text, err := os.ReadFile(readme(p.Name))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("# "+p.Name+"\n")) {
		t.Errorf("the first line is not # %s", p.Name)
	}
	parts, sections := sectionHead.Split(string(text), -1), map[string]string{}
	var heads []string
	for k, head := range sectionHead.FindAllStringSubmatch(string(text), -1) {
		heads = append(heads, head[1])
		if sections[head[1]] = strings.TrimSpace(parts[k+1]); sections[head[1]] == "" {
			t.Errorf("## %s is empty", head[1])
		}
	}
	if !slices.Equal(heads, readmeSections) {
		t.Errorf("the sections are %v, want %v", heads, readmeSections)
	}
	rows := map[string]string{}
	for _, row := range paramRow.FindAllStringSubmatch(sections["Parameters"], -1) {
		rows[row[1]] = plainDefault(row[2])
	}
	params := config.Params(p.New())
	for _, param := range params {
		if got, ok := rows[param.Key]; !ok || got != plainDefault(param.Default) {
			t.Errorf("the table under Parameters says %q of %s, want a row | `%s` | `%s` | … |", got, param.Key, param.Key, param.Default)
		}
	}
	if len(rows) != len(params) {
		t.Errorf("the table under Parameters has %d rows for %d parameters", len(rows), len(params))
	}
	if !strings.Contains(sections["Example"], "```toml\n"+strings.TrimSpace(p.Sample)+"\n```") {
		t.Error("the example is not sample.toml, as it stands, between ```toml and ```")
	}
}

// plainDefault is a default without the marks of TOML and Markdown.
func plainDefault(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "`\"")
	if s == "{}" || s == "[]" {
		return ""
	}
	return s
}
