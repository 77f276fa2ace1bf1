package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// decodePlain makes a flow of each event, named by what it holds.
func decodePlain(raw []byte) ([]exchange.AccountEvent, error) {
	var f struct {
		Event struct {
			E string  `json:"e"`
			T ignored `json:"E"`
			A string  `json:"a"`
		} `json:"event"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	if f.Event.E == "eventStreamTerminated" {
		return nil, errStreamOver
	}
	return []exchange.AccountEvent{{Flow: &market.Flow{Asset: f.Event.A}}}, nil
}

func event(name, asset string) []byte {
	return fmt.Appendf(nil, `{"subscriptionId":0,"event":{"e":%q,"E":1,"a":%q}}`, name, asset)
}

// subscribed answers the request for events.
func (p *parrot) subscribed(n int, ws *websocket.Conn) bool {
	_, frame, err := ws.ReadMessage()
	if err != nil {
		return false
	}
	p.note("%d: %s", n, frame)
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"id":"u","status":200,"result":{"subscriptionId":0},"rateLimits":[]}`))
	return true
}

// runUpdates follows an account in a bubble, and returns what was said.
func runUpdates(t *testing.T, p *parrot, long time.Duration, change func(*accountStream)) (said []string, err error) {
	t.Helper()
	later()
	n := newMemoryNet(t, p)
	a := plainAccount(newDialer(n.env(), dialPatience), "ws://venue/")
	if change != nil {
		change(a)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	err = a.updates(ctx, func() { said = append(said, "ready") }, func(e exchange.AccountEvent) {
		switch {
		case e.Gap != nil:
			if e.Gap.From > e.Gap.To {
				t.Errorf("%+v", e.Gap)
			}
			said = append(said, fmt.Sprintf("gap of %s", time.Duration(e.Gap.To-e.Gap.From).Round(time.Minute)))
		default:
			said = append(said, e.Flow.Asset)
		}
	})
	synctest.Wait()
	if open := n.open.Load(); open != 0 {
		t.Errorf("%d ends of connections are open", open)
	}
	return said, err
}

// pings keeps a connection for as long as it is read.
func (p *parrot) pings(n int, ws *websocket.Conn) {
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Second):
				_ = ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
			}
		}
	}()
	p.readAll(n, ws)
	close(done)
	<-stopped
}

// TestUpdates: each subscription that is confirmed after another is announced by a gap,
// whatever ended the one before.
func TestUpdates(t *testing.T) {
	for name, first := range map[string]func(p *parrot, ws *websocket.Conn){
		"cut": func(p *parrot, ws *websocket.Conn) { ws.Close() },
		"closed": func(p *parrot, ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1001, ""))
		},
		"terminated": func(p *parrot, ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.TextMessage, event("eventStreamTerminated", ""))
			p.readAll(1, ws)
		},
		"garbage": func(p *parrot, ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"event":`))
			p.readAll(1, ws)
		},
		"shape": func(p *parrot, ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"event":{"e":"x","a":1}}`))
			p.readAll(1, ws)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &parrot{}
				p.each = func(n int, ws *websocket.Conn) {
					if !p.subscribed(n, ws) {
						return
					}
					_ = ws.WriteMessage(websocket.TextMessage, event("balanceUpdate", fmt.Sprint("a", n)))
					if n == 1 {
						first(p, ws)
						return
					}
					p.pings(n, ws)
				}
				said, err := runUpdates(t, p, time.Hour, nil)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				if diff := cmp.Diff([]string{"ready", "a1", "gap of 0s", "ready", "a2"}, said); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestUpdatesHalfOpen: silence is noticed, and the gap begins where something was heard last.
func TestUpdatesHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) {
			if p.subscribed(n, ws) {
				p.readAll(n, ws)
			}
		}
		said, _ := runUpdates(t, p, 11*time.Minute+time.Second*30, func(a *accountStream) { a.timing.silence = 11 * time.Minute })
		if diff := cmp.Diff([]string{"ready", "gap of 11m0s", "ready"}, said); diff != "" {
			t.Error(diff)
		}
	})
}

// TestUpdatesReplaced: a connection that ends properly behind its successor leaves no gap;
// one that does not leaves one.
func TestUpdatesReplaced(t *testing.T) {
	for name, want := range map[string][]string{"clean": {"ready"}, "unclean": {"ready", "gap of 0s", "ready"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &parrot{}
				p.each = func(n int, ws *websocket.Conn) {
					if name == "unclean" && n == 1 {
						ws.SetCloseHandler(func(int, string) error { return nil })
					}
					if p.subscribed(n, ws) {
						p.pings(n, ws)
					}
				}
				said, _ := runUpdates(t, p, 24*time.Hour, nil)
				if diff := cmp.Diff(want, said); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestUpdatesAreRefused: what the venue says against a subscription is judged.
func TestUpdatesAreRefused(t *testing.T) {
	refusal := func(status, code int, data string) string {
		return fmt.Sprintf(`{"id":"u","status":%d,"error":{"code":%d,"msg":"No."%s},"rateLimits":[]}`, status, code, data)
	}
	for name, c := range map[string]struct {
		answer string
		fatal  bool
		again  time.Duration // at least
	}{
		"key":       {refusal(401, -2015, ""), true, 0},
		"signature": {refusal(400, -1022, ""), true, 0},
		"clock":     {refusal(400, -1021, ""), false, 0},
		"overload":  {refusal(503, -1008, ""), false, 0},
		"pause":     {refusal(429, -1003, fmt.Sprintf(`,"data":{"serverTime":1,"retryAfter":%d}`, time.Date(2024, 5, 1, 8, 33, 40, 0, time.UTC).UnixMilli())), false, 4 * time.Minute},
		"silence":   {"", false, 15 * time.Second},
		"nonsense":  {`{"id":"u","status":200,"result":{}}`, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &parrot{}
				p.each = func(n int, ws *websocket.Conn) {
					if n == 1 || c.fatal {
						_, _, _ = ws.ReadMessage()
						if c.answer != "" {
							_ = ws.WriteMessage(websocket.TextMessage, []byte(c.answer))
						}
						p.readAll(n, ws)
						return
					}
					if p.subscribed(n, ws) {
						p.pings(n, ws)
					}
				}
				said, err := runUpdates(t, p, 5*time.Minute, nil)
				var f *exchange.Fault
				if c.fatal {
					if !errors.As(err, &f) || !f.Fatal || len(said) != 0 {
						t.Errorf("%q, %v", said, err)
					}
					return
				}
				if strings.Join(said, " ") != "ready" || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%q, %v", said, err)
				}
				if again := p.dials[1].Sub(p.dials[0]); again < c.again || again > c.again+2*time.Second {
					t.Errorf("again after %s", again)
				}
			})
		})
	}
}

// TestUpdatesGoDeaf: a subscription that is gone, as the venue says elsewhere, is asked
// for anew, and what is asked for is given back in the end.
func TestUpdatesGoDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) { p.pings(n, ws) }
		left := 0
		said, _ := runUpdates(t, p, time.Hour, func(a *accountStream) {
			a.request = nil
			a.tend = func(ctx context.Context, broken func(error)) {
				if sleep(ctx, 30*time.Minute) == nil {
					broken(errors.New("gone"))
				}
			}
			a.leave = func(context.Context) error { left++; return nil }
		})
		if diff := cmp.Diff([]string{"ready", "gap of 0s", "ready"}, said); diff != "" || left != 1 {
			t.Error(diff, left)
		}
	})
}
