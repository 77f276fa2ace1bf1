package venue

// faults are what goes wrong on purpose.
type faults struct{ venue *Venue }

func newFaults(v *Venue) *faults { return &faults{v} }

// before is asked before a call reaches the state machine, without Venue.mu. What it returns
// is the answer, and the call is never made; nil lets it go on.
func (f *faults) before(*call) *answer { return nil }

// after is asked with the answer of a call that was made, without Venue.mu, and returns what
// is sent.
func (f *faults) after(_ *call, a *answer) *answer { return a }
