package venue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/market"
)

// hub hands events to whoever has subscribed to their topic. Market topics are called as
// Binance calls streams, with the market before them: "spot btcusdt@kline_1m"; those of the
// account "spot user" and "usdm user".
type hub struct {
	venue       *Venue
	topics      map[string][]*subscription
	streams     map[streamKey]*stream // stream.go
	scratch     []byte
	connections map[*connection]struct{}
	counts      map[string]*atomic.Uint64 // of messages, by kind of connection
	attempts    map[string]*window        // to connect, by market and address
	missed      map[string]time.Time      // until when clients that were cut off are waited for, by kind; of stepped clocks
	closed      bool
	running     sync.WaitGroup // of connections
}

// subscription is one taker of one topic.
type subscription struct {
	topic string
	take  func(at market.Time, frame []byte) // called with Venue.mu held: it may only queue
}

func newHub(v *Venue) *hub {
	h := &hub{
		venue: v, topics: map[string][]*subscription{}, streams: map[streamKey]*stream{},
		connections: map[*connection]struct{}{}, counts: map[string]*atomic.Uint64{}, attempts: map[string]*window{}, missed: map[string]time.Time{},
	}
	for _, d := range doors {
		h.counts[d.kind] = new(atomic.Uint64)
	}
	return h
}

// subscribe adds a taker; drop takes it away.
func (h *hub) subscribe(topic string, take func(market.Time, []byte)) *subscription {
	s := &subscription{topic, take}
	h.topics[topic] = append(h.topics[topic], s)
	return s
}

// publish hands an event to the takers of a topic. It is marshalled once, and not at all
// where nobody takes it.
func (h *hub) publish(topic string, at market.Time, event any) {
	takers := h.topics[topic]
	if len(takers) == 0 {
		return
	}
	frame, err := json.Marshal(event)
	if err != nil {
		panic(err) // only what this package makes is published
	}
	for _, s := range takers {
		s.take(at, frame)
	}
}

// userTopic is the topic of the account's events on a market.
func userTopic(usdm bool) string { return marketName(usdm) + " user" }

// sent counts the messages that each kind of connection was sent, or that wait to be.
func (h *hub) sent() map[string]uint64 {
	all := map[string]uint64{}
	for kind, n := range h.counts {
		all[kind] = n.Load()
	}
	return all
}

// attempt counts an attempt to connect, and returns how many seconds to wait where an
// address has made too many.
func (h *hub) attempt(from string, usdm bool) int {
	h.venue.mu.Lock()
	defer h.venue.mu.Unlock()
	name := marketName(usdm) + " " + from
	w := h.attempts[name]
	if w == nil {
		w = &window{span: 5 * time.Minute}
		h.attempts[name] = w
	}
	now := h.venue.pace()
	n := w.at(now)
	if *n >= h.venue.o.Limits.Connections {
		return w.left(now)
	}
	*n++
	return 0
}

// The events of a connection's last minutes: it is told some time before its day is over.
const notice = 10 * time.Minute

// admit takes a new connection in, whose socket upgrade makes; it reports false where that
// fails, and after close. Nothing happens in between: what follows the answer to the client
// is heard by it.
func (h *hub) admit(c *connection, r *http.Request, upgrade func() error) bool {
	v := h.venue
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := upgrade(); err != nil {
		return false // it has answered
	}
	if h.closed {
		_ = c.socket.Close()
		return false
	}
	v.catchUp()
	h.connections[c] = struct{}{}
	if c.door.kind == "private" { // it has subscribed by its address
		h.returned(c)
	}
	h.running.Add(1)
	c.pings.start()
	c.life[0] = v.after(max(v.o.Limits.Life-notice, 0), c.warn)
	c.life[1] = v.after(v.o.Limits.Life, func() { c.hangUp(websocket.CloseGoingAway, "24 hours are over") })
	if c.door.open != nil {
		c.door.open(c, r)
	}
	return true
}

// returned says that a client which was cut off has subscribed again.
func (h *hub) returned(c *connection) {
	if _, ok := h.missed[c.door.kind]; ok {
		h.missed[c.door.kind] = time.Now().Add(subscribePatience)
	}
}

// forget takes a connection out that has ended. A client that did not leave by itself is
// going to connect again.
func (h *hub) forget(c *connection, left bool) {
	v := h.venue
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(h.connections, c)
	c.mu.Lock()
	if c.ended {
		v.gate.leave()
	}
	c.mu.Unlock()
	if v.clock.speed <= 0 && !left && !h.closed {
		h.missed[c.door.kind] = time.Now().Add(returnPatience)
	}
	c.pings.stop()
	for _, t := range c.life {
		v.stop(t)
	}
	if c.door.shut != nil {
		c.door.shut(c)
	}
	h.running.Done()
}

// warn tells a client that the connection will end soon.
func (c *connection) warn() {
	at := c.venue.clock.now
	event := fmt.Appendf(nil, `{"e":"serverShutdown","E":%d}`, c.view.stamp(at))
	switch {
	case c.door.api:
		event = fmt.Appendf(nil, `{"event":%s}`, event)
	case c.view&combined != 0:
		event = fmt.Appendf(nil, `{"stream":"!serverShutdown","data":%s}`, event)
	}
	c.say(event)
}

// close ends all connections, and waits for that.
func (h *hub) close() {
	h.venue.mu.Lock()
	h.closed = true
	for c := range h.connections {
		c.end()
	}
	h.venue.mu.Unlock()
	h.running.Wait()
}

// The doors, by the first part of their path.
var doors = map[string]*door{
	"/ws":            {kind: "ws", open: openStreams, hear: hearStreams, shut: shutStreams},
	"/stream":        {kind: "stream", open: openStreams, hear: hearStreams, shut: shutStreams},
	"/public/ws":     {kind: "public", usdm: true, open: openStreams, hear: hearStreams, shut: shutStreams},
	"/public/stream": {kind: "public", usdm: true, open: openStreams, hear: hearStreams, shut: shutStreams},
	"/market/ws":     {kind: "market", usdm: true, open: openStreams, hear: hearStreams, shut: shutStreams},
	"/market/stream": {kind: "market", usdm: true, open: openStreams, hear: hearStreams, shut: shutStreams},

	"/private/ws":     {kind: "private", usdm: true, open: openPrivate, hear: hearPrivate, shut: shutPrivate},
	"/private/stream": {kind: "private", usdm: true, open: openPrivate, hear: hearPrivate, shut: shutPrivate},
	"/ws-api/v3":      {kind: "ws-api", api: true, open: openSession, hear: hearSession, shut: shutSession},
	"/ws-fapi/v1":     {kind: "ws-fapi", usdm: true, api: true, open: openSession, hear: hearSession, shut: shutSession},
}

// findDoor returns the door of a path; nil where it is none.
func findDoor(path string) *door {
	path = strings.TrimSuffix(path, "/")
	if d := doors[path]; d != nil {
		return d
	}
	if at := strings.Index(path, "/ws/"); at >= 0 {
		return doors[path[:at+len("/ws")]]
	}
	return nil
}

// socket serves a path of websockets, and reports whether it is one.
func (v *Venue) socket(w http.ResponseWriter, r *http.Request) bool {
	d := findDoor(r.URL.Path)
	if d == nil {
		return false
	}
	if v.market(d.usdm) == nil {
		notFound(w)
		return true
	}
	v.connect(w, r, d)
	return true
}
