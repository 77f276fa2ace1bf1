package venue

import (
	"bytes"
	"time"

	"github.com/gorilla/websocket"
)

// deliver queues a frame of a topic for connections. A fault may keep it from some, or do
// worse.
func (h *hub) deliver(topic string, f *frame, to []*connection) {
	for _, c := range to {
		if len(h.venue.faults.list) > 0 && h.spoil(topic, f, c) {
			continue
		}
		c.send(f)
		if len(c.held) > 0 {
			c.release()
		}
	}
}

// spoil lets a fault hit a frame, and reports whether one did: then nothing else is sent.
func (h *hub) spoil(topic string, f *frame, c *connection) bool {
	v := h.venue
	r := v.faults.strike(v.clock.now, FaultsFrames, f.names(topic, c.door.kind)...)
	if r == nil {
		return false
	}
	switch r.Name {
	case FaultDuplicate:
		c.send(f)
		c.send(f)
	case FaultReorder:
		c.held = append(c.held, f)
		v.after(longestHold, c.release)
	case FaultDelay:
		v.after(r.span(), func() { c.send(f) })
	case FaultCorrupt:
		c.send(newFrame(f.payload()[:len(f.payload())/2]))
	case FaultCut:
		c.cutOff(nil)
	case FaultCutMid:
		c.cutOff(f.wire[:len(f.wire)/2])
	case FaultSilent:
		c.send(&frame{code: hush})
		c.pings.stop()
	}
	return true // and what is lost is lost
}

// longestHold is how long a frame waits for the one that it is to be sent after.
const longestHold = 10 * time.Second

// release sends what was held back.
func (c *connection) release() {
	held := c.held
	c.held = nil
	for _, f := range held {
		c.send(f)
	}
}

// cutOff sends what is queued and then some bytes, and cuts the connection.
func (c *connection) cutOff(last []byte) {
	c.send(&frame{wire: last, code: websocket.CloseMessage})
}

// hush is the code of a frame that is not written: from it on the connection is silent.
const hush = -1

// audible returns what of a batch is to be written.
func (c *connection) audible(batch []*frame) []*frame {
	if c.silent.Load() {
		return nil
	}
	for i, f := range batch {
		if f.code == hush {
			c.silent.Store(true)
			return batch[:i]
		}
	}
	return batch
}

// names are what a frame is called by faults: its stream, and whether it closes a bar; or
// the event of the account, and what has happened to the order; and the kind of connection.
func (f *frame) names(topic, kind string) []string {
	names := []string{topic, kind}
	payload := f.payload()
	if bytes.Contains(payload, []byte(`"x":true`)) {
		return append(names, topic+".closed")
	}
	if topic != userTopic(false) && topic != userTopic(true) {
		return names
	}
	event := quoted(payload, `"e":"`)
	return append(names, event, event+"."+quoted(payload, `"x":"`))
}

// quoted returns the text that follows a mark, up to its quote.
func quoted(payload []byte, mark string) string {
	_, rest, _ := bytes.Cut(payload, []byte(mark))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(text)
}

// disconnect closes websockets whose kind fits a pattern.
func (h *hub) disconnect(pattern string) {
	for c := range h.connections {
		if matches(pattern, c.door.kind) {
			c.hangUp(websocket.CloseGoingAway, "disconnected")
		}
	}
}

// shutdown announces that websockets end, and ends them after a while.
func (h *hub) shutdown(pattern string, after time.Duration) {
	for c := range h.connections {
		if matches(pattern, c.door.kind) {
			c.warn()
			h.venue.after(after, func() { c.hangUp(websocket.CloseGoingAway, "shutdown") })
		}
	}
}

// cutAll cuts all connections.
func (h *hub) cutAll() {
	h.venue.faults.hits[FaultDown]++
	for c := range h.connections {
		c.end()
	}
}
