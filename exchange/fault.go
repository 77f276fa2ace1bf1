package exchange

import (
	"errors"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// What a failed request means, by what the caller may do. A [Fault] wraps one of them.
var (
	ErrRejected    = errors.New("rejected")                      // the venue never took it: it does not exist, and will be refused again as it is
	ErrUnknown     = errors.New("outcome unknown")               // it may exist: ask, never send it again
	ErrUnavailable = errors.New("not sent, or surely not taken") // it does not exist; the same may be tried again, not before Fault.Until
	ErrNotFound    = errors.New("not found")                     // the venue knows no such order, now
)

// A Fault is why a request failed. It never holds a key, a signature or the address that
// was asked.
type Fault struct {
	Kind error  // one of the errors above
	What string // what was asked: "order BTCUSDT"
	Code int    // the venue's own code; 0: none
	HTTP int    // the status of the answer; 0: none came
	// Until is when to ask again, by the clock of [Env]; zero: nobody said. Of ErrUnknown it
	// is from when on the order cannot come to be any more: not found is then proof.
	Until time.Time
	Clock bool  // the venue refused the time of the request: nothing was taken
	Fatal bool  // the configuration or the account is wrong: trading must halt
	Err   error // what happened, in the venue's words where it spoke
	// Reason is of a rejection that engines act on, as an order's update has it:
	// market.WouldTrigger.
	Reason string
	// Listing is the instrument with the filters of now, of an order that was rejected for
	// filters that have changed since it was put on their grids; else nil.
	Listing *market.Instrument
	Hint    string // what an operator can do; may be empty
}

// Error says what was asked, what happened and what to do.
func (f *Fault) Error() string {
	text := f.Kind.Error()
	if f.What != "" {
		text = f.What + ": " + text
	}
	if f.HTTP != 0 {
		text += fmt.Sprintf(" (http %d)", f.HTTP)
	}
	if f.Code != 0 {
		text += fmt.Sprintf(" (code %d)", f.Code)
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	if !f.Until.IsZero() && !errors.Is(f.Kind, ErrUnknown) {
		text += ", not before " + f.Until.UTC().Format(time.RFC3339)
	}
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// Unwrap returns the kind, and what happened.
func (f *Fault) Unwrap() []error {
	if f.Err == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Err}
}
