package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"
)

// Token is which token a row is about. Only the id is unambiguous: several tokens share
// most symbols.
type Token struct {
	TokenID     int64  `tm:"TOKEN_ID,key,required"`
	TokenName   string `tm:"TOKEN_NAME|NAME"`
	TokenSymbol string `tm:"TOKEN_SYMBOL|SYMBOL"`
	Slug        string `tm:"SLUG"`             // V3, and tm_link of V2 where that is no address
	Link        string `tm:"TM_LINK|APP_LINK"` // a page on the vendor's site; …/undefined is known of V2
}

// Exchange is a venue where a token trades.
type Exchange struct {
	ID    string `tm:"EXCHANGE_ID"`
	Name  string `tm:"EXCHANGE_NAME,bare"`
	Extra map[string]json.RawMessage
}

// Category is a group of tokens.
type Category struct {
	ID    Number `tm:"CATEGORY_ID"`
	Name  string `tm:"CATEGORY_NAME,bare"`
	Slug  string `tm:"CATEGORY_SLUG"`
	Extra map[string]json.RawMessage
}

// TokensQuery asks for tokens.
type TokensQuery struct {
	TokenIDs          []int64  `param:"token_id"`
	TokenNames        []string `param:"token_name"`
	Symbols           []string `param:"symbol"`
	Categories        []string `param:"category"`
	Exchanges         []string `param:"exchange"`
	BlockchainAddress string   `param:"blockchain_address"` // chain:address, binance-smart-chain:0x…
	Slugs             []string `param:"slug"`               // V3
	Expand            []string `param:"expand"`             // V3: exchange_list, category_list
	Limit             int      `param:"limit"`              // rows an answer; 0: [Settings].PageSize
	Pages             int      // the most pages; 0: all
}

// TokenDetails is a row of /tokens. Prices and amounts are in USD, supplies in tokens; they
// are there since June 2025.
type TokenDetails struct {
	Token
	Exchanges       []Exchange        `tm:"EXCHANGE_LIST"`
	Categories      []Category        `tm:"CATEGORY_LIST"`
	ContractAddress map[string]string `tm:"CONTRACT_ADDRESS"` // by chain
	Price           Number            `tm:"CURRENT_PRICE"`
	MarketCap       Number            `tm:"MARKET_CAP"`
	Volume          Number            `tm:"TOTAL_VOLUME"`
	Circulating     Number            `tm:"CIRCULATING_SUPPLY"`
	TotalSupply     Number            `tm:"TOTAL_SUPPLY"`
	MaxSupply       Number            `tm:"MAX_SUPPLY"`
	FDV             Number            `tm:"FULLY_DILUTED_VALUATION"`
	High24h         Number            `tm:"HIGH_24H"`
	Low24h          Number            `tm:"LOW_24H"`
	Change24h       Number            `tm:"PRICE_CHANGE_PERCENTAGE_24H_IN_CURRENCY"` // percent
	Extra           map[string]json.RawMessage
}

var tokens = &endpoint{path: "tokens", status: current, rows: 1,
	params: "token_id token_name symbol category exchange blockchain_address limit page", v3: "slug expand"}

func (TokensQuery) endpoint() *endpoint { return tokens }

// Tokens asks GET /tokens, the list of tokens with their ids. All generations; current.
// The rows have no order and no time. In V3 the lists of exchanges and categories are
// whole only with Expand (documented; unverified).
func (c *Client) Tokens(ctx context.Context, q TokensQuery) iter.Seq2[Page[TokenDetails], error] {
	return pages[TokenDetails](ctx, c, q)
}

// TopMarketCapTokensQuery asks for the largest tokens.
type TopMarketCapTokensQuery struct {
	TopK   int      `param:"top_k"`  // rows an answer; 0: [Settings].PageSize
	Expand []string `param:"expand"` // V3
	Pages  int      // the most pages; 0: all
}

// TopMarketCapToken is a row of /top-market-cap-tokens.
type TopMarketCapToken struct {
	Token
	Exchanges  []Exchange `tm:"EXCHANGE_LIST"`
	Categories []Category `tm:"CATEGORY_LIST"`
	Extra      map[string]json.RawMessage
}

var topMarketCapTokens = &endpoint{path: "top-market-cap-tokens", status: current, params: "page top_k", limit: "top_k", v3: "expand"}

func (TopMarketCapTokensQuery) endpoint() *endpoint { return topMarketCapTokens }

// TopMarketCapTokens asks GET /top-market-cap-tokens: tokens by market cap, the largest
// first. All generations; current. Without Pages it goes through all tokens.
func (c *Client) TopMarketCapTokens(ctx context.Context, q TopMarketCapTokensQuery) iter.Seq2[Page[TopMarketCapToken], error] {
	return pages[TopMarketCapToken](ctx, c, q)
}

// CryptoInvestorsQuery asks for investors.
type CryptoInvestorsQuery struct {
	Limit int `param:"limit"`
	Pages int // the most pages; 0: all
}

// CryptoInvestor is a row of /crypto-investors, of both shapes: the old one has a name and
// a score.
type CryptoInvestor struct {
	Name       string `tm:"INVESTOR_NAME|INVESTOR,key,required"`
	Website    string `tm:"INVESTOR_WEBSITE"`
	Twitter    string `tm:"INVESTOR_TWITTER"`
	Rounds     Number `tm:"ROUND_COUNT"`
	ROIAverage Number `tm:"ROI_AVERAGE"`    // unit unverified
	ROIMedian  Number `tm:"ROI_MEDIAN"`     // unit unverified
	Score      Number `tm:"INVESTOR_SCORE"` // old shape: 3 to 10
	Extra      map[string]json.RawMessage
}

var cryptoInvestors = &endpoint{path: "crypto-investors", status: current, params: "limit page"}

func (CryptoInvestorsQuery) endpoint() *endpoint { return cryptoInvestors }

// CryptoInvestors asks GET /crypto-investors: funds and what became of what they bought.
// All generations; current. The rows have no time; the shape of June 2025 is known from
// SDKs alone.
func (c *Client) CryptoInvestors(ctx context.Context, q CryptoInvestorsQuery) iter.Seq2[Page[CryptoInvestor], error] {
	return pages[CryptoInvestor](ctx, c, q)
}

// AIReportsQuery asks for reports.
type AIReportsQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	Symbols    []string `param:"symbol"`
	TokenNames []string `param:"token_name"` // V3
	Slugs      []string `param:"slug"`       // V3
	Limit      int      `param:"limit"`
	Pages      int      // the most pages; 0: all
}

// AIReport is a row of /ai-reports: prose of a language model, as Markdown.
type AIReport struct {
	Token
	InvestmentAnalysisPointer string `tm:"INVESTMENT_ANALYSIS_POINTER"`
	InvestmentAnalysis        string `tm:"INVESTMENT_ANALYSIS"`
	DeepDive                  string `tm:"DEEP_DIVE"`
	CodeReview                string `tm:"CODE_REVIEW"`
	Extra                     map[string]json.RawMessage
}

var aiReports = &endpoint{path: "ai-reports", status: current, rows: 1, params: "token_id symbol limit page", v3: "slug token_name"}

func (AIReportsQuery) endpoint() *endpoint { return aiReports }

// AIReports asks GET /ai-reports: what a language model wrote about a token. All
// generations; current. The rows have no time.
func (c *Client) AIReports(ctx context.Context, q AIReportsQuery) iter.Seq2[Page[AIReport], error] {
	return pages[AIReport](ctx, c, q)
}
