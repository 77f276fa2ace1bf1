package venue

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// call is one request, whatever way it came: REST or the websocket API.
//
// Whoever receives one fills what stands above the line, and asks Venue.serve.
type call struct {
	endpoint  *endpoint
	side      *side // the endpoint's
	params    params
	api       string          // what the request says its key is; "" where it says none
	payload   string          // what was signed, as received
	signature string          // decoded; "" where there is none
	logon     *Key            // of a session that has logged on: it needs no signature
	from      string          // the address of the client, without its port: limits are by it
	arrived   market.Time     // by the venue's clock: see Venue.Now
	session   *session        // of the websocket API that it came by; nil: it came by REST
	done      <-chan struct{} // closed when the client has gone

	// ---- from here on it is serve's

	venue  *Venue
	key    *Key // who signed
	bad    *refusal
	header http.Header // of the answer; over websockets it is not sent
	weight int         // what it has cost
}

// security is what an endpoint asks of a request.
type security int8

const (
	public  security = iota // nothing
	keyed                   // a key
	signed                  // a signature
	trading                 // the signature of a key that may trade
)

// endpoint is one thing that may be asked. Tables of them are made by spotEndpoints,
// marketEndpoints and so on, which Venue.route knows: one entry serves REST and the websocket
// API.
type endpoint struct {
	method, path string // of REST; "" where it has none
	ws           string // the method of the websocket API, without "v3/"; "" where it has none
	usdm         bool   // the market it is of
	security     security
	params       string // what it knows, between spaces, beside timestamp, recvWindow and the signature: anything else is -1104. "" is not checked
	weight       int
	weigh        func(*call) int // where the weight depends on the parameters
	free         bool            // it costs nothing where it succeeds
	account      bool            // it is of the account as a whole: its market need not be served
	// do answers, with Venue.mu held and the clock caught up. What it returns is
	// marshalled as JSON before mu is let go.
	do func(*call) (any, *refusal)
}

// route makes the tables known. Each file of endpoints has its line here.
func (v *Venue) route() {
	v.routes, v.methods = map[string]*endpoint{}, map[string]*endpoint{}
	for _, table := range [][]endpoint{spotEndpoints(), spotStubs(), marketEndpoints(), usdmEndpoints(), sessionEndpoints()} {
		for i := range table {
			e := &table[i]
			if e.path != "" {
				v.routes[e.method+" "+e.path] = e
			}
			if e.ws != "" {
				v.methods[marketName(e.usdm)+" "+e.ws] = e
			}
		}
	}
}

// marketName returns "spot" or "usdm".
func marketName(usdm bool) string {
	if usdm {
		return "usdm"
	}
	return "spot"
}

// of returns the side that an endpoint is of; nil where it is not served.
func (v *Venue) of(e *endpoint) *side {
	if e.usdm {
		return v.usdm
	}
	return v.spot
}

// answer is what a request gets. A fault may make anything of it.
type answer struct {
	status  int
	header  http.Header
	body    []byte   // JSON; of a page, HTML
	page    bool     // body is HTML
	refused *refusal // what body says, where it says no
	cut     bool     // the connection is cut, after half of body where there is one
}

// serve answers a call, and notes it.
func (v *Venue) serve(c *call) *answer {
	a := v.reply(c)
	if v.log.Enabled(context.Background(), slog.LevelDebug) {
		code := 0
		if a.refused != nil {
			code = a.refused.code
		}
		v.log.Debug("request", "what", c.name(), "from", c.from, "status", a.status, "code", code, "weight", c.weight, "cut", a.cut)
	}
	return a
}

// name returns what a call asks for: a method of the websocket API, or one of REST and a path.
func (c *call) name() string {
	if c.session != nil {
		return "ws-api " + c.endpoint.ws
	}
	return c.endpoint.method + " " + c.endpoint.path
}

// reply is the one way to the state machine from outside.
func (v *Venue) reply(c *call) *answer {
	c.venue, c.header = v, http.Header{}
	if a := v.faults.before(c); a != nil { // may wait: mu is free
		return a
	}
	v.mu.Lock()
	v.catchUp()
	v.clock.skew = v.faults.skew(v.clock.now)
	result, refused := v.ask(c)
	a := c.answer(result, refused)
	v.mu.Unlock()
	return v.faults.after(c, a) // likewise
}

// ask lets a call pass the checks in Binance's order, and answers it.
func (v *Venue) ask(c *call) (any, *refusal) {
	weight := c.endpoint.weight
	if c.endpoint.weigh != nil {
		weight = c.endpoint.weigh(c)
	}
	if r := v.accounts.admit(c, weight); r != nil {
		v.accounts.tell(c)
		return nil, r
	}
	result, r := c.do()
	if r != nil || !c.endpoint.free {
		v.accounts.charge(c, weight)
	}
	v.accounts.tell(c)
	return result, r
}

func (c *call) do() (any, *refusal) {
	if c.side == nil && !c.endpoint.account {
		return nil, errClosed // of a market that is not served
	}
	if r := c.authenticate(); r != nil {
		return nil, r
	}
	if r := c.known(); r != nil {
		return nil, r
	}
	c.bad = nil
	return c.endpoint.do(c)
}

// known refuses parameters that the endpoint does not read.
func (c *call) known() *refusal {
	if c.endpoint.params == "" {
		return nil
	}
	names, read := strings.Fields(c.endpoint.params), 0
	for _, p := range c.params {
		if slices.Contains(names, p.name) || slices.Contains(always, p.name) {
			read++
		}
	}
	if read < len(c.params) {
		return errUnread(read, len(c.params))
	}
	return nil
}

// always are the parameters of every signed request.
var always = []string{"timestamp", "recvWindow", "signature", "apiKey", "returnRateLimits"}

// answer writes down what a call gets.
func (c *call) answer(result any, r *refusal) *answer {
	a := &answer{status: http.StatusOK, header: c.header, refused: r}
	if r != nil {
		a.status = r.http
		if r.wait > 0 {
			c.header["Retry-After"] = []string{strconv.Itoa(r.wait)}
		}
		if r.page != "" {
			a.page, a.body = true, []byte(r.page)
			return a
		}
		result = struct {
			Code int    `json:"code"`
			Msg  string `json:"msg"`
			Data any    `json:"data,omitempty"`
		}{r.code, r.msg, r.data}
	}
	var err error
	if a.body, err = json.Marshal(result); err != nil {
		panic(err) // only what this package makes is marshalled
	}
	return a
}
