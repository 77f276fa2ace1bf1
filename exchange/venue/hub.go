//lint:file-ignore U1000 the files of the other market and of sockets use it

package venue

import (
	"encoding/json"
	"net/http"

	"github.com/signalman-trading/signalman/market"
)

// hub hands events to whoever has subscribed to their topic. Market topics are called as
// Binance calls streams, with the market before them: "spot btcusdt@kline_1m"; those of the
// account "spot user" and "usdm user".
type hub struct {
	venue  *Venue
	topics map[string][]*subscription
}

// subscription is one taker of one topic.
type subscription struct {
	topic string
	take  func(at market.Time, frame []byte) // called with Venue.mu held: it may only queue
}

func newHub(v *Venue) *hub { return &hub{venue: v, topics: map[string][]*subscription{}} }

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

// sent counts the frames that each kind of connection was sent.
func (h *hub) sent() map[string]uint64 { return map[string]uint64{} }

// close ends all connections.
func (h *hub) close() {}

// socket serves a path of websockets, and reports whether it is one.
func (v *Venue) socket(http.ResponseWriter, *http.Request) bool { return false }
