package market

import "time"

// BarQuery says which bars a strategy or rule wants.
type BarQuery struct {
	Interval    Interval       // length of a bar; 0 is the interval in the configuration
	Lookback    int            // how many bars a Series shows; 0 is the larger of Warmup and 1
	Warmup      int            // from which bar on the series is warm; 0 and 1 are the first
	Instruments []InstrumentID // nil is every instrument of the strategy
}

// SignalQuery says which signals a strategy or rule wants.
type SignalQuery struct {
	Kind   SignalKind
	Source string        // "" is any source: the row that supersedes the others wins
	MaxAge time.Duration // an older row is absent; 0 is that of the kind (KindOf)
}

// DefaultMaxAge is the age at which a signal of a daily kind, or of one that is not
// documented, becomes absent, unless its query says (semantics S3).
const DefaultMaxAge = 48 * time.Hour
