// Package observe shows how a session at work does: as metrics for Prometheus, as health for
// who restarts processes, and as lines for people.
//
// There are only a few types. An [Observer] is told of a session by its [live.Meter] and by
// each committed record, and serves what it knows over HTTP. [News] is what a record means,
// in one line that a tired person understands: the log and notifications say the same.
//
// # Caveats
//
// What is asked about money and positions is asked of the trading loop when Prometheus asks,
// between two instants: it costs nothing meanwhile, and is missing from an answer for which
// the loop was too busy (signalman_loop_up is 0 then). Counters begin at 0 with the process:
// what an earlier process of the session counted is not in them.
package observe
