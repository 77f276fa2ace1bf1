package tokenmetricstest_test

import (
	"math"
	"testing"

	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

func number(t *testing.T, row map[string]any, key string) float64 {
	t.Helper()
	x, ok := row[key].(float64)
	if !ok {
		t.Fatalf("%s of %v is no number", key, row)
	}
	return x
}

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// TestGradesHoldTogether checks the relations that the grades of the service have.
func TestGradesHoldTogether(t *testing.T) {
	r := start(t, tokenmetricstest.Options{Seed: 3})
	const window = "?startDate=2025-04-01&endDate=2025-04-29&token_id=3375,4425,17528&limit=100"
	type key struct {
		id, date any
	}
	of := func(row map[string]any) key { return key{row["TOKEN_ID"], row["DATE"]} }
	trader, investor := map[key]float64{}, map[key]float64{}
	list := rows(t, r, "trader-grades"+window)
	if len(list) != 87 {
		t.Fatalf("%d rows", len(list))
	}
	for i, row := range list {
		g := number(t, row, "TM_TRADER_GRADE")
		trader[of(row)] = g
		if want := 0.8*number(t, row, "TA_GRADE") + 0.2*number(t, row, "QUANT_GRADE"); !near(g, want, 0.0051) || g < 0 || g > 100 {
			t.Errorf("trader grade %v, want %v", g, want)
		}
		if i+3 < len(list) {
			before := number(t, list[i+3], "TM_TRADER_GRADE")
			if got, want := number(t, row, "TM_TRADER_GRADE_24H_PCT_CHANGE"), (g-before)/before*100; !near(got, want, 0.0051) {
				t.Errorf("changed by %v, want %v", got, want)
			}
		}
	}
	for _, row := range rows(t, r, "investor-grades"+window) {
		g := number(t, row, "TM_INVESTOR_GRADE")
		investor[of(row)] = g
		if want := (5*number(t, row, "FUNDAMENTAL_GRADE") + 4*number(t, row, "TECHNOLOGY_GRADE") + 4*number(t, row, "VALUATION_GRADE")) / 13; !near(g, want, 0.0051) {
			t.Errorf("investor grade %v, want %v", g, want)
		}
	}
	for _, row := range rows(t, r, "trading-signals"+window) {
		if row["TM_TRADER_GRADE"] != trader[of(row)] {
			t.Errorf("trading-signals say %v, trader-grades %v", row["TM_TRADER_GRADE"], trader[of(row)])
		}
		if g, ok := investor[of(row)]; ok != (row["TM_INVESTOR_GRADE"] != nil) || ok && row["TM_INVESTOR_GRADE"] != g {
			t.Errorf("trading-signals say %v, investor-grades %v", row["TM_INVESTOR_GRADE"], g)
		}
	}
}

// TestSignalsHoldTogether walks the whole history of a token, from the first day on.
func TestSignalsHoldTogether(t *testing.T) {
	r := start(t, tokenmetricstest.Options{Flow: tokenmetricstest.Legacy, Seed: 5})
	list := append(rows(t, r, "trading-signals?token_id=3306&page=0"), rows(t, r, "trading-signals?token_id=3306&page=1")...)
	state, last, flips, exits := 0.0, 0.0, 0, 0
	for i := len(list) - 1; i >= 0; i-- {
		row := list[i]
		signal := number(t, row, "TRADING_SIGNAL")
		if signal != 0 {
			if signal == last {
				t.Errorf("%v: two signals of %v in a row", row["DATE"], signal)
			}
			state, last, flips = signal, signal, flips+1
		}
		if trend := number(t, row, "TOKEN_TREND"); trend != state {
			t.Errorf("%v: trend %v after the signal %v", row["DATE"], trend, state)
		}
		if flips == 0 || flips == 1 && signal != 0 {
			if row["TRADING_SIGNALS_RETURNS"] != nil || row["HOLDING_RETURNS"] != nil {
				t.Errorf("returns up to the first signal: %v", row)
			}
			continue
		}
		if list[i+1]["HOLDING_RETURNS"] == nil {
			continue
		}
		step := func(key string) float64 { return (1+number(t, row, key))/(1+number(t, list[i+1], key)) - 1 }
		ours, holding := step("TRADING_SIGNALS_RETURNS"), step("HOLDING_RETURNS")
		want := 0.0
		switch {
		case signal == -1:
			want, exits = (1+holding)*0.998-1, exits+1
		case signal == 0 && state == 1:
			want = holding
		}
		if !near(ours, want, 0.0006) {
			t.Errorf("%v: signal %v, trend %v: the strategy made %.5f and holding %.5f", row["DATE"], signal, state, ours, holding)
		}
	}
	if len(list) != 1622 || flips < 40 || exits < 20 {
		t.Errorf("%d days, %d signals, %d exits", len(list), flips, exits)
	}
}

func TestMarketHoldsTogether(t *testing.T) {
	r := start(t, tokenmetricstest.Options{})
	state := 0.0
	for i, row := range rows(t, r, "market-metrics?startDate=2025-03-01&limit=100") {
		if signal := number(t, row, "TM_GRADE_SIGNAL"); signal != 0 || i == 0 {
			state = number(t, row, "LAST_TM_GRADE_SIGNAL")
			if signal != 0 && signal != state {
				t.Error(row)
			}
		}
		if number(t, row, "LAST_TM_GRADE_SIGNAL") != state {
			t.Errorf("state %v: %v", state, row)
		}
	}
	sum := 0.0
	for _, row := range rows(t, r, "indices-holdings?id=1") {
		sum += number(t, row, "WEIGHT")
	}
	if !near(sum, 100, 0.01) {
		t.Errorf("weights sum to %v", sum)
	}
}
