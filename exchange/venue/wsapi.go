package venue

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// asked is a request of a websocket API.
type asked struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// told is its answer.
type told struct {
	ID     json.RawMessage `json:"id"`
	Status int             `json:"status"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
	Limits []usage         `json:"rateLimits,omitempty"`
}

// hearSession answers one request. A fault may hold it up: then the next are not kept
// waiting.
func hearSession(c *connection, message []byte) {
	v := c.venue
	q, id, bad := c.request(message)
	switch {
	case bad != nil:
		c.answer(q, id, q.answer(nil, bad))
	case v.faulty():
		v.gate.enter()
		go func() {
			defer v.gate.leave()
			c.answer(q, id, v.serve(q))
		}()
	default:
		c.answer(q, id, v.serve(q))
	}
}

// faulty reports whether any fault is set.
func (v *Venue) faulty() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.faults.list) > 0
}

// request makes a call of a message. Where it is none, the call is good for the answer
// alone.
func (c *connection) request(message []byte) (q *call, id json.RawMessage, bad *refusal) {
	v := c.venue
	q = &call{venue: v, session: c.session, from: c.from, header: http.Header{}, arrived: v.Now(), done: c.session.done, endpoint: &endpoint{usdm: c.door.usdm}}
	var a asked
	if err := decode(message, &a); err != nil {
		return q, nil, errJSON
	}
	if len(a.ID) > 0 && !legalID(a.ID) {
		return q, nil, errRequestID
	}
	e := v.method(c.door.usdm, a.Method)
	switch {
	case a.Method == "":
		return q, a.ID, errMandatory("method")
	case e == nil:
		return q, a.ID, errMethod
	}
	v.mu.Lock()
	logon := c.session.key
	v.mu.Unlock()
	q.endpoint, q.side = e, v.of(e)
	return q, a.ID, q.take(a.Params, logon)
}

// method returns the endpoint of a method, whose name may begin with a version.
func (v *Venue) method(usdm bool, name string) *endpoint {
	if e := v.methods[marketName(usdm)+" "+name]; e != nil {
		return e
	}
	version, rest, ok := strings.Cut(name, "/")
	if want := map[bool]string{false: "v3", true: "v1"}[usdm]; !ok || version != want {
		return nil
	}
	return v.methods[marketName(usdm)+" "+rest]
}

// take reads the parameters of a request, and what of them is signed: all but the
// signature, in the order of their names, as they were sent.
func (c *call) take(raw json.RawMessage, logon *Key) *refusal {
	var fields map[string]json.RawMessage
	if len(raw) > 0 && string(raw) != "null" {
		if err := decode(raw, &fields); err != nil || fields == nil {
			return errParams
		}
	}
	for name, value := range fields {
		text, ok := plain(value)
		if !ok {
			continue // null is as good as nothing
		}
		c.params = append(c.params, param{name, text})
	}
	slices.SortFunc(c.params, func(a, b param) int { return strings.Compare(a.name, b.name) })
	var payload []string
	for _, p := range c.params {
		switch p.name {
		case "signature":
			c.signature = p.value
			continue
		case "apiKey":
			c.api = p.value
		}
		payload = append(payload, p.name+"="+p.value)
	}
	c.payload = strings.Join(payload, "&")
	if c.api == "" {
		c.logon = logon
	}
	return nil
}

// plain returns a JSON value as it is signed: a text without its quotes, and all else as it
// was sent.
func plain(value json.RawMessage) (string, bool) {
	var text string
	switch {
	case string(value) == "null":
		return "", false
	case value[0] == '"':
		_ = json.Unmarshal(value, &text) // it was read once
		return text, true
	}
	var short bytes.Buffer
	if err := json.Compact(&short, value); err != nil {
		return "", false
	}
	return short.String(), true
}

// decode reads one JSON document and nothing after it.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows")
	}
	return nil
}

// answer sends the answer to a request.
func (c *connection) answer(q *call, id json.RawMessage, a *answer) {
	if a.cut && len(a.body) == 0 {
		c.cutOff(nil)
		return
	}
	out := told{ID: id, Status: a.status}
	if len(id) == 0 {
		out.ID = json.RawMessage("null")
	}
	switch {
	case a.page:
		out.Error = json.RawMessage(`{"code":-1000,"msg":"An unknown error occurred while processing the request."}`)
	case a.refused != nil:
		out.Error = c.wording(a)
	default:
		out.Result = a.body
	}
	if q.wantsLimits(c.session.brief) {
		out.Limits = c.venue.limits(q)
	}
	frame, err := json.Marshal(out)
	if err != nil {
		panic(err) // only what this package makes is marshalled
	}
	f := newFrame(frame)
	if a.cut {
		c.cutOff(f.wire[:len(f.wire)/2])
		return
	}
	c.send(f)
}

// wording is an error as a websocket API writes it: with the time of the end of a limit.
func (c *connection) wording(a *answer) json.RawMessage {
	r := a.refused
	if r.wait == 0 {
		return a.body
	}
	type until struct {
		Time  int64 `json:"serverTime"`
		Retry int64 `json:"retryAfter"`
	}
	now := c.venue.Now()
	body, _ := json.Marshal(struct {
		Code int    `json:"code"`
		Msg  string `json:"msg"`
		Data until  `json:"data"`
	}{r.code, r.msg, until{now.Millis(), (now + market.Time(r.wait)*market.Time(time.Second)).Millis()}})
	return body
}

// wantsLimits reports whether the answer says how much of the limits is used.
func (c *call) wantsLimits(brief bool) bool {
	switch text, _ := c.params.get("returnRateLimits"); text {
	case "true":
		return true
	case "false":
		return false
	}
	return !brief
}

// limits says how much of the limits is used, of those that a request has to do with.
func (v *Venue) limits(c *call) []usage {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := []usage{v.accounts.weights(c.from, c.endpoint.usdm)}
	if c.endpoint.security == trading {
		list = append(v.accounts.orderCounts(c.endpoint.usdm), list...)
	}
	return list
}
