package signalstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// pusher lists the checks of a signals.Pusher.
func (s *suite) pusher() []func() error {
	return []func() error{s.canDeliver, s.storesFirst, s.forgetsNothing, s.takesMany, s.endsQuietly}
}

// shown is how long nothing has to happen until it is believed that it does not.
const shown = 100 * time.Millisecond

// A running is a Pusher at work.
type running struct {
	s      *suite
	line   *line
	cancel context.CancelFunc
	ended  chan error

	mu    sync.Mutex
	emit  func(signals.Batch) error
	over  bool // Run has returned
	late  bool // emit was called after that
	kinds []market.SignalKind
	wrong error // of the first row that is not sound
}

// start runs a new Pusher, which hands its batches to emit.
func (s *suite) start(emit func(signals.Batch) error) (*running, error) {
	l := newLine()
	made, err := s.createFor(l)
	if err != nil {
		return nil, err
	}
	p := made.(signals.Pusher)
	if err := sameKinds(p.Kinds); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{s: s, line: l, cancel: cancel, ended: make(chan error, 1), emit: emit, kinds: p.Kinds()}
	s.net.begin(nil, nil)
	go func() {
		err := p.Run(ctx, r.take)
		r.mu.Lock()
		r.over = true
		r.mu.Unlock()
		_ = l.Close()
		r.ended <- err
	}()
	return r, nil
}

// take is the emit that the Pusher gets.
func (r *running) take(b signals.Batch) error {
	r.mu.Lock()
	r.late = r.late || r.over
	for i := range b.Signals {
		if err := r.s.sound(&b.Signals[i], &b, r.kinds); err != nil && r.wrong == nil {
			r.wrong = fmt.Errorf("a row of %s %s for %s: %w", b.Signals[i].Kind, b.Signals[i].Subject, b.Signals[i].Effective, err)
		}
	}
	if key := r.s.leaks(string(b.Raw)); key != "" {
		r.wrong = fmt.Errorf("its Raw holds a key (%s), and is stored: take out what proves who sent it", key)
	}
	emit := r.emit
	r.mu.Unlock()
	return emit(b)
}

func (r *running) use(emit func(signals.Batch) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.emit = emit
}

// deliver sends the n-th news.
func (r *running) deliver(n int) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ok, err := r.s.deliver(ctx, n, r.line.dial)
	select {
	case ended := <-r.ended:
		r.ended <- ended
		return false, fmt.Errorf("its Run ended by itself, with %v: it goes on until its context ends", ended)
	default:
	}
	return ok && err == nil, nil
}

// stop ends the Pusher, and checks how it went.
func (r *running) stop() error {
	r.cancel()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-r.ended:
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("its Run ended with %w: when its context ends it returns nil, or an error that wraps ctx.Err()", err)
		}
	case <-timer.C:
		return fmt.Errorf("its Run did not return within %s of the end of its context", patience)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.late {
		return errors.New("it called emit after Run had returned: wait for what is under way")
	}
	return r.wrong
}

// with runs a Pusher, does something with it, and stops it.
func (s *suite) with(emit func(signals.Batch) error, do func(*running) error) error {
	r, err := s.start(emit)
	if err != nil {
		return err
	}
	return errors.Join(do(r), r.stop())
}

func (s *suite) canDeliver() error {
	if s.deliver == nil {
		return errors.New("it is a Pusher: say how news reach it, with signalstest.Posts or Deliver")
	}
	var rows atomic.Int64
	return s.with(func(b signals.Batch) error { rows.Add(int64(len(b.Signals))); return nil }, func(r *running) error {
		ok, err := r.deliver(0)
		switch {
		case err != nil:
			return err
		case !ok:
			return errors.New("it did not acknowledge the first news of the test: what it is sent (Posts, Deliver) has to be what it is configured for (With)")
		case rows.Load() == 0:
			return errors.New("it acknowledged news without having handed a row to emit")
		}
		return nil
	})
}

// storesFirst holds the store back.
func (s *suite) storesFirst() error {
	begun, release := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	return s.with(func(signals.Batch) error { once(); <-release; return nil }, func(r *running) error {
		answered := make(chan bool, 1)
		go func() { ok, _ := r.deliver(0); answered <- ok }()
		early := false
		select {
		case early = <-answered:
		case <-begun:
			select {
			case early = <-answered:
			case <-time.After(shown):
			}
		}
		close(release)
		if early {
			return errors.New("it acknowledged news before emit had returned, which is before they were durable: a crash loses them, and nobody sends them again")
		}
		return nil
	})
}

// forgetsNothing lets the store fail, and sends the same again.
func (s *suite) forgetsNothing() error {
	full := errors.New("signalstest: the disk is full")
	var stored atomic.Int64
	return s.with(func(signals.Batch) error { return full }, func(r *running) error {
		if ok, err := r.deliver(0); err != nil || ok {
			return errors.Join(err, errors.New("emit failed, and it acknowledged the news all the same: they are lost"))
		}
		r.use(func(b signals.Batch) error { stored.Add(int64(len(b.Signals))); return nil })
		ok, err := r.deliver(0)
		switch {
		case err != nil:
			return err
		case !ok:
			return errors.New("emit failed once, and news that came again after that were not acknowledged")
		case stored.Load() == 0:
			return errors.New("emit failed once, and news that came again were acknowledged without being handed to it: remember what was told only once emit has returned nil")
		}
		return nil
	})
}

// takesMany sends several at once.
func (s *suite) takesMany() error {
	const many = 8
	var stored atomic.Int64
	return s.with(func(signals.Batch) error { stored.Add(1); return nil }, func(r *running) error {
		acknowledged := make([]bool, many)
		var all sync.WaitGroup
		for n := range many {
			all.Go(func() { acknowledged[n], _ = r.deliver(n) })
		}
		all.Wait()
		said := len(slices.DeleteFunc(acknowledged, func(ok bool) bool { return !ok }))
		if told := int(stored.Load()); said > told {
			return fmt.Errorf("of %d different news at once it acknowledged %d and handed %d to emit: each must be stored", many, said, told)
		}
		if said == 0 {
			return fmt.Errorf("of %d different news at once it acknowledged none", many)
		}
		return nil
	})
}

// endsQuietly stops it while nothing happens, and while news are under way.
func (s *suite) endsQuietly() error {
	if err := s.with(func(signals.Batch) error { return nil }, func(*running) error { return nil }); err != nil {
		return err
	}
	begun, answered := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	r, err := s.start(func(signals.Batch) error { once(); return nil })
	if err != nil {
		return err
	}
	go func() { defer close(answered); _, _ = r.deliver(0) }()
	select {
	case <-begun:
	case <-answered:
	}
	err = r.stop()
	<-answered
	return err
}

// line is a listener in memory.
type line struct {
	calls chan net.Conn
	ended chan struct{}
	end   func()
}

func newLine() *line {
	l := &line{calls: make(chan net.Conn), ended: make(chan struct{})}
	l.end = sync.OnceFunc(func() { close(l.ended) })
	return l
}

func (l *line) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.calls <- there:
		return here, nil
	case <-l.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a call.
func (l *line) Accept() (net.Conn, error) {
	select {
	case c := <-l.calls:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *line) Close() error { l.end(); return nil }

// Addr returns an address of this machine.
func (l *line) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711} }
