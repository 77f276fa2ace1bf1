package tokenmetricstest

import (
	"math"
	"strconv"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// forecast is a price some days ahead: the present one, carried on by half of last week's
// growth, with a band that widens with the root of the days.
func (m *model) forecast(t *token, d day, ahead int) (mid, lower, upper float64) {
	at := m.at(d)
	mid = t.price(at) * math.Exp(0.5*t.change(at, 7*market.Day)*float64(ahead)/7)
	band := 0.05 * math.Sqrt(float64(ahead))
	return mid, mid * (1 - band), mid * (1 + band)
}

// forecastRow is the shape until 2025, without a symbol.
func forecastRow(a *ask, t *token, d day, _ bool) row {
	m, days := a.server.model, row{}
	last := 0.0
	for n := 1; n <= 7; n++ {
		mid, lower, upper := m.forecast(t, d, n)
		days = append(days, field{strconv.Itoa(n) + "-day-forecast", row{{"forecast", mid}, {"forecast_lower", lower}, {"forecast_upper", upper}}})
		last = mid
	}
	return row{{"TOKEN_ID", t.ID}, {"TOKEN_NAME", t.Name}, {"DATE", d.stamp()}, {"FORECASTS_FOR_NEXT_7_DAYS", days},
		{"PREDICTED_RETURNS_7D", round(last/t.price(m.at(d))-1, 4)}}
}

// marketCap returns that of all tokens.
func (m *model) marketCap(at market.Time) float64 {
	sum := 0.0
	for _, t := range m.tokens {
		sum += t.cap(at)
	}
	return round(sum, 3)
}

// prediction is the object of predictions for multiples of the whole market's value.
func (a *ask) prediction(t *token, d day, key string) row {
	m := a.server.model
	at := m.at(d)
	price, total, scenarios := t.price(at), m.marketCap(at), []row{}
	for _, x := range []float64{0.5, 1, 2, 4} {
		r := row{{"scenario", x}, {"total_mcap_scenario", round(total*x, 3)}}
		prices := [...]struct {
			name  string
			price float64
		}{{"base", price * x}, {"bear", price * x * 0.6}, {"moon", price * x * 1.7}}
		for _, p := range prices {
			r = append(r, field{"predicted_price_" + p.name, significant(p.price)})
		}
		for _, p := range prices {
			r = append(r, field{"predicted_roi_" + p.name, round(p.price/price-1, 4)})
		}
		for _, p := range prices {
			r = append(r, field{"predicted_mcap_" + p.name, round(p.price*t.Supply, 3)})
		}
		for _, p := range prices {
			r = append(r, field{"predicted_fdv_" + p.name, round(p.price*t.Supply*1.1, 3)})
		}
		scenarios = append(scenarios, r)
	}
	ahead := at.UTC().AddDate(0, 6, 0).Format(time.DateOnly)
	return row{{"token_mcap", t.cap(at)}, {"total_mcap", total}, {"category_name", t.category()}, {"current_price", price}, {"predicted_date", ahead},
		{"similar_tokens_info", []any{}}, {"avg_past_performance", round(math.Expm1(m.tokens[0].change(at, 180*market.Day)), 4)},
		{"self_past_performance", round(math.Expm1(t.change(at, 180*market.Day)), 4)}, {key, scenarios}}
}

func predictionRow(a *ask, t *token, d day, _ bool) row {
	return append(a.head(t), field{"DATE", d.stamp()}, field{"PRICE_PREDICTION", a.prediction(t, d, "price_prediction")})
}

func scenarioRow(a *ask, t *token, d day, _ bool) row {
	return append(a.head(t), field{"DATE", d.stamp()}, field{"SCENARIO_PREDICTION", a.prediction(t, d, "scenario_prediction")})
}

// oldScenarioRow is the shape until 2025: seven shares of each of six sizes of the market.
// Some small tokens have none.
func oldScenarioRow(a *ask, t *token, d day, _ bool) row {
	m := a.server.model
	r := append(a.head(t), field{"DATE", d.stamp()})
	if a.lacks(t, 5, 0.1) {
		return append(r, field{"SCENARIO_ANALYSIS", nil})
	}
	at, steps := m.at(d), []row{}
	share := t.cap(at) / m.marketCap(at)
	for _, trillions := range []float64{0.5, 1, 2, 3, 5, 10} {
		for k := range 7 {
			dominance := share * (0.7 + 0.1*float64(k))
			steps = append(steps, row{{"crypto_market_cap_trillion", trillions}, {"price_prediction", trillions * 1e12 * dominance / t.Supply}, {"token_dominance", dominance}})
		}
	}
	return append(r, field{"SCENARIO_ANALYSIS", steps})
}

// lacks reports whether a token has nothing of some kind: a share of those that have no
// bars and are not among the largest.
func (a *ask) lacks(t *token, part uint64, share float64) bool {
	return !t.barred() && t.rank >= 10 && chance(a.server.o.Seed, drawTexture, uint64(t.ID), part) < share
}

// levelRow has prices of days past, twelve at most, oldest first.
func levelRow(a *ask, t *token, d day, _ bool) row {
	r := append(a.head(t), field{"DATE", d.stamp()})
	if a.lacks(t, 6, 0.15) {
		return append(r, field{"HISTORICAL_RESISTANCE_SUPPORT_LEVELS", nil})
	}
	dated, plain := []row{}, []any{}
	const apart, most = 60, 12
	for k := most; k >= 1; k-- {
		block := d/apart - day(k)
		on := block*apart + day(mix(a.server.o.Seed, drawLevel, uint64(t.ID), uint64(block))%apart)
		if on < t.first {
			continue
		}
		level := significant(t.price(on.start()))
		dated, plain = append(dated, row{{"date", on.String()}, {"level", level}}), append(plain, level)
	}
	if a.legacy {
		return append(r, field{"HISTORICAL_RESISTANCE_SUPPORT_LEVELS", plain})
	}
	return append(r, field{"HISTORICAL_RESISTANCE_SUPPORT_LEVELS", dated})
}
