package tokenmetrics

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A feed is an endpoint seen as a source of kinds.
type feed struct {
	*endpoint
	kinds  []market.SignalKind                  // what it gives in every generation that offers it, families too
	only   map[Generation][]market.SignalKind   // what it gives besides in some
	past   bool                                 // it can be asked for days gone by
	recent bool                                 // it came after the generation V2Legacy was no more
	index  bool                                 // it is asked for one index at a time
	others bool                                 // its rows need not be about what is asked
	helper *feed                                // what has to be asked before
	ask    func(x *errand, ids []int64) []Query // what to ask
	read   func(context.Context, *errand, Query) iter.Seq2[signals.Batch, error]
}

// in reports whether a generation has the feed.
func (f *feed) in(g Generation) bool {
	return f.offered(g) && !(f.recent && (g == V1 || g == V2Legacy))
}

// gives reports whether a feed gives a kind, or members of a family, in a generation.
func (f *feed) gives(g Generation, k market.SignalKind) bool {
	return slices.ContainsFunc(slices.Concat(f.kinds, f.only[g]), func(own market.SignalKind) bool { return own.Covers(k) })
}

func paths(list []*feed) []string {
	var names []string
	for _, f := range list {
		names = append(names, f.path)
	}
	return names
}

// offered lists the feeds that may be asked.
func (c *Config) offered() []*feed {
	return slices.DeleteFunc(slices.Clone(feeds), func(f *feed) bool {
		return !f.in(Generation(c.Generation)) || slices.Contains(c.Avoid, f.path) ||
			f.helper != nil && slices.Contains(c.Avoid, f.helper.path)
	})
}

// via makes a reader of a method of the client, and of what a row says.
func via[Q Query, R any](ask func(*Client, context.Context, Q) iter.Seq2[Page[R], error], tell func(*table, *R), after ...func(*table)) func(context.Context, *errand, Query) iter.Seq2[signals.Batch, error] {
	return func(ctx context.Context, x *errand, q Query) iter.Seq2[signals.Batch, error] {
		return func(yield func(signals.Batch, error) bool) {
			asked, _ := q.(Q)
			var failed error
			var bad left
			var last answered
			for page, err := range ask(x.client, ctx, asked) {
				if failed = err; err != nil {
					break
				}
				t := x.table(q, page.Received, page.Warnings, page.Synthetic)
				t.bad, t.partial = &bad, page.partial
				for i := range page.Rows {
					t.begin(page.about[i])
					tell(t, &page.Rows[i])
					t.end()
				}
				for _, f := range after {
					f(t)
				}
				t.lacking()
				last.add(t, page.more)
				if !yield(signals.Batch{Raw: page.Raw, Signals: t.signals()}, nil) {
					return
				}
			}
			if failed == nil {
				last.reaches(x, &bad)
			}
			if err := bad.fault(x.endpoint); err != nil && !yield(signals.Batch{}, err) {
				return
			}
			if failed != nil {
				yield(signals.Batch{}, failed)
			}
		}
	}
}

// answered is how far back the pages of a query go.
type answered struct {
	oldest market.Time
	whole  bool // one of them is the last
}

func (a *answered) add(t *table, more bool) {
	a.whole = a.whole || !more
	if t.oldest > 0 && (a.oldest == 0 || t.oldest < a.oldest) {
		a.oldest = t.oldest
	}
}

// reaches notes where the pages that were planned end before the days gone by that the
// question is about.
func (a *answered) reaches(x *errand, bad *left) {
	if x.past && x.from > 0 && !a.whole && a.oldest > x.from {
		bad.add(fmt.Errorf("the pages reach back to %s, and not to %s: there is more than a row an hour", a.oldest, x.from))
	}
}

// dated are the days of a question, and tokens.
type dated struct {
	ids        []int64
	start, end market.Time
}

// days asks for the days of the question, for all tokens at once.
func days(make func(d dated) Query) func(*errand, []int64) []Query {
	return func(x *errand, ids []int64) []Query { return []Query{make(dated{ids, x.start, x.end})} }
}

// latest asks for the newest row of all tokens at once.
func latest(make func(ids []int64) Query) func(*errand, []int64) []Query {
	return func(_ *errand, ids []int64) []Query { return []Query{make(ids)} }
}

// newest asks an endpoint without days, newest row first, for as many pages as reach back
// to the first hour of the question. Each token is asked for by itself: in which order the
// rows of several come is unverified, and the first pages could be of one alone.
func newest(make func(id int64, pages int) Query) func(*errand, []int64) []Query {
	return func(x *errand, ids []int64) []Query {
		var list []Query
		for _, id := range ids {
			list = append(list, make(id, x.pagesBack()))
		}
		return list
	}
}

// pagesBack is how many pages of a row an hour reach back as far as the question.
func (x *errand) pagesBack() int { return x.hours()/x.client.settings.PageSize + 1 }

// hoursBack is how many of the newest hours a question without a beginning is about.
const hoursBack = 4

// perIndex asks for each index that the kinds name.
func perIndex(pattern market.SignalKind, make func(id int64, start, end market.Time) Query) func(*errand, []int64) []Query {
	return func(x *errand, _ []int64) []Query {
		var list []Query
		for _, k := range x.kinds {
			if id, err := strconv.ParseInt(strings.TrimPrefix(string(k), strings.TrimSuffix(string(pattern), "#")), 10, 64); err == nil && pattern.Covers(k) {
				list = append(list, make(id, x.start, x.end))
			}
		}
		return list
	}
}

// Families that several feeds give.
var (
	scoresOfFundamentals = []market.SignalKind{"community_score", "exchange_score", "vc_score", "tokenomics_score", "defi_scanner_score"}
	scoresOfTechnology   = []market.SignalKind{"activity_score", "security_score", "repository_score", "collaboration_score", "defi_scanner_score"}
	tmGradeKinds         = []market.SignalKind{"tm_grade", "tm_grade_signal", "tm_grade_change_24h", "quant_grade", "momentum"}
	scenarioKinds        = []market.SignalKind{
		"scenario_price_bear_#x", "scenario_price_base_#x", "scenario_price_moon_#x",
		"scenario_return_bear_#x", "scenario_return_base_#x", "scenario_return_moon_#x",
	}
	forecastKinds = []market.SignalKind{"prediction_return_7d", "prediction_#d", "prediction_#d_lower", "prediction_#d_upper"}
	v2Grades      = []market.SignalKind{"trader_grade", "investor_grade"}
)

var priceFeed = &feed{endpoint: price, kinds: []market.SignalKind{"price"},
	ask:  latest(func(ids []int64) Query { return PriceQuery{TokenIDs: ids} }),
	read: via((*Client).Price, (*table).price)}

var namesFeed = &feed{endpoint: tokens,
	ask:  latest(func(ids []int64) Query { return TokensQuery{TokenIDs: ids} }),
	read: via((*Client).Tokens, (*table).name)}

// feeds are what gives kinds. Where several give the same for the same number of calls,
// the first counts: those with dates of their own before those about the moment of the
// answer, and current ones before those that may be gone.
var feeds []*feed

func init() { feeds = feedList() } // the readers look feeds up

func feedList() []*feed {
	return []*feed{
		{endpoint: tradingSignals, past: true, kinds: []market.SignalKind{"trading_signal", "trading_trend"},
			only: map[Generation][]market.SignalKind{V1: v2Grades, V2Legacy: v2Grades, V2: v2Grades, V3: {"tm_grade", "fundamental_grade"}},
			ask:  days(func(d dated) Query { return TradingSignalsQuery{TokenIDs: d.ids, Start: d.start, End: d.end} }),
			read: via((*Client).TradingSignals, (*table).tradingSignal)},
		{endpoint: tmGradeHistory, recent: true, past: true, kinds: append(tmGradeKinds, "trading_signal"),
			ask:  days(func(d dated) Query { return TMGradeHistoryQuery{TokenIDs: d.ids, Start: d.start, End: d.end} }),
			read: via((*Client).TMGradeHistory, (*table).tmGradeDay)},
		{endpoint: fundamentalGradeHistory, recent: true, past: true, kinds: append(scoresOfFundamentals, "fundamental_grade", "fundamental_class"),
			ask:  days(func(d dated) Query { return FundamentalGradeHistoryQuery{TokenIDs: d.ids, Start: d.start, End: d.end} }),
			read: via((*Client).FundamentalGradeHistory, (*table).fundamentalDay)},
		{endpoint: technologyGradeHistory, recent: true, past: true, kinds: append(scoresOfTechnology, "technology_grade"),
			ask:  days(func(d dated) Query { return TechnologyGradeHistoryQuery{TokenIDs: d.ids, Start: d.start, End: d.end} }),
			read: via((*Client).TechnologyGradeHistory, (*table).technologyGrade)},
		{endpoint: tmGrade, recent: true, kinds: tmGradeKinds,
			ask:  latest(func(ids []int64) Query { return TMGradeQuery{TokenIDs: ids} }),
			read: via((*Client).TMGrade, (*table).tmGrade)},
		{endpoint: fundamentalGrade, recent: true, kinds: append(scoresOfFundamentals, "fundamental_grade", "fundamental_class"),
			ask:  latest(func(ids []int64) Query { return FundamentalGradeQuery{TokenIDs: ids} }),
			read: via((*Client).FundamentalGrade, (*table).fundamentalGrade)},
		{endpoint: technologyGrade, recent: true, kinds: append(scoresOfTechnology, "technology_grade"),
			ask:  latest(func(ids []int64) Query { return TechnologyGradeQuery{TokenIDs: ids} }),
			read: via((*Client).TechnologyGrade, (*table).technologyGrade)},
		{endpoint: pricePrediction, only: map[Generation][]market.SignalKind{V1: forecastKinds, V2Legacy: forecastKinds, V2: scenarioKinds, V3: scenarioKinds},
			ask:  latest(func(ids []int64) Query { return PricePredictionQuery{TokenIDs: ids} }),
			read: via((*Client).PricePrediction, (*table).prediction)},
		{endpoint: quantmetrics, kinds: quantKinds,
			ask:  latest(func(ids []int64) Query { return QuantmetricsQuery{TokenIDs: ids} }),
			read: via((*Client).Quantmetrics, (*table).quantmetrics)},
		priceFeed,
		{endpoint: resistanceSupport, helper: priceFeed, kinds: []market.SignalKind{"support", "resistance", "support_distance", "resistance_distance"},
			ask:  latest(func(ids []int64) Query { return ResistanceSupportQuery{TokenIDs: ids} }),
			read: via((*Client).ResistanceSupport, (*table).levels)},
		{endpoint: correlation, kinds: []market.SignalKind{"correlation_highest", "correlation_lowest", "correlation_with_@"},
			ask:  latest(func(ids []int64) Query { return CorrelationQuery{TokenIDs: ids} }),
			read: via((*Client).Correlation, (*table).correlations)},
		{endpoint: hourlyTradingSignals, recent: true, past: true, kinds: []market.SignalKind{"hourly_signal", "hourly_position"},
			ask:  newest(func(id int64, pages int) Query { return HourlyTradingSignalsQuery{TokenIDs: []int64{id}, Pages: pages} }),
			read: via((*Client).HourlyTradingSignals, (*table).hourly)},
		{endpoint: moonshotTokens, recent: true, others: true, helper: namesFeed, kinds: []market.SignalKind{"moonshot_pick", "moonshot_active", "moonshot_roi"},
			ask:  latest(func([]int64) Query { return MoonshotTokensQuery{Pages: 1} }),
			read: via((*Client).MoonshotTokens, (*table).moonshot)},
		{endpoint: marketMetrics, past: true, kinds: []market.SignalKind{"market_cap", "market_high_grades", "market_signal", "market_trend"},
			ask:  days(func(d dated) Query { return MarketMetricsQuery{Start: d.start, End: d.end} }),
			read: via((*Client).MarketMetrics, (*table).marketMetrics)},
		{endpoint: indices, recent: true, kinds: []market.SignalKind{"index_price_#", "index_grade_#", "index_change_24h_#"},
			ask:  latest(func([]int64) Query { return IndicesQuery{Pages: 1} }),
			read: via((*Client).Indices, (*table).indexRow)},
		{endpoint: indicesHoldings, recent: true, index: true, kinds: []market.SignalKind{"index_weight_#"},
			ask:  perIndex("index_weight_#", func(id int64, _, _ market.Time) Query { return IndicesHoldingsQuery{ID: id} }),
			read: via((*Client).IndicesHoldings, (*table).holding, (*table).fractions, (*table).notHeld)},
		{endpoint: indicesPerformance, recent: true, past: true, index: true, kinds: []market.SignalKind{"index_roi_#"},
			ask: perIndex("index_roi_#", func(id int64, start, end market.Time) Query {
				return IndicesPerformanceQuery{ID: id, Start: start, End: end}
			}),
			read: via((*Client).IndicesPerformance, (*table).performance)},
		{endpoint: traderGrades, past: true, kinds: []market.SignalKind{"trader_grade", "ta_grade", "quant_grade", "trader_grade_change_24h"},
			ask:  days(func(d dated) Query { return TraderGradesQuery{TokenIDs: d.ids, Start: d.start, End: d.end} }),
			read: via((*Client).TraderGrades, (*table).traderGrade)},
		{endpoint: investorGrades, past: true,
			kinds: slices.Concat([]market.SignalKind{"investor_grade", "investor_grade_change_7d", "fundamental_grade", "technology_grade", "valuation_grade", "defi_usage_score"}, scoresOfFundamentals, scoresOfTechnology[:4]),
			ask:   days(func(d dated) Query { return InvestorGradesQuery{TokenIDs: d.ids, Start: d.start, End: d.end} }),
			read:  via((*Client).InvestorGrades, (*table).investorGrade)},
		{endpoint: scenarioAnalysis, kinds: append([]market.SignalKind{"scenario_price_#t", "scenario_price_#t_low", "scenario_price_#t_high"}, scenarioKinds...),
			ask:  latest(func(ids []int64) Query { return ScenarioAnalysisQuery{TokenIDs: ids} }),
			read: via((*Client).ScenarioAnalysis, (*table).scenarios)},
		{endpoint: sentiments, past: true, kinds: []market.SignalKind{"sentiment_market", "sentiment_news", "sentiment_reddit", "sentiment_twitter"},
			ask: func(x *errand, _ []int64) []Query {
				return []Query{SentimentsQuery{Pages: x.pagesBack()}}
			},
			read: via((*Client).Sentiments, (*table).sentiment)},
	}
}
