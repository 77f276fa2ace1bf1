package binance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A channel is one connection's share of the streams. Its fields are touched by the
// goroutine of the call alone, but for names, bars and marks, which do not change.
type channel struct {
	s         *streams
	names     []string
	bars      map[string][]*follower
	marks     map[string]*settler
	followers []*follower

	live      *link       // nil: none is confirmed
	lost      string      // why the last one was
	began     bool        // one has been confirmed
	asking    bool        // the venue is being asked for the time
	owed      bool        // what was missed while there was no connection is still to be asked for
	notBefore market.Time // when the venue may be asked for the time again
}

// begin implements speaker.
func (c *channel) begin(context.Context) (string, talk, error) {
	return c.s.m.stream, &subscribing{c: c, waiting: map[int64]bool{}, acked: make(chan struct{})}, nil
}

// fell implements speaker.
func (c *channel) fell(l *link, err error) {
	_ = c.s.post(func() { c.live, c.lost = nil, err.Error() })
}

// retired implements speaker.
func (c *channel) retired(l *link, clean bool) {
	if clean {
		return
	}
	_ = c.s.post(func() { c.missed("the connection before this one ended without a goodbye") })
}

// opened goes on with a connection that has been confirmed.
func (c *channel) opened(l *link) {
	successor := c.live != nil
	c.live = l
	switch {
	case successor: // of one that is still there: nothing is missing
	case c.began:
		c.missed("the connection was lost: " + c.lost)
	default:
		c.began, c.owed = true, true
		if c.s.unready--; c.s.unready == 0 {
			c.s.ready()
		}
		c.consult()
	}
}

// missed announces that anything may be missing, and asks for it.
func (c *channel) missed(why string) {
	for _, f := range c.followers {
		f.gap(why)
	}
	c.owed = true
	c.consult()
}

// notAgain is how long a failed request for the time is not repeated.
const notAgain = 10 * market.Time(time.Second)

// consult asks the venue for the time, and then for the bars that should be there.
func (c *channel) consult() {
	if c.asking {
		return
	}
	c.asking = true
	c.s.ask(func() {
		now, err := c.s.m.public.Time(c.s.ctx)
		_ = c.s.post(func() { c.consulted(now, err) })
	})
}

func (c *channel) consulted(now market.Time, err error) {
	c.asking = false
	if err != nil {
		c.notBefore = c.s.now() + notAgain
		c.s.m.log.Warn("what was missed cannot be asked for yet", "error", err)
		return
	}
	owed := c.owed
	c.owed = false
	for _, f := range c.followers {
		if f.covered == 0 {
			f.covered = now // no gap: the stream begins here
		}
		late, quiet := f.late(now), f.quiet(now)
		switch {
		case f.filling:
			f.again = f.again || owed
		case late || owed:
			if !owed {
				f.doubts++ // nobody knew of anything that was missed
			}
			f.fill(now)
		}
		if quiet {
			f.hushed++
			c.cut(fmt.Errorf("nothing came of %s since %s", f, f.heard))
		}
	}
}

// cut ends the connection, so that another one begins.
func (c *channel) cut(why error) {
	if c.live != nil {
		c.live.cut(why)
	}
}

// A subscribing is what is said over a connection of combined streams.
type subscribing struct {
	c *channel

	mu      sync.Mutex
	waiting map[int64]bool // requests without an answer
	asked   bool           // all have been sent
	acked   chan struct{}  // closed when all are answered
	up      bool
	strange int // frames that made no sense
}

// The venue takes 5 messages a second, pongs among them, and acknowledges streams that do
// not exist: so it is asked afterwards what it has subscribed.
const (
	subscribeMost  = 50 // streams of one message
	subscribePause = 300 * time.Millisecond
	listID         = 1_000_000
)

type marketRequest struct {
	Method string   `json:"method"`
	Params []string `json:"params,omitempty"`
	ID     int64    `json:"id"`
}

// greet implements talk.
func (t *subscribing) greet(ctx context.Context, l *link) error {
	id := int64(0)
	for names := range slices.Chunk(t.c.names, subscribeMost) {
		if id > 0 {
			if err := sleep(ctx, subscribePause); err != nil {
				return err
			}
		}
		id++
		t.wait(id, int(id)*subscribeMost >= len(t.c.names))
		if err := send(l, marketRequest{"SUBSCRIBE", names, id}); err != nil {
			return err
		}
	}
	select {
	case <-t.acked:
		return send(l, marketRequest{"LIST_SUBSCRIPTIONS", nil, listID})
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func send(l *link, request any) error {
	frame, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return l.write(frame)
}

func (t *subscribing) wait(id int64, last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting[id], t.asked = true, last
}

// read implements talk.
func (t *subscribing) read(l *link, raw []byte) error {
	f, err := parseMarketFrame(raw)
	if err != nil {
		t.odd(err)
		return nil
	}
	refused := f.refusal()
	switch {
	case f.leaving():
		l.leaving()
	case refused != nil && !t.up:
		return &exchange.Fault{Kind: exchange.ErrRejected, What: "subscribe", Code: refused.Code, Err: fmt.Errorf("%.200s", refused.Msg), Hint: "check the symbols and intervals"}
	case refused != nil:
		t.odd(fmt.Errorf("the venue says %d %.200s", refused.Code, refused.Msg))
	case f.ID != nil:
		return t.answered(l, *f.ID, f.Result)
	case f.Data != nil:
		return t.said(f)
	}
	return nil // of streams to come
}

// odd logs frames that make no sense, the more seldom the more there are: what they
// should have said is noticed to be missing.
func (t *subscribing) odd(err error) {
	if t.strange++; t.strange&(t.strange-1) == 0 {
		t.c.s.m.log.Warn("a frame makes no sense", "error", err, "so far", t.strange)
	}
}

// answered takes an answer to a request.
func (t *subscribing) answered(l *link, id int64, result json.RawMessage) error {
	if id == listID && !t.up {
		return t.confirmed(l, result)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.waiting[id] {
		return nil
	}
	if text := string(result); text != "" && text != "null" {
		return &exchange.Fault{Kind: exchange.ErrUnavailable, What: "subscribe", Err: fmt.Errorf("the venue answers %.60q", text)}
	}
	delete(t.waiting, id)
	if t.asked && len(t.waiting) == 0 {
		close(t.acked)
	}
	return nil
}

// confirmed compares what is subscribed with what was asked for.
func (t *subscribing) confirmed(l *link, result json.RawMessage) error {
	var listed []string
	if err := json.Unmarshal(result, &listed); err != nil {
		return &exchange.Fault{Kind: exchange.ErrUnavailable, What: "subscribe", Err: fmt.Errorf("the venue lists its subscriptions as %.60q", result)}
	}
	has := make(map[string]bool, len(listed))
	for _, name := range listed {
		has[name] = true
	}
	for _, name := range t.c.names {
		if !has[name] {
			return &exchange.Fault{
				Kind: exchange.ErrRejected, What: "subscribe", Err: fmt.Errorf("the venue acknowledged %s and does not list it", name),
				Hint: "check the symbols and intervals",
			}
		}
	}
	t.up = true
	if err := t.c.s.post(func() { t.c.opened(l) }); err != nil {
		return err
	}
	l.confirm()
	return nil
}

// said takes what a stream says.
func (t *subscribing) said(f *marketFrame) error {
	c := t.c
	if followers := c.bars[f.Stream]; len(followers) > 0 && f.Data.Event == "kline" {
		p, err := pushOf(f.Data, followers[0].series)
		if err != nil {
			t.odd(err)
			return nil
		}
		if p.bad != nil {
			t.odd(fmt.Errorf("%w: %s: %w", errFrame, f.Stream, p.bad))
		}
		return c.s.post(func() {
			for _, follower := range followers {
				follower.pushed(p)
			}
		})
	}
	if settler := c.marks[f.Stream]; settler != nil && f.Data.Event == "markPriceUpdate" {
		due, err := dueOf(f.Data, settler.symbol)
		if err != nil {
			t.odd(err)
			return nil
		}
		return c.s.post(func() { settler.expect(due) })
	}
	t.odd(fmt.Errorf("%w: %.30q of stream %.60q, which nobody asked for", errFrame, f.Data.Event, f.Stream))
	return nil
}
