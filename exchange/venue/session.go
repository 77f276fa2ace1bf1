package venue

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// session is what one connection of a websocket API knows: who has logged on, and what it
// has subscribed to. Venue.mu guards it.
type session struct {
	connection *connection
	brief      bool          // answers have no rateLimits unless a request asks for them
	done       chan struct{} // closed when the connection has ended
	began      market.Time
	key        *Key // who has logged on; nil: nobody
	since      market.Time
	heard      []hearing
	given      int // ids of subscriptions that were given out
}

// hearing is a subscription to the account's events.
type hearing struct {
	id    int
	logon bool // it lives as long as the log-on
	taken *subscription
}

const (
	maxHearings   = 65_535 // how many ids of subscriptions a connection is given
	connectWeight = 2      // what it costs to connect
)

// openSession begins a session. What it says of the limits is said in its address.
func openSession(c *connection, r *http.Request) {
	v := c.venue
	c.session = &session{connection: c, brief: r.URL.Query().Get("returnRateLimits") == "false", done: make(chan struct{}), began: v.shown()}
	*v.accounts.of(c.from, c.door.usdm).weight.at(v.clock.now) += connectWeight
}

// shutSession forgets the session of a connection that has ended.
func shutSession(c *connection) {
	for _, one := range c.session.heard {
		c.venue.hub.silence(one.taken)
	}
	c.session.heard = nil
	close(c.session.done)
}

// subscribe lets the account's events come to the connection, and returns the id that they
// have there.
func (s *session) subscribe(logon bool) (int, *refusal) {
	if len(s.heard) > 0 { // there is one account
		return 0, errSubscribed
	}
	if s.given >= maxHearings {
		return 0, errSubscriptions
	}
	id, c := s.given, s.connection
	s.given++
	c.venue.hub.returned(c)
	head, topic := []byte(`{"subscriptionId":`+strconv.Itoa(id)+`,"event":`), userTopic(c.door.usdm)
	taken := c.venue.hub.subscribe(topic, func(_ market.Time, frame []byte) {
		c.venue.hub.deliver(topic, newFrame(slices.Concat(head, frame, []byte("}"))), []*connection{c})
	})
	s.heard = append(s.heard, hearing{id, logon, taken})
	return id, nil
}

// unsubscribe ends those subscriptions that are meant, and tells the client so in an event
// of its own. It reports whether there was one.
func (s *session) unsubscribe(meant func(*hearing) bool) bool {
	before := len(s.heard)
	s.heard = slices.DeleteFunc(s.heard, func(one hearing) bool {
		if !meant(&one) {
			return false
		}
		c := s.connection
		c.venue.hub.silence(one.taken)
		c.say(fmt.Appendf(nil, `{"subscriptionId":%d,"event":{"e":"eventStreamTerminated","E":%d}}`, one.id, c.venue.shown().Millis()))
		return true
	})
	return len(s.heard) < before
}

// endStreams ends all subscriptions to the account's events of the websocket API.
func (h *hub) endStreams() {
	for c := range h.connections {
		if c.session != nil {
			c.session.unsubscribe(func(*hearing) bool { return true })
		}
	}
}

// sessionEndpoints are the methods about the connection itself.
func sessionEndpoints() []endpoint {
	var list []endpoint
	for _, usdm := range [...]bool{false, true} {
		list = append(list,
			endpoint{ws: "session.logon", usdm: usdm, security: signed, weight: 2, do: logOn},
			endpoint{ws: "session.status", usdm: usdm, weight: 2, do: sessionStatus},
			endpoint{ws: "session.logout", usdm: usdm, weight: 2, do: logOut},
		)
	}
	return append(list,
		endpoint{ws: "session.subscriptions", weight: 2, do: sessionStreams},
		endpoint{ws: "userDataStream.subscribe", weight: 2, do: subscribeUser},
		endpoint{ws: "userDataStream.subscribe.signature", security: signed, weight: 2, do: subscribeSigned},
		endpoint{ws: "userDataStream.unsubscribe", weight: 2, do: unsubscribeUser},
		endpoint{ws: "userDataStream.start", weight: 2, do: gone},
		endpoint{ws: "userDataStream.ping", weight: 2, do: gone},
		endpoint{ws: "userDataStream.stop", weight: 2, do: gone},
	)
}

// logOn lets a session's requests do without a signature. It is for Ed25519 keys alone.
func logOn(c *call) (any, *refusal) {
	if _, ok := c.key.Public.(ed25519.PublicKey); !ok || c.logon != nil {
		return nil, errKey
	}
	s := c.session
	s.key, s.since = c.key, c.venue.shown()
	return s.status(), nil
}

func sessionStatus(c *call) (any, *refusal) { return c.session.status(), nil }

// logOut ends the log-on, and the subscriptions that came with it.
func logOut(c *call) (any, *refusal) {
	s := c.session
	s.key, s.since = nil, 0
	s.unsubscribe(func(one *hearing) bool { return one.logon })
	return s.status(), nil
}

// status says who has logged on.
func (s *session) status() any {
	type status struct {
		APIKey     *string `json:"apiKey"`
		Authorized *int64  `json:"authorizedSince"`
		Connected  int64   `json:"connectedSince"`
		Limits     bool    `json:"returnRateLimits"`
		Time       int64   `json:"serverTime"`
		User       *bool   `json:"userDataStream,omitempty"`
	}
	is := status{Connected: s.began.Millis(), Limits: !s.brief, Time: s.connection.venue.shown().Millis()}
	if s.key != nil {
		since := s.since.Millis()
		is.APIKey, is.Authorized = &s.key.API, &since
	}
	if !s.connection.door.usdm {
		streams := slices.ContainsFunc(s.heard, func(one hearing) bool { return one.logon })
		is.User = &streams
	}
	return is
}

// streamed is a subscription in the words of the API.
type streamed struct {
	ID int `json:"subscriptionId"`
}

func sessionStreams(c *call) (any, *refusal) {
	list := []streamed{}
	for _, one := range c.session.heard {
		list = append(list, streamed{one.id})
	}
	return list, nil
}

func subscribeUser(c *call) (any, *refusal) {
	if c.session.key == nil {
		return nil, errKey
	}
	return c.streamed(true)
}

func subscribeSigned(c *call) (any, *refusal) { return c.streamed(false) }

func (c *call) streamed(logon bool) (any, *refusal) {
	id, r := c.session.subscribe(logon)
	if r != nil {
		return nil, r
	}
	return streamed{id}, nil
}

// unsubscribeUser ends one subscription, or all.
func unsubscribeUser(c *call) (any, *refusal) {
	id := c.integer("subscriptionId", -1)
	if c.bad != nil {
		return nil, c.bad
	}
	if !c.session.unsubscribe(func(one *hearing) bool { return id < 0 || int64(one.id) == id }) {
		return nil, errUnsubscribed
	}
	return struct{}{}, nil
}
