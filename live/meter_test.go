package live

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// figures is a Meter that keeps what it is told.
type figures struct {
	mu    sync.Mutex
	took  map[Timing][]time.Duration
	count map[string]int
	lag   [2]int
}

func (f *figures) meter() *Meter {
	f.took, f.count = map[Timing][]time.Duration{}, map[string]int{}
	return &Meter{
		Took: func(what Timing, d time.Duration) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.took[what] = append(f.took[what], d)
		},
		Count: func(what Tally, kind string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.count[fmt.Sprint(what, " ", kind)]++
		},
		Lag: func(bytes, instants int) { f.lag = [2]int{bytes, instants} },
	}
}

// slow answers an order after a second, over HTTP where it has an address.
type slow struct {
	exchange.Broker
	address string
	err     error
}

func (b *slow) Submit(ctx context.Context, _ market.Instrument, o market.Order) (market.OrderUpdate, error) {
	if b.address != "" {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address, http.NoBody)
		if err != nil {
			return market.OrderUpdate{}, err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return market.OrderUpdate{}, err
		}
		return market.OrderUpdate{ID: o.ID, State: market.Accepted}, answer.Body.Close()
	}
	time.Sleep(time.Second)
	return market.OrderUpdate{ID: o.ID, State: market.Accepted}, b.err
}

func (b *slow) Order(context.Context, market.Instrument, market.OrderID) (market.OrderUpdate, error) {
	return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrNotFound}
}

// onlyInstant is a feed of one instant.
type onlyInstant struct{ events []market.Event }

func (f *onlyInstant) Next(context.Context, market.Time) ([]market.Event, error) {
	return f.events, nil
}

// sendOne lets a gateway send one order, two seconds after its instant began.
func sendOne(t *testing.T, b *slow) *figures {
	t.Helper()
	f := &figures{}
	trading := &Trading{Broker: b, Meter: f.meter(), Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
	g := newGateway(trading, newInbox())
	feed := trading.Meter.feed(&onlyInstant{[]market.Event{{Time: trading.now() - market.Time(3*time.Second)}}}, trading.now)
	if _, err := feed.Next(t.Context(), market.MaxTime); err != nil {
		t.Fatal(err)
	}
	if b.address == "" {
		time.Sleep(2 * time.Second)
	}
	g.Submit(0, market.Order{ID: market.OrderID{Strategy: "a", Sequence: 1}, Type: market.Market, Quantity: decimal.New(1, 0)})
	if _, err := feed.Next(t.Context(), market.MaxTime); err != nil {
		t.Fatal(err)
	}
	g.flush()
	g.settle(time.Minute)
	g.close(time.Second)
	return f
}

// TestTimings measures an order of an instant that took two seconds, at a venue that takes
// one.
func TestTimings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := sendOne(t, &slow{})
		want := map[Timing][]time.Duration{
			InstantTime: {2 * time.Second}, DecisionToWire: {2 * time.Second}, WireToAck: {time.Second},
			FeedLag: {3 * time.Second, 5 * time.Second},
		}
		if diff := cmp.Diff(want, f.took); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

// TestWireIsTheNetwork counts to the last byte of the request, and not to its answer.
func TestWireIsTheNetwork(t *testing.T) {
	const answers = 50 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(answers) }))
	defer http.DefaultClient.CloseIdleConnections()
	defer server.Close()
	f := sendOne(t, &slow{address: server.URL})
	if wire, ack := f.took[DecisionToWire], f.took[WireToAck]; len(wire) != 1 || len(ack) != 1 || ack[0] < answers || wire[0] <= 0 {
		t.Errorf("to the wire %v, to the answer %v", wire, ack)
	}
}

// TestTallies counts what came of an order that failed.
func TestTallies(t *testing.T) {
	for _, x := range []struct {
		kind error
		want map[string]int
	}{
		{exchange.ErrRejected, map[string]int{fmt.Sprint(Faults, " rejected"): 1}},
		{exchange.ErrUnavailable, map[string]int{fmt.Sprint(Faults, " unavailable"): 1}},
		{exchange.ErrUnknown, map[string]int{fmt.Sprint(Faults, " unknown"): 1, fmt.Sprint(Unknowns, " submit"): 1, fmt.Sprint(Proven, " absent"): 1}},
		{context.Canceled, map[string]int{fmt.Sprint(Faults, " other"): 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := sendOne(t, &slow{err: &exchange.Fault{Kind: x.kind, Until: time.Now()}})
			if diff := cmp.Diff(x.want, f.count); diff != "" {
				t.Errorf("%v: want (-), got (+):\n%s", x.kind, diff)
			}
			if n := len(f.took[WireToAck]); (n == 1) != (x.kind == exchange.ErrRejected) {
				t.Errorf("%v: %d answers were timed", x.kind, n)
			}
		})
	}
}

// TestMarketThatWasAway is one connection, however many series it had.
func TestMarketThatWasAway(t *testing.T) {
	f, now := &figures{}, market.Time(time.Hour)
	c := &connection{Trading: &Trading{Meter: f.meter()}}
	for range 3 {
		c.gapped(now)
	}
	c.gapped(now + market.Time(time.Minute))
	want := map[string]int{fmt.Sprint(Gaps, " market"): 4, fmt.Sprint(Reconnects, " market"): 2}
	if diff := cmp.Diff(want, f.count); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// TestMeterOff: nothing is measured, and nothing is in the way.
func TestMeterOff(t *testing.T) {
	for _, m := range []*Meter{nil, {}} {
		feed := &onlyInstant{}
		if m == nil && m.feed(feed, nil) != engine.Feed(feed) {
			t.Error("a feed that nobody measures is wrapped")
		}
		ctx, wrote := m.wire(t.Context())
		m.sent(m.beginning(), wrote, context.Canceled)
		m.saw(&market.Record{Kind: market.RecordEvent, Event: market.Event{Signal: &market.Signal{}}})
		if ctx != t.Context() || !m.now().IsZero() || m.commit(&unkept{}) != nil {
			t.Error("something is measured")
		}
	}
}

// unkept is a journal that keeps nothing.
type unkept struct{}

func (*unkept) Append(market.Record) error { return nil }
func (*unkept) Commit() error              { return nil }
func (*unkept) Finish() error              { return nil }
func (*unkept) Lag() (bytes, instants int) { return 7, 2 }

// TestLag is told after each commit.
func TestLag(t *testing.T) {
	f := &figures{}
	r := &recorder{journal: &unkept{}, meter: f.meter()}
	if err := r.Commit(); err != nil || f.lag != [2]int{7, 2} || len(f.took[CommitTime]) != 1 {
		t.Errorf("%v: lag %v, %v", err, f.lag, f.took)
	}
}

// TestFindings counts what a comparison finds, by what it is.
func TestFindings(t *testing.T) {
	f := &figures{}
	trading := &Trading{Meter: f.meter(), Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
	g := newGateway(trading, newInbox())
	defer g.close(time.Second)
	r := &reckoner{gateway: g, inbox: g.inbox}
	var list []finding
	want := map[string]int{}
	for kind, name := range map[findingKind]string{findAdopt: "adopted", findMove: "moved", findAbsent: "absent", findHalt: "halt", findLift: "lift", findNote: "note"} {
		list = append(list, finding{kind: kind, looks: 1})
		want[fmt.Sprint(Findings, " ", name)] = 1
	}
	r.act(list)
	if diff := cmp.Diff(want, f.count); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}
