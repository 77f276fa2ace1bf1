// Package size holds the sizers: they give a quantity to orders that name none.
//
// There are only a few types, one for each sizer: [FixedAmount], [PercentEquity],
// [RiskPerTrade], [VolatilityTarget], [Kelly], [EqualWeight] and [InverseVolatility]. Each
// is its own configuration.
//
// # Caveats
//
// A target of a strategy names its size, so that no sizer touches it: beside strategies that
// work with targets alone, as all that ship do, a sizer does nothing.
//
// A quantity is the amount at the order's own price, or else at the last close. The
// engine reserves a market order at 2 % more (semantics D2), and cuts a size to what free
// cash or margin backs at that price. Rules see the order after the sizer, and may cut it
// to less than can be sold again. No sizer asks for more than its formula in exact
// arithmetic.
package size
