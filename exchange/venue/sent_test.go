package venue

// Sent counts the messages that each kind of connection was sent.
func (v *Venue) Sent() map[string]uint64 { return v.hub.sent() }
