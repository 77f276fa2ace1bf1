package binance

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

var reconnects = flag.Int("reconnects", 300, "how many connections TestReconnects and TestReconnectsOverLoopback lose")

// A footprint is what a process holds.
type footprint struct {
	goroutines, descriptors int
	heap                    uint64 // bytes that are in use
}

func takeFootprint() (f footprint) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd")
	return footprint{runtime.NumGoroutine(), len(open), m.HeapAlloc}
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d KiB", f.goroutines, f.descriptors, f.heap/1024)
}

// sameFootprint compares an early footprint with a late one.
func sameFootprint(t *testing.T, early, late footprint) {
	t.Helper()
	if late.goroutines > early.goroutines+4 || late.descriptors > early.descriptors+2 || late.heap > early.heap+1<<20 {
		t.Errorf("it grew from %s to %s", early, late)
	}
}

// TestReconnects loses connections of streams and of an account for as long as it takes,
// by the clock of a bubble: nothing is left of those that are gone.
func TestReconnects(t *testing.T) {
	var taken []footprint
	synctest.Test(t, func(t *testing.T) {
		later()
		h := newHostile(0)
		h.mild = true
		h.greets = func(c *venueConn, frame []byte) bool {
			if strings.Contains(string(frame), "LIST") {
				c.answer(frame)
				c.write(klineFrame("btcusdt@kline_1m", "BTCUSDT", market.Minute, market.Minute.Floor(h.now()), false, h.now()))
				c.ws.Close()
				return true
			}
			return false
		}
		m, n := h.market(t)
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) {
			if p.subscribed(n, ws) {
				_ = ws.WriteMessage(websocket.TextMessage, event("balanceUpdate", "a"))
			}
		}
		accounts := newMemoryNet(t, p)
		a := plainAccount(newDialer(accounts.env(), dialPatience), "ws://venue/")
		ctx, cancel := context.WithCancel(t.Context())
		gaps, again := 0, 0
		taking := func() {
			if gaps%max(*reconnects/10, 1) == 0 {
				taken = append(taken, takeFootprint())
			}
			if gaps++; gaps > *reconnects {
				cancel()
			}
		}
		done := make(chan error)
		go func() {
			done <- a.updates(ctx, func() {
				p.mu.Lock()
				p.seen, p.dials = nil, nil // the venue's memory is not what is measured
				p.mu.Unlock()
				again++
			}, func(exchange.AccountEvent) {})
		}()
		err := m.Stream(ctx, []exchange.Subscription{subscription("BTCUSDT", market.Minute, false)}, func() {}, func(e exchange.Event) {
			if e.Gap != nil && strings.HasPrefix(e.Gap.Reason, "the connection was lost") {
				taking()
			}
			h.mu.Lock()
			h.requests, h.conns = nil, nil
			h.mu.Unlock()
		})
		if err2 := <-done; !errors.Is(err, context.Canceled) || !errors.Is(err2, context.Canceled) {
			t.Error(err, err2)
		}
		synctest.Wait()
		if open := n.open.Load() + accounts.open.Load(); open != 0 {
			t.Errorf("%d ends of connections are open", open)
		}
		t.Logf("%d connections of streams, %d of an account, in %s", n.dials.Load(), again, time.Since(time.Date(2024, 5, 1, 8, 29, 40, 0, time.UTC)).Round(time.Minute))
	})
	for i, f := range taken {
		t.Logf("after %d: %s", i*max(*reconnects/10, 1), f)
	}
	sameFootprint(t, taken[1], taken[len(taken)-1])
}

// plainAccount is the stream of an account with plain events.
func plainAccount(d *dialer, address string) *accountStream {
	return &accountStream{
		name: "account", timing: spotTiming, dialer: d, log: slog.New(slog.DiscardHandler),
		now:     func() market.Time { return market.TimeOf(time.Now()) },
		address: func(context.Context) (string, error) { return address, nil },
		request: func(context.Context) ([]byte, error) { return []byte("subscribe"), nil },
		refused: func(status int, said json.RawMessage) *exchange.Fault {
			return refusedSubscription(judge{now: time.Now()}, status, said).Fault
		},
		decode: decodePlain,
	}
}

// TestReconnectsOverLoopback loses real connections, without the pauses between them.
func TestReconnectsOverLoopback(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p := &parrot{}
	p.each = func(n int, ws *websocket.Conn) {
		if p.subscribed(n, ws) {
			_ = ws.WriteMessage(websocket.TextMessage, event("balanceUpdate", "a"))
		}
		if n%2 == 0 {
			p.readAll(n, ws) // the other side ends it
		}
	}
	server := httptest.NewServer(p)
	defer server.Close()
	d := newDialer(exchange.Env{}, dialPatience)
	a := plainAccount(d, "ws"+strings.TrimPrefix(server.URL, "http"))
	a.timing.pause = 1
	a.decode = func([]byte) ([]exchange.AccountEvent, error) { return nil, errStreamOver }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var taken []footprint
	n, began := 0, time.Now()
	err := a.updates(ctx, func() {
		d.mu.Lock()
		d.last = [mostDials]time.Time{} // as if they were long ago
		d.mu.Unlock()
		p.mu.Lock()
		p.seen, p.dials = nil, nil
		p.mu.Unlock()
		if n%max(*reconnects/10, 1) == 0 {
			taken = append(taken, takeFootprint())
			t.Logf("after %d: %s", n, taken[len(taken)-1])
		}
		if n++; n > *reconnects {
			cancel()
		}
	}, func(exchange.AccountEvent) {})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	t.Logf("%d connections in %s", p.n, time.Since(began).Round(time.Millisecond))
	sameFootprint(t, taken[1], taken[len(taken)-1])
}
