package venue

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Limits are how much a client may ask. A field of 0 is Binance's own limit.
type Limits struct {
	Weight           int // of requests of an address, a minute, on spot: 6000
	USDMWeight       int // likewise on USD-M: 2400
	Raw              int // requests of an address in 5 minutes, on spot: 300000
	Orders10s        int // unfilled orders of the account in 10 seconds, on spot: 100
	OrdersDay        int // in a day, on spot: 200000
	USDMOrders10s    int // orders in 10 seconds, on USD-M: 300
	USDMOrdersMinute int // in a minute, on USD-M: 1200
	Patience         int // requests refused with 429 until the address is banned: 10

	Messages     int // that a spot connection may send a second: 5
	USDMMessages int // of USD-M: 10
	Streams      int // of a connection: 1024
	Connections  int // attempts of an address in 5 minutes: 300
	Queue        int // frames that a connection may leave unread before it is cut off: 16384

	Life time.Duration // of a websocket connection, by the venue's clock: 24 h, and no end by a stepped one, which may pass days at once
}

func (l Limits) withDefaults() Limits {
	for _, f := range [...]struct {
		limit *int
		value int
	}{
		{&l.Weight, 6000}, {&l.USDMWeight, 2400}, {&l.Raw, 300_000}, {&l.Orders10s, 100}, {&l.OrdersDay, 200_000},
		{&l.USDMOrders10s, 300}, {&l.USDMOrdersMinute, 1200}, {&l.Patience, 10},
		{&l.Messages, 5}, {&l.USDMMessages, 10}, {&l.Streams, 1024}, {&l.Connections, 300}, {&l.Queue, 16_384},
	} {
		if *f.limit == 0 {
			*f.limit = f.value
		}
	}
	l.Life = cmp.Or(l.Life, 24*time.Hour)
	return l
}

// window counts what happens in a span of the clock: minutes begin at :00.
type window struct {
	span  time.Duration
	start market.Time
	n     int
}

// at returns the count of the span that now is in.
func (w *window) at(now market.Time) *int {
	if start := now - now%market.Time(w.span); start != w.start {
		w.start, w.n = start, 0
	}
	return &w.n
}

// left returns the seconds until the span ends, rounded up.
func (w *window) left(now market.Time) int {
	return seconds(w.start + market.Time(w.span) - now)
}

// seconds returns a span in whole seconds, rounded up.
func seconds(d market.Time) int {
	return int((d + market.Time(time.Second) - 1) / market.Time(time.Second))
}

// client is what is known of an address on one market.
type client struct {
	weight  window
	raw     window
	refused int         // requests since the limit was met
	limited *refusal    // the last 429, which holds
	until   market.Time // as long as this
	bans    int         // so far: each is longer
	banned  market.Time // until when
}

// quota counts what clients and the account use.
type quota struct {
	venue   *Venue
	clients map[string]*client // by market and address
	orders  [2][2]window       // spot 10 s and day, USD-M 10 s and minute
}

func newQuota(v *Venue) *quota {
	q := &quota{venue: v, clients: map[string]*client{}}
	for i, d := range [...]time.Duration{10 * time.Second, 24 * time.Hour} {
		q.orders[0][i].span = d
	}
	for i, d := range [...]time.Duration{10 * time.Second, time.Minute} {
		q.orders[1][i].span = d
	}
	return q
}

// of returns what is known of an address.
func (q *quota) of(from string, usdm bool) *client {
	name := marketName(usdm) + " " + from
	c := q.clients[name]
	if c == nil {
		c = &client{weight: window{span: time.Minute}, raw: window{span: 5 * time.Minute}}
		q.clients[name] = c
	}
	return c
}

// limit returns the weight a minute of a market.
func (q *quota) limit(usdm bool) int {
	if usdm {
		return q.venue.o.Limits.USDMWeight
	}
	return q.venue.o.Limits.Weight
}

// admit refuses a request of an address that has asked too much: with 429 until the minute
// is over, however light the next are, and who does not mind that is banned.
func (q *quota) admit(c *call, weight int) *refusal {
	now, of, limit := q.venue.clock.now, q.of(c.from, c.endpoint.usdm), q.limit(c.endpoint.usdm)
	if now < of.banned {
		return banned(now, of.banned)
	}
	*of.raw.at(now)++
	over, held := &of.weight, now < of.until
	switch {
	case held:
	case *of.weight.at(now)+weight > limit:
	case !c.endpoint.usdm && of.raw.n > q.venue.o.Limits.Raw:
		over = &of.raw
	default:
		of.refused = 0
		return nil
	}
	if of.refused++; of.refused > q.venue.o.Limits.Patience {
		return of.ban(now)
	}
	if held {
		r := *of.limited
		r.wait = seconds(of.until - now)
		return &r
	}
	msg := fmt.Sprintf("Too much request weight used; current limit is %d request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.", limit)
	if over == &of.raw {
		msg = fmt.Sprintf("Too many requests; current limit is %d requests per 5 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.", q.venue.o.Limits.Raw)
	}
	of.limited = &refusal{http: http.StatusTooManyRequests, code: -1003, msg: msg, wait: over.left(now)}
	of.until = over.start + market.Time(over.span)
	return of.limited
}

// The first ban, and the longest; each is twice as long as the one before.
const (
	firstBan   = 2 * time.Minute
	longestBan = 72 * time.Hour
)

func (of *client) ban(now market.Time) *refusal {
	of.banned = now + market.Time(min(firstBan<<min(of.bans, 16), longestBan))
	of.bans, of.refused = of.bans+1, 0
	return banned(now, of.banned)
}

func banned(now, until market.Time) *refusal {
	return &refusal{http: http.StatusTeapot, code: -1003, wait: seconds(until - now),
		msg: fmt.Sprintf("Way too much request weight used; IP banned until %d. Please use WebSocket Streams for live updates to avoid bans.", until.Millis())}
}

// charge counts the weight of a request.
func (q *quota) charge(c *call, weight int) {
	c.weight = weight
	*q.of(c.from, c.endpoint.usdm).weight.at(q.venue.clock.now) += weight
}

// tell writes the headers of the weight that is used.
func (q *quota) tell(c *call) {
	used := []string{strconv.Itoa(*q.of(c.from, c.endpoint.usdm).weight.at(q.venue.clock.now))}
	c.header["X-Mbx-Used-Weight-1m"] = used
	if !c.endpoint.usdm {
		c.header["X-Mbx-Used-Weight"] = used
	}
}
