package tokenmetrics

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// price is kept for the levels, which need one.
func (t *table) price(r *Price) {
	if !t.of(r.TokenID) {
		return
	}
	v, ok := r.Price.Float()
	t.now(time.Minute)
	if ok && v <= 0 {
		t.warn("price of %s is null: nothing costs %v", t.named(), v)
		ok = false
	}
	if ok {
		t.around.prices[r.TokenID] = v
	}
	t.value("price", v, ok)
}

// levels makes support of the nearest level that is not above the price of just before, and
// resistance of the nearest above it: the API labels neither.
func (t *table) levels(r *ResistanceSupport) {
	if !t.of(r.TokenID) {
		return
	}
	if name := "HISTORICAL_RESISTANCE_SUPPORT_LEVELS"; t.row.lacks(name) {
		t.refuse("%s is missing", name)
		return
	}
	t.on(r.Date)
	price, priced := t.around.prices[r.TokenID]
	if !priced {
		t.warn("support and resistance of %s at %s are null: there is no price", t.named(), t.about)
	}
	if priced && (t.row.holes || slices.ContainsFunc(r.Levels, func(l Level) bool { return !l.Level.Valid })) {
		t.warn("support and resistance of %s at %s are null: the nearest could be the level that cannot be read", t.named(), t.about)
		priced = false
	}
	var below, above float64
	for _, l := range r.Levels {
		switch v, ok := l.Level.Float(); {
		case !ok || v <= 0 || !priced:
		case v <= price:
			below = max(below, v)
		case above == 0 || v < above:
			above = v
		}
	}
	t.value("support", below, below > 0)
	t.value("resistance", above, above > 0)
	t.value("support_distance", (price-below)/price, below > 0)
	t.value("resistance_distance", (above-price)/price, above > 0)
}

// correlations takes those with other tokens by their names: there are no ids. A name that
// is asked for and not in the list is null: the list has the ten highest and lowest only.
func (t *table) correlations(r *Correlations) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	var all []float64
	whole := !t.row.holes
	told := map[market.SignalKind]bool{}
	for _, c := range r.Top {
		v, ok := c.Correlation.Float()
		all = append(all, v)
		whole = whole && ok && v >= -1 && v <= 1
		if name := slug(c.Token); name != "" {
			told["correlation_with_"+market.SignalKind(name)] = true
			t.value("correlation_with_"+market.SignalKind(name), v, ok)
		}
	}
	for _, k := range t.kinds {
		if k != "correlation_with_@" && market.SignalKind("correlation_with_@").Covers(k) && !told[k] {
			t.value(k, 0, false)
		}
	}
	if len(all) > 0 && !whole {
		t.warn("highest and lowest correlation of %s at %s are null: either could be one that cannot be read", t.named(), t.about)
	}
	if len(all) == 0 || !whole {
		t.value("correlation_highest", 0, false)
		t.value("correlation_lowest", 0, false)
		return
	}
	t.value("correlation_highest", slices.Max(all), true)
	t.value("correlation_lowest", slices.Min(all), true)
}

// slug makes a name part of a kind: lower case, with _ for all that is no letter or digit;
// "" where little is left.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if r > '~' {
			return "" // two such names could become one
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
			b.WriteByte('_')
		}
	}
	if text := strings.Trim(b.String(), "_"); len(text) <= 40 {
		return text
	}
	return ""
}

// prediction reads both shapes: forecasts of days, and scenarios of the whole market.
func (t *table) prediction(r *PricePrediction) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	t.number("prediction_return_7d", r.Returns7d)
	for _, f := range r.Forecasts {
		days := strconv.Itoa(f.Day)
		t.number(numbered("prediction_#d", days), f.Forecast)
		t.number(numbered("prediction_#d_lower", days), f.Lower)
		t.number(numbered("prediction_#d_upper", days), f.Upper)
	}
	t.projection(r.Projection)
}

// projection takes prices, and makes returns of them: the unit of the published ones is
// not known.
func (t *table) projection(p *Projection) {
	if p == nil {
		return
	}
	now, priced := p.Price.Float()
	for _, s := range p.Scenarios {
		if !s.Growth.Valid {
			t.warn("a scenario of %s at %s is left out: it does not say of what", t.named(), t.about)
			continue
		}
		growth := s.Growth.String()
		for mood, price := range map[market.SignalKind]Number{"bear": s.PriceBear, "base": s.PriceBase, "moon": s.PriceMoon} {
			v, ok := price.Float()
			t.value(numbered("scenario_price_"+mood+"_#x", growth), v, ok)
			ok = ok && priced && now > 0
			t.value(numbered("scenario_return_"+mood+"_#x", growth), v/max(now, 1e-300)-1, ok)
		}
	}
}

// scenarios reads both shapes. The old one has several prices for each worth of the whole
// market, by the part that the token has of it.
func (t *table) scenarios(r *ScenarioAnalysis) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	t.projection(r.Projection)
	prices, broken := map[string][]float64{}, map[string]bool{}
	for _, s := range r.Analysis {
		v, ok := s.Price.Float()
		worth := s.MarketCapTrillion.String()
		prices[worth] = append(prices[worth], v)
		broken[worth] = broken[worth] || !ok
	}
	lost := t.row.holes || len(prices[""]) > 0
	delete(prices, "")
	for worth, list := range prices { // signals sorts the rows
		slices.Sort(list)
		whole := !lost && !broken[worth]
		if !whole {
			t.warn("scenarios of %s at %s are null for %s trillion USD: one of them cannot be read", t.named(), t.about, worth)
		}
		t.value(numbered("scenario_price_#t", worth), list[len(list)/2], whole)
		t.value(numbered("scenario_price_#t_low", worth), list[0], whole)
		t.value(numbered("scenario_price_#t_high", worth), list[len(list)-1], whole)
	}
}
