package venue

import "github.com/signalman-trading/signalman/market"

// Hear returns what the private streams of USD-M have said since the last call.
func (v *Venue) Hear() func() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var said []string
	v.hub.subscribe(userTopic(true), func(_ market.Time, frame []byte) { said = append(said, string(frame)) })
	return func() []string {
		v.mu.Lock()
		defer v.mu.Unlock()
		list := said
		said = nil
		return list
	}
}

// ExpireKeys ends the listen key.
func (v *Venue) ExpireKeys() {
	v.mu.Lock()
	defer v.mu.Unlock()
	_ = v.expireKeys()
}
