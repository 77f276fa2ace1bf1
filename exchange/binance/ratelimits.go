package binance

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A rateLimit is one of those that exchangeInfo lists.
type rateLimit struct {
	Type     string `json:"rateLimitType"`
	Interval string `json:"interval"`
	Num      int64  `json:"intervalNum"`
	Limit    int    `json:"limit"`
}

// length returns how long the limit counts; 0 where that makes no sense.
func (r rateLimit) length() time.Duration {
	if r.Num < 1 || r.Num > 1000 || r.Limit < 1 {
		return 0
	}
	return time.Duration(r.Num) * units[r.Interval]
}

// listed takes the limits from an answer of exchangeInfo. One that lists none, or
// nonsense, changes nothing.
func (l *limits) listed(exchangeInfo []byte) {
	var all struct {
		RateLimits []rateLimit `json:"rateLimits"`
	}
	if json.Unmarshal(exchangeInfo, &all) != nil {
		return
	}
	orders := map[time.Duration]int{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range all.RateLimits {
		switch d := r.length(); {
		case d == time.Minute && r.Type == "REQUEST_WEIGHT":
			l.weight, l.known = r.Limit, true
		case d > 0 && r.Type == "ORDERS":
			orders[d] = r.Limit
		}
	}
	if len(orders) > 0 {
		l.orders = orders
	}
}

// orderShare is how far an account goes into the venue's limits on its orders, in percent.
const orderShare = 70

// orderLimits returns the limits on the orders of an account, by length of the window. The
// map is not changed any more.
func (l *limits) orderLimits() map[time.Duration]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.orders
}

// A tally counts the orders of an account as the venue does: in windows that begin at
// whole multiples of their length, and by its own count where an answer says it. Its
// methods may be called concurrently.
type tally struct {
	mu      sync.Mutex
	windows map[time.Duration]orderWindow
	blocked time.Time
}

// An orderWindow counts the orders of one window.
type orderWindow struct {
	start time.Time
	count int
}

// reserve counts n orders, or says how long to wait for them. Limits are those on orders,
// by length of the window; times are the venue's.
func (t *tally) reserve(now time.Time, n int, limits map[time.Duration]int) (pause time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pause = max(t.blocked.Sub(now), 0)
	for d, limit := range limits {
		w := t.windows[d]
		if start := now.Truncate(d); !w.start.Equal(start) {
			w = orderWindow{start: start}
		}
		if w.count > 0 && w.count+n > limit*orderShare/100 {
			pause = max(pause, w.start.Add(d).Sub(now))
		}
	}
	if pause > 0 {
		return pause
	}
	for d := range limits {
		t.add(d, now.Truncate(d), n)
	}
	return 0
}

func (t *tally) add(d time.Duration, start time.Time, n int) {
	if t.windows == nil {
		t.windows = map[time.Duration]orderWindow{}
	}
	w := t.windows[d]
	if !w.start.Equal(start) {
		w = orderWindow{start: start}
	}
	w.count += n
	t.windows[d] = w
}

// hear takes the venue's counts from the headers of an answer: X-MBX-ORDER-COUNT-10S.
func (t *tally) hear(now time.Time, header http.Header) {
	const prefix = "X-Mbx-Order-Count-"
	for name, values := range header {
		text, ok := strings.CutPrefix(name, prefix)
		if !ok || len(values) == 0 {
			continue
		}
		d := windowLength(text)
		count, err := strconv.Atoi(values[0])
		if d == 0 || err != nil || count < 0 {
			continue
		}
		t.mu.Lock()
		if t.windows == nil {
			t.windows = map[time.Duration]orderWindow{}
		}
		t.windows[d] = orderWindow{now.Truncate(d), count}
		t.mu.Unlock()
	}
}

// windowLength reads 10S, 1M, 1H or 1D, in either case; 0 is none.
func windowLength(text string) time.Duration {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil || n < 1 || n > 1000 {
		return 0
	}
	return time.Duration(n) * map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[len(text)-1]|0x20]
}

// block stops orders until a time by the venue's clock.
func (t *tally) block(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.blocked) {
		t.blocked = until
	}
}
