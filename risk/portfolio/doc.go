// Package portfolio holds the risk rules that measure all positions together: what they
// may lose at once, how far they move with the market, which of them carries the risk,
// which of them are one bet.
//
// There are only a few types, one for each rule: [MaxVar], [MaxBeta], [MaxContribution]
// and [MaxCorrelation]. Each is its own configuration; [Basis] is the part that they have
// in common: whose positions they measure, and over which returns.
//
// # Cost
//
// Nothing is done when a bar closes. When an order is reviewed, the returns of the bars
// since are added to the window, one division each, and the measure is computed from the
// window in two passes, n bars × the instruments held. The covariance of two instruments
// is never stored: that of the portfolio is the variance of its profits. So there are no
// running sums, and what is measured has the same digits after a million bars, and after
// a restart, as computed afresh. The benchmarks of the package time a bar, a review, and
// the running covariances that it does without; docs/risk.md has the figures.
//
// # Caveats
//
// All of them measure the past. Correlations rise in a crash, when they are needed; losses
// beyond those of the window are not in it; returns are not normal, so that parametric
// measures underestimate rare losses; √h, by which a horizon is reached, holds for
// independent bars. An instrument with a tenth of its bars missing is measured as if its
// price had stood still then. Value at risk by history may be exceeded while an order is
// partly filled: it is no convex measure. The others of [MaxVar] are.
package portfolio
