// Package parity compares what a session did with what a backtest makes of the same inputs,
// and says what each difference cost (semantics L5).
//
// There are only a few types. A [Book] collects the orders, fills and halts of one side from
// its records. [Compare] pairs the orders of two books, and makes a [Report]: each
// [Difference] with its [Class] and its money, and a [Total] of each class.
//
// # How orders are paired
//
// By strategy, instrument, side, type and the time of the decision; those left over by the
// nearest decision within a window. Numbers of orders are not used: after an order that one
// side alone has, they are others.
//
// # What a difference costs
//
// Money is what the session is worse off by, in quote, at the last close: a buy at a higher
// price, a fee, or a position that the backtest would have had. The parts of an order add up
// to its whole difference, to the last digit.
//
// # Caveats
//
// When an outcome was known at a venue is no difference by itself; when a fill happened is.
// The former is listed where it explains a decision that nothing else does. A fee in
// an asset that no instrument prices is left out of the money, which the report counts.
package parity
