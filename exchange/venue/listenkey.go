package venue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// listenKey opens the private streams of the account for an hour after it was last asked for.
type listenKey struct {
	text    string // "" is none
	minted  int
	expires *timer
	ears    []*ear
}

// ear is a connection that listens to the private streams.
type ear struct {
	connection *connection
	key        string
	events     []string // that it wants; nil is all
	heard      *subscription
}

// listenKeyLife is how long a key opens the streams.
const listenKeyLife = time.Hour

// forever is the life of what a stepped clock must not end: hours may pass at once, and
// nobody could renew it in time.
const forever = 200 * 365 * 24 * time.Hour

func (v *Venue) listenKeyLife() time.Duration {
	if v.clock.speed <= 0 {
		return forever
	}
	return listenKeyLife
}

var errNoListenKey = refuse(-1125, "This listenKey does not exist.")

type listenKeyReply struct {
	Key string `json:"listenKey"`
}

// startListening returns the key of the account, a new one where it has none, for an hour.
func startListening(c *call) (any, *refusal) {
	f := c.side.futures
	if f.key.text == "" {
		f.key.minted++
		f.key.text = mintKey(c.venue.o.Seed, f.key.minted)
	}
	f.extend()
	return listenKeyReply{f.key.text}, nil
}

// mintKey makes up 64 letters and digits.
func mintKey(seed uint64, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < 64; i++ {
		h := fnv.New64a()
		h.Write([]byte("listen key " + strconv.FormatUint(seed, 10) + " " + strconv.Itoa(n) + " " + strconv.Itoa(i)))
		b.WriteString(strconv.FormatUint(h.Sum64(), 36))
	}
	return b.String()[:64]
}

// extend lets the key live for another hour.
func (f *futures) extend() {
	v := f.side.venue
	v.stop(f.key.expires)
	f.key.expires = v.after(v.listenKeyLife(), f.expireKey)
}

// listening returns a refusal where there is no key, or the request names another.
func (c *call) listening() *refusal {
	k := &c.side.futures.key
	if named := c.text("listenKey"); k.text == "" || named != "" && named != k.text {
		return errNoListenKey
	}
	return c.bad
}

func keepListening(c *call) (any, *refusal) {
	if r := c.listening(); r != nil {
		return nil, r
	}
	c.side.futures.extend()
	return listenKeyReply{c.side.futures.key.text}, nil
}

func stopListening(c *call) (any, *refusal) {
	if r := c.listening(); r != nil {
		return nil, r
	}
	c.side.futures.expireKey()
	return struct{}{}, nil
}

// expireKey ends the key. Who listens is told, and hears no more.
func (f *futures) expireKey() {
	v, k := f.side.venue, &f.key
	if k.text == "" {
		return
	}
	f.tell(v.clock.now, struct {
		Event string `json:"e"`
		Time  int64  `json:"E"`
		Key   string `json:"listenKey"`
	}{"listenKeyExpired", f.now(), k.text})
	for _, e := range k.ears {
		v.hub.silence(e.heard)
	}
	v.stop(k.expires)
	k.text, k.ears, k.expires = "", nil, nil
}

// listen lets a connection hear the private streams, if its key is the one there is: nothing
// is said to others.
func (f *futures) listen(e *ear) {
	if e.key == "" || e.key != f.key.text || slices.ContainsFunc(f.key.ears, func(o *ear) bool { return o.connection == e.connection }) {
		return
	}
	e.heard = f.side.venue.hub.subscribe(userTopic(true), func(_ market.Time, frame []byte) {
		if e.wants(frame) {
			f.side.venue.hub.deliver(userTopic(true), newFrame(e.frame(frame)), []*connection{e.connection})
		}
	})
	f.key.ears = append(f.key.ears, e)
}

// wants reports whether an event is one of those that a connection asked for. The end of the
// key is for all.
func (e *ear) wants(frame []byte) bool {
	if len(e.events) == 0 {
		return true
	}
	return slices.ContainsFunc(append([]string{"listenKeyExpired"}, e.events...), func(name string) bool {
		return bytes.HasPrefix(frame, []byte(`{"e":"`+name+`"`))
	})
}

// frame writes an event as a connection gets it.
func (e *ear) frame(frame []byte) []byte {
	if e.connection.view&combined == 0 {
		return frame
	}
	named := append([]byte(`{"stream":"`+e.key+`","data":`), frame...)
	return append(named, '}')
}

// openPrivate lets a new connection hear what its address asks for: listenKey=KEY, with
// events=A/B only those, streams=KEY, or the key at the end of the path.
func openPrivate(c *connection, r *http.Request) {
	q := r.URL.Query()
	if strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/stream") {
		c.view |= combined
	}
	_, last, _ := strings.Cut(r.URL.Path, "/ws/")
	e := &ear{connection: c, key: cmp.Or(q.Get("listenKey"), q.Get("streams"), last)}
	if s := q.Get("events"); s != "" {
		e.events = strings.Split(s, "/")
	}
	c.venue.usdm.futures.listen(e)
}

// hearPrivate answers a message; SUBSCRIBE names the key as if it were a stream.
func hearPrivate(c *connection, message []byte) {
	hearStreams(c, message)
	w, no := readWish(message)
	if no != nil || w.Method != "SUBSCRIBE" {
		return
	}
	c.venue.mu.Lock()
	defer c.venue.mu.Unlock()
	for _, raw := range w.Params {
		var name string
		if json.Unmarshal(raw, &name) == nil {
			c.venue.usdm.futures.listen(&ear{connection: c, key: name})
		}
	}
}

// shutPrivate ends what a connection hears.
func shutPrivate(c *connection) {
	shutStreams(c)
	k := &c.venue.usdm.futures.key
	k.ears = slices.DeleteFunc(k.ears, func(e *ear) bool {
		if e.connection == c {
			c.venue.hub.silence(e.heard)
		}
		return e.connection == c
	})
}

// silence takes a taker away.
func (h *hub) silence(s *subscription) {
	h.topics[s.topic] = slices.DeleteFunc(slices.Clone(h.topics[s.topic]), func(o *subscription) bool { return o == s })
}

// expireKeys ends the listen key, as the venue may at any time.
func (v *Venue) expireKeys() error {
	if v.usdm != nil {
		v.usdm.futures.expireKey()
	}
	return nil
}
