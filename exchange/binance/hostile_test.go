package binance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/market"
)

// hostile is a venue of klines and fundings that loses what it can. Its bars follow from
// their time.
type hostile struct {
	usdm   bool
	absent func(symbol string, open market.Time) bool             // bars that never were
	funded market.Interval                                        // between fundings
	deaf   func(stream string, now market.Time, closed bool) bool // pushes that are lost
	lag    time.Duration                                          // of the history behind the time
	mild   bool                                                   // no faults
	greets func(c *venueConn, frame []byte) bool                  // answers in another way

	mu       sync.Mutex
	rng      *rand.Rand
	conns    []*venueConn
	requests []string
}

func newHostile(seed uint64) *hostile {
	return &hostile{rng: rand.New(rand.NewPCG(seed, 1)), funded: 8 * market.Hour}
}

// chance throws the dice.
func (h *hostile) chance(p float64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.mild && h.rng.Float64() < p
}

// barAt is the bar of a series at a time.
func barAt(symbol string, d market.Interval, open market.Time) market.Bar {
	r := rand.New(rand.NewPCG(uint64(open), uint64(len(symbol))*uint64(d)))
	p := float64(1000 + r.IntN(1000))
	return market.Bar{OpenTime: open, Open: p, High: p + 2, Low: p - 2, Close: p + 1, Volume: float64(r.IntN(100))}
}

func (h *hostile) has(symbol string, open market.Time) bool {
	return h.absent == nil || !h.absent(symbol, open)
}

func (h *hostile) lost(name string, now market.Time, closed bool) bool {
	return h.deaf != nil && h.deaf(name, now, closed)
}

func (h *hostile) now() market.Time { return market.TimeOf(time.Now()) }

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	h.mu.Lock()
	h.requests = append(h.requests, r.URL.Path)
	h.mu.Unlock()
	first, _ := strconv.ParseInt(q.Get("startTime"), 10, 64)
	last, _ := strconv.ParseInt(q.Get("endTime"), 10, 64)
	limit, _ := strconv.Atoi(q.Get("limit"))
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/stream"):
		h.socket(w, r)
	case h.chance(0.02):
		http.Error(w, "<html>503</html>", http.StatusServiceUnavailable)
	case strings.HasSuffix(path, "/time"):
		fmt.Fprintf(w, `{"serverTime":%d}`, h.now().Millis())
	case strings.HasSuffix(path, "/klines"):
		d, _ := market.ParseInterval(q.Get("interval"))
		rows := [][]any{}
		for open := ceil(d, market.Millis(first)); open.Millis() <= last && open <= h.now()-market.Time(h.lag) && len(rows) < limit; open += market.Time(d) {
			if !h.has(q.Get("symbol"), open) {
				continue
			}
			b := barAt(q.Get("symbol"), d, open)
			rows = append(rows, []any{open.Millis(), text(b.Open), text(b.High), text(b.Low), text(b.Close), text(b.Volume), (open + market.Time(d)).Millis() - 1, "0", 1, "0", "0", "0"})
		}
		_ = json.NewEncoder(w).Encode(rows)
	case strings.HasSuffix(path, "/fundingRate"):
		rows := []map[string]any{}
		for at := ceil(h.funded, market.Millis(first)); at <= h.now()-7*second && len(rows) < limit; at += market.Time(h.funded) {
			rows = append(rows, map[string]any{"symbol": q.Get("symbol"), "fundingRate": "0.0001", "fundingTime": at.Millis() + 3, "markPrice": "1000"})
		}
		_ = json.NewEncoder(w).Encode(rows)
	default:
		http.NotFound(w, r)
	}
}

func text(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// A venueConn is one connection at the venue.
type venueConn struct {
	h    *hostile
	ws   *websocket.Conn
	done chan struct{}

	mu      patientMutex // of writing, and of these
	streams []string
	late    []string // frames that are reordered
	silent  bool     // half open
}

// A patientMutex is a mutex whose waiting lets the time of a bubble pass.
type patientMutex chan struct{}

func (m patientMutex) Lock()   { m <- struct{}{} }
func (m patientMutex) Unlock() { <-m }

func (h *hostile) socket(w http.ResponseWriter, r *http.Request) {
	if h.chance(0.05) {
		http.Error(w, "<html>403</html>", http.StatusForbidden)
		return
	}
	up := websocket.Upgrader{}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &venueConn{h: h, ws: ws, done: make(chan struct{}), mu: make(patientMutex, 1)}
	h.mu.Lock()
	h.conns = append(h.conns, c)
	h.mu.Unlock()
	var pushing sync.WaitGroup
	pushing.Go(c.push)
	defer pushing.Wait()
	defer ws.Close()
	defer close(c.done)
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return
		}
		if h.greets != nil && h.greets(c, frame) {
			continue
		}
		c.answer(frame)
	}
}

func (c *venueConn) answer(frame []byte) {
	var q struct {
		Method string
		Params []string
		ID     int64
	}
	_ = json.Unmarshal(frame, &q)
	switch q.Method {
	case "SUBSCRIBE":
		if c.h.chance(0.05) {
			return // swallowed
		}
		c.write(fmt.Sprintf(`{"result":null,"id":%d}`, q.ID))
		c.mu.Lock()
		c.streams = append(c.streams, q.Params...)
		c.mu.Unlock()
	case "LIST_SUBSCRIPTIONS":
		c.mu.Lock()
		names, _ := json.Marshal(c.streams)
		c.mu.Unlock()
		c.write(fmt.Sprintf(`{"result":%s,"id":%d}`, names, q.ID))
	}
}

// write sends a frame, or none if the connection is half open.
func (c *venueConn) write(frame string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return
	}
	_ = c.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = c.ws.WriteMessage(websocket.TextMessage, []byte(frame))
}

// push sends what streams say, every two seconds.
func (c *venueConn) push() {
	told := map[string]market.Time{} // bars that have been said to have closed, by stream
	for n := 1; ; n++ {
		select {
		case <-c.done:
			return
		case <-time.After(2 * time.Second):
		}
		c.mu.Lock()
		names := append([]string(nil), c.streams...)
		c.mu.Unlock()
		if n%10 == 0 {
			c.mu.Lock()
			if !c.silent {
				_ = c.ws.WriteControl(websocket.PingMessage, []byte(strconv.Itoa(n)), time.Now().Add(5*time.Second))
			}
			c.mu.Unlock()
		}
		for _, name := range names {
			c.pushStream(name, told)
		}
		if c.h.chance(0.002) {
			c.mu.Lock()
			c.silent = true
			c.mu.Unlock()
		}
		if c.h.chance(0.002) {
			c.ws.Close()
		}
		if c.h.chance(0.002) {
			c.write(`{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}`)
		}
	}
}

func (c *venueConn) pushStream(name string, told map[string]market.Time) {
	symbol, what, _ := strings.Cut(name, "@")
	symbol = strings.ToUpper(symbol)
	now := c.h.now()
	if what == "markPrice" {
		next := c.h.funded.Floor(now) + market.Time(c.h.funded)
		c.say(fmt.Sprintf(`{"stream":%q,"data":{"e":"markPriceUpdate","E":%d,"s":%q,"p":"1000","i":"1000","P":"1000","r":"0.0001","T":%d}}`, name, now.Millis(), symbol, next.Millis()))
		return
	}
	d, _ := market.ParseInterval(strings.TrimPrefix(what, "kline_"))
	open := d.Floor(now)
	if last := open - market.Time(d); told[name] < last {
		first := told[name] == 0 // it was subscribed after the bar had closed
		told[name] = last
		if !first && c.h.has(symbol, last) && !c.h.chance(0.1) && !c.h.lost(name, now, true) {
			c.say(klineFrame(name, symbol, d, last, true, now))
		}
	}
	if c.h.has(symbol, open) && now > open+second && !c.h.lost(name, now, false) {
		c.say(klineFrame(name, symbol, d, open, false, now))
	}
}

// say sends a frame: perhaps not, twice, or after the next one; or something else with it.
func (c *venueConn) say(frame string) {
	if c.h.chance(0.02) {
		return
	}
	if c.h.chance(0.02) {
		c.late = append(c.late, frame)
		return
	}
	c.write(frame)
	if c.h.chance(0.02) {
		c.write(frame)
	}
	if c.h.chance(0.01) {
		c.write([]string{`{}`, `{"stream":`, `null`, `[]`, `{"stream":"btcusdt@kline_1m","data":{"e":"kline","s":"BTCUSDT","k":{"t":1,"T":2}}}`, `{"stream":"ethbtc@trade","data":{"e":"trade"}}`}[time.Now().UnixNano()/2e9%6])
	}
	for _, f := range c.late {
		c.write(f)
	}
	c.late = nil
}

func klineFrame(name, symbol string, d market.Interval, open market.Time, closed bool, now market.Time) string {
	b := barAt(symbol, d, open)
	if !closed {
		b.Close = b.Open
	}
	return fmt.Sprintf(`{"stream":%q,"data":{"e":"kline","E":%d,"s":%q,"k":{"t":%d,"T":%d,"s":%q,"i":%q,"f":100,"L":200,"o":%q,"c":%q,"h":%q,"l":%q,"v":%q,"n":100,"x":%t,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}}`,
		name, now.Millis(), symbol, open.Millis(), (open+market.Time(d)).Millis()-1, symbol, d.String(), text(b.Open), text(b.Close), text(b.High), text(b.Low), text(b.Volume), closed)
}

func (h *hostile) market(t testing.TB) (*Market, *memoryNet) {
	n := newMemoryNet(t, h)
	p := NewPublic(Options{USDM: h.usdm, BaseURL: "http://venue", HTTP: n.env().HTTP})
	return newMarket(p, "ws://venue", n.env()), n
}
