package venue

import (
	"fmt"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// names are what a call is called by faults.
func (c *call) names() []string {
	e := c.endpoint
	var names []string
	if c.session != nil {
		names = append(names, c.session.connection.door.kind+" "+e.ws)
	} else {
		names = append(names, e.method+" "+e.path)
	}
	if e.ws != "" {
		names = append(names, e.ws)
	}
	if e.security == trading {
		names = append(names, ordering)
	}
	return names
}

// struck asks for a fault, without Venue.mu.
func (v *Venue) struck(group string, names ...string) (r *rule, now market.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.faults.list) == 0 {
		return nil, 0
	}
	v.catchUp()
	return v.faults.strike(v.clock.now, group, names...), v.clock.now
}

// before is asked before a call reaches the state machine, without Venue.mu. What it returns
// is the answer, and the call is never made; nil lets it go on.
func (f *faults) before(c *call) *answer {
	r, now := c.venue.struck(FaultsBefore, c.names()...)
	if r == nil {
		return nil
	}
	switch r.Name {
	case FaultSlow:
		if c.venue.wait(c.done, r.span()) {
			return nil
		}
		return &answer{cut: true}
	case FaultUnknownLate:
		c.venue.later(c, r.span())
		return c.answer(nil, errUnknownStatus)
	}
	return c.spoiled(r, now)
}

// spoiled is the answer to a call that is not taken.
func (c *call) spoiled(r *rule, now market.Time) *answer {
	switch r.Name {
	case FaultHang:
		c.venue.wait(c.done, r.span())
	case FaultHTML:
		return htmlPage(http.StatusServiceUnavailable)
	case FaultStatus:
		return htmlPage(r.number())
	case FaultError:
		return c.answer(nil, codeOf(r.value()))
	case FaultGone:
		return c.answer(nil, errGone)
	case FaultLimited, FaultBanned:
		return c.answer(nil, r.limited(now))
	}
	return &answer{cut: true}
}

// limited is how a rule refuses for as long as it is in force.
func (r *rule) limited(now market.Time) *refusal {
	if r.Name == FaultBanned {
		return banned(now, r.until)
	}
	return &refusal{http: http.StatusTooManyRequests, code: -1003, wait: r.retryAfter(now),
		msg: "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."}
}

// later lets a call be made after a time, though it has been answered.
func (v *Venue) later(c *call, d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	late := *c
	late.header = http.Header{} // the other is with the client by then
	v.after(d, func() {
		if _, r := v.ask(&late); r != nil {
			v.log.Debug("a late request was refused", "request", c.endpoint.path, "error", r.Error())
		}
	})
}

// after is asked with the answer of a call that was made, without Venue.mu, and returns what
// is sent. What was refused was not taken, and is told as it is.
func (f *faults) after(c *call, a *answer) *answer {
	if a.refused != nil && a.refused.http != http.StatusConflict {
		return a
	}
	r, _ := c.venue.struck(FaultsAfter, c.names()...)
	if r == nil {
		return a
	}
	switch r.Name {
	case FaultFillFirst:
		if c.venue.wait(c.done, r.span()) {
			return a
		}
	case FaultHangTaken:
		c.venue.wait(c.done, r.span())
	case FaultReplyCut:
		return &answer{status: a.status, header: a.header, body: a.body, cut: true}
	case FaultHTMLTaken:
		return htmlPage(http.StatusServiceUnavailable)
	case FaultUnknown:
		return c.answer(nil, errUnknownStatus)
	}
	return &answer{cut: true}
}

// htmlPage is what stands between a client and the venue says.
func htmlPage(status int) *answer {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return &answer{status: status, header: http.Header{}, page: true, body: []byte("<html><head><title>" + text + "</title></head><body><center><h1>" + text + "</h1></center></body></html>")}
}

// wait lets a time of the venue pass, and reports whether it did: done ends it before.
// Meanwhile the request is not under way, so that a stepped clock can move.
func (v *Venue) wait(done <-chan struct{}, d time.Duration) bool {
	passed := make(chan struct{})
	v.mu.Lock()
	t := v.after(d, func() {
		v.gate.enter()
		close(passed)
	})
	v.mu.Unlock()
	v.gate.leave()
	select {
	case <-passed:
		return true
	case <-done:
	}
	v.mu.Lock()
	if t.index >= 0 {
		v.stop(t)
		v.gate.enter()
	}
	v.mu.Unlock()
	return false
}

// refuses reports whether the venue is down, or a fault hits a connection that a client
// wants to make at a path of websockets; then it has answered.
func (v *Venue) refuses(w http.ResponseWriter, r *http.Request) bool {
	v.mu.Lock()
	quiet := len(v.faults.list) == 0
	down := !quiet && v.faults.state(v.clock.wall(), FaultDown, r.URL.Path) != nil
	v.mu.Unlock()
	switch {
	case quiet:
		return false
	case down:
		panic(http.ErrAbortHandler)
	case r.Header.Get("Upgrade") == "":
		return false
	}
	hit, now := v.struck(FaultsBefore, "GET "+r.URL.Path, r.URL.Path)
	if hit == nil {
		return false
	}
	v.gate.enter()
	defer v.gate.leave()
	c := &call{venue: v, header: http.Header{}, done: r.Context().Done()}
	if hit.Name == FaultSlow {
		return !v.wait(c.done, hit.span())
	}
	send(w, c.spoiled(hit, now))
	return true
}
