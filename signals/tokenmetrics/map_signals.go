package tokenmetrics

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

func (t *table) tradingSignal(r *TradingSignal) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	t.sign("trading_signal", r.Signal)
	t.state("trading_trend", r.Trend)
	t.number("trader_grade", r.TMTraderGrade)
	t.number("investor_grade", r.TMInvestorGrade)
	t.number("tm_grade", r.TMGrade)
	t.number("fundamental_grade", r.FundamentalGrade)
}

// The words of hourly signals are not documented. These are all that are taken: a signal
// to be flat could be an exit or nothing new, and a position to hold could be any.
var (
	signalWords = map[string]float64{
		"1": 1, "buy": 1, "long": 1, "bullish": 1, "0": 0, "hold": 0, "neutral": 0, "-1": -1, "sell": -1, "short": -1, "bearish": -1,
	}
	positionWords = map[string]float64{
		"1": 1, "buy": 1, "long": 1, "bullish": 1, "0": 0, "flat": 0, "neutral": 0, "-1": -1, "sell": -1, "short": -1, "bearish": -1,
	}
)

func (t *table) hourly(r *HourlyTradingSignal) {
	if !t.of(r.TokenID) {
		return
	}
	t.at(r.Time)
	t.strict("hourly_signal", "SIGNAL", r.Signal, signalWords)
	t.strict("hourly_position", "POSITION", r.Position, positionWords)
}

func (t *table) marketMetrics(r *MarketMetrics) {
	t.whole()
	t.on(r.Date)
	t.number("market_cap", r.TotalMarketCap)
	t.number("market_high_grades", r.PercHighCoins)
	t.sign("market_signal", r.GradeSignal)
	t.state("market_trend", r.LastGradeSignal)
}

// sentiment takes grades from 0 to 100. A text of the vendor speaks of -1 to 1: a row that
// could be such is null, since 1 of 1 is no 1 of 100.
func (t *table) sentiment(r *Sentiment) {
	t.whole()
	t.at(r.Time)
	grades := []Number{r.MarketGrade, r.NewsGrade, r.RedditGrade, r.TwitterGrade}
	if polar(grades) {
		t.warn("the sentiment at %s is null: it looks like from -1 to 1, not like grades from 0 to 100", r.Time)
		grades = make([]Number, len(grades))
	}
	for i, k := range []market.SignalKind{"sentiment_market", "sentiment_news", "sentiment_reddit", "sentiment_twitter"} {
		t.number(k, grades[i])
	}
}

// polar reports whether all grades that are there are from -1 to 1.
func polar(grades []Number) bool {
	some := false
	for _, g := range grades {
		v, ok := g.Float()
		if ok && (v < -1 || v > 1) {
			return false
		}
		some = some || ok
	}
	return some
}

// name remembers what a token is called.
func (t *table) name(r *TokenDetails) {
	n := t.config.names
	n.Lock()
	defer n.Unlock()
	if n.of == nil {
		n.of = map[int64]Token{}
	}
	n.of[r.TokenID] = r.Token
}

func (t *table) moonshot(r *MoonshotToken) {
	id, ok := t.resolve(r)
	if !ok || !t.of(id) {
		return
	}
	t.at(r.Time)
	t.value("moonshot_pick", 1, true)
	t.now(time.Hour)
	if r.End == 0 || r.End > t.received {
		t.value("moonshot_active", 1, true)
	}
	t.number("moonshot_roi", r.ROI)
}

// resolve finds the id of a moonshot, which has a name and a symbol alone. One that is
// called as no token of ours is not about ours.
func (t *table) resolve(r *MoonshotToken) (int64, bool) {
	if id, ok := r.TokenID.Float(); ok {
		return int64(id), true
	}
	n := t.config.names
	n.Lock()
	defer n.Unlock()
	var found, alike []int64
	for _, id := range slices.Sorted(maps.Keys(t.assets)) {
		token, ok := n.of[id]
		switch {
		case !ok || !strings.EqualFold(token.TokenSymbol, r.TokenSymbol):
		case strings.EqualFold(token.TokenName, r.TokenName):
			found = append(found, id)
		default:
			alike = append(alike, id)
		}
	}
	switch {
	case len(found) > 1:
		t.warn("moonshot %q (%s) is left out: it may be any of %v", r.TokenName, r.TokenSymbol, found)
	case len(found) == 0 && len(alike) > 0:
		t.warn("moonshot %q (%s) is left out: %d has the same symbol, and is called %q", r.TokenName, r.TokenSymbol, alike[0], n.of[alike[0]].TokenName)
	}
	if len(found) != 1 {
		return 0, false
	}
	return found[0], true
}

// numbered replaces the # of a family.
func numbered(family market.SignalKind, number string) market.SignalKind {
	return market.SignalKind(strings.Replace(string(family), "#", number, 1))
}

func (t *table) indexRow(r *Index) {
	t.whole()
	t.now(time.Hour)
	id := strconv.FormatInt(r.ID, 10)
	t.number(numbered("index_price_#", id), r.Price)
	t.number(numbered("index_grade_#", id), r.IndexGrade)
	t.number(numbered("index_change_24h_#", id), r.Change24h)
}

func (t *table) performance(r *IndexPerformance) {
	q, _ := t.query.(IndicesPerformanceQuery)
	if id, ok := r.ID.Float(); ok && id != float64(q.ID) {
		t.refuse("it is about index %v, and %d was asked for", id, q.ID)
		return
	}
	t.whole()
	t.on(r.Date)
	t.number(numbered("index_roi_#", strconv.FormatInt(q.ID, 10)), r.CumulativeROI)
}

func (t *table) holding(r *IndexHolding) {
	t.on(r.Date)
	if r.Date == 0 {
		t.now(time.Hour)
	}
	if v, ok := r.Weight.Float(); ok {
		t.weights = append(t.weights, v)
	}
	if t.of(r.TokenID) {
		t.number(t.weight(), r.Weight)
	}
}

// fractions leaves out weights that add up to 1: they are no percent, which add up to 100.
func (t *table) fractions() {
	var sum float64
	for _, w := range t.weights {
		sum += w
	}
	if math.Abs(sum-1) < 0.1 {
		t.bad.add(fmt.Errorf("the weights add up to %.3g, and not to 100: they look like fractions, and are left out", sum))
		t.list, t.partial = nil, true
	}
}

func (t *table) weight() market.SignalKind {
	q, _ := t.query.(IndicesHoldingsQuery)
	return numbered("index_weight_#", strconv.FormatInt(q.ID, 10))
}

// notHeld makes null the weight of assets that a whole list of holdings does not have.
func (t *table) notHeld() {
	if t.about == 0 || t.partial {
		return // an empty list says nothing, nor does one that is cut
	}
	t.row = decoded{}
	listed := map[market.Subject]bool{}
	for _, s := range t.list {
		listed[s.Subject] = true
	}
	for id := range t.assets {
		for _, s := range t.assets[id] {
			if !listed[s] {
				t.subjects = []market.Subject{s}
				t.value(t.weight(), 0, false)
			}
		}
	}
}
