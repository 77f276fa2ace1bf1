package market

// Kind is what an event is. Kinds of one Time apply in this order (semantics T2).
type Kind int8

// The kinds of events.
const (
	KindCommand Kind = iota + 1 // an operator's word: see Command
	KindAccount                 // a balance that changed for no order of ours
	KindUpdate                  // an order update
	KindBar                     // a bar that has closed
	KindSignal                  // a signal that became known
	KindTimer                   // a schedule of a strategy or rule
)

// String returns the kind's name.
func (k Kind) String() string { return name(kindNames[:], int(k)) }

var kindNames = [...]string{"", "command", "account", "update", "bar", "signal", "timer"}

// Command is an operator's word to the engine, carried by an event.
type Command int8

// The commands.
const (
	// Kill stops all new risk on the account and cancels working orders that would
	// add to it. Positions stay; closing stays allowed.
	Kill Command = iota + 1
	// Resume lifts a Kill and the halts of rules.
	Resume
)

// String returns the command as the command line writes it.
func (c Command) String() string { return name(commandNames[:], int(c)) }

var commandNames = [...]string{"", "kill", "resume"}

// An Event is one thing that became known at Time. It is thin: a bar is a row of
// shared Columns. Which fields are set depends on Kind.
type Event struct {
	Time       Time
	Kind       Kind
	Command    Command
	Instrument InstrumentID
	Row        int32
	// More says how many rows after Row are the next instants, with nothing between
	// them. Whoever handles the event may go on through them: it then moves Row and
	// Time, and takes as many off More, in place: whoever hands out a copy, or puts
	// something between, sets it to 0, which is always right.
	More     int32
	Interval Interval
	Bars     *Columns
	Signal   *Signal
	Update   *OrderUpdate
	Value    float64 // reserved for mark prices and funding rates
}

// Bar returns the bar of a KindBar event.
func (e *Event) Bar() Bar { return e.Bars.Bar(int(e.Row)) }
