package live_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// TestReplayOfEveryPrefix: wherever a journal was cut between two instants, what it holds is
// decided again, and each instant is shown once.
func TestReplayOfEveryPrefix(t *testing.T) {
	for seed := range seeds(t, 2) {
		for _, latency := range latencies {
			w := newWorld(seed, 40, latency)
			whole := complete(t, w)
			for cut := range len(whole.frames) + 1 {
				shown := 0
				p := live.Replay{Engine: w.config(), Past: whole.past(cut), Finished: cut == len(whole.frames)}
				p.Step = func(_ *engine.Engine, records []market.Record) error {
					if diff := cmp.Diff(len(whole.frames[shown]), len(records)); diff != "" {
						t.Error(diff)
					}
					shown++
					return nil
				}
				if _, err := p.Run(t.Context()); err != nil || shown != cut {
					t.Fatalf("seed %d, latency %s, cut after %d of %d instants, %d shown: %v", seed, time.Duration(latency), cut, len(whole.frames), shown, err)
				}
			}
		}
	}
}

// TestReplayFindsEachDifference: a decision, halt or instant that is left out of the journal
// is found, with its time.
func TestReplayFindsEachDifference(t *testing.T) {
	w := newWorld(1, 60, 0)
	whole := complete(t, w)
	found := 0
	for k, frame := range whole.frames {
		for i := range frame {
			if frame[i].Kind == market.RecordEvent {
				continue
			}
			found++
			less := &book{frames: append([][]market.Record{}, whole.frames...)}
			less.frames[k] = append(append([]market.Record{}, frame[:i]...), frame[i+1:]...)
			if len(less.frames[k]) == 0 {
				less.frames = append(less.frames[:k], less.frames[k+1:]...)
			}
			var d *live.Divergence
			_, err := live.Replay{Engine: w.config(), Past: less.past(len(less.frames)), Finished: true}.Run(t.Context())
			if !errors.As(err, &d) || market.ClassOf(err) != market.Mismatch || d.Time > frame[i].Time+hour || d.Is == nil && d.Err == nil {
				t.Fatalf("without %s: %v", printRecord(t, &frame[i]), err)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d decisions and halts", found)
	}
}

// TestReplayByOtherCode finds the first decision that is another one.
func TestReplayByOtherCode(t *testing.T) {
	w := newWorld(1, 60, 0)
	whole := complete(t, w)
	w.strategy = func() strategy.Strategy { return &odd{restless{}, start + 40*hour} }
	var d *live.Divergence
	_, err := live.Replay{Engine: w.config(), Past: whole.past(len(whole.frames))}.Run(t.Context())
	if !errors.As(err, &d) || d.Time != start+40*hour {
		t.Errorf("%v", err)
	}
}

// TestReplayStops where it is told to.
func TestReplayStops(t *testing.T) {
	w := newWorld(1, 60, 0)
	whole := complete(t, w)
	n := 0
	p := live.Replay{Engine: w.config(), Past: whole.past(len(whole.frames)), Finished: true}
	p.Step = func(*engine.Engine, []market.Record) error {
		if n++; n == 7 {
			return live.ErrStopped
		}
		return nil
	}
	if e, err := p.Run(t.Context()); err != nil || e == nil || n != 7 {
		t.Errorf("%d instants: %v", n, err)
	}
}

// TestReplayIsInterrupted by its context.
func TestReplayIsInterrupted(t *testing.T) {
	w := newWorld(1, 60, 0)
	whole := complete(t, w)
	ctx, stop := context.WithCancel(t.Context())
	p := live.Replay{Engine: w.config(), Past: whole.past(len(whole.frames)), Finished: true}
	p.Step = func(*engine.Engine, []market.Record) error {
		stop()
		return nil
	}
	if _, err := p.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestSimulationIsTheSession: from what a journal was given alone, the simulated venue makes
// its updates again, and the engine its decisions; also of one that was cut short.
func TestSimulationIsTheSession(t *testing.T) {
	for seed := range seeds(t, 4) {
		for _, latency := range latencies {
			w := newWorld(seed, 60, latency)
			whole := complete(t, w)
			for _, cut := range []int{len(whole.frames), len(whole.frames) - 1, len(whole.frames) / 2, len(whole.frames)/2 + 1, 1} {
				var want, got []string
				for _, frame := range whole.frames[:cut] {
					for i := range frame {
						want = append(want, printRecord(t, &frame[i]))
					}
				}
				cfg := w.config()
				s := live.Simulation{Engine: cfg, Past: whole.past(cut), Instants: cut, Watch: func(r market.Record) { got = append(got, printRecord(t, &r)) }}
				s.Venue = func(execution []market.Interval) *sim.Venue {
					return backtest.NewVenue(&cfg, w.history, execution, w.options)
				}
				if _, err := s.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("seed %d, latency %s, cut at %d of %d: the session (-), simulated again (+):\n%s", seed, time.Duration(latency), cut, len(whole.frames), diff)
				}
			}
		}
	}
}
