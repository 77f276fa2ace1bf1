package venue

import (
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/market"
)

// A door is a kind of websocket connection.
type door struct {
	kind string // as Stepped.Sent names it
	usdm bool
	api  bool // the websocket API: events stand in an envelope of their own
	// open is called with Venue.mu held, when the connection stands and before anything is
	// read; hear with each message of the client, without it; shut with it, at the end. Any
	// of them may be nil.
	open func(c *connection, r *http.Request)
	hear func(c *connection, message []byte)
	shut func(c *connection)
}

// A connection is one websocket. One goroutine reads, one writes what is queued; whoever has
// something to say queues it, and never waits.
type connection struct {
	venue   *Venue
	door    *door
	socket  *websocket.Conn
	from    string      // the address of the client, without its port
	deflate bool        // it compresses
	silent  atomic.Bool // a fault: nothing is written any more, nothing heard, and it stays open

	subscriber          // stream.go; guarded by Venue.mu
	session    *session // session.go; of a websocket API; likewise
	held       []*frame // faultframe.go: that are sent after the next one; likewise
	pings      pings
	life       [2]*timer

	paced window // messages of the client; of the reader alone

	mu    sync.Mutex
	queue []*frame
	hung  bool          // a closing message is the last of the queue
	left  bool          // the client has said goodbye first
	ended bool          // nothing is queued any more
	wake  chan struct{} // has room for one: the queue is not empty, or it has ended
	spare []*frame
}

// connect makes a request a connection, and serves it until it ends.
func (v *Venue) connect(w http.ResponseWriter, r *http.Request, d *door) {
	v.gate.enter() // a clock that is stepped waits until it has subscribed
	inside := sync.OnceFunc(v.gate.leave)
	defer inside()
	from := host(r)
	if wait := v.hub.attempt(from, d.usdm); wait > 0 {
		w.Header()["Retry-After"] = []string{strconv.Itoa(wait)}
		http.Error(w, "Too many connection attempts.", http.StatusTooManyRequests)
		return
	}
	up := websocket.Upgrader{
		ReadBufferSize: 1024, WriteBufferSize: 1024, EnableCompression: true, HandshakeTimeout: time.Second,
		CheckOrigin: func(*http.Request) bool { return true },
	}
	c := &connection{venue: v, door: d, from: from, deflate: compresses(r), wake: make(chan struct{}, 1)}
	c.paced.span = time.Second
	c.pings.connection = c
	if !v.hub.admit(c, r, func() (err error) {
		c.socket, err = up.Upgrade(w, r, nil)
		return err
	}) {
		return
	}
	inside()
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	c.read()
	c.mu.Lock()
	hung, left := c.hung, c.left
	c.mu.Unlock()
	if !hung {
		c.end()
	}
	<-written // ends the connection, at last when its closing message is written
	v.hub.forget(c, left)
}

// compresses reports whether a client offers permessage-deflate, which is then agreed on.
func compresses(r *http.Request) bool {
	for _, list := range r.Header["Sec-Websocket-Extensions"] {
		if len(list) >= 18 && list[:18] == "permessage-deflate" {
			return true
		}
	}
	return false
}

// send queues a frame. A client that has left more than Limits.Queue unread is cut off.
func (c *connection) send(f *frame) {
	if !c.enqueue(f) {
		return
	}
	if f.code == websocket.TextMessage {
		c.venue.hub.counts[c.door.kind].Add(1)
	}
	c.rouse()
}

func (c *connection) enqueue(f *frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.hung {
		return false
	}
	if len(c.queue) >= c.venue.o.Limits.Queue {
		c.venue.log.Warn("a client does not read: it is cut off", "kind", c.door.kind, "from", c.from)
		c.drop()
		return false
	}
	c.hung = f.code == websocket.CloseMessage
	c.queue = append(c.queue, f)
	c.venue.gate.add(1)
	return true
}

// say queues a message.
func (c *connection) say(payload []byte) { c.send(newFrame(payload)) }

// hangUp queues a closing message, after which the connection ends.
func (c *connection) hangUp(code int, text string) {
	c.send(makeFrame(websocket.CloseMessage, websocket.FormatCloseMessage(code, text)))
}

func (c *connection) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// end cuts the connection. What is queued is lost.
func (c *connection) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop()
}

// drop is end, for who holds mu.
func (c *connection) drop() {
	if c.ended {
		return
	}
	c.venue.gate.add(1 - len(c.queue)) // until the hub has forgotten it
	c.ended, c.queue = true, nil
	c.rouse()
	_ = c.socket.Close()
}

// take returns what is queued, once there is something; nothing at the end.
func (c *connection) take() []*frame {
	for {
		c.mu.Lock()
		batch := c.queue
		c.queue, c.spare = c.spare[:0], batch
		ended := c.ended
		c.mu.Unlock()
		if len(batch) > 0 || ended {
			return batch
		}
		<-c.wake
	}
}

// writing bounds how long a client may take to take what is written.
const writing = 10 * time.Second

// write writes what is queued until the connection ends.
func (c *connection) write() {
	defer c.end()
	var room net.Buffers
	for batch := c.take(); len(batch) > 0; batch = c.take() {
		var err error
		if loud := c.audible(batch); len(loud) > 0 {
			_ = c.socket.NetConn().SetWriteDeadline(time.Now().Add(writing))
			if c.deflate {
				err = c.compress(loud)
			} else {
				room, err = writeFrames(c.socket.NetConn(), room, loud)
			}
		}
		last := batch[len(batch)-1].code
		c.venue.gate.add(-len(batch))
		clear(batch)
		if err != nil || last == websocket.CloseMessage {
			return
		}
	}
}

// compress writes frames through permessage-deflate; control frames never are.
func (c *connection) compress(batch []*frame) error {
	for _, f := range batch {
		if f.code != websocket.TextMessage {
			if _, err := c.socket.NetConn().Write(f.wire); err != nil {
				return err
			}
			continue
		}
		p, err := f.deflate()
		if err != nil {
			return err
		}
		_ = c.socket.SetWriteDeadline(time.Now().Add(writing))
		if err := c.socket.WritePreparedMessage(p); err != nil {
			return err
		}
	}
	return nil
}

// maxMessage bounds a message of a client.
const maxMessage = 64 << 10

// read hears the client until the connection ends, or it says too much.
func (c *connection) read() {
	c.socket.SetReadLimit(maxMessage)
	c.socket.SetPingHandler(func(data string) error {
		if c.within() {
			c.send(makeFrame(websocket.PongMessage, []byte(data)))
		}
		return nil
	})
	c.socket.SetPongHandler(func(data string) error {
		if !c.pings.answered(data) {
			c.within()
		}
		return nil
	})
	c.socket.SetCloseHandler(func(code int, _ string) error {
		c.mu.Lock()
		c.left = !c.hung && !c.ended
		c.mu.Unlock()
		c.hangUp(code, "")
		return nil
	})
	for {
		_, message, err := c.socket.ReadMessage()
		if err != nil {
			return
		}
		if c.silent.Load() || c.door.hear == nil || !c.within() {
			continue
		}
		c.venue.gate.add(1)
		c.door.hear(c, message)
		c.venue.gate.add(-1)
	}
}

// within counts a message of the client, and reports whether it may send so many. Pings
// count too, and pongs that nobody asked for: a stepped clock may ask for many in a second.
func (c *connection) within() bool {
	limit := c.venue.o.Limits.Messages
	if c.door.usdm {
		limit = c.venue.o.Limits.USDMMessages
	}
	n := c.paced.at(c.venue.pace())
	*n++
	if *n == limit+1 && !c.door.api {
		c.hangUp(websocket.ClosePolicyViolation, "Too many requests")
	}
	return *n <= limit || c.door.api
}

// pace is a clock for what clients do: the wall's, at the venue's speed. It does not stand
// still while a stepped clock does.
func (v *Venue) pace() market.Time {
	passed := time.Since(v.clock.began)
	if v.clock.speed > 0 {
		passed = time.Duration(float64(passed) * v.clock.speed)
	}
	return market.Time(passed)
}
