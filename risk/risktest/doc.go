// Package risktest proves that a risk rule keeps to the contract, and helps to test
// what it does.
//
// There are only a few types. [Run] is the suite for any rule, called in one line. A
// [Script] is a strategy that does at given bars what a test says; a [Trial] is a run
// of strategies and rules through the real engine and the simulated venue over bars
// such as [Closes] or [Walk] make; a [Trace] is what it left, line by line.
//
// # Caveats
//
// Bars are counted from 1, and bar n is the one that closes n intervals after [Start],
// a Monday.
package risktest
