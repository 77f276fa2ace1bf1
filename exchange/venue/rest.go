package venue

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// maxBody bounds the body of a request.
const maxBody = 64 << 10

// Handler returns all that Binance's hosts serve, both markets on one port: /api/v3, /sapi,
// /fapi, and the websockets /ws, /stream, /ws-api/v3, /public/…, /market/…, /private/… and
// /ws-fapi/v1.
func (v *Venue) Handler() http.Handler { return http.HandlerFunc(v.handle) }

func (v *Venue) handle(w http.ResponseWriter, r *http.Request) {
	if v.refuses(w, r) || v.socket(w, r) {
		return
	}
	v.gate.enter()
	defer v.gate.leave()
	e := v.routes[r.Method+" "+r.URL.Path]
	if e == nil || v.of(e) == nil && !strings.HasPrefix(e.path, "/sapi") {
		v.log.Debug("request", "what", r.Method+" "+r.URL.Path, "from", host(r), "status", http.StatusNotFound)
		notFound(w)
		return
	}
	arrived := v.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	c := &call{endpoint: e, side: v.of(e), api: r.Header.Get("X-MBX-APIKEY"), from: host(r), arrived: arrived, done: r.Context().Done()}
	if bad := c.read(r.URL.RawQuery, string(body)); bad != nil {
		c.header = http.Header{}
		send(w, c.answer(nil, bad))
		return
	}
	send(w, v.serve(c))
}

// read takes the parameters out of query and body, and what of both is signed: they follow
// each other without a separator.
func (c *call) read(query, body string) *refusal {
	q, s1 := unsigned(query)
	b, s2 := unsigned(body)
	c.payload, c.signature = q+b, s1
	if s1 == "" {
		c.signature = s2
	}
	list, bad := parseParams(query)
	if bad != nil {
		return bad
	}
	more, bad := parseParams(body)
	for _, p := range more {
		if _, hidden := list.get(p.name); !hidden {
			list = append(list, p)
		}
	}
	c.params = list
	return bad
}

// send writes an answer.
func send(w http.ResponseWriter, a *answer) {
	h := w.Header()
	if a.cut {
		if len(a.body) > 0 {
			h.Set("Content-Length", strconv.Itoa(len(a.body)))
			_, _ = w.Write(a.body[:len(a.body)/2])
			_ = http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		h[name] = values
	}
	if h["Content-Type"] = jsonType; a.page {
		h["Content-Type"] = pageType
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

var (
	jsonType = []string{"application/json;charset=UTF-8"}
	pageType = []string{"text/html"}
)

func notFound(w http.ResponseWriter) {
	w.Header()["Content-Type"] = pageType
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>")
}

// host returns the address of a client without its port.
func host(r *http.Request) string {
	if h, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return h
	}
	return r.RemoteAddr
}
