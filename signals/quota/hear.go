package quota

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// heard is what one answer says of limits.
type heard struct {
	limits   Limits
	caps     []Cap
	limited  bool        // 429
	until    market.Time // of a 429: not before; 0 where it does not say
	denied   bool        // 402: no usable key
	answered bool        // a status below 400
}

// news reports whether a state is to be changed.
func (h *heard) news() bool {
	return h.limits != (Limits{}) || len(h.caps) > 0 || h.limited || h.denied
}

// hear reads the status, the header and the beginning of the body of an answer. No
// provider documents what it sends: what cannot be read says nothing.
func hear(status int, h http.Header, body []byte, now market.Time) *heard {
	said := &heard{answered: status < 400, denied: status == http.StatusPaymentRequired}
	for _, prefix := range [...]string{"X-Ratelimit-", "Ratelimit-"} {
		said.window(h, prefix, "", "", now)
		for _, name := range names {
			said.window(h, prefix, "-"+name, name, now)
		}
	}
	said.fields(h, now)
	if status == http.StatusTooManyRequests {
		said.refused(h, body, now)
	}
	return said
}

// window reads limit, remaining and reset of one window.
func (said *heard) window(h http.Header, prefix, suffix, window string, now market.Time) {
	if n, ok := number(h.Get(prefix + "Limit" + suffix)); ok && window != "" {
		*learnt(&said.limits, window) = n
	}
	if n, ok := number(h.Get(prefix + "Remaining" + suffix)); ok {
		said.cap(window, n, reset(h.Get(prefix+"Reset"+suffix), now), now)
	}
}

// fields reads the header RateLimit, of which there are two forms:
// limit=100, remaining=50, reset=30 and "name";r=50;t=30.
func (said *heard) fields(h http.Header, now market.Time) {
	left, until := -1, market.Time(0)
	for part := range strings.FieldsFuncSeq(h.Get("RateLimit"), func(r rune) bool { return r == ',' || r == ';' }) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(part), "="); strings.ToLower(key) {
		case "remaining", "r":
			if n, ok := number(value); ok {
				left = n
			}
		case "reset", "t":
			until = reset(value, now)
		}
	}
	if left >= 0 {
		said.cap("", left, until, now)
	}
}

// cap notes what is left of a window.
func (said *heard) cap(window string, left int, until, now market.Time) {
	if until == 0 {
		until = end(window, now)
	}
	for i := range said.caps {
		if c := &said.caps[i]; c.Window == window {
			c.Left, c.Until = min(c.Left, left), max(c.Until, until)
			return
		}
	}
	said.caps = append(said.caps, Cap{Window: window, Left: left, Until: until})
}

// refused reads a 429: until when it holds, which may be the end of a window that it
// names.
func (said *heard) refused(h http.Header, body []byte, now market.Time) {
	said.limited = true
	f := signals.StatusFault("", http.StatusTooManyRequests, h, body, now.UTC())
	if !f.Until.IsZero() {
		said.until = market.TimeOf(f.Until)
		return
	}
	for _, c := range said.caps {
		if c.Left == 0 {
			said.until = max(said.until, c.Until)
		}
	}
	if f.Err == nil || said.until != 0 {
		return
	}
	for window, words := range map[string][]string{"month": {"month"}, "day": {"daily", "per day", "today"}} {
		for _, word := range words {
			if strings.Contains(strings.ToLower(f.Err.Error()), word) {
				said.until = max(said.until, end(window, now))
			}
		}
	}
}

// most is the largest number that is believed.
const most = 1_000_000_000

// number reads a count, the first where there are several: "10, 10;w=1".
func number(text string) (int, bool) {
	text, _, _ = strings.Cut(text, ",")
	text, _, _ = strings.Cut(text, ";")
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return int(min(n, most)), err == nil && n >= 0
}

// longestWindow bounds how far ahead the end of a window is believed.
const longestWindow = 32 * market.Day

// reset reads when a window ends: seconds from now, or since 1970, or milliseconds since
// 1970. It is 0 where it does not say, or says what cannot be.
func reset(text string, now market.Time) market.Time {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	var at market.Time
	switch {
	case err != nil || !(n > 0) || n > 1e14:
		return 0
	case n > 1e11:
		at = market.Millis(int64(n))
	case n > 1e9:
		at = market.Time(n) * market.Time(time.Second)
	case n > longestWindow.UTC().Sub(market.Time(0).UTC()).Seconds():
		return 0
	default:
		at = now + market.Time(n*float64(time.Second))
	}
	if at <= now || at > now+longestWindow {
		return 0
	}
	return at
}
