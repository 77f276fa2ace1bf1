package quota

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A Book keeps a text for each provider, durably.
type Book interface {
	// Update calls f with the text of a provider, nil where there is none, alone among all
	// processes. What f returns is on disk when Update returns; nil leaves it as it is.
	Update(provider string, f func(text []byte) ([]byte, error)) error
	// Read returns the text of a provider, nil where there is none.
	Read(provider string) ([]byte, error)
}

// Needs returns how many calls those of a higher priority are planned to make from a time
// until another.
type Needs func(above signals.Priority, from, until time.Time) int

// A Ledger counts calls. Its methods may be called concurrently, and by several processes
// over one Book.
type Ledger struct {
	book Book
	now  func() time.Time

	mu        sync.Mutex
	providers map[string]*terms
	waits     func(provider string, until time.Time)
	flights   flights
}

// terms are what is known of the calls of a provider, beside what the book and it say.
type terms struct {
	limits Limits
	needs  Needs
	made   int // calls that this ledger charged
}

// NewLedger returns the ledger over a book. now is the clock; nil is time.Now.
func NewLedger(book Book, now func() time.Time) *Ledger {
	if now == nil {
		now = time.Now
	}
	return &Ledger{book: book, now: now, providers: map[string]*terms{}}
}

// Limit says how many calls a provider may be asked.
func (l *Ledger) Limit(provider string, limits Limits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.terms(provider).limits = limits
}

// Keep says what is planned: calls of lower priority leave it. Without, they leave
// nothing.
func (l *Ledger) Keep(provider string, needs Needs) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.terms(provider).needs = needs
}

// Waits names who is told of each call that waits to be allowed, and until when. He may be
// called by several goroutines at once.
func (l *Ledger) Waits(tell func(provider string, until time.Time)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = tell
}

// waiting tells of a call that waits.
func (l *Ledger) waiting(provider string, until time.Time) {
	l.mu.Lock()
	tell := l.waits
	l.mu.Unlock()
	if tell != nil {
		tell(provider, until)
	}
}

// terms returns those of a provider, for those who hold mu.
func (l *Ledger) terms(provider string) *terms {
	if l.providers[provider] == nil {
		l.providers[provider] = &terms{}
	}
	return l.providers[provider]
}

// agreed returns the limits of a provider, and what calls of a priority must leave.
func (l *Ledger) agreed(provider string, p signals.Priority) (Limits, func(from, until market.Time) int) {
	l.mu.Lock()
	t := *l.terms(provider)
	l.mu.Unlock()
	return t.limits, func(from, until market.Time) int {
		if t.needs == nil {
			return 0
		}
		return t.needs(p, from.UTC(), until.UTC())
	}
}

// Made returns how many calls to a provider were charged to this ledger: those of others
// over the same book do not count.
func (l *Ledger) Made(provider string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.terms(provider).made
}

func (l *Ledger) count(provider string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.terms(provider).made += n
}

// Left is what remains of a quota.
type Left struct {
	Windows []Window    `json:"windows"`          // the longest first
	Paused  Pause       `json:"paused"`           // Until is 0 where it is not
	Denied  market.Time `json:"denied,omitempty"` // when the provider last saw no usable key
	Calls   uint64      `json:"calls"`            // ever charged
	Ahead   market.Time `json:"ahead,omitempty"`  // the ledger's time where the clock is behind it; 0 otherwise
}

// Least returns how many calls may be made before one is refused for an hour or longer;
// false where nothing limits them.
func (l Left) Least() (calls int, limited bool) {
	for _, w := range l.Windows {
		if w.Name != "minute" && w.Left >= 0 && (!limited || w.Left < calls) {
			calls, limited = w.Left, true
		}
	}
	return calls, limited
}

// Left returns what remains of a provider's quota at a time. It changes nothing.
func (l *Ledger) Left(provider string, now time.Time) (Left, error) {
	s, err := l.read(provider)
	if err != nil {
		return Left{}, err
	}
	limits, _ := l.agreed(provider, signals.Held)
	at := market.TimeOf(now)
	s.advance(at)
	left := Left{Windows: s.windows(limits), Paused: s.Pause, Denied: s.Denied, Calls: s.Calls}
	if s.Time > at {
		left.Ahead = s.Time
	}
	return left, nil
}

// Spare returns how many of the calls that are left at a time one priority may make, which
// leaves what is planned before it; false where nothing limits them.
func (l *Ledger) Spare(provider string, p signals.Priority, now time.Time) (calls int, limited bool, err error) {
	left, err := l.Left(provider, now)
	if err != nil {
		return 0, false, err
	}
	_, needed := l.agreed(provider, p)
	for i := range left.Windows {
		if w := &left.Windows[i]; w.Name != "minute" && w.Left >= 0 {
			w.Left = max(0, w.Left-needed(market.TimeOf(now), w.Until))
		}
	}
	calls, limited = left.Least()
	return calls, limited, nil
}

func (l *Ledger) read(provider string) (*State, error) {
	text, err := l.book.Read(provider)
	if err != nil {
		return nil, err
	}
	return decode(provider, text)
}

// decode reads a state.
func decode(provider string, text []byte) (*State, error) {
	s := &State{}
	if text == nil {
		return s, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(s)
	if _, more := d.Token(); err == nil && (more != io.EOF || text[0] != '{') {
		err = errors.New("it is not one object")
	}
	for _, c := range append(s.Recent, s.Month, s.Day, s.Hour) {
		if err == nil && c.Calls < 0 {
			err = fmt.Errorf("%d calls", c.Calls)
		}
	}
	if err != nil {
		return nil, &market.Error{Class: market.Data, Where: "quota." + provider,
			Err:  fmt.Errorf("what is on record of its calls cannot be read: %w", err),
			Hint: "a newer signalman may have written it: use that one, or restore credits.db from a copy"}
	}
	return s, nil
}

// update changes a state, durably, unless f says that it is as it was.
func (l *Ledger) update(provider string, f func(s *State) (changed bool)) error {
	return l.book.Update(provider, func(text []byte) ([]byte, error) {
		s, err := decode(provider, text)
		if err != nil || !f(s) {
			return nil, err
		}
		return json.Marshal(s)
	})
}

// A receipt is for a call that was charged.
type receipt struct {
	call    uint64      // its number
	at      market.Time // of the ledger
	trouble bool        // the provider refused the calls before it
}

// charge counts a call, or says why it may not be made. The charge is on disk when it
// returns.
func (l *Ledger) charge(provider string, p signals.Priority) (r receipt, no *refusal, err error) {
	limits, needed := l.agreed(provider, p)
	err = l.update(provider, func(s *State) bool {
		now := market.TimeOf(l.now())
		s.advance(now)
		if no = s.refused(limits, needed); no != nil {
			if s.Time > now+market.Time(time.Hour) {
				no.why += fmt.Sprintf(", in the ledger, whose time is %s: a clock was ahead", s.Time)
			}
			return false
		}
		s.charge()
		r = receipt{s.Calls, s.Time, s.Strikes > 0 || s.Denied != 0}
		return true
	})
	if no == nil && err == nil {
		l.count(provider, 1)
	}
	return r, no, err
}

// refund gives back a call that was not sent.
func (l *Ledger) refund(provider string, r receipt) error {
	l.count(provider, -1)
	return l.update(provider, func(s *State) bool { s.refund(r.at); return true })
}

// learn takes in what the answer to a call says of limits.
func (l *Ledger) learn(provider string, r receipt, h *heard) error {
	if !h.news() && !(r.trouble && h.answered) {
		return nil
	}
	return l.update(provider, func(s *State) bool { s.learn(r.call, market.TimeOf(l.now()), h); return true })
}

// fault is the error of a call that may not be made.
func (no *refusal) fault(provider, endpoint string) *signals.Fault {
	f := &signals.Fault{Kind: no.kind, Endpoint: endpoint, Until: no.until.UTC(), Err: errors.New("quota " + provider + ": " + no.why)}
	if no.kind == signals.ErrBudget {
		f.Hint = "nothing was sent; 'signalman signals plan' shows what is planned and what is left"
	}
	return f
}
