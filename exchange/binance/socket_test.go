package binance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/exchange"
)

// A parrot is a server of websockets that does what it is told to each connection, and
// notes what it sees.
type parrot struct {
	each func(n int, ws *websocket.Conn) // the n-th connection, from 1
	deny func(n int) (status int, header string, body string)

	mu    sync.Mutex
	n     int
	dials []time.Time
	seen  []string
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.n++
	n := p.n
	p.dials = append(p.dials, time.Now())
	p.mu.Unlock()
	if p.deny != nil {
		if status, header, body := p.deny(n); status != 0 {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
	}
	ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	p.each(n, ws)
}

func (p *parrot) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, fmt.Sprintf(format, args...))
}

// readAll reads a connection to its end, and notes it.
func (p *parrot) readAll(n int, ws *websocket.Conn) {
	for {
		_, frame, err := ws.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed):
			p.note("%d: close %d", n, closed.Code)
			return
		case err != nil:
			p.note("%d: broken", n)
			return
		}
		p.note("%d: %s", n, frame)
	}
}

// plainSpeaker greets with hello and is confirmed by whatever comes first.
type plainSpeaker struct {
	mu   sync.Mutex
	seen []string
}

func (s *plainSpeaker) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf(format, args...))
}

func (s *plainSpeaker) begin(context.Context) (string, talk, error) { return "ws://venue/", s, nil }
func (s *plainSpeaker) fell(_ *link, err error)                     { s.note("fell") }
func (s *plainSpeaker) retired(_ *link, clean bool)                 { s.note("retired %t", clean) }
func (s *plainSpeaker) greet(_ context.Context, l *link) error      { return l.write([]byte("hello")) }
func (s *plainSpeaker) read(l *link, frame []byte) error {
	switch string(frame) {
	case "no":
		return &exchange.Fault{Kind: exchange.ErrRejected, Err: errors.New("no")}
	case "bye":
		l.leaving()
		return nil
	}
	s.note("%s", frame)
	l.confirm()
	return nil
}

// runSocket runs a socket in a bubble, until what is given has passed.
func runSocket(t *testing.T, p *parrot, long time.Duration) (*plainSpeaker, *memoryNet, error) {
	t.Helper()
	n := newMemoryNet(t, p)
	speaker := new(plainSpeaker)
	s := socket{name: "test", timing: spotTiming, dialer: newDialer(n.env(), dialPatience), speaker: speaker, log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	err := s.run(ctx)
	synctest.Wait()
	if open := n.open.Load(); open != 0 {
		t.Errorf("%d ends of connections are open", open)
	}
	return speaker, n, err
}

// welcome confirms a connection, and reads it to its end.
func (p *parrot) welcome(n int, ws *websocket.Conn) {
	_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, "welcome %d", n))
	p.readAll(n, ws)
}

// TestSocketPings: each ping is answered with what it holds, and keeps the connection; the
// end is said with a close frame.
func TestSocketPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) {
			ws.SetPongHandler(func(data string) error {
				p.note("pong %s at %s", data, time.Since(p.dials[0]))
				return nil
			})
			go func() {
				for i := range 4 {
					time.Sleep(70 * time.Second)
					_ = ws.WriteControl(websocket.PingMessage, fmt.Append(nil, i), time.Now().Add(time.Second))
				}
			}()
			p.welcome(n, ws)
		}
		if _, _, err := runSocket(t, p, 5*time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		want := []string{"1: hello", "pong 0 at 1m10s", "pong 1 at 2m20s", "pong 2 at 3m30s", "pong 3 at 4m40s", "1: close 1000"}
		if diff := cmp.Diff(want, p.seen); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSocketNoticesSilence: a peer that neither sends nor closes is given up.
func TestSocketNoticesSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parrot{}
		p.each = p.welcome
		speaker, _, _ := runSocket(t, p, 80*time.Second)
		want := []string{"welcome 1", "fell", "welcome 2"}
		if diff := cmp.Diff(want, speaker.seen); diff != "" {
			t.Error(diff)
		}
		if wait := p.dials[1].Sub(p.dials[0]); wait < 75*time.Second || wait > 76*time.Second {
			t.Errorf("connected again after %s", wait)
		}
	})
}

// TestSocketIsReplaced: before the venue ends a connection, and when it says that it will,
// there is another one first.
func TestSocketIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		long, from, to time.Duration
		bye            bool
	}{
		"by age":         {24 * time.Hour, 22*time.Hour + 30*time.Minute, 23*time.Hour + 30*time.Minute, false},
		"at the venue's": {time.Hour, 10 * time.Minute, 10*time.Minute + time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &parrot{}
				p.each = func(n int, ws *websocket.Conn) {
					done := make(chan struct{})
					var pinging sync.WaitGroup
					pinging.Go(func() {
						for at := time.Duration(0); ; at += 20 * time.Second {
							if c.bye && n == 1 && at == 10*time.Minute {
								_ = ws.WriteMessage(websocket.TextMessage, []byte("bye"))
							}
							select {
							case <-done:
								return
							case <-time.After(20 * time.Second):
								_ = ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
							}
						}
					})
					p.welcome(n, ws)
					close(done)
					pinging.Wait()
				}
				speaker, _, _ := runSocket(t, p, c.long)
				if diff := cmp.Diff([]string{"welcome 1", "welcome 2", "retired true"}, speaker.seen); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff([]string{"1: hello", "2: hello", "1: close 1000", "2: close 1000"}, p.seen); diff != "" {
					t.Error(diff)
				}
				if at := p.dials[1].Sub(p.dials[0]); at < c.from || at > c.to {
					t.Errorf("replaced after %s", at)
				}
			})
		})
	}
}

// TestSocketDialsSeldom: neither a venue that is away nor one that throws us out at once
// is asked too often.
func TestSocketDialsSeldom(t *testing.T) {
	for name, p := range map[string]*parrot{
		"away":       {deny: func(int) (int, string, string) { return 503, "", "<html>" }},
		"throws out": {each: func(n int, ws *websocket.Conn) { _ = ws.WriteMessage(websocket.TextMessage, []byte("welcome")) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, _, err := runSocket(t, p, 2*time.Hour)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				for i := mostDials; i < len(p.dials); i++ {
					if span := p.dials[i].Sub(p.dials[i-mostDials]); span < dialWindow {
						t.Errorf("%d dials within %s", mostDials+1, span)
					}
				}
				if len(p.dials) < 2*60*60/30 {
					t.Errorf("only %d dials in two hours", len(p.dials))
				}
			})
		})
	}
}

// TestSocketWaitsAsLongAsToldTo obeys Retry-After.
func TestSocketWaitsAsLongAsToldTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later()
		p := &parrot{deny: func(n int) (int, string, string) {
			if n == 1 {
				return 429, "240", `{"code":-1003,"msg":"Too many requests"}`
			}
			return 0, "", ""
		}}
		p.each = p.welcome
		_, _, _ = runSocket(t, p, 5*time.Minute)
		if wait := p.dials[1].Sub(p.dials[0]); wait < 4*time.Minute || wait > 4*time.Minute+time.Second {
			t.Errorf("asked again after %s", wait)
		}
	})
}

// TestSocketTakesNoForAnAnswer: what the venue refuses three times is an error.
func TestSocketTakesNoForAnAnswer(t *testing.T) {
	for name, p := range map[string]*parrot{
		"no":  {each: func(n int, ws *websocket.Conn) { _ = ws.WriteMessage(websocket.TextMessage, []byte("no")) }},
		"410": {deny: func(int) (int, string, string) { return 410, "", "gone" }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, _, err := runSocket(t, p, time.Minute)
				if !errors.Is(err, exchange.ErrRejected) || len(p.dials) != mostRefusals {
					t.Errorf("%d dials, %v", len(p.dials), err)
				}
			})
		})
	}
}

// TestSocketBoundsFrames: a frame that is too large ends the connection.
func TestSocketBoundsFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) {
			if n == 1 {
				_ = ws.WriteMessage(websocket.TextMessage, []byte("welcome 1"))
				_ = ws.SetWriteDeadline(time.Now().Add(time.Second))
				_ = ws.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", mostFrame+1)))
				return
			}
			p.welcome(n, ws)
		}
		speaker, _, _ := runSocket(t, p, time.Minute)
		if want := []string{"welcome 1", "fell", "welcome 2"}; !slices.Equal(speaker.seen, want) {
			t.Error(speaker.seen)
		}
	})
}
