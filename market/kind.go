package market

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Direction says which way a kind of signal is better.
type Direction int8

// The directions.
const (
	NoDirection    Direction = 0 // neither way, or it depends on who reads it
	HigherIsBetter Direction = 1
	LowerIsBetter  Direction = -1
)

// String returns "higher", "lower" or "none".
func (d Direction) String() string {
	switch d {
	case HigherIsBetter:
		return "higher"
	case LowerIsBetter:
		return "lower"
	}
	return "none"
}

// MarshalText returns what String does.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// KindInfo is what is known of a kind of signal. Kinds are open: a signal may be of a kind
// that is not listed, and is as good.
//
// A name with a # is a family: # stands for a number, which has a unit behind it
// (prediction_#d: prediction_7d). A name with an @ is one too: @ stands for a name.
type KindInfo struct {
	Name      SignalKind
	Market    bool      // its subject is the market, not an asset
	Unit      string    // of the value
	Min, Max  float64   // bounds of the value, included; infinite where there are none
	Direction Direction // which way is better
	MaxAge    Duration  // an older row is absent, unless who asks says otherwise
	Says      string    // one line
	From      string    // who says it
}

// In reports whether a value is within the bounds.
func (k *KindInfo) In(value float64) bool { return value >= k.Min && value <= k.Max }

// Subject returns "asset" or "market".
func (k *KindInfo) Subject() string {
	if k.Market {
		return "market"
	}
	return "asset"
}

// Family reports whether the name stands for many.
func (k *KindInfo) Family() bool { return strings.ContainsAny(string(k.Name), "#@") }

// Has reports whether a name is the kind's or of its family.
func (k *KindInfo) Has(name SignalKind) bool { return k.Name.Covers(name) }

// Covers reports whether a kind is k, or of the family k.
func (k SignalKind) Covers(name SignalKind) bool {
	at := strings.IndexAny(string(k), "#@")
	if at < 0 || name == k {
		return name == k
	}
	middle, ok := strings.CutPrefix(string(name), string(k[:at]))
	if ok {
		middle, ok = strings.CutSuffix(middle, string(k[at+1:]))
	}
	return ok && middle != "" && (k[at] == '@' || strings.Trim(middle, "0123456789.") == "")
}

// Kinds returns the documented kinds, sorted by name.
func Kinds() []KindInfo { return slices.Clone(kinds) }

// KindOf returns what is known of a kind, by its name or by the family that it is of. Of
// an undocumented one that is its name and the maximum age alone, and false.
func KindOf(name SignalKind) (KindInfo, bool) {
	if i, ok := slices.BinarySearchFunc(kinds, name, func(k KindInfo, n SignalKind) int { return cmp.Compare(k.Name, n) }); ok {
		return kinds[i], true
	}
	for i := range kinds {
		if kinds[i].Has(name) {
			return kinds[i], true
		}
	}
	return KindInfo{Name: name, Min: math.Inf(-1), Max: math.Inf(1), MaxAge: Duration(DefaultMaxAge)}, false
}

// The default maximum ages: a daily value is published late, or once not at all; what
// comes each hour is old after three; what changes over weeks may be pulled once a week.
const (
	daily  = Duration(DefaultMaxAge)
	hourly = Duration(3 * time.Hour)
	slow   = Duration(8 * 24 * time.Hour)
)

// Where kinds come from, as docs/signals.md prints it.
const (
	models = "decisions of language models"
	tm     = "Token Metrics "
)

var kinds = sortedKinds(gradeKinds(), scoreKinds(), tradingKinds(), predictionKinds(), analysisKinds(), marketKinds(), otherKinds())

func sortedKinds(lists ...[]KindInfo) []KindInfo {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b KindInfo) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func grade(name SignalKind, says, from string) KindInfo {
	return KindInfo{name, false, "grade from 0 to 100", 0, 100, HigherIsBetter, daily, says, from}
}

func gradeKinds() []KindInfo {
	change := func(name SignalKind, says, from string) KindInfo {
		return KindInfo{name, false, "percent", -100, math.Inf(1), HigherIsBetter, daily, says, from}
	}
	return []KindInfo{
		grade("trader_grade", "short-term grade: 0.8 × ta_grade + 0.2 × quant_grade", tm+"`TM_TRADER_GRADE`, your files"),
		grade("ta_grade", "technical analysis, a part of trader_grade", tm+"`TA_GRADE`"),
		grade("quant_grade", "quantitative measures, a part of trader_grade and tm_grade", tm+"`QUANT_GRADE`"),
		grade("investor_grade", "long-term grade: (5 × fundamental + 4 × technology + 4 × valuation) ÷ 13", tm+"`TM_INVESTOR_GRADE`"),
		grade("tm_grade", "the one grade that replaced trader_grade and investor_grade", tm+"`TM_GRADE`"),
		grade("fundamental_grade", "community, exchanges, investors and tokenomics", tm+"`FUNDAMENTAL_GRADE`"),
		grade("technology_grade", "activity, security and collaboration of the code", tm+"`TECHNOLOGY_GRADE`"),
		grade("valuation_grade", "valuation, a part of investor_grade", tm+"`VALUATION_GRADE`"),
		change("trader_grade_change_24h", "change of trader_grade in a day", tm+"`TM_TRADER_GRADE_24H_PCT_CHANGE`"),
		change("investor_grade_change_7d", "change of investor_grade in a week", tm+"`TM_INVESTOR_GRADE_7D_PCT_CHANGE`"),
		change("tm_grade_change_24h", "change of tm_grade in a day", tm+"`TM_GRADE_24h_PCT_CHANGE`"),
		{"tm_grade_signal", false, "2 strong buy, 1 buy, 0 neutral, −1 sell, −2 strong sell", -2, 2, HigherIsBetter, daily,
			"what the provider reads from tm_grade", tm + "`TM_GRADE_SIGNAL`"},
		{"momentum", false, "2 surging, 1 gaining, 0 steady, −1 losing, −2 crashing; null where there is none", -2, 2, HigherIsBetter, daily,
			"where tm_grade is going", tm + "`MOMENTUM`"},
		{"fundamental_class", false, "5 store of value, 4 blue chip, 3 emerging, 2 speculative, 1 high risk", 1, 5, HigherIsBetter, slow,
			"a class by fundamental_grade; a rank, not a distance", tm + "`FUNDAMENTAL_GRADE_CLASS`"},
	}
}

func scoreKinds() []KindInfo {
	score := func(name SignalKind, says, field string) KindInfo {
		return KindInfo{name, false, "score from 0 to 10", 0, 10, HigherIsBetter, slow, says, tm + "`" + field + "`"}
	}
	return []KindInfo{
		score("community_score", "community, a part of fundamental_grade", "COMMUNITY_SCORE"),
		score("exchange_score", "exchanges that list it, a part of fundamental_grade", "EXCHANGE_SCORE"),
		score("vc_score", "investors, a part of fundamental_grade", "VC_SCORE"),
		score("tokenomics_score", "tokenomics, a part of fundamental_grade", "TOKENOMICS_SCORE"),
		score("defi_usage_score", "use in decentralised finance, a part of fundamental_grade", "DEFI_USAGE_SCORE"),
		score("defi_scanner_score", "safety by a scanner of contracts, a part of fundamental_grade and technology_grade", "DEFI_SCANNER_SCORE"),
		score("activity_score", "activity of the code, a part of technology_grade", "ACTIVITY_SCORE"),
		score("security_score", "security of the code, a part of technology_grade", "SECURITY_SCORE"),
		score("repository_score", "quality of the code, a part of technology_grade", "REPOSITORY_SCORE"),
		score("collaboration_score", "who works on the code, a part of technology_grade", "COLLABORATION_SCORE"),
	}
}

func tradingKinds() []KindInfo {
	const turns, state = "1 turned bullish, 0 nothing new, −1 turned bearish", "1 be in, −1 be out; null before the first signal"
	return []KindInfo{
		{"trading_signal", false, turns, -1, 1, HigherIsBetter, daily, "an event of its day: who misses the day misses it", tm + "`TRADING_SIGNAL`"},
		{"trading_trend", false, state, -1, 1, HigherIsBetter, daily, "the state to be in: the last trading_signal that was not 0", tm + "`TOKEN_TREND`"},
		{"hourly_signal", false, "1 buy, 0 nothing new, −1 sell", -1, 1, HigherIsBetter, hourly, "an event of its hour", tm + "`SIGNAL`"},
		{"hourly_position", false, "1 long, 0 flat, −1 short", -1, 1, HigherIsBetter, hourly, "the position to be in", tm + "`POSITION`"},
		{"moonshot_pick", false, "1", 1, 1, HigherIsBetter, daily, "picked as a moonshot at this time; an event", tm + "`MOONSHOT_AT`"},
		{"moonshot_active", false, "1", 1, 1, HigherIsBetter, daily, "listed as an active moonshot when asked; ages out once it no longer is", tm + "list of active moonshots"},
		{"moonshot_roi", false, "as published; percent by the name of a parameter, unverified", -100, math.Inf(1), NoDirection, daily,
			"gain since the pick", tm + "`MOONSHOT_ROI`"},
		{"decision", false, "1 buy, 0 hold, −1 close the position", -1, 1, HigherIsBetter, daily, "what a model would do; 0 is no change, not *out*", models},
		{"confidence", false, "from 0 to 1", 0, 1, NoDirection, daily, "what a model says of its own decision of the same time", models},
	}
}

func predictionKinds() []KindInfo {
	price := func(name SignalKind, age Duration, says, from string) KindInfo {
		return KindInfo{name, false, "USD", 0, math.Inf(1), NoDirection, age, says, tm + from}
	}
	const forecast, steps, object = "`FORECASTS_FOR_NEXT_7_DAYS`", "`SCENARIO_ANALYSIS`", "`PRICE_PREDICTION`"
	list := []KindInfo{
		{"prediction_return_7d", false, "fraction of the price", -1, math.Inf(1), HigherIsBetter, daily,
			"expected return of the next 7 days", tm + "`PREDICTED_RETURNS_7D`"},
		price("prediction_#d", daily, "forecast of the price in # days, 1 to 7", forecast),
		price("prediction_#d_lower", daily, "lower end of its band", forecast),
		price("prediction_#d_upper", daily, "upper end of its band", forecast),
		price("scenario_price_#t", slow, "price if all crypto is worth # trillion USD: the middle of the steps", steps),
		price("scenario_price_#t_low", slow, "the lowest of the steps", steps),
		price("scenario_price_#t_high", slow, "the highest of the steps", steps),
	}
	for _, mood := range []SignalKind{"bear", "base", "moon"} {
		list = append(list,
			price("scenario_price_"+mood+"_#x", slow, "price if all crypto is worth # times as much, "+string(mood)+" case", object),
			KindInfo{"scenario_return_" + mood + "_#x", false, "fraction of the price", -1, math.Inf(1), HigherIsBetter, slow,
				"the same, against the price in the same row", tm + object})
	}
	return list
}

func analysisKinds() []KindInfo {
	list := []KindInfo{
		{"price", false, "USD", 0, math.Inf(1), NoDirection, hourly, "price when asked; bars are better", tm + "`CURRENT_PRICE`"},
		{"support", false, "USD", 0, math.Inf(1), NoDirection, daily, "nearest level not above the price when asked; null without one", tm + "levels and price"},
		{"resistance", false, "USD", 0, math.Inf(1), NoDirection, daily, "nearest level above the price when asked; null without one", tm + "levels and price"},
		{"support_distance", false, "fraction of the price", 0, 1, NoDirection, daily, "how far the price was above support", tm + "levels and price"},
		{"resistance_distance", false, "fraction of the price", 0, math.Inf(1), NoDirection, daily, "how far the price was below resistance", tm + "levels and price"},
		{"correlation_highest", false, "from −1 to 1", -1, 1, NoDirection, daily, "highest correlation with one of the 100 largest", tm + "`TOP_CORRELATION`"},
		{"correlation_lowest", false, "from −1 to 1", -1, 1, NoDirection, daily, "lowest correlation with one of the 100 largest", tm + "`TOP_CORRELATION`"},
		{"correlation_with_@", false, "from −1 to 1", -1, 1, NoDirection, daily, "correlation with @, a name in lower case: correlation_with_bitcoin", tm + "`TOP_CORRELATION`"},
	}
	none := math.Inf(1)
	for _, q := range []struct {
		name, unit, field, says string
		min, max                float64
		better                  Direction
	}{
		{"volatility", "fraction a year", "VOLATILITY", "volatility", 0, none, NoDirection},
		{"all_time_return", "fraction", "ALL_TIME_RETURN", "return since the first price", -1, none, HigherIsBetter},
		{"cagr", "fraction a year", "CAGR", "growth", -1, none, HigherIsBetter},
		{"sharpe", "ratio", "SHARPE", "Sharpe ratio", -none, none, HigherIsBetter},
		{"sortino", "ratio", "SORTINO", "Sortino ratio", -none, none, HigherIsBetter},
		{"max_drawdown", "negative fraction", "MAX_DRAWDOWN", "greatest fall from a peak; −0.77 is 77 %", -1, 0, HigherIsBetter},
		{"skew", "number", "SKEW", "skew of returns", -none, none, NoDirection},
		{"tail_ratio", "ratio", "TAIL_RATIO", "best against worst returns", 0, none, HigherIsBetter},
		{"risk_reward", "ratio", "RISK_REWARD_RATIO", "reward against risk", -none, none, HigherIsBetter},
		{"profit_factor", "ratio", "PROFIT_FACTOR", "gains against losses", 0, none, HigherIsBetter},
		{"kurtosis", "number", "KURTOSIS", "kurtosis of returns", -none, none, NoDirection},
		{"value_at_risk", "negative fraction", "DAILY_VALUE_AT_RISK", "daily value at risk; −0.05 is a loss of 5 %", -1, 0, HigherIsBetter},
		{"return_mean", "fraction", "DAILY_RETURN_AVG", "mean of daily returns", -none, none, HigherIsBetter},
		{"return_std", "fraction", "DAILY_RETURN_STD", "deviation of daily returns", 0, none, NoDirection},
	} {
		list = append(list, KindInfo{SignalKind("quant_" + q.name), false, q.unit, q.min, q.max, q.better, daily, q.says, tm + "`" + q.field + "`"})
	}
	return list
}

func marketKinds() []KindInfo {
	mood := func(name SignalKind, says, field string) KindInfo {
		return KindInfo{name, true, "grade from 0 to 100", 0, 100, HigherIsBetter, hourly, says, tm + "`" + field + "`"}
	}
	return []KindInfo{
		{"market_cap", true, "USD", 0, math.Inf(1), NoDirection, daily, "worth of all crypto", tm + "`TOTAL_CRYPTO_MCAP`"},
		{"market_high_grades", true, "percent", 0, 100, HigherIsBetter, daily, "share of coins with a high grade", tm + "`TM_GRADE_PERC_HIGH_COINS`"},
		{"market_signal", true, "1 turned bullish, 0 nothing new, −1 turned bearish", -1, 1, HigherIsBetter, daily, "an event of its day", tm + "`TM_GRADE_SIGNAL`"},
		{"market_trend", true, "1 bullish, −1 bearish; null before the first signal", -1, 1, HigherIsBetter, daily,
			"the state of the market: the last market_signal that was not 0", tm + "`LAST_TM_GRADE_SIGNAL`"},
		mood("sentiment_market", "mood of news, Reddit and Twitter together", "MARKET_SENTIMENT_GRADE"),
		mood("sentiment_news", "mood of the news", "NEWS_SENTIMENT_GRADE"),
		mood("sentiment_reddit", "mood of Reddit", "REDDIT_SENTIMENT_GRADE"),
		mood("sentiment_twitter", "mood of Twitter", "TWITTER_SENTIMENT_GRADE"),
		{"index_price_#", true, "USD", 0, math.Inf(1), NoDirection, daily, "price of index #, a number of the provider", tm + "`PRICE`"},
		marketGrade("index_grade_#", "grade of index #", tm+"`INDEX_GRADE`"),
		{"index_change_24h_#", true, "percent", -100, math.Inf(1), HigherIsBetter, daily, "change of index # in a day", tm + "`24H`"},
		{"index_roi_#", true, "a fraction by all that was seen, unverified", math.Inf(-1), math.Inf(1), HigherIsBetter, daily,
			"gain of index # since its beginning", tm + "`INDEX_CUMULATIVE_ROI`"},
	}
}

// marketGrade is a grade of the market.
func marketGrade(name SignalKind, says, from string) KindInfo {
	k := grade(name, says, from)
	k.Market = true
	return k
}

func otherKinds() []KindInfo {
	return []KindInfo{
		{"index_weight_#", false, "percent", 0, 100, NoDirection, slow, "share of the asset in index #; null where it is not in it", tm + "`WEIGHT`"},
		{"sentiment", true, "from −1 to 1; null on a day without headlines", -1, 1, HigherIsBetter, daily,
			"(positive − negative) ÷ all headlines of a day", "the bundled history, counts of headlines"},
		{"fear_greed", true, "index from 0, fear, to 100, greed", 0, 100, NoDirection, daily, "mood of the market; some buy fear", "CoinMarketCap, alternative.me"},
	}
}
