package venue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"
)

// openStreams subscribes a new connection to the streams that its address names. Names
// that are none are taken: clients connect to /ws/0 and subscribe afterwards.
func openStreams(c *connection, r *http.Request) {
	path, q := r.URL.Path, r.URL.Query()
	names := strings.Split(q.Get("streams"), "/")
	if _, rest, ok := strings.Cut(path, "/ws/"); ok {
		names = strings.Split(rest, "/")
	}
	if strings.HasSuffix(strings.TrimSuffix(path, "/"), "/stream") {
		c.view |= combined
	}
	if strings.EqualFold(q.Get("timeUnit"), "microsecond") {
		c.view |= micro
	}
	for _, name := range names {
		switch {
		case name == "":
		case len(c.streams) >= c.venue.o.Limits.Streams:
			c.hangUp(websocket.ClosePolicyViolation, "Too many streams")
			return
		default:
			c.venue.hub.join(c, name)
		}
	}
}

// shutStreams ends all subscriptions.
func shutStreams(c *connection) {
	for len(c.streams) > 0 {
		c.venue.hub.leave(c, c.streams[len(c.streams)-1].name)
	}
}

// A wish is what a client asks of its connection.
type wish struct {
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
	ID     json.RawMessage   `json:"id"`
}

// complaint is how a market stream says no.
type complaint struct {
	Code int             `json:"code"`
	Msg  string          `json:"msg"`
	ID   json.RawMessage `json:"id,omitempty"`
}

func invalid(format string, args ...any) *complaint {
	return &complaint{Code: 2, Msg: "Invalid request: " + fmt.Sprintf(format, args...)}
}

var (
	errProperty = &complaint{Code: 0, Msg: "Unknown property"}
	errBoolean  = &complaint{Code: 1, Msg: "Invalid value type: expected Boolean"}
)

// hearStreams answers a message.
func hearStreams(c *connection, message []byte) {
	c.venue.mu.Lock()
	defer c.venue.mu.Unlock()
	c.venue.catchUp()
	w, no := readWish(message)
	var result any
	if no == nil {
		if result, no = c.grant(w); no != nil {
			no.ID = w.ID
		}
	}
	var reply any = no
	if no == nil {
		reply = struct {
			Result any             `json:"result"`
			ID     json.RawMessage `json:"id"`
		}{result, w.ID}
	}
	b, err := json.Marshal(reply)
	if err != nil {
		panic(err) // only what was parsed is marshalled
	}
	c.say(b)
}

// grant does what a client asks, and returns the result.
func (c *connection) grant(w wish) (any, *complaint) {
	switch w.Method {
	case "SUBSCRIBE", "UNSUBSCRIBE":
		return nil, c.change(w)
	case "LIST_SUBSCRIPTIONS":
		names := make([]string, len(c.streams))
		for i, s := range c.streams {
			names[i] = s.name
		}
		return names, nil
	case "SET_PROPERTY", "GET_PROPERTY":
		return c.property(w)
	}
	return nil, invalid("unknown variant `%s`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`", w.Method)
}

// change subscribes to streams, or ends subscriptions: all that are named, or none.
func (c *connection) change(w wish) *complaint {
	names := make([]string, len(w.Params))
	for i, raw := range w.Params {
		if json.Unmarshal(raw, &names[i]) != nil || names[i] == "" {
			return invalid("stream name must be a string")
		}
	}
	if w.Method == "SUBSCRIBE" && len(c.streams)+len(names) > c.venue.o.Limits.Streams {
		return invalid("too many parameters")
	}
	for _, name := range names {
		if w.Method == "SUBSCRIBE" {
			c.venue.hub.join(c, name)
		} else {
			c.venue.hub.leave(c, name)
		}
	}
	return nil
}

// property reads or sets the one property there is.
func (c *connection) property(w wish) (any, *complaint) {
	var name string
	switch most := map[string]int{"SET_PROPERTY": 2, "GET_PROPERTY": 1}[w.Method]; {
	case len(w.Params) > most:
		return nil, invalid("too many parameters")
	case len(w.Params) == 0 || json.Unmarshal(w.Params[0], &name) != nil:
		return nil, invalid("property name must be a string")
	case name != "combined":
		bad := *errProperty
		return nil, &bad
	case w.Method == "GET_PROPERTY":
		return c.view&combined != 0, nil
	}
	var on *bool
	if len(w.Params) < 2 || json.Unmarshal(w.Params[1], &on) != nil || on == nil {
		bad := *errBoolean
		return nil, &bad
	}
	as := c.view &^ combined
	if *on {
		as |= combined
	}
	c.venue.hub.see(c, as)
	return nil, nil
}

// readWish parses a message.
func readWish(message []byte) (w wish, no *complaint) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(message, &fields); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) || len(bytes.TrimSpace(message)) == 0 {
			line, column := place(message, syntax)
			return w, &complaint{Code: 3, Msg: fmt.Sprintf("Invalid JSON: expected value at line %d column %d", line, column)}
		}
		return w, invalid("expected an object")
	}
	if w.ID = fields["id"]; w.ID == nil {
		w.ID = json.RawMessage("null")
	}
	if !legalID(w.ID) {
		return w, invalid("request ID must be an unsigned integer")
	}
	switch {
	case fields["method"] == nil:
		return w, invalid("missing field `method` at line 1 column %d", len(message))
	case json.Unmarshal(fields["method"], &w.Method) != nil:
		return w, invalid("method must be a string")
	case fields["params"] != nil && json.Unmarshal(fields["params"], &w.Params) != nil:
		return w, invalid("params must be a list")
	}
	return w, nil
}

// legalID reports whether a client may call its request so: a whole number, up to 36
// characters, or null.
func legalID(id json.RawMessage) bool {
	text := string(id)
	if text == "null" {
		return true
	}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return true
	}
	var name string
	return json.Unmarshal(id, &name) == nil && len(name) <= 36
}

// place returns where JSON went wrong.
func place(message []byte, syntax *json.SyntaxError) (line, column int) {
	at := len(message)
	if syntax != nil {
		at = min(int(syntax.Offset), at)
	}
	before := message[:at]
	return 1 + bytes.Count(before, []byte("\n")), at - bytes.LastIndexByte(before, '\n') - 1
}
