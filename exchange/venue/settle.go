package venue

import (
	"context"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// settlePatience is how long, by the wall, a connection may take to show that it has read
// what it was sent.
const settlePatience = 10 * time.Second

// returnPatience is how long, by the wall, a stepped clock stands still for a client whose
// connection was cut: else days would pass before it is back.
const returnPatience = 10 * time.Second

// subscribePatience is how long it has, once it has subscribed again, to ask for what it
// missed.
const subscribePatience = 2 * time.Second

// back waits until every client that was cut off is back, or was waited for.
func (v *Venue) back(ctx context.Context) error {
	for {
		v.mu.Lock()
		for kind, until := range v.hub.missed { // each by itself
			if time.Now().After(until) {
				delete(v.hub.missed, kind)
			}
		}
		missed := len(v.hub.missed)
		v.mu.Unlock()
		if missed == 0 {
			return nil
		}
		if err := sleep(ctx, 10*time.Millisecond, nil); err != nil {
			return err
		}
	}
}

// Settle waits until no request is being served, and every websocket has been read to its
// end: each is pinged, and a client answers a ping after what came before it. Who does not
// answer is waited for no longer than ten seconds.
func (v *Venue) Settle(ctx context.Context) error {
	if err := v.back(ctx); err != nil {
		return err
	}
	if err := v.gate.idle(ctx); err != nil {
		return err
	}
	v.mu.Lock()
	var waits []chan struct{}
	for c := range v.hub.connections { // each has a channel of its own
		waits = append(waits, c.pings.probe())
	}
	v.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	for _, read := range waits {
		select {
		case <-read:
		case <-ctx.Done():
		}
	}
	return v.gate.idle(context.WithoutCancel(ctx))
}

// probe pings at once, and returns what is closed by the answer, or by the end of the
// connection.
func (p *pings) probe() chan struct{} {
	p.probes++
	next := probe{payload: "read " + strconv.Itoa(p.probes), sent: time.Now(), read: make(chan struct{})}
	p.waiting = append(p.waiting, next)
	p.connection.send(makeFrame(websocket.PingMessage, []byte(next.payload)))
	return next.read
}

// over lets who waits for a probe go on.
func (p *probe) over(v *Venue) {
	v.stop(p.timer)
	if p.read != nil {
		close(p.read)
	}
}
