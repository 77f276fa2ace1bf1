package grid_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/strategy/grid"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// four lays lines at 100, 110, 121, 133.1 and 146.41, with 2000 for each cell.
func four(c *grid.Config) {
	c.Weight, c.Cells, c.Lower, c.Upper, c.Leave = 0.8, 4, 100, 146.41, "wait"
}

// play runs over daily closes, under rules.
func play(t *testing.T, rules []risk.Named, set func(*grid.Config), closes ...float64) []string {
	t.Helper()
	c := grid.Plugin().New().(*grid.Config)
	four(c)
	if set != nil {
		set(c)
	}
	return strategytest.Story{Rules: rules, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}.Orders(t, c)
}

func TestRules(t *testing.T) {
	begin := []string{"1 buy 2000 (target)", "2 buy 20 at 100 (line)", "2 buy 18.18181818 at 110 (line)", "2 buy 16.52892561 at 121 (line)", "2 sell 16 at 146.41 (line)"}
	after := func(lines ...string) []string { return append(begin[:len(begin):len(begin)], lines...) }
	moving := func(c *grid.Config) { c.Lower, c.Upper, c.Width, c.Leave = 0, 0, 0.21, "recentre" }
	moved := []string{
		"1 buy 4000 (target)", "2 buy 24.19999999 at 82.6446281 (line)", "2 buy 21.99999999 at 90.90909091 (line)", "2 sell 20 at 110 (line)", "2 sell 20 at 121 (line)",
		"3 cancel buy 24.19999999 at 82.6446281 (line)", "3 cancel buy 21.99999999 at 90.90909091 (line)", "4 buy 4248 (target)",
	}
	for _, c := range []struct {
		name   string
		set    func(*grid.Config)
		closes []float64
		want   []string
	}{
		{"it buys what the cells above are to sell", nil, []float64{125, 125, 125}, begin},
		{"nothing happens between two lines", nil, []float64{125, 125, 122, 132, 122, 132}, begin},
		{"what a line bought is sold at the next", nil, []float64{125, 125, 120, 120, 132}, after("3 sell 16.52892561 at 133.1 (line)")},
		{"and bought again", nil, []float64{125, 125, 120, 120, 134, 134}, after("3 sell 16.52892561 at 133.1 (line)", "5 buy 16.52892561 at 121 (line)")},
		{"a fall through two lines", nil, []float64{125, 125, 109, 109}, after("3 sell 17.35537189 at 121 (line)", "3 sell 17.35537189 at 133.1 (line)")},
		{"all sold above the lines, it waits", nil, []float64{125, 125, 150, 160, 150}, after("3 buy 15.02629601 at 133.1 (line)")},
		{"laid below the lines, all is for sale", nil, []float64{90, 90, 90, 105}, []string{
			"1 buy 8000 (target)", "2 sell 22.22222222 at 110 (line)", "2 sell 22.22222222 at 121 (line)", "2 sell 22.22222222 at 133.1 (line)", "2 sell 22.22222222 at 146.41 (line)"}},
		{"laid above them, all is for buying", nil, []float64{150, 150}, []string{
			"2 buy 20 at 100 (line)", "2 buy 18.18181818 at 110 (line)", "2 buy 16.52892561 at 121 (line)", "2 buy 15.02629601 at 133.1 (line)"}},
		{"laid anew around a price that left", moving, []float64{100, 100, 130, 130}, moved},
		{"a missing bar", nil, []float64{125, 0, 125}, []string{
			"1 buy 2000 (target)", "3 buy 20 at 100 (line)", "3 buy 18.18181818 at 110 (line)", "3 buy 16.52892561 at 121 (line)", "3 sell 16 at 146.41 (line)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, nil, c.set, c.closes...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What a rule sold is not for sale any more, and not bought back: the cells buy again at
// their own lines, from the next day on. What one refused is asked for again on the next day.
func TestRulesOfRisk(t *testing.T) {
	begin := []string{"1 buy 2000 (target)", "2 buy 20 at 100 (line)", "2 buy 18.18181818 at 110 (line)", "2 buy 16.52892561 at 121 (line)", "2 sell 16 at 146.41 (line)"}
	stopped := append(begin[:5:5],
		"3 cancel buy 20 at 100 (line)", "3 cancel buy 18.18181818 at 110 (line)", "3 cancel sell 16 at 146.41 (line)", "3 sell 16.52892561 (rule)",
		"3 sell 16.52892561 at 133.1 (line) refused by engine: sells 16.52892561 BTC, limit 0 held and not in other orders", "3 sell 16 (rule)",
		"4 buy 20 at 100 (line)", "4 buy 18.18181818 at 110 (line)", "6 buy 16.52892561 at 121 (line)")
	if diff := cmp.Diff(stopped, play(t, []risk.Named{{Name: "rule", Rule: &exit.StopLoss{Percent: decimal.New(5, -2), At: "close"}}}, nil, 125, 125, 115, 112, 115, 125, 130)); diff != "" {
		t.Errorf("a stop: (-want +got)\n%s", diff)
	}
	no := " refused by rule: order for 2000 USDT of BTCUSDT, limit 1999.9999999 USDT"
	refused := []string{begin[0] + no, begin[1] + no, begin[2], begin[3], "3 buy 20 at 100 (line)" + no}
	if diff := cmp.Diff(refused, play(t, []risk.Named{{Name: "rule", Rule: &limit.MaxOrder{Amount: decimal.New(19999999999, -7)}}}, nil, 125, 125, 125)); diff != "" {
		t.Errorf("a limit: (-want +got)\n%s", diff)
	}
}

func TestParameters(t *testing.T) {
	two := []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}, {Symbol: "ETHUSDT", Closes: []float64{1}}}
	for word, set := range map[string]func(*grid.Config){
		"weight":        func(c *grid.Config) { c.Weight = 1.5 },
		"leave":         func(c *grid.Config) { c.Leave, c.Lower, c.Upper = "", 0, 0 },
		"below upper":   func(c *grid.Config) { c.Upper = 100 },
		"above 0":       func(c *grid.Config) { c.Lower = 0 },
		"one symbol":    func(c *grid.Config) {},
		"fix the grid":  func(c *grid.Config) { c.Leave = "recentre" },
		"two fees":      func(c *grid.Config) { c.Lower, c.Upper, c.Width = 0, 0, 0 },
		"fewer cells, ": func(c *grid.Config) { c.Lower, c.Upper, c.Width = 0, 0, 0 },
	} {
		c := grid.Plugin().New().(*grid.Config)
		four(c)
		set(c)
		story := strategytest.Story{Markets: two}
		if word != "one symbol" {
			story.Markets = two[:1]
		}
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestSuiteOfOneThatWaits(t *testing.T) {
	strategytest.Run(t, grid.Plugin(), strategytest.Seed(3), strategytest.Instruments(1), strategytest.Bars(400),
		strategytest.With(func(c *grid.Config) { c.Cells, c.Lower, c.Upper, c.Leave = 20, 150, 300, "wait" }))
}
