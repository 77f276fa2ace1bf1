package venue

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestTheClockOfTheWall: a venue at twice the speed lets markets and timers happen in their
// order, by itself.
func TestTheClockOfTheWall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := listen(t).o
		o.Speed = 2
		v, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- v.Run(ctx) }()
		var rang []time.Duration
		v.mu.Lock()
		for _, d := range []time.Duration{90 * time.Second, 30 * time.Second, 150 * time.Second} {
			timer := v.after(d, func() { rang = append(rang, time.Duration(v.clock.now-o.Start)) })
			if d == 90*time.Second {
				v.stop(timer)
				v.stop(timer)
			}
		}
		v.mu.Unlock()
		if _, err := v.Place(false, "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=105"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(76 * time.Second)
		synctest.Wait()
		if now := v.Now(); now != o.Start+market.Time(152*time.Second) {
			t.Errorf("it is %s", now)
		}
		if status := v.State().Spot.Orders[0].Status; status != "FILLED" { // it opens at 110 in the third minute
			t.Errorf("the order is %s", status)
		}
		if !slices.Equal(rang, []time.Duration{30 * time.Second, 150 * time.Second}) {
			t.Errorf("timers at %v", rang)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestAStepWaits: until nothing is under way, or its context ends; at the end of the tape
// there is none.
func TestAStepWaits(t *testing.T) {
	l := listen(t)
	l.gate.enter()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Step(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	stepped := make(chan error)
	go func() {
		_, err := l.Step(t.Context())
		stepped <- err
	}()
	l.gate.leave()
	if err := <-stepped; err != nil {
		t.Error(err)
	}
	for {
		if _, err := l.Step(t.Context()); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			return
		}
	}
}

// TestInsideABar: with ByBar an order waits for the next bar, and what is cancelled inside a
// bar is as if it had gone before it.
func TestInsideABar(t *testing.T) {
	o := listen(t).o
	o.Fills = ByBar
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := &listener{Venue: v}
	for _, id := range []string{"a", "b"} {
		l.place(t, "side=SELL&type=MARKET&quantity=1&newClientOrderId="+id)
	}
	v.advance(v.clock.now + market.Time(30*time.Second))
	l.place(t, "side=SELL&type=MARKET&quantity=1&newClientOrderId=c")
	if _, r := cancelOrder(l.call("symbol=BTCUSDT&origClientOrderId=a")); r != nil {
		t.Fatal(r)
	}
	if _, r := cancelOrder(l.call("symbol=BTCUSDT&origClientOrderId=c")); r != nil {
		t.Fatal(r)
	}
	l.place(t, "side=SELL&type=MARKET&quantity=1&newClientOrderId=d")
	want := []string{"CANCELED", "FILLED", "CANCELED", "NEW"}
	for range 2 {
		if _, err := v.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, o := range v.State().Spot.Orders {
			if o.Status != want[i] {
				t.Errorf("order %s is %s, want %s", o.Client, o.Status, want[i])
			}
		}
		want[3] = "FILLED" // at the first bar that opens after it
	}
	if d := v.State().Spot.Trades[1]; !d.Price.Equal(decimal.New(110, 0)) {
		t.Errorf("%+v", d)
	}
}
