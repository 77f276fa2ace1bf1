package binance

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// TestClockTakesTheFastestAnswer: the one whose error is least.
func TestClockTakesTheFastestAnswer(t *testing.T) {
	here := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	c := &clock{local: func() time.Time { return here }}
	if c.now() != market.TimeOf(here) || c.fresh(time.Hour) {
		t.Error("it knows the venue's clock already")
	}
	trips := []time.Duration{80, 300, 20, 50, 90} // ms, the way there and back
	late := []time.Duration{40, 290, 11, 25, 45}  // the way there
	n := 0
	ask := func(context.Context) (anchor, error) {
		sent := here
		there := market.TimeOf(sent.Add(time.Hour + late[n]*time.Millisecond))
		here = here.Add(trips[n] * time.Millisecond)
		n++
		return compared(sent, here, there), nil
	}
	if err := c.sync(t.Context(), samples, ask); err != nil || n != samples {
		t.Fatal(n, err)
	}
	if off := time.Duration(c.now()-market.TimeOf(here)) - time.Hour; off.Abs() > time.Millisecond {
		t.Errorf("off by %s", off)
	}
	here = here.Add(resync)
	if !c.fresh(resync+time.Second) || c.fresh(resync) {
		t.Error("how old it is")
	}
	failed := errors.New("no answer")
	if err := c.sync(t.Context(), samples, func(context.Context) (anchor, error) { return anchor{}, failed }); !errors.Is(err, failed) || c.anchor.Load() == nil {
		t.Error("what was known is gone")
	}
}

// TestClockOfALocalVenue: it may run at any speed, which three comparisons tell; other
// venues' clocks run as all do, and one that was set runs no faster.
func TestClockOfALocalVenue(t *testing.T) {
	start := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		paced       bool
		speed, want float64
		apart, set  time.Duration
	}{
		{true, 60, 60, 200 * time.Millisecond, 0},
		{true, 0.5, 0.5, time.Second, 0},
		{true, 60, 1, 50 * time.Millisecond, 0}, // too close to tell
		{true, 1.01, 1, time.Second, 0},         // what may be chance
		{true, 0, 1, time.Second, 0},            // it stands
		{true, 1, 1, time.Second, time.Minute},
		{false, 60, 1, time.Minute, 0},
	} {
		here, set := start, time.Duration(0)
		c := &clock{paced: test.paced, local: func() time.Time { return here }}
		there := func() market.Time {
			return market.TimeOf(start.Add(time.Duration(float64(here.Sub(start))*test.speed) + set))
		}
		ask := func(context.Context) (anchor, error) { return compared(here, here, there()), nil }
		for n := range 3 {
			here = start.Add(time.Duration(n) * test.apart)
			if n == 2 {
				set = test.set
			}
			if err := c.sync(t.Context(), 1, ask); err != nil {
				t.Fatal(err)
			}
		}
		at := there() + market.Time(float64(10*time.Second)*test.want)
		here = here.Add(10 * time.Second)
		if off := time.Duration(c.now() - at); off.Abs() > time.Millisecond {
			t.Errorf("%+v: off by %s", test, off)
		}
	}
}
