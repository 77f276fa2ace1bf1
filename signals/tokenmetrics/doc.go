// Package tokenmetrics speaks to Token Metrics' data API: signals, grades, predictions,
// market metrics and indices of crypto tokens, in every generation of the API.
//
// There are only a few types. A [Client] has one method for each endpoint, which takes
// the endpoint's own [Query] and yields a [Page] for each answer, with rows of the
// endpoint's own type. [Options] say which [Generation] of the API is spoken, with which
// key. A [Number] is exact, or absent. [Endpoints] lists what there is.
//
//	c, err := tokenmetrics.New(tokenmetrics.Options{Key: key})
//	q := tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{3375, 3306}, Start: start, End: end}
//	for page, err := range c.TradingSignals(ctx, q) {
//
// # Questions and answers
//
// Only documented parameters are sent, never an empty one: the API answers a parameter
// that it does not know with 400. A range of days is asked in windows of at most 30 days
// that share none, ids in batches whose rows fit one page where that can be known, and
// pages until one is short. Rows are told apart by their key (token, day, …): one that
// comes again is left out. Within a window the page with the oldest row comes first, and
// the rows of a page are sorted oldest first; rows without a time keep their order.
//
// One decoder reads all generations: names are compared without "_" and case, so that
// TM_GRADE_24h_PCT_CHANGE and tm_grade_24_h_pct_change are one. Fields that no row type
// knows are kept in Extra. A null is absent, and so is text where a number should be,
// which a warning of the page tells; neither is ever 0. A row without its token or its
// day is left out, and the error that says so comes after the others.
//
// # Errors
//
// They are [signals.Fault], which say what to do next; nothing is asked again here. The
// end of the context is returned as it is. No key is in an error, in a row or in Raw: an
// answer that repeats the key has *** there.
//
// # Caveats
//
// Nothing here was checked against the live service: the API is known from the vendor's
// OpenAPI document of April 2025, its SDKs, and recorded answers. What is unverified is
// marked so. Endpoints vanish without notice: [signals.ErrGone] is normal, and not a
// neutral signal. The two cumulative returns of a trading signal are computed by the
// vendor in hindsight: they are no record of trades. Rows without a time of their own are
// about the moment of the answer, [Page].Received.
package tokenmetrics
