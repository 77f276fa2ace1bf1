package watchdog_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/internal/watchdog"
)

func TestRun(t *testing.T) {
	var d watchdog.Dog
	ran := false
	if err := d.Run(func() { ran = true }, time.Minute); err != nil || !ran {
		t.Errorf("got %v of code that returns", err)
	}
	if err := d.Run(runtime.Goexit, time.Minute); err != watchdog.ErrExit {
		t.Errorf("got %v of code that ends its goroutine", err)
	}
	err := d.Run(func() { panic("no") }, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "panic: no\n") || !strings.Contains(err.Error(), "watchdog_test.go:") {
		t.Errorf("got %v of code that panics", err)
	}
}

func TestHang(t *testing.T) {
	var d watchdog.Dog
	stop := make(chan struct{})
	defer close(stop)
	var h *watchdog.Hang
	if err := d.Run(func() { waits(stop) }, 100*time.Millisecond); !errors.As(err, &h) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(h.Stack, "watchdog_test.waits(") || strings.Contains(h.Stack, "TestHang(") {
		t.Errorf("got the stack %s", h.Stack)
	}
}

// Code that gives signs of life, or rests, is waited for.
func TestPatience(t *testing.T) {
	var d watchdog.Dog
	rested, tick := time.NewTimer(400*time.Millisecond), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	err := d.Run(func() {
		d.Rest()
		<-rested.C
		for range 40 {
			d.Beat()
			<-tick.C
		}
	}, 200*time.Millisecond)
	if err != nil {
		t.Error(err)
	}
}

func waits(stop chan struct{}) { <-stop }
