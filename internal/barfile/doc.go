// Package barfile reads and writes files of bars and files of signals.
//
// There are only a few types. [Options] says how to read bars, and a [Summary] is what
// [Scan] and [ScanFile] found beside the bars, which they hand on in chunks: the [Gap]
// between bars, and the rows that were refused. A [Result] is the same with all bars at
// once, as [Read] and [ReadFile] return it. A [Builder] checks bars that come from
// elsewhere. [SignalOptions] and [SignalResult] are the same for
// signals, and [Format] is how [WriteSignals] lays them out. [Write] and
// [WriteFile] print columns so that they read back as they were.
//
// # Files of bars
//
// A table has a row for each bar: open_time_ms,open,high,low,close,volume, or the twelve
// columns of the klines that Binance publishes, of which the first six count. Under a
// header columns may stand in any order and others beside them: it is found out by the
// usual headings, or as Options.Columns says. Commas, semicolons or tabs stand between.
// Lines above the header that begin with # or an address are passed over. JSON is a list
// of such rows. Data frames, Arrow files (feather) and Parquet files, have the columns
// date, open, high, low, close and volume.
//
// Times are seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by
// their size, or dates, in UTC unless they say a zone; alike in all rows. Under a header
// that says open_time_ms small numbers are milliseconds too.
//
// Times rise or fall throughout, as most of the first eight rows do; in doubt they rise.
// A row that does not follow the one above is wrong, unless it and the next row lie between
// the two above it: then the upper one comes too late. The first 64 Ki rows show the interval where none is
// given, and the rows below must fit it.
//
// Files of all kinds may be compressed: gzip, Zstandard, xz, or a zip of one .csv or
// .json. Formats are told by their first bytes, whatever the name.
//
// # Files of trades
//
// A row is agg_trade_id,price,quantity,first_trade_id,last_trade_id,time_ms and up to
// two columns more, as in the aggTrades that Binance publishes, with or without a
// header. Under a header, or as asked, price, quantity and time are enough. [ReadTrades]
// and [ScanTrades] make a flat bar of each trade. Numbers and times rise; which of two
// trades out of order is wrong is told as with bars.
//
// # Files of fundings
//
// A row is time_ms,rate or time_ms,rate,mark; a header may name the columns in another
// order, or as Binance's monthly files do. In a data frame the open is the rate, as
// freqtrade writes it. See [ReadFunding].
//
// # Files of signals
//
// CSV with a header, or JSON lines with the same names: source, kind, subject,
// effective, known, value, revision, assumed, raw. Only effective and value are
// needed where [SignalOptions] holds the rest.
//
// # Errors
//
// Every error about the content is a [market.Error] of class Data that names file
// and line. The first bad row ends the reading, unless SkipBad is set: then it is
// left out and listed. Damage that no row can be blamed for (a cut archive, an
// endless line, a wrong header, a wrong interval) always ends it.
//
// # Caveats
//
// Scales do not count trailing zeros, nor digits that a float64 does not keep. A
// column that does not fit 2^51 units of its finest decimal gets [market.FreeScale]:
// beyond that a float64 does not give its decimal back through [market.Ticks]. A data
// frame that is packed, or not in a file, is copied to memory, up to 512 MiB. A file of a
// single bar says nothing about the interval, so it must be given. Of two rows
// that are out of order the one below decides which is wrong; where several in a row come
// too late, those below them are taken for wrong. Only the first block of an xz archive is asked how much memory it
// needs. Columns.Incomplete has no place in a file and is not written. Bars of calendar months have no fixed interval and are refused.
package barfile
