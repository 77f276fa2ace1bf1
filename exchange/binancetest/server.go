package binancetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/signalman-trading/signalman/market"
)

// A Trade is a row of aggTrades.
type Trade struct {
	ID              int64
	Time            market.Time
	Price, Quantity string
}

// A Server stands in for the venue. Its fields are set before it is asked, or under Lock.
type Server struct {
	sync.Mutex
	Now      func() market.Time          // the venue's clock
	Limit    int                         // weight a minute
	Trades   map[string][]Trade          // by symbol
	Fundings map[string][]market.Funding // by symbol; their times may be some milliseconds off
	Gate     func(r *http.Request)       // if set, called before each answer, without the lock
	Loose    bool                        // takes no notice of endTime
	Most     int                         // if set, rows of an answer at most, whatever is asked for
	Mangle   func(rows [][]any) [][]any  // if set, changes the rows of klines

	usdm     bool
	http     *httptest.Server
	bars     map[string]*market.Columns // by symbol and interval
	faults   []Fault
	requests []string
	minute   market.Time
	used     int
}

// New starts a server of spot, whose clock stands at now. Close ends it.
func New(now market.Time) *Server {
	s := &Server{
		Now: func() market.Time { return now }, Limit: 6000,
		Trades: map[string][]Trade{}, Fundings: map[string][]market.Funding{}, bars: map[string]*market.Columns{},
	}
	s.http = httptest.NewServer(s)
	return s
}

// NewUSDM starts a server of USD-M perpetual futures.
func NewUSDM(now market.Time) *Server {
	s := New(now)
	s.usdm, s.Limit = true, 2400
	return s
}

// URL is the base address.
func (s *Server) URL() string { return s.http.URL }

// Close ends the server.
func (s *Server) Close() { s.http.Close() }

// Put lists a symbol and serves its bars; those of the same interval are replaced.
func (s *Server) Put(symbol string, c *market.Columns) {
	s.Lock()
	defer s.Unlock()
	s.bars[symbol+" "+c.Interval.String()] = c
}

// Fail spoils the next answers, one fault each; a nil fault lets one pass.
func (s *Server) Fail(faults ...Fault) {
	s.Lock()
	defer s.Unlock()
	s.faults = append(s.faults, faults...)
}

// Requests returns the paths and queries that were asked for so far.
func (s *Server) Requests() []string {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.requests)
}

// endpoint is what a path serves, what it weighs, and how many rows it gives at most.
type endpoint struct {
	serve  func(*Server, url.Values, int) (any, *refusal)
	weight int
	most   int
}

var spotEndpoints = map[string]endpoint{
	"/api/v3/time": {(*Server).time, 1, 0}, "/api/v3/exchangeInfo": {(*Server).info, 20, 0},
	"/api/v3/klines": {(*Server).klines, 2, 1000}, "/api/v3/aggTrades": {(*Server).aggTrades, 4, 1000},
}

var usdmEndpoints = map[string]endpoint{
	"/fapi/v1/time": {(*Server).time, 1, 0}, "/fapi/v1/exchangeInfo": {(*Server).info, 1, 0},
	"/fapi/v1/klines": {(*Server).klines, 10, 1500}, "/fapi/v1/aggTrades": {(*Server).aggTrades, 20, 1000},
	"/fapi/v1/fundingRate": {(*Server).fundingRate, 1, 1000},
}

// A refusal is an error that the venue speaks of.
type refusal struct {
	status int
	code   int
	msg    string
}

// ServeHTTP answers as the venue does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if gate := s.gate(); gate != nil {
		gate(r)
	}
	f, e := s.count(r)
	if f != nil {
		f(w, r)
		return
	}
	body, refused := s.answer(e, r.URL.Query())
	w.Header().Set("Content-Type", "application/json")
	s.Lock()
	w.Header().Set("X-MBX-USED-WEIGHT-1M", strconv.Itoa(s.used))
	s.Unlock()
	if refused != nil {
		if refused.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "20")
		}
		w.WriteHeader(refused.status)
		body = fmt.Appendf(nil, `{"code":%d,"msg":%q}`, refused.code, refused.msg)
	}
	_, _ = w.Write(body)
}

func (s *Server) gate() func(*http.Request) {
	s.Lock()
	defer s.Unlock()
	return s.Gate
}

// count notes a request, and takes the next fault.
func (s *Server) count(r *http.Request) (f Fault, e endpoint) {
	s.Lock()
	defer s.Unlock()
	s.requests = append(s.requests, r.URL.RequestURI())
	if len(s.faults) > 0 {
		f, s.faults = s.faults[0], s.faults[1:]
	}
	e = spotEndpoints[r.URL.Path]
	if s.usdm {
		e = usdmEndpoints[r.URL.Path]
	}
	const minute = market.Time(market.Minute)
	if m := s.Now() / minute; m != s.minute {
		s.minute, s.used = m, 0
	}
	s.used += e.weight
	return f, e
}

// answer makes the body of an answer.
func (s *Server) answer(e endpoint, q url.Values) ([]byte, *refusal) {
	s.Lock()
	defer s.Unlock()
	if e.serve == nil {
		return nil, &refusal{http.StatusNotFound, -5000, "Path is not valid"}
	}
	if s.used > s.Limit {
		return nil, &refusal{http.StatusTooManyRequests, -1003, "Too much request weight used"}
	}
	limit := 500
	if text := q.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > e.most {
			return nil, &refusal{http.StatusBadRequest, -1130, "Data sent for parameter 'limit' is not valid."}
		}
	}
	if s.Most > 0 {
		limit = min(limit, s.Most)
	}
	v, refused := e.serve(s, q, limit)
	if refused != nil {
		return nil, refused
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, &refusal{http.StatusInternalServerError, -1000, err.Error()}
	}
	return body, nil
}

func (s *Server) time(url.Values, int) (any, *refusal) {
	return map[string]int64{"serverTime": s.Now().Millis()}, nil
}

// symbols lists what is served.
func (s *Server) symbols() []string {
	var out []string
	for key := range s.bars {
		out = append(out, strings.Fields(key)[0])
	}
	for symbol := range s.Trades {
		out = append(out, symbol)
	}
	for symbol := range s.Fundings {
		out = append(out, symbol)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var unknownSymbol = &refusal{http.StatusBadRequest, -1121, "Invalid symbol."}

// between reads startTime and endTime in milliseconds, both counted in.
func between(q url.Values) (first, last market.Time) {
	last = market.MaxTime
	if ms, err := strconv.ParseInt(q.Get("startTime"), 10, 64); err == nil {
		first = market.Millis(ms)
	}
	if ms, err := strconv.ParseInt(q.Get("endTime"), 10, 64); err == nil {
		last = market.Millis(ms)
	}
	return first, last
}

// Count adds weight to the minute, as others on the same address do.
func (s *Server) Count(weight int) {
	s.Lock()
	defer s.Unlock()
	s.minute, s.used = s.Now()/market.Time(market.Minute), s.used+weight
}
