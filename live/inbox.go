package live

import (
	"sync"

	"github.com/signalman-trading/signalman/market"
)

// arrival is one thing that reached the session from outside, and when.
type arrival struct {
	at         market.Time
	series     *series    // of a bar; nil for the others
	bar        market.Bar //
	quiet      bool       // the venue has no bar of the series up to then
	instrument market.InstrumentID
	funding    *market.Funding
	update     *market.OrderUpdate // of an order, as the engine is to be told
	side       market.Side         // of the order
	flow       *market.Flow
	say        market.Command // with word
	word       *market.Word
	listing    *market.Instrument
}

// inbox takes what goroutines bring until the feed asks for it.
type inbox struct {
	mu   sync.Mutex
	list []arrival
	err  error         // that ends the session
	news chan struct{} // holds a token while something is new
}

func newInbox() *inbox { return &inbox{news: make(chan struct{}, 1)} }

func (b *inbox) put(list ...arrival) {
	if len(list) == 0 {
		return
	}
	b.mu.Lock()
	b.list = append(b.list, list...)
	b.mu.Unlock()
	b.ring()
}

// fail ends the session with the first error that it is given.
func (b *inbox) fail(err error) {
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	b.mu.Unlock()
	b.ring()
}

func (b *inbox) ring() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// arrived reports whether there is anything to take.
func (b *inbox) arrived() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.list) > 0 || b.err != nil
}

// take empties the inbox into a list.
func (b *inbox) take(into []arrival) ([]arrival, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	into = append(into, b.list...)
	clear(b.list)
	b.list = b.list[:0]
	return into, b.err
}
