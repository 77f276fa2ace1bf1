package binance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/exchange"
)

// timing is how patient a socket is.
type timing struct {
	silence time.Duration // without a frame or a ping, after which a connection is dead
	confirm time.Duration // from the handshake to the last confirmation
	life    time.Duration // after which a connection is replaced, more or less
	spread  time.Duration // of life, to either side
	overlap time.Duration // that it stays after its successor has been confirmed
	goodbye time.Duration // that the venue has to answer a close frame
	pause   time.Duration // the longest after a first failure; twice as long after each further one
}

// The venue pings spot connections every 20 s and those of futures every 3 min, and ends
// both after 24 h.
var (
	spotTiming = timing{75 * time.Second, 15 * time.Second, 23 * time.Hour, 30 * time.Minute, 5 * time.Second, 3 * time.Second, 500 * time.Millisecond}
	usdmTiming = timing{11 * time.Minute, 15 * time.Second, 23 * time.Hour, 30 * time.Minute, 5 * time.Second, 3 * time.Second, 500 * time.Millisecond}
)

const (
	dialPatience  = 10 * time.Second
	writePatience = 5 * time.Second
	hastyPatience = 250 * time.Millisecond // of a close frame that nobody is waited for
	mostFrame     = 1 << 20                // bytes
	mostRefusals  = 3                      // in a row, after which a refusal is taken for an answer
	settled       = time.Minute            // a connection that lived so long was no failure
	longestPause  = 30 * time.Second
)

// jitter is the pause after the n-th failure in a row: by chance anything up to a span
// that doubles, so that many programs do not come back together.
func (t *timing) jitter(n int) time.Duration {
	return rand.N(min(t.pause<<min(n-1, 20), longestPause)) + 1
}

// A socket keeps one websocket to the venue open: it connects again after each loss, and
// replaces connections before the venue ends them, the new one first.
type socket struct {
	name    string // for the log
	timing  timing
	dialer  *dialer
	speaker speaker
	log     *slog.Logger
}

// A speaker is what a socket is for.
type speaker interface {
	// begin prepares a connection: where to dial, and who speaks over it. A refusal that
	// is told three times in a row ends the socket.
	begin(ctx context.Context) (address string, t talk, err error)
	// fell says that a connection which had been confirmed is lost, before the next begins.
	fell(l *link, err error)
	// retired says that a connection which has a successor is closed. It is clean if the
	// venue has said goodbye, so that nothing can be missing.
	retired(l *link, clean bool)
}

// A talk is what is said over one connection.
type talk interface {
	// greet asks for what the connection is for, while answers are read already.
	greet(ctx context.Context, l *link) error
	// read takes a frame, which is its to keep. It confirms the link when all is answered.
	// An error ends the connection.
	read(l *link, frame []byte) error
}

// A link is one connection.
type link struct {
	conn  *websocket.Conn
	talk  talk
	born  time.Time
	heard atomic.Int64 // when something came last, in nanoseconds since 1970

	up, leave, done chan struct{} // confirmed; the venue is about to end it; nothing is read any more
	once            struct{ up, leave, err sync.Once }
	err             error // why it is done
}

// confirm says that the venue has answered all that it was asked for.
func (l *link) confirm() { l.once.up.Do(func() { close(l.up) }) }

// leaving says that the venue is about to end the connection.
func (l *link) leaving() { l.once.leave.Do(func() { close(l.leave) }) }

// fail keeps the first reason for the end.
func (l *link) fail(err error) { l.once.err.Do(func() { l.err = err }) }

// cut ends the connection for a reason.
func (l *link) cut(err error) {
	l.fail(err)
	l.goodbye(websocket.CloseGoingAway, hastyPatience)
	l.conn.Close()
}

// goodbye sends a close frame.
func (l *link) goodbye(code int, patience time.Duration) {
	_ = l.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(patience))
}

// write sends a text frame. One goroutine at a time may call it.
func (l *link) write(frame []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
		return err
	}
	return l.conn.WriteMessage(websocket.TextMessage, frame)
}

// finish closes the connection properly, and reports whether the venue answered so:
// then nothing that it had sent before is missing.
func (l *link) finish(patience time.Duration) bool {
	select {
	case <-l.done:
		return false
	default:
	}
	l.goodbye(websocket.CloseNormalClosure, writePatience)
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-l.done:
	case <-wait.C:
		l.cut(errors.New("no answer to the close frame"))
		<-l.done
	}
	var closed *websocket.CloseError
	return errors.As(l.err, &closed) && closed.Code != websocket.CloseAbnormalClosure
}

// run keeps the socket until ctx ends, and returns its error then, or the fault that
// trying again does not mend.
func (s *socket) run(ctx context.Context) error {
	failures := 0
	for {
		l, err := s.connect(ctx, &failures)
		if err != nil {
			return err
		}
		l, err = s.keep(ctx, l)
		if err != nil {
			return err
		}
		s.log.Warn("connection lost", "socket", s.name, "error", l.err)
		s.speaker.fell(l, l.err)
		if failures = 1; time.Since(l.born) > settled {
			failures = 0
		}
	}
}

// connect opens a connection, as often as it takes. failures is how many came before.
func (s *socket) connect(ctx context.Context, failures *int) (*link, error) {
	for refusals := 0; ; {
		if *failures > 0 {
			if err := sleep(ctx, s.timing.jitter(*failures)); err != nil {
				return nil, err
			}
		}
		l, err := s.open(ctx)
		if err == nil {
			return l, nil
		}
		*failures++
		if refusals, err = s.failed(ctx, err, refusals); err != nil {
			return nil, err
		}
	}
}

// failed judges a failure to connect: it waits until the venue may be asked again, or
// returns what ends the socket.
func (s *socket) failed(ctx context.Context, err error, refusals int) (int, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	s.log.Warn("cannot connect", "socket", s.name, "error", err)
	var f *exchange.Fault
	if !errors.As(err, &f) || !f.Fatal && !errors.Is(err, exchange.ErrRejected) {
		refusals = -1
	}
	if refusals++; refusals >= mostRefusals {
		return 0, err
	}
	if f != nil && !f.Until.IsZero() {
		return refusals, sleep(ctx, time.Until(f.Until))
	}
	return refusals, nil
}

// open opens a connection, and returns it when all that it is for is confirmed.
func (s *socket) open(ctx context.Context) (*link, error) {
	address, talk, err := s.speaker.begin(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := s.dialer.dial(ctx, address)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn, talk: talk, born: time.Now(), up: make(chan struct{}), leave: make(chan struct{}), done: make(chan struct{})}
	return l, s.start(ctx, l)
}

// start reads a connection and greets, until all is confirmed.
func (s *socket) start(ctx context.Context, l *link) error {
	go s.listen(l)
	limited, cancel := context.WithTimeout(ctx, s.timing.confirm)
	var greeting sync.WaitGroup
	greeting.Go(func() {
		if err := l.talk.greet(limited, l); err != nil {
			_ = sleep(limited, time.Second) // what can still be read says more
			l.cut(err)
		}
	})
	select {
	case <-l.up:
	case <-l.done:
	case <-limited.Done():
		l.cut(fmt.Errorf("no confirmation within %s", s.timing.confirm))
		<-l.done
	}
	cancel()
	greeting.Wait()
	select {
	case <-l.up: // if only for a moment
		return nil
	default:
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return unavailable("connect", l.err)
}

// unavailable makes a fault of an error that is none.
func unavailable(what string, err error) error {
	var f *exchange.Fault
	if errors.As(err, &f) {
		return err
	}
	return &exchange.Fault{Kind: exchange.ErrUnavailable, What: what, Err: err}
}

// listen reads a connection to its end.
func (s *socket) listen(l *link) {
	defer close(l.done)
	defer l.conn.Close()
	l.conn.SetReadLimit(mostFrame)
	l.conn.SetPingHandler(func(data string) error {
		if err := s.hear(l); err != nil {
			return err
		}
		return l.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writePatience))
	})
	err := s.hear(l)
	for err == nil {
		var frame []byte
		if _, frame, err = l.conn.ReadMessage(); err != nil {
			break
		}
		if err = l.talk.read(l, frame); err != nil {
			l.goodbye(websocket.CloseGoingAway, writePatience)
			break
		}
		err = s.hear(l) // what took the frame may have taken its time
	}
	l.fail(err)
}

// hear notes that something came, and puts off the time when that is too long ago.
func (s *socket) hear(l *link) error {
	now := time.Now()
	l.heard.Store(now.UnixNano())
	return l.conn.SetReadDeadline(now.Add(s.timing.silence))
}

// keep watches over a connection and its successors. It returns the last of them when it
// is lost, or the error that ends the socket.
func (s *socket) keep(ctx context.Context, l *link) (*link, error) {
	old := time.NewTimer(s.timing.life + rand.N(2*s.timing.spread) - s.timing.spread)
	defer old.Stop()
	leave := l.leave
	for failures, refusals := 0, 0; ; {
		select {
		case <-ctx.Done():
			l.finish(s.timing.goodbye)
			return nil, ctx.Err()
		case <-l.done:
			return l, nil
		case <-leave:
		case <-old.C:
		}
		leave = nil // once is enough: the timer asks again
		next, err := s.open(ctx)
		if err != nil {
			failures++
			if refusals, err = s.failed(ctx, err, refusals); err != nil {
				l.finish(s.timing.goodbye)
				return nil, err
			}
			old.Reset(s.timing.jitter(failures))
			continue
		}
		s.retire(ctx, l)
		l, leave, failures, refusals = next, next.leave, 0, 0
		old.Reset(s.timing.life + rand.N(2*s.timing.spread) - s.timing.spread)
	}
}

// retire closes a connection that has a successor, a little later.
func (s *socket) retire(ctx context.Context, l *link) {
	_ = sleep(ctx, s.timing.overlap)
	clean := l.finish(s.timing.goodbye)
	s.log.Info("connection replaced", "socket", s.name, "after", time.Since(l.born).Round(time.Second), "clean", clean)
	s.speaker.retired(l, clean)
}
