package tokenmetrics

import (
	"slices"
	"strings"
)

// A Query is the parameters of one endpoint, of a type of its own. Zero fields are not
// sent.
type Query interface{ endpoint() *endpoint }

// endpoint is what is known of an endpoint besides its fields. Lists of parameters are
// separated by spaces; one with alternatives (id|type) is required where it stands in
// needs.
type endpoint struct {
	path   string
	status string // current, or what became of it
	params string // documented names, in all generations that offer the endpoint
	v3     string // more of them, in V3
	legacy string // more of them, in V1 and V2Legacy
	needs  string
	limit  string // the parameter that bounds the rows of an answer; "": limit, if in params
	absent string // the generations that do not offer it
	post   bool
	// rows is how many rows an id has a day, or in all where the endpoint has no days;
	// 0 where nobody knows.
	rows int
}

// An Endpoint is one of the API's, as documented.
type Endpoint struct {
	Path        string       // below the base URL, without a slash: trading-signals
	Method      string       // GET or POST
	Status      string       // current, or what became of it
	Generations []Generation // those that offer it, oldest first
}

// Endpoints lists what the package speaks to, current ones first. An endpoint that a
// generation does not offer is an error before anything is sent. The twelve charts are
// not listed: [Charts] names them.
func Endpoints() []Endpoint {
	list := make([]Endpoint, len(endpoints))
	for i, e := range endpoints {
		list[i] = Endpoint{Path: e.path, Method: e.method(), Status: e.status}
		for _, g := range Generations() {
			if e.offered(g) {
				list[i].Generations = append(list[i].Generations, g)
			}
		}
	}
	return list
}

// Parameters returns the documented names of the parameters that the endpoint takes in a
// generation, sorted.
func (e Endpoint) Parameters(g Generation) []string {
	for _, known := range endpoints {
		if known.path == e.Path {
			return known.parameters(g)
		}
	}
	return nil
}

func (e *endpoint) method() string {
	if e.post {
		return "POST"
	}
	return "GET"
}

func (e *endpoint) offered(g Generation) bool {
	return !slices.Contains(strings.Fields(e.absent), string(g))
}

func (e *endpoint) parameters(g Generation) []string {
	text := e.params
	switch g {
	case V3:
		text += " " + e.v3
	case V1, V2Legacy:
		text += " " + e.legacy
	}
	names := strings.Fields(text)
	if g == V1 { // whether it has pages is not known
		names = slices.DeleteFunc(names, func(p string) bool { return p == "page" || p == e.limitName() })
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (e *endpoint) limitName() string {
	if e.limit != "" {
		return e.limit
	}
	return "limit"
}

// The states of endpoints.
const (
	current     = "current"
	removedSDK  = "removed from the SDK; whether v2 still answers is unverified"
	legacyState = "in the document of April 2025; mostly gone since June 2025"
)

var endpoints = []*endpoint{
	tokens, topMarketCapTokens, price, hourlyOHLCV, dailyOHLCV, tradingSignals, hourlyTradingSignals,
	tmGrade, tmGradeHistory, fundamentalGrade, fundamentalGradeHistory, technologyGrade, technologyGradeHistory,
	pricePrediction, resistanceSupport, quantmetrics, marketMetrics, correlation, aiReports, cryptoInvestors,
	moonshotTokens, indices, indicesHoldings, indicesPerformance, tmai,
	traderGrades, investorGrades, scenarioAnalysis, sentiments,
	allTrendIndicators, traderIndices, investorIndices, indicesTreeMap, indexTreeMap, indexPerformance,
	indicesTransactions, indexTransactions,
}
