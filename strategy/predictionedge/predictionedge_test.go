package predictionedge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/predictionedge"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const hours = market.Time(time.Hour)

// forecast is a band that is known at the end of an hour, about that hour; a part below 0
// is null.
type forecast struct {
	hour                 int
	lower, middle, upper float64
}

// rows returns the three rows of a forecast.
func (f forecast) rows() (list []market.Signal) {
	for suffix, value := range map[market.SignalKind]float64{"": f.middle, "_lower": f.lower, "_upper": f.upper} {
		list = append(list, market.Signal{
			Kind: "prediction_7d" + suffix, Subject: "BTC", Value: max(value, 0), Null: value < 0,
			Effective: strategytest.Story{}.Start() + market.Time(f.hour)*hours,
		})
	}
	return list
}

// play runs over hourly closes of BTC.
func play(t *testing.T, story strategytest.Story, set func(*predictionedge.Config), closes []float64, rows ...market.Signal) []string {
	t.Helper()
	c := predictionedge.Plugin().New().(*predictionedge.Config)
	c.Cost = 0.002
	if set != nil {
		set(c)
	}
	story.Interval, story.Signals = market.Hour, rows
	story.Markets = []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}
	return story.Sides(t, c)
}

// flat returns n closes of 100.
func flat(n int) []float64 { return slices.Repeat([]float64{100}, n) }

// price returns 60 closes of 100, from hour 10 on of x.
func price(x float64) []float64 {
	list := flat(60)
	for i := 9; i < len(list); i++ {
		list[i] = x
	}
	return list
}

func TestRules(t *testing.T) {
	keep := func(c *predictionedge.Config) { c.OnAbsent = strategy.Keep }
	for _, c := range []struct {
		name   string
		set    func(*predictionedge.Config)
		closes []float64
		bands  []forecast
		want   []string
	}{
		{"in once the lower end clears the costs", nil, flat(30), []forecast{{5, 100.1, 105, 110}, {6, 100.3, 105, 110}}, []string{"6 buy"}},
		{"exactly the costs are not enough", nil, flat(30), []forecast{{5, 100.2, 105, 110}}, nil},
		{"the forecast alone is not enough", nil, flat(30), []forecast{{5, 99, 120, 141}}, nil},
		{"a margin beyond the costs", func(c *predictionedge.Config) { c.Margin = 0.03 }, flat(30), []forecast{{5, 103.1, 105, 110}, {8, 103.3, 105, 110}}, []string{"8 buy"}},
		{"in while the forecast is above the price, whatever the band", nil, flat(30), []forecast{{5, 101, 105, 110}, {8, 90, 100.5, 111}}, []string{"5 buy"}},
		{"out once it is not", nil, flat(30), []forecast{{5, 101, 105, 110}, {8, 90, 100, 110}}, []string{"5 buy", "8 sell"}},
		{"out once the price is there", nil, price(106), []forecast{{5, 101, 105, 110}}, []string{"5 buy", "10 sell"}},
		{"in once the price has fallen below the band", nil, price(95), []forecast{{5, 97, 105, 113}}, []string{"10 buy", "54 sell"}},
		{"null is absent: out", nil, flat(30), []forecast{{5, 101, 105, 110}, {8, -1, -1, -1}}, []string{"5 buy", "8 sell"}},
		{"null is absent: kept", keep, flat(30), []forecast{{5, 101, 105, 110}, {8, -1, -1, -1}}, []string{"5 buy"}},
		{"too old is absent", nil, flat(60), []forecast{{5, 101, 105, 110}}, []string{"5 buy", "54 sell"}},
		{"without its band a forecast holds", nil, flat(30), []forecast{{5, 101, 105, 110}, {8, -1, 105, -1}}, []string{"5 buy"}},
		{"without its band a forecast opens nothing", nil, flat(30), []forecast{{5, -1, 105, 110}}, nil},
		{"absent never opens", keep, flat(30), []forecast{{-60, 101, 105, 110}, {3, 101, -1, 110}}, nil},
		{"a band that does not hold its forecast is none", nil, flat(30), []forecast{{5, 106, 105, 110}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rows []market.Signal
			for _, f := range c.bands {
				rows = append(rows, f.rows()...)
			}
			if diff := cmp.Diff(c.want, play(t, strategytest.Story{}, c.set, c.closes, rows...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What is not of one forecast is no band: here the lower end of another time, or source.
func TestPartsOfTwoForecasts(t *testing.T) {
	for name, change := range map[string]func(*market.Signal){
		"another time":   func(s *market.Signal) { s.Effective += hours },
		"another source": func(s *market.Signal) { s.Source = "other" },
	} {
		rows := forecast{5, 101, 105, 110}.rows()
		for k := range rows {
			if rows[k].Kind == "prediction_7d_lower" {
				change(&rows[k])
			}
		}
		if got := play(t, strategytest.Story{}, nil, flat(30), rows...); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestShort(t *testing.T) {
	var rows []market.Signal
	for _, f := range []forecast{{5, 90, 95, 99.9}, {7, 90, 95, 99.7}, {9, 90, 99, 108}, {12, 90, 100, 110}, {15, 101, 105, 110}, {18, 90, 95, 99}} {
		rows = append(rows, f.rows()...)
	}
	short := func(c *predictionedge.Config) { c.Short = true }
	want := []string{"7 sell", "12 buy", "15 buy", "18 sell"}
	if diff := cmp.Diff(want, play(t, strategytest.Story{Perpetual: true}, short, flat(30), rows...)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"15 buy", "18 sell"}, play(t, strategytest.Story{Perpetual: true}, nil, flat(30), rows...)); diff != "" {
		t.Errorf("without short: (-want +got)\n%s", diff)
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		word, symbol string
		set          func(*predictionedge.Config)
	}{
		{"kind is empty", "BTCUSDT", func(c *predictionedge.Config) { c.Kind = "" }},
		{"prices in BTC", "ETHBTC", nil},
		{"cost = -1", "BTCUSDT", func(c *predictionedge.Config) { c.Cost = -1 }},
		{"margin = 2", "BTCUSDT", func(c *predictionedge.Config) { c.Margin = 2 }},
		{"on_absent", "BTCUSDT", func(c *predictionedge.Config) { c.OnAbsent = "" }},
		{"max_age", "BTCUSDT", func(c *predictionedge.Config) { c.MaxAge = -1 }},
		{"weight", "BTCUSDT", func(c *predictionedge.Config) { c.Weight = 2 }},
		{"short = true", "BTCUSDT", func(c *predictionedge.Config) { c.Short = true }},
	} {
		s := predictionedge.Plugin().New().(*predictionedge.Config)
		if c.set != nil {
			c.set(s)
		}
		_, err := strategytest.Story{Markets: []strategytest.Prices{{Symbol: c.symbol, Closes: flat(1)}}}.Play(s)
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", c.word, err)
		}
	}
}
