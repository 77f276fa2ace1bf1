package venue

import (
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// How often a market pings, and how long it waits for the pong.
const (
	spotPing, spotPong = 20 * time.Second, time.Minute
	usdmPing, usdmPong = 3 * time.Minute, 10 * time.Minute
)

// pings ask a client whether it is there. Venue.mu guards them.
type pings struct {
	connection *connection
	timer      *timer
	waiting    []probe // that no pong has answered, oldest first
	probes     int     // that were not sent because it was time
}

// probe is one of them.
type probe struct {
	payload string
	sent    time.Time     // by the wall
	timer   *timer        // that ends the connection; nil of a stepped clock
	read    chan struct{} // closed once it is answered, or the connection has ended; nil of most
}

// start begins to ping.
func (p *pings) start() {
	every, _ := p.spans()
	p.timer = p.connection.venue.after(every, p.send)
}

// spans returns how often to ping and how long to wait, in the venue's time. However fast
// that runs, a client gets a second of the wall between pings, and some to answer.
func (p *pings) spans() (every, wait time.Duration) {
	every, wait = spotPing, spotPong
	if p.connection.door.usdm {
		every, wait = usdmPing, usdmPong
	}
	if speed := p.connection.venue.clock.speed; speed > 1 {
		every = max(every, time.Duration(float64(time.Second)*speed))
		wait = max(wait, time.Duration(float64(5*time.Second)*speed))
	}
	return every, wait
}

// send pings, and goes on. A stepped clock may pass hours at once: then one ping is enough,
// and the wall says how long its answer takes.
func (p *pings) send() {
	v := p.connection.venue
	every, wait := p.spans()
	p.timer = v.after(every, p.send)
	stepped := v.clock.speed <= 0
	if stepped && len(p.waiting) > 0 {
		if time.Since(p.waiting[0].sent) > wait {
			p.connection.end()
		}
		return
	}
	next := probe{payload: strconv.FormatInt(v.clock.now.Millis(), 10), sent: time.Now()}
	if !stepped {
		next.timer = v.after(wait, p.connection.end)
	}
	p.waiting = append(p.waiting, next)
	p.connection.send(makeFrame(websocket.PingMessage, []byte(next.payload)))
}

// answered takes a pong, and reports whether it answers a ping: else it is no sign of life.
func (p *pings) answered(payload string) bool {
	p.connection.venue.mu.Lock()
	defer p.connection.venue.mu.Unlock()
	for i := range p.waiting {
		if p.waiting[i].payload == payload {
			for _, old := range p.waiting[:i+1] {
				old.over(p.connection.venue)
			}
			p.waiting = p.waiting[i+1:]
			return true
		}
	}
	return false
}

// stop ends it.
func (p *pings) stop() {
	p.connection.venue.stop(p.timer)
	for _, old := range p.waiting {
		old.over(p.connection.venue)
	}
	p.waiting = nil
}
