package tokenmetrics

import (
	"time"

	"github.com/signalman-trading/signalman/market"
)

// The words of grades. "No Momentum" is none, and not a steady one: it is in no vocabulary,
// and noMomentum takes it out before it is told as unknown.
var (
	gradeWords    = map[string]float64{"strongbuy": 2, "buy": 1, "neutral": 0, "sell": -1, "strongsell": -2}
	momentumWords = map[string]float64{"momentumsurging": 2, "gainingmomentum": 1, "holdingsteady": 0, "losingmomentum": -1, "momentumcrashing": -2}
	classWords    = map[string]float64{"storeofvalue": 5, "bluechip": 4, "emerging": 3, "speculative": 2, "highrisk": 1}
)

func noMomentum(text string) string {
	if plain(text) == "nomomentum" {
		return ""
	}
	return text
}

func (t *table) traderGrade(r *TraderGrade) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	t.number("trader_grade", r.TMTraderGrade)
	t.number("ta_grade", r.TAGrade)
	t.number("quant_grade", r.QuantGrade)
	t.number("trader_grade_change_24h", r.Change24h)
}

func (t *table) investorGrade(r *InvestorGrade) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	t.number("investor_grade", r.TMInvestorGrade)
	t.number("investor_grade_change_7d", r.Change7d)
	t.number("fundamental_grade", r.FundamentalGrade)
	t.number("technology_grade", r.TechnologyGrade)
	t.number("valuation_grade", r.ValuationGrade)
	t.number("defi_usage_score", r.DefiUsage)
	t.fundamentals(r.Community, r.Exchange, r.VC, r.Tokenomics)
	t.number("defi_scanner_score", r.DefiScanner)
	t.technology(r.Activity, r.Security, r.Repository, r.Collaboration)
}

func (t *table) fundamentals(community, exchange, vc, tokenomics Number) {
	t.number("community_score", community)
	t.number("exchange_score", exchange)
	t.number("vc_score", vc)
	t.number("tokenomics_score", tokenomics)
}

func (t *table) technology(activity, security, repository, collaboration Number) {
	t.number("activity_score", activity)
	t.number("security_score", security)
	t.number("repository_score", repository)
	t.number("collaboration_score", collaboration)
}

func (t *table) tmGrade(r *TMGrade) {
	if t.of(r.TokenID) {
		t.now(time.Hour)
		t.oneGrade(r.TMGrade, r.Change24h, r.QuantGrade, r.Signal, r.Momentum)
	}
}

func (t *table) tmGradeDay(r *TMGradeDay) {
	if t.of(r.TokenID) {
		t.on(r.Date)
		t.oneGrade(r.TMGrade, r.Change24h, r.QuantGrade, r.Signal, r.Momentum)
		t.sign("trading_signal", r.TradingSignal)
	}
}

func (t *table) oneGrade(grade, change, quant Number, signal, momentum string) {
	t.number("tm_grade", grade)
	t.number("tm_grade_change_24h", change)
	t.number("quant_grade", quant)
	t.word("tm_grade_signal", signal, gradeWords)
	t.word("momentum", noMomentum(momentum), momentumWords)
}

func (t *table) fundamentalGrade(r *FundamentalGrade) {
	if t.of(r.TokenID) {
		t.now(time.Hour)
		t.fundamental(r.FundamentalGrade, r.Class, r.DefiScanner)
		t.fundamentals(r.Community, r.Exchange, r.VC, r.Tokenomics)
	}
}

func (t *table) fundamentalDay(r *FundamentalGradeDay) {
	if t.of(r.TokenID) {
		t.on(r.Date)
		t.fundamental(r.FundamentalGrade, r.Class, r.DefiScanner)
		t.fundamentals(r.Community, r.Exchange, r.VC, r.Tokenomics)
	}
}

func (t *table) fundamental(grade Number, class string, scanner Number) {
	t.number("fundamental_grade", grade)
	t.word("fundamental_class", class, classWords)
	t.number("defi_scanner_score", scanner)
}

func (t *table) technologyGrade(r *TechnologyGrade) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	t.number("technology_grade", r.TechnologyGrade)
	t.technology(r.Activity, r.Security, r.Repository, r.Collaboration)
	t.number("defi_scanner_score", r.DefiScanner)
}

func (t *table) quantmetrics(r *Quantmetrics) {
	if !t.of(r.TokenID) {
		return
	}
	t.on(r.Date)
	for i, n := range []Number{
		r.Volatility, r.AllTimeReturn, r.CAGR, r.Sharpe, r.Sortino, r.MaxDrawdown, r.Skew, r.TailRatio, r.RiskRewardRatio,
		r.ProfitFactor, r.Kurtosis, r.DailyValueAtRisk, r.DailyReturnAvg, r.DailyReturnStdDev,
	} {
		t.number(quantKinds[i], n)
	}
}

// quantKinds are in the order of the fields above.
var quantKinds = []market.SignalKind{
	"quant_volatility", "quant_all_time_return", "quant_cagr", "quant_sharpe", "quant_sortino", "quant_max_drawdown", "quant_skew",
	"quant_tail_ratio", "quant_risk_reward", "quant_profit_factor", "quant_kurtosis", "quant_value_at_risk", "quant_return_mean", "quant_return_std",
}
