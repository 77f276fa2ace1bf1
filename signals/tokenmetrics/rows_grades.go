package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// TraderGradesQuery asks for trader grades.
type TraderGradesQuery struct {
	TokenIDs     []int64     `param:"token_id"`
	Symbols      []string    `param:"symbol"`
	Categories   []string    `param:"category"`
	Exchanges    []string    `param:"exchange"`
	Start        market.Time `param:"startDate"` // the first day
	End          market.Time `param:"endDate"`   // the last day, included; 0: today
	MarketCap    Number      `param:"marketcap"` // USD, at least
	FDV          Number      `param:"fdv"`       // USD, at least
	Volume       Number      `param:"volume"`    // USD, at least
	Grade        Number      `param:"traderGrade"`
	GradePercent Number      `param:"traderGradePercentChange"`
	Limit        int         `param:"limit"`
	Pages        int         // the most pages of a window; 0: all
}

// TraderGrade is a row of /trader-grades. Grades are 0 to 100, higher is better.
type TraderGrade struct {
	Token
	Date          market.Time `tm:"DATE,key,required,time"`
	TAGrade       Number      `tm:"TA_GRADE"`
	QuantGrade    Number      `tm:"QUANT_GRADE"`
	TMTraderGrade Number      `tm:"TM_TRADER_GRADE,present"`        // 0.8 TA + 0.2 quant, measured on 2000 rows
	Change24h     Number      `tm:"TM_TRADER_GRADE_24H_PCT_CHANGE"` // percent of the day before
	Extra         map[string]json.RawMessage
}

var traderGrades = &endpoint{path: "trader-grades", status: removedSDK, absent: "v3", rows: 1,
	params: "token_id startDate endDate symbol category exchange marketcap fdv volume limit page traderGrade traderGradePercentChange"}

func (TraderGradesQuery) endpoint() *endpoint { return traderGrades }

// TraderGrades asks GET /trader-grades: the short-term grade with its two parts, newest
// day first. V2 only; removed from the SDK in August 2025, and whether old keys are still
// served is unverified. Measured on recorded answers. [Client.TradingSignals] carries the
// grade in V2, [Client.TMGrade] is its successor.
func (c *Client) TraderGrades(ctx context.Context, q TraderGradesQuery) iter.Seq2[Page[TraderGrade], error] {
	return pages[TraderGrade](ctx, c, q)
}

// InvestorGradesQuery asks for investor grades.
type InvestorGradesQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	Symbols    []string    `param:"symbol"`
	Categories []string    `param:"category"`
	Exchanges  []string    `param:"exchange"`
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	MarketCap  Number      `param:"marketcap"` // USD, at least
	FDV        Number      `param:"fdv"`       // USD, at least
	Volume     Number      `param:"volume"`    // USD, at least
	Grade      Number      `param:"investorGrade"`
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// Scores are what grades are made of, each 0 to 10, and often absent.
type Scores struct {
	DefiUsage     Number `tm:"DEFI_USAGE_SCORE"`
	Community     Number `tm:"COMMUNITY_SCORE"`
	Exchange      Number `tm:"EXCHANGE_SCORE"`
	VC            Number `tm:"VC_SCORE"`
	Tokenomics    Number `tm:"TOKENOMICS_SCORE"`
	DefiScanner   Number `tm:"DEFI_SCANNER_SCORE"`
	Activity      Number `tm:"ACTIVITY_SCORE"`
	Security      Number `tm:"SECURITY_SCORE"`
	Repository    Number `tm:"REPOSITORY_SCORE"`
	Collaboration Number `tm:"COLLABORATION_SCORE"`
}

// InvestorGrade is a row of /investor-grades. Grades are 0 to 100, higher is better.
type InvestorGrade struct {
	Token
	Date             market.Time `tm:"DATE,key,required,time"`
	TMInvestorGrade  Number      `tm:"TM_INVESTOR_GRADE,present"`       // (5 F + 4 T + 4 V) / 13 of the next three, on 10 rows
	Change7d         Number      `tm:"TM_INVESTOR_GRADE_7D_PCT_CHANGE"` // percent of seven days before
	FundamentalGrade Number      `tm:"FUNDAMENTAL_GRADE"`
	TechnologyGrade  Number      `tm:"TECHNOLOGY_GRADE"`
	ValuationGrade   Number      `tm:"VALUATION_GRADE"`
	Scores
	Extra map[string]json.RawMessage
}

var investorGrades = &endpoint{path: "investor-grades", status: removedSDK, absent: "v3", rows: 1,
	params: "token_id startDate endDate symbol category exchange marketcap fdv volume limit page investorGrade"}

func (InvestorGradesQuery) endpoint() *endpoint { return investorGrades }

// InvestorGrades asks GET /investor-grades: the long-term grade with its parts, newest day
// first. V2 only; removed from the SDK in August 2025, and whether old keys are still
// served is unverified. [Client.TradingSignals] carries the grade in V2,
// [Client.FundamentalGrade] is its successor.
func (c *Client) InvestorGrades(ctx context.Context, q InvestorGradesQuery) iter.Seq2[Page[InvestorGrade], error] {
	return pages[InvestorGrade](ctx, c, q)
}

// TMGradeQuery asks for the grade of tokens now.
type TMGradeQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	TokenNames []string `param:"token_name"`
	Symbols    []string `param:"symbol"`
	Slugs      []string `param:"slug"` // V3
}

// TMGrade is a row of /tm-grade.
type TMGrade struct {
	Token
	TMGrade          Number `tm:"TM_GRADE,present"`           // 0 to 100, higher is better
	Signal           string `tm:"TM_GRADE_SIGNAL"`            // Strong Buy, Buy, Neutral, Sell, Strong Sell; their edges are not published
	Change24h        Number `tm:"TM_GRADE_24H_PCT_CHANGE"`    // percent
	TraderChange24h  Number `tm:"TM_TRADER_GRADE_24H_CHANGE"` // unit unverified
	QuantGrade       Number `tm:"QUANT_GRADE"`                // 0 to 100
	Momentum         string `tm:"MOMENTUM"`                   // Momentum Surging, Gaining Momentum, Holding Steady, Losing Momentum, Momentum Crashing, No Momentum
	FundamentalGrade Number `tm:"FUNDAMENTAL_GRADE"`          // first revision
	FundamentalClass string `tm:"FUNDAMENTAL_GRADE_CLASS"`    // first revision
	Extra            map[string]json.RawMessage
}

var tmGrade = &endpoint{path: "tm-grade", status: current, rows: 1, params: "token_id token_name symbol", v3: "slug"}

func (TMGradeQuery) endpoint() *endpoint { return tmGrade }

// TMGrade asks GET /tm-grade: the grade of each token now. V2 and V3; current since August
// 2025. The row has no time: it is about the moment of the answer. Numbers may come as
// strings. Known from SDKs and documents alone.
func (c *Client) TMGrade(ctx context.Context, q TMGradeQuery) iter.Seq2[Page[TMGrade], error] {
	return pages[TMGrade](ctx, c, q)
}

// TMGradeHistoryQuery asks for grades by the day.
type TMGradeHistoryQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	TokenNames []string    `param:"token_name"`
	Symbols    []string    `param:"symbol"`
	Slugs      []string    `param:"slug"`      // V3
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// TMGradeDay is a row of /tm-grade-history.
type TMGradeDay struct {
	Token
	Date            market.Time `tm:"DATE,key,required,time"`
	TMGrade         Number      `tm:"TM_GRADE,present"`           // 0 to 100, higher is better
	Signal          string      `tm:"TM_GRADE_SIGNAL"`            // as of [TMGrade]
	Change24h       Number      `tm:"TM_GRADE_24H_PCT_CHANGE"`    // percent
	TraderChange24h Number      `tm:"TM_TRADER_GRADE_24H_CHANGE"` // unit unverified
	QuantGrade      Number      `tm:"QUANT_GRADE"`                // 0 to 100
	Momentum        string      `tm:"MOMENTUM"`                   // as of [TMGrade]
	TradingSignal   Number      `tm:"TRADING_SIGNAL"`             // newer rows: as of [TradingSignal]
	SignalText      string      `tm:"TOKEN_SIGNAL_STR"`           // V3
	Extra           map[string]json.RawMessage
}

var tmGradeHistory = &endpoint{path: "tm-grade-history", status: current, rows: 1,
	params: "token_id token_name symbol startDate endDate limit page", v3: "slug"}

func (TMGradeHistoryQuery) endpoint() *endpoint { return tmGradeHistory }

// TMGradeHistory asks GET /tm-grade-history: the grade by the day, in an order that is
// unverified. V2 and V3; current since August 2025. Known from SDKs and documents alone.
func (c *Client) TMGradeHistory(ctx context.Context, q TMGradeHistoryQuery) iter.Seq2[Page[TMGradeDay], error] {
	return pages[TMGradeDay](ctx, c, q)
}

// FundamentalGradeQuery asks for the grade of tokens now.
type FundamentalGradeQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	TokenNames []string `param:"token_name"`
	Symbols    []string `param:"symbol"`
	Slugs      []string `param:"slug"` // V3
}

// FundamentalGrade is a row of /fundamental-grade. Scores are 0 to 10.
type FundamentalGrade struct {
	Token
	FundamentalGrade Number `tm:"FUNDAMENTAL_GRADE,present"` // 0 to 100, higher is better
	Class            string `tm:"FUNDAMENTAL_GRADE_CLASS"`   // storeOfValue, blueChip, emerging, speculative, highRisk
	Community        Number `tm:"COMMUNITY_SCORE"`
	Exchange         Number `tm:"EXCHANGE_SCORE"`
	VC               Number `tm:"VC_SCORE"`
	Tokenomics       Number `tm:"TOKENOMICS_SCORE"`
	DefiScanner      Number `tm:"DEFI_SCANNER_SCORE"`
	Extra            map[string]json.RawMessage
}

var fundamentalGrade = &endpoint{path: "fundamental-grade", status: current, rows: 1, params: "token_id token_name symbol", v3: "slug"}

func (FundamentalGradeQuery) endpoint() *endpoint { return fundamentalGrade }

// FundamentalGrade asks GET /fundamental-grade: the grade of each token now. V2 and V3;
// current since August 2025. The row has no time: it is about the moment of the answer.
// Known from SDKs and documents alone.
func (c *Client) FundamentalGrade(ctx context.Context, q FundamentalGradeQuery) iter.Seq2[Page[FundamentalGrade], error] {
	return pages[FundamentalGrade](ctx, c, q)
}

// FundamentalGradeHistoryQuery asks for grades by the day.
type FundamentalGradeHistoryQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	TokenNames []string    `param:"token_name"`
	Symbols    []string    `param:"symbol"`
	Slugs      []string    `param:"slug"`      // V3
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// FundamentalGradeDay is a row of /fundamental-grade-history. Scores are 0 to 10.
type FundamentalGradeDay struct {
	Token
	Date             market.Time `tm:"DATE,key,required,time"`
	FundamentalGrade Number      `tm:"FUNDAMENTAL_GRADE,present"` // 0 to 100, higher is better
	Class            string      `tm:"FUNDAMENTAL_GRADE_CLASS"`   // as of [FundamentalGrade]
	Community        Number      `tm:"COMMUNITY_SCORE"`
	Exchange         Number      `tm:"EXCHANGE_SCORE"`
	VC               Number      `tm:"VC_SCORE"`
	Tokenomics       Number      `tm:"TOKENOMICS_SCORE"`
	DefiScanner      Number      `tm:"DEFI_SCANNER_SCORE"`
	Extra            map[string]json.RawMessage
}

var fundamentalGradeHistory = &endpoint{path: "fundamental-grade-history", status: current, rows: 1,
	params: "token_id token_name symbol startDate endDate limit page", v3: "slug"}

func (FundamentalGradeHistoryQuery) endpoint() *endpoint { return fundamentalGradeHistory }

// FundamentalGradeHistory asks GET /fundamental-grade-history: the grade by the day, in an
// order that is unverified. V2 and V3; current since August 2025. Known from SDKs and
// documents alone.
func (c *Client) FundamentalGradeHistory(ctx context.Context, q FundamentalGradeHistoryQuery) iter.Seq2[Page[FundamentalGradeDay], error] {
	return pages[FundamentalGradeDay](ctx, c, q)
}

// TechnologyGradeQuery asks for the grade of tokens now.
type TechnologyGradeQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	TokenNames []string `param:"token_name"`
	Symbols    []string `param:"symbol"`
	Slugs      []string `param:"slug"` // V3
}

// TechnologyGradeHistoryQuery asks for grades by the day.
type TechnologyGradeHistoryQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	TokenNames []string    `param:"token_name"`
	Symbols    []string    `param:"symbol"`
	Slugs      []string    `param:"slug"`      // V3
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// TechnologyGrade is a row of /technology-grade and of its history. Scores are 0 to 10.
type TechnologyGrade struct {
	Token
	Date            market.Time `tm:"DATE,key,required,time"`
	TechnologyGrade Number      `tm:"TECHNOLOGY_GRADE,present"` // 0 to 100, higher is better
	Activity        Number      `tm:"ACTIVITY_SCORE"`
	Security        Number      `tm:"SECURITY_SCORE"`
	Repository      Number      `tm:"REPOSITORY_SCORE"`
	Collaboration   Number      `tm:"COLLABORATION_SCORE"`
	DefiScanner     Number      `tm:"DEFI_SCANNER_SCORE"`
	Extra           map[string]json.RawMessage
}

var technologyGrade = &endpoint{path: "technology-grade", status: current, rows: 1, params: "token_id token_name symbol", v3: "slug"}

var technologyGradeHistory = &endpoint{path: "technology-grade-history", status: current, rows: 1,
	params: "token_id token_name symbol startDate endDate limit page", v3: "slug"}

func (TechnologyGradeQuery) endpoint() *endpoint { return technologyGrade }

func (TechnologyGradeHistoryQuery) endpoint() *endpoint { return technologyGradeHistory }

// TechnologyGrade asks GET /technology-grade: the latest grade of each token, with its
// day. V2 and V3; current since August 2025. Known from SDKs and documents alone; the
// vendor's MCP server also sends dates and pages here, which the document does not name.
func (c *Client) TechnologyGrade(ctx context.Context, q TechnologyGradeQuery) iter.Seq2[Page[TechnologyGrade], error] {
	return pages[TechnologyGrade](ctx, c, q)
}

// TechnologyGradeHistory asks GET /technology-grade-history: the grade by the day, in an
// order that is unverified. V2 and V3; current since August 2025. Known from SDKs and
// documents alone.
func (c *Client) TechnologyGradeHistory(ctx context.Context, q TechnologyGradeHistoryQuery) iter.Seq2[Page[TechnologyGrade], error] {
	return pages[TechnologyGrade](ctx, c, q)
}
