package tokenmetricstest

import "iter"

func traderRows(a *ask) iter.Seq[func() row] {
	return a.daily(a.server.model.snapshot, (*token).signalsSince, func(t *token, d day) func() row {
		g := a.grades(t, d)
		change := a.since24(t, d, func(g grades) float64 { return g.trader })
		if !reaches(a.query.least, "traderGrade", g.trader) || !reaches(a.query.least, "traderGradePercentChange", change) {
			return nil
		}
		return func() row {
			return append(a.head(t), field{"DATE", d.stamp()}, field{"TA_GRADE", g.ta}, field{"QUANT_GRADE", g.quant},
				field{"TM_TRADER_GRADE", g.trader}, field{"TM_TRADER_GRADE_24H_PCT_CHANGE", change})
		}
	})
}

// since24 returns the change of a grade from the day before in percent; null on the first
// day.
func (a *ask) since24(t *token, d day, of func(grades) float64) any { return a.changed(t, d, 1, of) }

func (a *ask) changed(t *token, d, days day, of func(grades) float64) any {
	if d-days < t.since {
		return nil
	}
	return percent(of(a.grades(t, d-days)), of(a.grades(t, d)))
}

// reaches reports whether a value is at least what the query asks for; null never is.
func reaches(least map[string]float64, name string, value any) bool {
	want, asked := least[name]
	have, ok := value.(float64)
	return !asked || ok && have >= want
}

// investorRows leave out the days on which the grade is null in trading-signals.
func investorRows(a *ask) iter.Seq[func() row] {
	return a.daily(a.server.model.snapshot, (*token).signalsSince, func(t *token, d day) func() row {
		g := a.grades(t, d)
		if g.noInvestor || !reaches(a.query.least, "investorGrade", g.investor) {
			return nil
		}
		return func() row { return a.investorRow(t, d, g) }
	})
}

// component is one of the scores from 0 to 10, and how many tokens have none.
type component struct {
	key   string
	nulls float64
}

var (
	defiUsage     = component{"DEFI_USAGE_SCORE", 0.5}
	community     = component{"COMMUNITY_SCORE", 0}
	listings      = component{"EXCHANGE_SCORE", 0}
	backers       = component{"VC_SCORE", 0.9}
	tokenomics    = component{"TOKENOMICS_SCORE", 0.3}
	scanner       = component{"DEFI_SCANNER_SCORE", 0.2}
	activity      = component{"ACTIVITY_SCORE", 0.5}
	security      = component{"SECURITY_SCORE", 0.2}
	repository    = component{"REPOSITORY_SCORE", 0.5}
	collaboration = component{"COLLABORATION_SCORE", 0.5}
)

// scores appends components. One has the same value in whatever row it stands.
func (a *ask) scores(r row, t *token, d day, list ...component) row {
	for _, c := range list {
		r = append(r, field{c.key, a.server.model.score(t, d, textual(c.key), c.nulls)})
	}
	return r
}

func (a *ask) investorRow(t *token, d day, g grades) row {
	r := append(a.head(t), field{"DATE", d.stamp()}, field{"TM_INVESTOR_GRADE", g.investor},
		field{"TM_INVESTOR_GRADE_7D_PCT_CHANGE", a.changed(t, d, 7, func(g grades) float64 { return g.investor })},
		field{"FUNDAMENTAL_GRADE", g.fundamental}, field{"TECHNOLOGY_GRADE", g.technology}, field{"VALUATION_GRADE", g.valuation})
	return a.scores(r, t, d, defiUsage, community, listings, backers, tokenomics, scanner, activity, security, repository, collaboration)
}

func tmRow(a *ask, t *token, d day, dated bool) row {
	g := a.grades(t, d)
	r := a.head(t)
	change := a.since24(t, d, func(g grades) float64 { return g.tm })
	var trader any
	if d > t.since {
		trader = round(g.trader-a.grades(t, d-1).trader, 2)
	}
	if dated {
		r = append(r, field{"DATE", d.stamp()})
	}
	name := "TM_GRADE_24h_PCT_CHANGE"
	if a.v3 && dated {
		name = "tm_grade_24h_pct_change"
	}
	if !a.v3 && change != nil {
		change, trader = quoted(change), quoted(trader)
	}
	r = append(r, field{"TM_GRADE", g.tm}, field{"TM_GRADE_SIGNAL", gradeSignal(g.tm)}, field{name, change},
		field{"TM_TRADER_GRADE_24H_CHANGE", trader}, field{"QUANT_GRADE", g.quant}, field{"MOMENTUM", momentum(a.since24(t, d, func(g grades) float64 { return g.tm }))})
	if !dated {
		return r
	}
	signal, _ := a.server.model.trends(t).on(d)
	r = append(r, field{"TRADING_SIGNAL", signal})
	if a.v3 {
		r = append(r, field{"TOKEN_SIGNAL_STR", word(signal, "bearish", "neutral", "bullish")}, a.link(t))
	}
	return r
}

// gradeSignal puts a grade into one of five bins. Where the true ones end is not known.
func gradeSignal(grade float64) string {
	return [...]string{"Strong Sell", "Sell", "Neutral", "Buy", "Strong Buy"}[min(4, int(grade/20))]
}

// momentum says in words how a grade changed. Where the words change is not known.
func momentum(change any) string {
	x, ok := change.(float64)
	switch {
	case !ok:
		return "No Momentum"
	case x > 20:
		return "Momentum Surging"
	case x > 3:
		return "Gaining Momentum"
	case x >= -3:
		return "Holding Steady"
	case x >= -20:
		return "Losing Momentum"
	}
	return "Momentum Crashing"
}

func (t *token) class() string {
	switch {
	case t.Symbol == "BTC" && t.rank == 0:
		return "storeOfValue"
	case t.rank < 10:
		return "blueChip"
	case t.rank < 25:
		return "emerging"
	case t.category() == "meme":
		return "highRisk"
	}
	return "speculative"
}

func fundamentalRow(a *ask, t *token, d day, dated bool) row {
	r := a.head(t)
	if dated {
		r = append(r, field{"DATE", d.stamp()})
	}
	r = append(r, field{"FUNDAMENTAL_GRADE", a.grades(t, d).fundamental}, field{"FUNDAMENTAL_GRADE_CLASS", t.class()})
	return a.scores(r, t, d, community, listings, backers, tokenomics, scanner)
}

func technologyRow(a *ask, t *token, d day, _ bool) row {
	r := append(a.head(t), field{"DATE", d.stamp()}, field{"TECHNOLOGY_GRADE", a.grades(t, d).technology})
	return a.scores(r, t, d, activity, security, repository, collaboration, scanner)
}
