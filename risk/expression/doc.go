// Package expression compiles what a configuration says in words of its own:
// position.notional + order.notional < 0.2 * equity.
//
// There are only a few types. A [Condition] and an [Amount] are texts of a configuration,
// checked as they are read. [Condition.Compile] and [Amount.Compile] make programs of them
// in the Init of a rule, which subscribes to the signals that they name; a [Program] is
// run over one order under review.
//
// The language is a part of github.com/expr-lang/expr: names, numbers, texts, true and
// false; + - * /, comparisons, and or not, in with a list, cond ? a : b; the functions of
// this package. The list is closed: there are no loops, so that a program takes a bounded
// time; no clock, no chance and no order of maps, so that it says the same each time; and
// no power, whose digits depend on the processor.
//
// # Caveats
//
// Numbers are float64 and finite: a result that is not, such as that of a division by 0, is an
// error, and a rule refuses what it cannot judge. Times and ages are in seconds. A signal that
// is absent is an error too, unless the text asks has_signal for it: then only reading it is.
package expression
