package tokenmetricstest

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// Server answers as the service does. It is an http.Handler, and may be used from several
// goroutines at once.
type Server struct {
	o     Options
	model *model

	mu      sync.Mutex
	faults  []Fault
	counter counter
}

// New returns a server, or what is wrong with the options.
func New(o Options) (*Server, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &Server{o: o, model: newModel(&o)}
	for _, f := range o.Faults {
		if err := s.Set(f); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Flow returns the flow that is imitated.
func (s *Server) Flow() Flow { return s.o.Flow }

// Base returns the path below which the flow's endpoints are: "/v2" or "/v3".
func (s *Server) Base() string {
	if s.o.Flow == V3 {
		return "/v3"
	}
	return "/v2"
}

// Header returns the name of the header in which the flow takes the key.
func (s *Server) Header() string {
	if s.o.Flow == Legacy {
		return legacyHeader
	}
	return keyHeader
}

const (
	legacyHeader = "api_key"
	keyHeader    = "x-api-key"
)

// ask is one request on its way to an answer.
type ask struct {
	server     *Server
	route      *route
	v3, legacy bool
	query      query
	faults     map[string]string
	clock      market.Time // the time of the server
	now        market.Time // up to which it tells
	tokens     []*token    // those chosen; nil: not looked for yet
	status     int
	charged    bool
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &ask{server: s, legacy: s.o.Flow == Legacy, clock: market.TimeOf(s.o.Now())}
	defer func() {
		if s.o.Seen != nil {
			s.o.Seen(Call{a.clock.UTC(), r.URL.Path, r.URL.RawQuery, a.status, a.charged})
		}
	}()
	version, name := path.Split(r.URL.Path)
	a.v3 = version == "/v3/"
	a.route = s.find(version, name)
	a.faults = s.struck(name)
	w.Header().Set(signals.SyntheticHeader, "1")
	w.Header().Set("Date", a.clock.UTC().Add(span(a.faults, FaultDateSkew)).Format(http.TimeFormat))
	if !a.admitted(w, r) {
		return
	}
	if a.faulty(w, r) {
		return
	}
	a.now = a.clock - market.Time(span(a.faults, FaultStale))
	if err := a.parse(r.URL.Query()); err != nil {
		a.refuse(w)
		return
	}
	status, body := a.answer(r)
	a.send(w, r, status, body)
}

// find returns the route of an address in the server's flow, or nil.
func (s *Server) find(version, name string) *route {
	v3 := version == "/v3/"
	if v3 && s.o.Flow != V3 || !v3 && version != "/v2/" {
		return nil
	}
	for i := range routes {
		r := &routes[i]
		if r.name == name && (v3 && r.v3 || !v3 && s.o.Flow == Legacy && r.legacy || !v3 && s.o.Flow != Legacy && r.v2) {
			return r
		}
	}
	return nil
}

// admitted checks what comes before the question: the address, the key, the plan and the
// limits. It answers where one of them is in the way.
func (a *ask) admitted(w http.ResponseWriter, r *http.Request) bool {
	_, removed := a.faults[FaultRemoved]
	if a.route == nil || removed || (r.Method == http.MethodPost) != a.route.post || r.Method != http.MethodGet && r.Method != http.MethodPost {
		a.fail(w, http.StatusNotFound, "Not Found")
		return false
	}
	switch key := a.key(r); {
	case key == "" && a.legacy:
		a.fail(w, http.StatusUnauthorized, "Unauthorized")
		return false
	case key == "":
		a.challenge(w)
		return false
	case key != a.server.o.Key.Reveal():
		a.fail(w, http.StatusUnauthorized, "Unauthorized")
		return false
	case slices.Contains(a.server.o.Closed, a.route.name):
		a.fail(w, http.StatusForbidden, "Forbidden")
		return false
	}
	if until := a.server.charge(a.faults); !until.IsZero() {
		seconds := int64((until.Sub(a.clock.UTC()) + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(a.clock.UTC().Unix()+seconds, 10))
		a.fail(w, http.StatusTooManyRequests, "Too Many Requests")
		return false
	}
	a.charged = true
	if _, on := a.faults[FaultRateHeaders]; on {
		a.server.rateHeaders(w.Header())
	}
	return true
}

// key returns the key of a request, from the header in which the flow takes it.
func (a *ask) key(r *http.Request) string {
	mine, other := keyHeader, legacyHeader
	if a.legacy {
		mine, other = other, mine
	}
	key := r.Header.Get(mine)
	if key == "" && a.server.o.AnyHeader {
		key = r.Header.Get(other)
	}
	return strings.TrimSpace(key)
}

// fail answers with an error in the envelope.
func (a *ask) fail(w http.ResponseWriter, status int, message string) {
	a.plain(w, status, envelope(false, message, nil))
}

// badRequest is the answer to whatever is wrong with a question, to the letter.
const badRequest = `{"success":false,"message":"Some thing wrong","length":0,"data":[]}`

func (a *ask) refuse(w http.ResponseWriter) {
	body := badRequest
	if a.route.bare {
		body = `{}`
	}
	a.plain(w, http.StatusBadRequest, []byte(body))
}

// challenge asks for a payment, as it is done where there is no key.
func (a *ask) challenge(w http.ResponseWriter) {
	a.plain(w, http.StatusPaymentRequired, []byte(`{"x402Version":1,"error":"X-PAYMENT header is required",`+
		`"accepts":[{"scheme":"exact","network":"base","maxAmountRequired":"34000","resource":"`+a.route.name+`"}]}`))
}

func (a *ask) plain(w http.ResponseWriter, status int, body []byte) {
	a.status = status
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}

// answer returns the status and the body that answer the question.
func (a *ask) answer(r *http.Request) (int, []byte) {
	if a.route.whole != nil {
		return a.route.whole(a, r)
	}
	rows := a.page(r.Context())
	a.spoil(rows)
	if a.v3 {
		for i := range rows {
			rows[i] = rows[i].snaked()
		}
	}
	return http.StatusOK, envelope(true, success, rows)
}

const success = "Data fetched successfully"

// page returns the rows of the page that is asked for.
func (a *ask) page(ctx context.Context) []row {
	page, limit := a.query.page, a.query.limit
	if _, on := a.faults[FaultPageIgnored]; on {
		page = 0
	}
	skip := page * limit
	if _, on := a.faults[FaultBoundary]; on {
		skip = page * max(1, limit-1)
	}
	rows := []row{}
	for make := range a.route.rows(a) {
		if skip > 0 && ctx.Err() == nil {
			skip--
			continue
		}
		if len(rows) == limit || ctx.Err() != nil {
			break
		}
		rows = append(rows, make())
	}
	return rows
}
