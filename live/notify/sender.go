package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// The paces of a sender.
const (
	gather       = time.Second     // what comes within it of the first message is told with it
	distance     = 3 * time.Second // between two requests: 20 a minute, as Telegram allows in a group
	firstPause   = time.Second     // after a failure; doubled up to the longest
	longestPause = 5 * time.Minute
	timeout      = 15 * time.Second // of one request
	lastPatience = 5 * time.Second  // for what is queued when the end has come
)

// capacity is how many messages wait at most.
const capacity = 200

// Options say what a sender tells, and where.
type Options struct {
	Name    string       // of its table in the configuration
	Service Service      //
	Level   slog.Level   // messages as grave as this are told, or graver
	From    string       // who tells, as the first line of each message: "signalman main"
	HTTP    *http.Client // only its Transport is used; nil is http.DefaultTransport
	// Hide takes keys out of a text. Nil takes nothing out.
	Hide func(string) string
	Log  *slog.Logger // of what cannot be told; it must not lead back here. Nil is silent.
}

// A Sender tells one service. Its methods may be called concurrently.
type Sender struct {
	Options
	client http.Client
	news   chan struct{} // holds a token while something is queued

	mu      sync.Mutex
	queue   []Message
	dropped int // since the last request that was taken
	stats   Stats
	failing bool // the last request failed, which was logged
}

// Stats count what became of messages.
type Stats struct {
	Sent     int // messages that the service took
	Dropped  int // that are lost: the queue was full, or the service refuses them
	Failures int // requests that failed
}

// New returns a sender. Nothing is sent before Run.
func New(o Options) *Sender {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hide == nil {
		o.Hide = func(text string) string { return text }
	}
	s := &Sender{Options: o, news: make(chan struct{}, 1)}
	s.client = http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if o.HTTP != nil {
		s.client.Transport = o.HTTP.Transport
	}
	return s
}

// Tell queues a message, and returns at once. What is less grave than the sender's level is
// left out.
func (s *Sender) Tell(m Message) {
	if m.Level < s.Level {
		return
	}
	m.Text = trim(s.Hide(m.Text))
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.queue); n > 0 && s.queue[n-1].Text == m.Text && s.queue[n-1].Level == m.Level {
		s.queue[n-1].Times = max(1, s.queue[n-1].Times) + 1
		return
	}
	s.queue = append(s.queue, m)
	s.bound()
	s.ring()
}

// bound drops the oldest of too many messages; mu is held.
func (s *Sender) bound() {
	if over := len(s.queue) - capacity; over > 0 {
		s.queue = append(s.queue[:0], s.queue[over:]...)
		s.dropped += over
		s.stats.Dropped += over
	}
}

func (s *Sender) ring() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// Stats returns what became of the messages so far.
func (s *Sender) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Run sends what is told until ctx ends, and then for a moment what is still queued.
func (s *Sender) Run(ctx context.Context) {
	for pause := firstPause; ctx.Err() == nil; {
		select {
		case <-s.news:
		case <-ctx.Done():
			continue
		}
		rest(ctx, gather)
		if ctx.Err() != nil {
			break
		}
		err := s.deliver(ctx)
		var no *refusal
		switch wait := distance; {
		case err == nil:
			pause = firstPause
			rest(ctx, wait)
		case errors.As(err, &no) && no.after > 0:
			rest(ctx, max(wait, no.after))
		default:
			rest(ctx, pause)
			pause = min(2*pause, longestPause)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPatience)
	defer cancel()
	for s.waiting() && s.deliver(last) == nil {
	}
}

func (s *Sender) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) > 0
}

// deliver sends one request of what is queued. What may be taken later is queued again.
func (s *Sender) deliver(ctx context.Context) error {
	b := s.take()
	if len(b.messages) == 0 {
		return nil
	}
	err := s.send(ctx, &b)
	var no *refusal
	lasting := errors.As(err, &no) && no.lasting()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.stats.Sent += len(b.messages)
		s.dropped -= b.dropped
	case lasting:
		s.stats.Dropped += len(b.messages)
		s.dropped += len(b.messages)
	default:
		s.queue = append(b.messages, s.queue...)
		s.bound()
	}
	s.report(err, lasting)
	if len(s.queue) > 0 {
		s.ring()
	}
	return err
}

// report logs when sending begins to fail, and when it works again; mu is held.
func (s *Sender) report(err error, lasting bool) {
	if err != nil {
		s.stats.Failures++
	}
	switch {
	case err == nil && s.failing:
		s.Log.Info("notifications arrive again", "notify", s.Name)
	case lasting && !s.failing:
		s.Log.Warn("notifications are refused and dropped: see token, chat and url, and try 'signalman notify test'", "notify", s.Name, "error", s.Hide(err.Error()))
	case err != nil && !s.failing:
		s.Log.Warn("notifications do not arrive; they are tried again", "notify", s.Name, "error", s.Hide(err.Error()))
	}
	s.failing = err != nil
}

// take takes as many of the oldest messages as one request holds.
func (s *Sender) take() batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := batch{from: s.From, dropped: s.dropped}
	room, n := s.Service.room()-200, 0 // for the first lines
	for n < len(s.queue) {
		if room -= s.Service.size(&s.queue[n]); room < 0 && n > 0 {
			break
		}
		n++
	}
	b.messages = append(b.messages, s.queue[:n]...)
	s.queue = append(s.queue[:0], s.queue[n:]...)
	return b
}

// Send tells one message at once, without the queue, and returns why it was not taken.
func (s *Sender) Send(ctx context.Context, m Message) error {
	m.Text = trim(s.Hide(m.Text))
	return s.send(ctx, &batch{from: s.From, messages: []Message{m}})
}

func (s *Sender) send(ctx context.Context, b *batch) error {
	r, err := s.Service.request(ctx, b, time.Now())
	if err != nil {
		return fmt.Errorf("the address is none: %w", err)
	}
	a, err := s.client.Do(r)
	if err != nil {
		return bare(err)
	}
	defer a.Body.Close()
	return judge(a, time.Now())
}

// rest waits, but not beyond the end of ctx.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
