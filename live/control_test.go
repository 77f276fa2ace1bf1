package live_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// killed reports whether a session ends with a halt of the operator.
func killed(e *engine.Engine) bool {
	halts := e.Halts()
	return slices.ContainsFunc(halts, func(h engine.Halt) bool { return h.Rule == "kill" && e.HaltedBy(&h) == "operator" })
}

// TestWordBeforeTheStart says a word before a session runs, new or resumed anywhere: it is
// heard once the journal has been fed again, and holds in all runs that follow.
func TestWordBeforeTheStart(t *testing.T) {
	w := newWorld(5, 20, 0)
	w.history.Events = nil // no operator but this one
	whole := complete(t, w)
	for cut := range len(whole.frames) {
		rest := &book{}
		s := w.session(rest)
		s.Past, s.Control = whole.past(cut), &live.Control{}
		s.Control.Say(market.Kill, market.Word{Text: "before the start"})
		looked := make(chan *live.Snapshot, 1)
		go func() {
			seen, err := s.Control.Snapshot(context.Background(), 5)
			if err != nil && err != live.ErrEnded {
				t.Error(err)
			}
			looked <- seen
		}()
		e, _, err := live.Run(context.Background(), s)
		if err != nil || !killed(e) {
			t.Fatalf("cut %d: killed %v, %v", cut, killed(e), err)
		}
		<-looked
		both := &book{frames: append(slices.Clone(whole.frames[:cut]), rest.frames...)}
		again := w.session(&book{})
		again.Past = both.past(len(both.frames))
		e, _, err = live.Run(context.Background(), again)
		if err != nil || !killed(e) {
			t.Fatalf("cut %d, again: killed %v, %v", cut, killed(e), err)
		}
	}
}

// TestSnapshotIsWhatTheEngineHas looks at a session after each of its instants.
func TestSnapshotIsWhatTheEngineHas(t *testing.T) {
	w := newWorld(2, 300, 0)
	s := w.session(&book{})
	s.Control = &live.Control{}
	looks, began := make(chan int), make(chan bool)
	go func() {
		n := 0
		close(began)
		for {
			var equity, cash string
			var seen *live.Snapshot
			err := s.Control.Look(context.Background(), func(e *engine.Engine) {
				equity, cash = e.Equity().String(), e.Cash().String()
				seen = live.SnapshotOf(e, 3)
			})
			if err != nil {
				looks <- n
				return
			}
			n++
			if diff := cmp.Diff([]string{equity, cash}, []string{seen.Account.Equity.String(), seen.Account.Cash.String()}); diff != "" || len(seen.Orders) > 3 || len(seen.Strategies) != 2 {
				t.Error(diff)
			}
			total := seen.Account.Unallocated
			working := 0
			for _, b := range seen.Strategies {
				total = total.Add(b.Equity)
				working += b.Orders
			}
			if !total.Equal(seen.Account.Equity) || working > seen.LeftOut+len(seen.Orders) {
				t.Errorf("%+v", seen)
			}
		}
	}()
	<-began
	if _, _, err := live.Run(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d looks", <-looks)
}

// TestWordsAnywhere tells a session things while it works, whenever that is: what it then
// wrote is what it does again.
func TestWordsAnywhere(t *testing.T) {
	words := 0
	for seed := range seeds(t, 12) {
		w := newWorld(seed, 60, latencies[seed%3])
		first := &book{}
		s := w.session(first)
		s.Control = &live.Control{}
		s.Control.Say(market.Pause, market.Word{Scope: "b"})
		told := make(chan int)
		go func() {
			for n := 0; ; n++ {
				say := []market.Command{market.Pause, market.Kill, market.Resume, market.CloseAll, market.Resume, market.HaltRisk, market.LiftHalt}[n%7]
				if err := s.Control.Tell(context.Background(), say, market.Word{Scope: []string{"", "a"}[n%2], Rule: []string{"", "odd"}[n%7/5]}); err != nil {
					told <- n
					return
				}
			}
		}()
		if _, _, err := live.Run(context.Background(), s); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		words += <-told
		again := w.session(&book{})
		again.Past = first.past(len(first.frames))
		if _, _, err := live.Run(context.Background(), again); err != nil {
			t.Fatalf("seed %d, again: %v", seed, err)
		}
	}
	t.Logf("%d words", words)
}

// BenchmarkSnapshot is how long the trading stands still for those who look: with the orders
// that work, and with a thousand of all.
func BenchmarkSnapshot(b *testing.B) {
	w := newWorld(2, 2000, 0)
	e, _, err := live.Run(context.Background(), w.session(&book{}))
	if err != nil {
		b.Fatal(err)
	}
	for name, all := range map[string]int{"working": 0, "thousand": 1000} {
		b.Run(name, func(b *testing.B) {
			orders := 0
			for b.Loop() {
				orders = len(live.SnapshotOf(e, all).Orders)
			}
			b.ReportMetric(float64(orders), "orders")
		})
	}
}
