package sample

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func openDemo(t *testing.T) *Made {
	t.Helper()
	m, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDemoIsCausal: of bars cut anywhere, the same rows are made about the days before, and
// no row is known before the end of its day.
func TestDemoIsCausal(t *testing.T) {
	m := openDemo(t)
	all, err := m.Signals(store.SignalFilter{Source: DemoSource})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"2021-01-01", "2021-11-10T13:00:00Z", "2024-02-29T23:00:00Z"} {
		end, err := market.ParseTime(text)
		if err != nil {
			t.Fatal(err)
		}
		part, err := makeUp(m.Archive, end)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(part, byTime)
		want := slices.DeleteFunc(slices.Clone(all), func(s market.Signal) bool { return s.Effective+market.Day > end })
		if !slices.Equal(want, part) {
			t.Errorf("cut at %s, %d rows of %d are not the same: %s", text, len(part), len(want), cmp.Diff(want[len(want)-50:], part[max(len(part)-50, 0):]))
		}
	}
	for i := range all {
		if s := &all[i]; s.Known < s.Effective+market.Day+demoLag {
			t.Fatalf("%+v is known before its day is over", s)
		}
	}
}

// TestDemoRows: they are of kinds that are documented, in their bounds, in order, and some
// are missing, null or late.
func TestDemoRows(t *testing.T) {
	rows, err := openDemo(t).Signals(store.SignalFilter{})
	if err != nil || !slices.IsSortedFunc(rows, byTime) {
		t.Fatal("the rows are not in order", err)
	}
	counts := map[market.SignalKind]int{}
	null, late, bundled := 0, 0, 0
	for i := range rows {
		s := &rows[i]
		if s.Source != DemoSource {
			bundled++
			continue
		}
		kind, known := market.KindOf(s.Kind)
		if !known || s.Validate() != nil || !s.Assumed || !s.Null && !(s.Value >= kind.Min && s.Value <= kind.Max) {
			t.Fatalf("row %+v", s)
		}
		counts[s.Kind]++
		if s.Null {
			null++
		}
		if s.Known > s.Effective+market.Day+demoLag {
			late++
		}
	}
	n := len(rows) - bundled
	if want := []market.SignalKind{
		"index_weight_1", "investor_grade", "market_trend", "prediction_7d", "prediction_7d_lower", "prediction_7d_upper",
		"prediction_return_7d", "tm_grade", "trader_grade", "trading_signal", "trading_trend",
	}; len(counts) != len(want) || slices.ContainsFunc(want, func(k market.SignalKind) bool { return counts[k] == 0 }) {
		t.Errorf("kinds %v", counts)
	}
	if days := 5 * 1796; counts["trader_grade"] > days*995/1000 || counts["trader_grade"] < days*98/100 { // of the days from the 30th on
		t.Errorf("%d of %d trader grades", counts["trader_grade"], days)
	}
	if late < n/100 || late > n/25 || null < n/200 || bundled == 0 {
		t.Errorf("%d null and %d late of %d, %d of the sample", null, late, n, bundled)
	}
}

// TestDemoAgrees: on each day the band holds the forecast, the trend is the last signal
// that was not 0, and the shares of the index sum to 100.
func TestDemoAgrees(t *testing.T) {
	m := openDemo(t)
	by := func(kind market.SignalKind, about market.Subject) map[market.Time]market.Signal {
		rows, err := m.Signals(store.SignalFilter{Kind: kind, Subject: about})
		if err != nil || len(rows) == 0 {
			t.Fatal(kind, about, err)
		}
		days := map[market.Time]market.Signal{}
		for _, s := range rows {
			days[s.Effective] = s
		}
		return days
	}
	lower, upper, trend := by("prediction_7d_lower", "SOL"), by("prediction_7d_upper", "SOL"), by("trading_trend", "SOL")
	for day, s := range by("prediction_7d", "SOL") {
		if s.Null != lower[day].Null || s.Null != upper[day].Null || !s.Null && !(lower[day].Value < s.Value && s.Value < upper[day].Value) {
			t.Errorf("%s: %v from %v to %v", day, s.Value, lower[day].Value, upper[day].Value)
		}
	}
	for day, s := range by("trading_signal", "SOL") {
		if s.Value != 0 && trend[day].Value != s.Value {
			t.Errorf("%s: signal %v, trend %v", day, s.Value, trend[day].Value)
		}
	}
	whole, sums := 0, map[market.Time]float64{}
	for _, asset := range []market.Subject{"BNB", "BTC", "ETH", "SOL", "XRP"} {
		for day, s := range by("index_weight_1", asset) {
			sums[day] += s.Value
		}
	}
	for _, sum := range sums {
		if math.Abs(sum-100) < 1e-3 {
			whole++
		}
	}
	if len(sums) < 1700 || whole*100 < 90*len(sums) { // where the row of a member is missing, they sum to less
		t.Errorf("the shares sum to 100 on %d of %d days", whole, len(sums))
	}
}
