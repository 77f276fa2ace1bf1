package venue

// Sent counts the messages that each kind of connection was sent.
func (v *Venue) Sent() map[string]uint64 { return v.hub.sent() }

// HearAPI answers a message of the websocket API of spot.
func (v *Venue) HearAPI(message []byte) []byte {
	c := &connection{venue: v, door: doors["/ws-api/v3"], wake: make(chan struct{}, 1)}
	c.session = &session{connection: c, done: make(chan struct{})}
	hearSession(c, message)
	defer c.venue.gate.add(-len(c.queue))
	return c.queue[0].payload()
}

// Held counts what a venue keeps of its connections.
func (v *Venue) Held() (connections, streams, live, timers int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.hub.connections), len(v.hub.streams), len(v.spot.floor.live), len(v.clock.timers)
}
