package binance

import (
	"context"
	"slices"
	"sync"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// maxStreams is how many streams one connection carries; the venue allows 1024.
const maxStreams = 200

// streams is one call of Stream. One goroutine, the caller's, does all that touches its
// fields: the others tell it what to do.
type streams struct {
	*agenda
	m        *Market
	slots    chan struct{} // of goroutines that ask by REST
	asking   sync.WaitGroup
	ready    func()
	emit     func(exchange.Event)
	channels []*channel
	settlers []*settler
	unready  int         // channels that have not been confirmed once
	begun    market.Time // by the venue's clock; 0: unknown
}

// Stream emits the bars of the subscriptions as they close, gaps, and the fundings of
// perpetuals, each on the first subscription of its instrument.
func (m *Market) Stream(ctx context.Context, subs []exchange.Subscription, ready func(), emit func(exchange.Event)) error {
	for _, sub := range subs {
		if err := m.check(sub.Instrument, sub.Interval); err != nil {
			return err
		}
	}
	begun, err := m.public.Now(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		m.log.Warn("the venue does not tell the time, its streams are tried", "error", err)
		begun = 0
	}
	inner, cancel := context.WithCancel(ctx)
	s := &streams{agenda: newAgenda(inner), m: m, slots: make(chan struct{}, 4), ready: ready, emit: emit, begun: begun}
	s.split(subs)
	var running sync.WaitGroup
	for _, c := range s.channels {
		running.Go(func() { s.serve(c) })
	}
	defer s.asking.Wait()
	defer running.Wait()
	defer cancel()
	return s.run(s.watch)
}

// split shares the streams of the subscriptions among connections.
func (s *streams) split(subs []exchange.Subscription) {
	at := map[string]*channel{}
	marked := map[string]bool{}
	for i, sub := range subs {
		f := newFollower(s, i, sub)
		name := streamName(f.symbol, "kline_"+f.d.String())
		f.c = s.carry(at, name)
		f.c.followers = append(f.c.followers, f)
		f.c.bars[name] = append(f.c.bars[name], f)
		if sub.Instrument.Margin == nil || marked[f.symbol] {
			continue
		}
		marked[f.symbol] = true
		name = streamName(f.symbol, "markPrice")
		w := newSettler(s, i, sub)
		s.settlers = append(s.settlers, w)
		s.carry(at, name).marks[name] = w
	}
	s.unready = len(s.channels)
	if s.unready == 0 {
		s.ready()
	}
}

// carry returns the channel that carries a stream.
func (s *streams) carry(at map[string]*channel, name string) *channel {
	if at[name] != nil {
		return at[name]
	}
	if n := len(s.channels); n == 0 || len(s.channels[n-1].names) == maxStreams {
		s.channels = append(s.channels, &channel{s: s, bars: map[string][]*follower{}, marks: map[string]*settler{}})
	}
	c := s.channels[len(s.channels)-1]
	c.names = append(c.names, name)
	at[name] = c
	return c
}

// serve keeps the connection of a channel.
func (s *streams) serve(c *channel) {
	socket := socket{name: "streams of " + c.names[0], timing: s.m.timing, dialer: s.m.dialer, speaker: c, log: s.m.log}
	s.end(socket.run(s.ctx))
}

// ask runs what asks the venue, not too many of them at the same time.
func (s *streams) ask(f func()) {
	s.asking.Go(func() {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
			f()
		case <-s.ctx.Done():
		}
	})
}

// now returns the venue's time as far as it is known.
func (s *streams) now() market.Time { return s.m.public.clock.now() }

// watch finds what should have come by now.
func (s *streams) watch() {
	now := s.now()
	for _, c := range s.channels {
		if !c.asking && now >= c.notBefore && (c.owed || slices.ContainsFunc(c.followers, func(f *follower) bool { return f.late(now) || f.quiet(now) })) {
			c.consult()
		}
	}
	for _, w := range s.settlers {
		if w.late(now) {
			w.fetch(now)
		}
	}
}
