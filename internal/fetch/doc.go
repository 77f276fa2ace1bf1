// Package fetch brings history into the store.
//
// There are only a few types. A [REST] asks a venue's REST interface for the bars, trades
// or fundings of a symbol that the store lacks, and says in a [Report] what came of it. An
// [Archive] imports the files that Binance publishes, from a directory or a web server,
// and says it in an [ArchiveReport]; [Imported] remembers what they held.
//
// # Resuming
//
// What comes is stored piece by piece, and the store is open for writing only while a
// piece is put: whatever ends a fetch, the next one goes on behind what was stored.
//
// # Caveats
//
// The venue is asked again for bars that are missing inside of what is stored, once each
// time: those of an outage never come. Fundings of the archive are imported again by every
// run, which changes nothing.
package fetch
