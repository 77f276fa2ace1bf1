package live_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// instants is a market of one event at each time.
type instants []market.Time

func (s *instants) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	switch {
	case len(*s) == 0:
		return nil, io.EOF
	case (*s)[0] > limit:
		return nil, nil
	}
	e := market.Event{Time: (*s)[0], Kind: market.KindBar}
	*s = (*s)[1:]
	return []market.Event{e}, nil
}

// TestPace hands instants out when they are due, however unevenly they lie.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := instants{start, start + hour, start + 2*hour, start + 50*hour, start + 50*hour + 1}
		paced, began := live.Pace(&instants{times[0], times[1], times[2], times[3], times[4]}, 3600), time.Now()
		for _, want := range times {
			events, err := paced.Next(t.Context(), market.MaxTime)
			if err != nil || len(events) != 1 || events[0].Time != want {
				t.Fatalf("%v, %v; want %s", events, err, want)
			}
			due := time.Duration(want-start) / 3600
			if late := time.Since(began) - due; late < -time.Millisecond || late > time.Millisecond {
				t.Errorf("%s came %s off", want, late)
			}
		}
		if events, err := paced.Next(t.Context(), market.MaxTime); err != io.EOF || events != nil {
			t.Errorf("%v, %v", events, err)
		}
	})
}

// TestPaceDoesNotDrift adds up many waits that are each too short to take.
func TestPaceDoesNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times instants
		for k := range 10_000 {
			times = append(times, start+market.Time(k)*hour)
		}
		paced, began := live.Pace(&times, 3600*10_000), time.Now()
		for range 10_000 {
			if _, err := paced.Next(t.Context(), market.MaxTime); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began) - time.Second; took < -2*time.Millisecond || took > 2*time.Millisecond {
			t.Errorf("%s off a second", took)
		}
	})
}

// TestPaceCatchesUp hands out what is overdue without a wait: a slow reader does not
// move the market.
func TestPaceCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paced := live.Pace(&instants{start, start + hour, start + 2*hour, start + 4*hour}, 3600)
		began := time.Now()
		for k, want := range []time.Duration{0, 3 * time.Second, 3 * time.Second, 4 * time.Second} {
			if _, err := paced.Next(t.Context(), market.MaxTime); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("instant %d came after %s, want %s", k, took, want)
			}
			if k == 0 {
				time.Sleep(3 * time.Second) // of the bubble: the reader is slow
			}
		}
	})
}

// TestPaceAtALimit does not wait where the market has nothing up to it.
func TestPaceAtALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paced, began := live.Pace(&instants{start, start + hour}, 1), time.Now()
		if _, err := paced.Next(t.Context(), market.MaxTime); err != nil {
			t.Fatal(err)
		}
		if events, err := paced.Next(t.Context(), start+hour/2); events != nil || err != nil || time.Since(began) != 0 {
			t.Errorf("%v, %v after %s", events, err, time.Since(began))
		}
	})
}

// TestPaceIsInterrupted ends a wait with its context.
func TestPaceIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		paced, began := live.Pace(&instants{start, start + hour}, 1), time.Now()
		if _, err := paced.Next(ctx, market.MaxTime); err != nil {
			t.Fatal(err)
		}
		if _, err := paced.Next(ctx, market.MaxTime); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// TestPaceOfZero is the market itself.
func TestPaceOfZero(t *testing.T) {
	s := &instants{}
	if live.Pace(s, 0) != s {
		t.Error("it is held although nobody asked for it")
	}
}

// TestPacedSession stops while it waits, leaves no goroutine, and goes on where it was.
func TestPacedSession(t *testing.T) {
	w := newWorld(5, 60, 0)
	want := complete(t, w).print(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second+time.Second/2)
		defer cancel()
		first, began := &book{}, time.Now()
		s := w.session(first)
		s.Speed = 3600
		if _, _, err := live.Run(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 20*time.Second+time.Second/2 || first.finished {
			t.Errorf("it stopped after %s, finished %t", took, first.finished)
		}
		began = time.Now()
		s = w.session(first)
		s.Speed, s.Past = 3600, first.past(len(first.frames))
		resumed := 0
		s.Resumed = func(market.Time) {
			if resumed++; time.Since(began) != 0 {
				t.Error("the past was held to the speed")
			}
		}
		if _, _, err := live.Run(t.Context(), s); err != nil || resumed != 1 {
			t.Fatal(err, resumed)
		}
		if took := time.Since(began); took < 30*time.Second || took > 40*time.Second {
			t.Errorf("the rest of a minute took %s", took)
		}
		if got := first.print(t); len(got) != len(want) || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("%d instants, want %d", len(got), len(want))
		}
	})
}
