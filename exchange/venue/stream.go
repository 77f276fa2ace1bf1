package venue

import (
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// view is in which of four forms a connection gets the events of market streams.
type view uint8

const (
	combined view = 1 << iota // with the name of the stream around it
	micro                     // with times in microseconds
	views    = 4
)

// stamp returns a time in the unit of a view.
func (w view) stamp(t market.Time) int64 {
	if w&micro != 0 {
		return int64(t) / 1000
	}
	return t.Millis()
}

// last returns the last instant before a time in the unit of a view: where a bar ends.
func (w view) last(t market.Time) int64 { return w.stamp(t) - 1 }

// A stream is a market stream that somebody has subscribed to: any name at all, since the
// venue takes those that it does not know, and never says anything on them.
type stream struct {
	name    string // as Binance writes it: "btcusdt@kline_1m"
	usdm    bool
	to      [views][]*connection
	channel // channel.go; its pit is nil where the name says nothing
}

// streamKey names a stream on a market.
type streamKey struct {
	usdm bool
	name string
}

// subscriber is what a connection has subscribed to. Venue.mu guards it.
type subscriber struct {
	view    view
	streams []*stream // in the order in which it asked
}

// join subscribes a connection to a stream. That it has already is no error.
func (h *hub) join(c *connection, name string) {
	h.returned(c)
	if slices.ContainsFunc(c.streams, func(s *stream) bool { return s.name == name }) {
		return
	}
	if !c.door.carries(name) { // it is taken, and silent
		c.streams = append(c.streams, &stream{name: name, usdm: c.door.usdm})
		return
	}
	key := streamKey{c.door.usdm, name}
	s := h.streams[key]
	if s == nil {
		s = &stream{name: name, usdm: c.door.usdm}
		h.streams[key] = s
		if side := h.venue.market(c.door.usdm); side != nil {
			side.floor.listen(s)
		}
	}
	c.streams = append(c.streams, s)
	s.to[c.view] = append(s.to[c.view], c)
}

// carries reports whether streams of a name come through a door: those of USD-M have two.
func (d *door) carries(name string) bool {
	book := strings.Contains(name, "@depth") || strings.Contains(name, "bookTicker")
	switch d.kind {
	case "public":
		return book
	case "market":
		return !book
	}
	return true
}

// leave ends the subscription of a connection to a stream, if there is one.
func (h *hub) leave(c *connection, name string) {
	i := slices.IndexFunc(c.streams, func(s *stream) bool { return s.name == name })
	if i < 0 {
		return
	}
	s := c.streams[i]
	c.streams = slices.Delete(c.streams, i, i+1)
	s.to[c.view] = slices.DeleteFunc(s.to[c.view], func(o *connection) bool { return o == c })
	if s.idle() && c.door.carries(name) {
		h.drop(s)
	}
}

// idle reports whether nobody listens any more.
func (s *stream) idle() bool {
	for _, list := range s.to {
		if len(list) > 0 {
			return false
		}
	}
	return true
}

func (h *hub) drop(s *stream) {
	delete(h.streams, streamKey{s.usdm, s.name})
	if side := h.venue.market(s.usdm); side != nil {
		side.floor.forget(s)
	}
}

// see changes the form in which a connection gets its events.
func (h *hub) see(c *connection, as view) {
	for _, s := range c.streams {
		if i := slices.Index(s.to[c.view], c); i >= 0 {
			s.to[c.view] = slices.Delete(s.to[c.view], i, i+1)
			s.to[as] = append(s.to[as], c)
		}
	}
	c.view = as
}

// tell sends an event to who listens to a stream: written once for each form that somebody
// wants.
func (h *hub) tell(s *stream, write func(b []byte, as view) []byte) {
	for as := range view(views) {
		if len(s.to[as]) == 0 {
			continue
		}
		b := h.scratch[:0]
		if as&combined != 0 {
			b = append(append(append(b, `{"stream":"`...), s.name...), `","data":`...)
		}
		if b = write(b, as); as&combined != 0 {
			b = append(b, '}')
		}
		h.scratch = b
		h.deliver(s.name, newFrame(b), s.to[as])
	}
}
