// Package paper is a venue inside the process: the simulated one, behind the contract of
// real ones. What trades through package exchange can be tried against it without a network.
//
// There are only a few types. A [Venue] is one account and its market, and is moved on by
// hand, bar by bar; it is an [exchange.Market]. A [Broker] is an [exchange.Broker] of it
// with its own names of orders: two brokers of one venue are two programs on one account.
// [Options] say what is listed.
//
// # Caveats
//
// A Venue never moves by itself: what becomes of an order is known once [Venue.Step] has
// moved on to the close of the next bar. It keeps every update and every fill of its
// life. Only quote assets can be had at the start; what is to be sold is bought first.
package paper
