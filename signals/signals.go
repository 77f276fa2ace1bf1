// Package signals is the contract for sources of signals: AI grades and
// predictions, sentiment, indices of the market.
//
// There are only a few types. A [Source] is asked for rows; a [Pusher] sends them as
// they come. Both hand over a [Batch]: rows with the raw answer they stood in. A
// [Plugin] names a source for the configuration, and an [Env] gives it the outside
// world.
//
// # Caveats
//
// A source never guesses: a value that is missing is a row with Null set, not a zero
// or a neutral one. It sets Known, the time from which a row could be acted on, and
// Assumed where that is a lag rather than an observation (semantics S4). [market.Arrivals]
// stamps rows on arrival, but no command uses it yet: a run refuses a row whose Known is 0.
// No command runs a Pusher yet.
package signals

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Query says what to fetch. The zero values ask for everything.
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
	// Fetch yields batches, oldest first. After an error it yields no more; what came
	// before is good. The batches are the caller's.
	Fetch(ctx context.Context, q Query) iter.Seq2[Batch, error]
}

// Pusher speaks without being asked.
type Pusher interface {
	// Kinds lists what the source can say. It may be called at any time.
	Kinds() []market.SignalKind
	// Run calls emit for each batch until ctx ends. emit returns after the batch is
	// durable, and only then may the source acknowledge it.
	Run(ctx context.Context, emit func(Batch) error) error
}

// Env is the outside world of a source. A source reaches for none of it by itself.
type Env struct {
	HTTP *http.Client
	Now  func() time.Time
	Log  *slog.Logger
}

// Plugin makes sources of one type. The value that New returns is its own
// configuration, as a strategy's is, and a Source or a Pusher.
type Plugin struct {
	Name   string        // the type in the configuration: "file"
	Doc    string        // one line: what it does
	Sample string        // a [signals.X] table, in TOML
	New    func(Env) any // with the defaults in its fields
}
