// Package signals is the contract for sources of signals: AI grades and
// predictions, sentiment, indices of the market.
//
// There are only a few types. A [Source] is asked for rows; a [Pusher] sends them as
// they come. Both hand over a [Batch]: rows with the raw answer they stood in. A
// [Deriver] makes rows of the rows of others. A [Planner] says what a question costs
// before it is asked, and a [Fault] why it went without an answer. A [Plugin] names a
// source for the configuration, and an [Env] gives it the outside world.
//
// # Caveats
//
// A source never guesses: a value that is missing is a row with Null set, not a zero
// or a neutral one. A source that is not remote sets Known, the time from which a row
// could be acted on, and Assumed where that is a lag rather than an observation
// (semantics S4). A remote source leaves Known 0: its rows are stamped when they arrive.
package signals

import (
	"context"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Query says what to fetch. The zero values ask for everything; without From, a source that
// is paid by the call may take that for what is newest, and says so.
type Query struct {
	Kinds    []market.SignalKind
	Subjects []market.Subject
	From, To market.Time // of Effective; From is included, To is not
}

// Batch is the rows of one answer.
type Batch struct {
	Raw     []byte // the answer as it came; may be nil
	Signals []market.Signal
}

// Source answers questions.
type Source interface {
	// Kinds lists what the source can say. It may be called at any time.
	Kinds() []market.SignalKind
	// Fetch yields batches, those of one endpoint oldest first. After an error it yields no
	// more, unless that is a [Fault] of one endpoint among several: what came before is
	// good, and what the others say may still come, since the loss of one feed must not
	// silence the rest. Whoever stops at the first error misses only that; whoever wants to
	// know which endpoint failed asks for the kinds of one [Request]. The batches are the
	// caller's.
	Fetch(ctx context.Context, q Query) iter.Seq2[Batch, error]
}

// Planner is a Source that knows what a question costs.
type Planner interface {
	// Plan returns the requests that Fetch(q) sends where nothing fails, by endpoint, in
	// the order in which they are sent; fewer are sent where there is less to say. It sends
	// nothing.
	Plan(q Query) []Request
}

// Checker is a source that finds what is wrong with its configuration, offline.
type Checker interface {
	// Check returns the first thing that is wrong. Keys have not been looked up, and the
	// outside world is not there yet.
	Check() error
}

// Request is a number of calls of one endpoint.
type Request struct {
	Endpoint string
	Calls    int
	// Kinds are what the answers give. A question for these alone asks this endpoint, and
	// those that help it: so a scheduler can ask each endpoint by itself, and give up on one
	// that is gone. A request that only helps another gives none.
	Kinds []market.SignalKind
}

// Pusher speaks without being asked.
type Pusher interface {
	// Kinds lists what the source can say. It may be called at any time.
	Kinds() []market.SignalKind
	// Run calls emit for each batch until ctx ends. emit returns after the batch is
	// durable, and only then may the source acknowledge it.
	Run(ctx context.Context, emit func(Batch) error) error
}

// Deriver makes rows of the rows of other sources. What it makes is never stored: it is
// made again from the same rows, alike in a backtest and live.
type Deriver interface {
	// Kinds lists what the source can say. It may be called at any time.
	Kinds() []market.SignalKind
	// Derive begins anew, with nothing known. name is the source of the rows it makes.
	Derive(name string) Derivation
}

// Reader is a Deriver that says which kinds it reads.
type Reader interface {
	// Reads lists the kinds. It may be called at any time.
	Reads() []market.SignalKind
}

// A Derivation follows time forward.
type Derivation interface {
	// At is given the rows that become known at a time, in the order of semantics T2, and
	// returns the rows that follow from them then, known at that time. Times rise from
	// call to call.
	At(now market.Time, rows []market.Signal) []market.Signal
	// Next returns the next time at which rows follow without a row of others becoming
	// known, because one grows too old; 0 is never. At must be called then.
	Next() market.Time
}

// Derived returns what a derivation makes of rows in the order of semantics T2, up to the
// moment at which the last of them has grown too old.
func Derived(d Derivation, rows []market.Signal) (made []market.Signal) {
	for len(rows) > 0 || d.Next() > 0 {
		now := d.Next()
		if len(rows) > 0 && (now == 0 || rows[0].Known < now) {
			now = rows[0].Known
		}
		n := 0
		for n < len(rows) && rows[n].Known <= now {
			n++
		}
		made = append(made, d.At(now, rows[:n])...)
		rows = rows[n:]
	}
	return made
}

// Priority orders questions where not all can be asked.
type Priority int8

// The priorities: what a position depends on comes first.
const (
	Held      Priority = iota // a strategy holds the asset
	Candidate                 // a strategy trades the asset
	Universe                  // all others
	Past                      // what is filled in: it leaves whatever is planned
)

type priorityKey struct{}

// WithPriority says how much the questions asked under ctx matter.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf returns what WithPriority said, or Candidate.
func PriorityOf(ctx context.Context) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok {
		return p
	}
	return Candidate
}

// Env is the outside world of a source. A source reaches for none of it by itself. Calls
// are charged, limited and redacted in HTTP, in one place, and every answer may be kept.
type Env struct {
	HTTP   *http.Client
	Listen func(network, address string) (net.Listener, error)
	Now    func() time.Time
	Log    *slog.Logger
	// Dir is a directory of the source's own, for what must outlive the process; the source
	// makes it when it needs it. "" is none.
	Dir string
}

// Plugin makes sources of one type. The value that New returns is its own
// configuration, as a strategy's is, and a Source, a Pusher or a Deriver. If it has a
// method Check() error, that says which parameters make no sense together; keys are not
// set then.
type Plugin struct {
	Name   string // the type in the configuration: "file"
	Doc    string // one line: what it does
	Sample string // a [signals.X] table, in TOML
	// Remote marks a source beyond this machine. What it says is stored as it arrives; a
	// backtest reads it there and asks nobody.
	Remote bool
	// Limits are those of the smallest plan that the provider is known to sell. They hold
	// for the quota of the plug-in's name where the configuration sets none.
	Limits Limits
	New    func(Env) any // with the defaults in its fields
}
