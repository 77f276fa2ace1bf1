package venue

import (
	"encoding/binary"
	"net"
	"sync"

	"github.com/gorilla/websocket"
)

// A frame is one message as it goes over the wire, for as many connections as want it: it
// is made once, and nobody changes it.
type frame struct {
	wire []byte // header and payload, without compression
	head int    // length of the header
	code int    // of websocket's messages: TextMessage, PingMessage, …

	once       sync.Once
	compressed *websocket.PreparedMessage
}

// newFrame makes a text message of a payload, which it copies.
func newFrame(payload []byte) *frame { return makeFrame(websocket.TextMessage, payload) }

// makeFrame writes the header of RFC 6455 5.2: one fragment, and no mask, since the venue
// is the server.
func makeFrame(code int, payload []byte) *frame {
	wire := make([]byte, 0, len(payload)+10)
	wire = append(wire, 0x80|byte(code))
	switch n := len(payload); {
	case n < 126:
		wire = append(wire, byte(n))
	case n < 1<<16:
		wire = binary.BigEndian.AppendUint16(append(wire, 126), uint16(n))
	default:
		wire = binary.BigEndian.AppendUint64(append(wire, 127), uint64(n))
	}
	head := len(wire)
	return &frame{wire: append(wire, payload...), head: head, code: code}
}

// payload returns the message.
func (f *frame) payload() []byte { return f.wire[f.head:] }

// deflate returns the frame for connections that compress, the same for all of them.
func (f *frame) deflate() (*websocket.PreparedMessage, error) {
	var err error
	f.once.Do(func() { f.compressed, err = websocket.NewPreparedMessage(f.code, f.payload()) })
	return f.compressed, err
}

// writeFrames writes frames to a connection in as few calls as the system takes.
func writeFrames(to net.Conn, room net.Buffers, frames []*frame) (net.Buffers, error) {
	room = room[:0]
	for _, f := range frames {
		room = append(room, f.wire)
	}
	rest := room // WriteTo consumes it
	_, err := rest.WriteTo(to)
	return room, err
}
