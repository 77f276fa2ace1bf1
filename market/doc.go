// Package market holds the nouns that every other package speaks: times,
// instruments, bars, signals, orders, fills, events and decisions.
//
// There are only a few types. [Time] is an instant and [Interval] the length of
// a bar. An [Instrument] says what is traded and by which filters. [Columns] is
// an immutable series of bars, one slice a field; a [Bar] is one row of it. An
// [Order] is what a strategy wants, an [OrderUpdate] what a venue says of it, a
// [Fill] the part of it that traded. A [Signal] is one row of what some source
// said, with the time it was about and the time we could have known it. An
// [Event] carries any of these to the engine; a [Decision] is what left it.
//
// # Numbers
//
// Prices and volumes of bars are float64, so that indicators are fast. Quantities
// and prices of orders and fills, fees and cash are [decimal.Decimal], so that
// money is exact. quantise.go is the only crossing between the two.
//
// # Caveats
//
// Columns are shared by every run that reads them: nobody may write to their
// slices once they are built. A bar exists at its close: Columns store the open
// time of each row and [Columns.Time] returns the close. Nothing here does I/O.
package market
