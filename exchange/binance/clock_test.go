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
