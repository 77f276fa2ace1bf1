// Package signalstudy says what the stored rows of one signal are worth: how much of it
// there is, how old it is when it is read, how often it is corrected, and whether returns
// that could have been earned go with it.
//
// There are only a few types. Run makes a Report of an Input: the rows of one source, kind
// and subject, the bars that give returns, and the horizons. A Correlation is a coefficient
// with its interval at 95 %, a Hits a share with its interval, a Spread the quantiles of
// what was counted. It reads and writes nothing, and the same input gives the same report.
//
// # What is measured
//
// An observation is the row in force (semantics S2) when it comes in force, the first for
// each effective time. Its return over a horizon begins at the open of the first bar that
// opens at or after Known, and ends at the open of the first bar a horizon later: what an
// order sent on the news could have earned, before costs. Its change is its value less that
// of the observation a step before; across a gap there is none.
//
// # Intervals
//
// Those of correlations are Fisher's: tanh(atanh(r) ± 1.96 s), with s = 1/√(n − 3) for
// Pearson's r (R. A. Fisher, 1921) and s = √((1 + r²/2)/(n − 3)) for Spearman's (D. G. Bonett
// and T. A. Wright, 2000). For n stands the effective sample: returns over h steps that begin
// at every step share h − 1 of them, so their autocorrelation at lag k is 1 − k/h where
// returns that do not overlap are independent, and the variance of r of two series grows by
// 1 + 2 Σ (1 − k/n)(1 − k/h) ρ(k), ρ being the autocorrelation of the signal (M. S. Bartlett,
// 1935). A negative ρ(k) counts as 0, so that the sample never grows. Those of hit rates are
// Wilson's (E. B. Wilson, 1927), with the sample reduced alike.
//
// # Caveats
//
// Intervals hold one at a time: of twenty without any meaning, one leaves 0 out. They do not
// allow for returns whose variance changes, as those of crypto do, so they are a little too
// narrow; and lags are counted in observations, as if none were missing. The fifths are cut with hindsight over all values, as the mean of a correlation is.
// A study takes time by the rows times the steps of the longest horizon: years by the hour
// take a second or two, years by the minute over weeks take minutes.
// A correlation is no profit: there are no costs, and nothing says that what was will be.
package signalstudy
