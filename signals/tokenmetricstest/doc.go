// Package tokenmetricstest is a stand-in for the Token Metrics data API: a server that
// answers every endpoint of every known generation with made-up rows, and fails in every
// way in which the service is known to fail.
//
// There are only a few types. [Options] say which generation is imitated, with which
// tokens, limits and clock; [New] makes a [Server] of them, an http.Handler. [Fault] is
// one way to fail; Set and Clear change them while it runs. [Start] serves over memory, for
// tests and testing/synctest; [Admin] changes a running server over HTTP.
//
// # What is made up, and what is not
//
// Every answer has the header X-Signalman-Synthetic: 1, and clients store its rows under a
// source of their own (signals.SyntheticSource). Prices come from the bars of the tokens
// where they have some, and are noise where they have none. A row follows from the seed,
// the token, its day, and prices up to its snapshot: any day may be asked for without those
// before, and a restarted server says the same again. Nothing after the server's clock is
// told, and nothing in a row was known only later.
//
// What the public material about the service states is imitated to the letter: paths,
// headers, envelopes, keys and their order, the shapes of numbers and times, the order of
// rows, the relations between grades. docs/tokenmetrics.md lists what is not known of the
// service and was chosen here: the bodies of 401, 403, 404 and 429, the words of hourly
// signals, the edges of labels, and when in a day its row is told.
//
// # Caveats
//
// Grades and signals are no advice: they know prices up to their day, and nothing of the
// next. The lookup endpoints whose shapes nobody recorded are missing.
package tokenmetricstest
