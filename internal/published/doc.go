// Package published knows the archive of files that Binance publishes: which files hold
// a range of time, where they lie, and whether they are what was published.
//
// There are only a few types. A [Set] is what belongs together: the candles, trades or
// fundings of one symbol. [Set.Cover] lists the [File]s that hold a range. An [Archive]
// hands them out, verified: [Dir] from a directory, [Site] from a web server.
//
// # Layout
//
// Below the root a file is data/MARKET/PERIOD/KIND/SYMBOL/INTERVAL/NAME.zip, where MARKET
// is spot or futures/um and PERIOD monthly or daily; trades and fundings have no INTERVAL.
// NAME is SYMBOL-INTERVAL-2024-01 for a month and SYMBOL-INTERVAL-2024-01-31 for a day,
// with the KIND in the place of the interval for trades and fundings. NAME.zip.CHECKSUM
// beside it is the line that sha256sum prints.
//
// # Caveats
//
// Fundings, and bars longer than a day, are published by the month only. Months appear
// some days after they end, days on the day after. Files are issued anew from time to
// time: then a checksum that was taken before does not fit.
package published
