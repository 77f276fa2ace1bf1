package exchangetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Request is what a request to a venue asks for.
type Request int

// The requests that a [Wire] tells apart.
const (
	Other   Request = iota
	Orders          // for new orders
	Cancels         // for the end of one
	LookUps         // where one stands
)

// Answer is what a venue says to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Wire is the way of an adapter's requests over HTTP to its venue, on which they can go wrong:
// give its methods to the [Stage].
type Wire struct {
	Base    http.RoundTripper
	Kind    func(*http.Request) Request
	Says    map[Trouble]Answer // how the venue says SayUnknown and Limited; what is left out cannot be staged
	Missing Answer             // how it says that it does not know an order

	mu   sync.Mutex
	next Trouble
	hide int
	sent int
}

// Trouble lets the next request go wrong; see [Stage].
func (w *Wire) Trouble(t Trouble) bool {
	if _, ok := w.Says[t]; !ok && (t == SayUnknown || t == Limited) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = t
	return true
}

// Hide lets the venue not find orders; see [Stage].
func (w *Wire) Hide(times int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hide = times
}

// Sent counts requests for new orders; see [Stage].
func (w *Wire) Sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// RoundTrip implements [http.RoundTripper].
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	trouble, hidden := w.meet(w.Kind(r))
	switch trouble {
	case LoseRequest:
		return lose(r)
	case Busy:
		return Answer{Status: http.StatusServiceUnavailable, Body: "<html><body><h1>503 Service Unavailable</h1></body></html>"}.to(r)
	case Limited:
		return w.Says[Limited].to(r)
	}
	if hidden {
		return w.Missing.to(r)
	}
	answer, err := w.Base.RoundTrip(r)
	if trouble == 0 || err != nil {
		return answer, err
	}
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	switch trouble {
	case SayUnknown:
		return w.Says[SayUnknown].to(r)
	case TroubledBody:
		return Answer{Status: http.StatusOK, Body: "{\"order"}.to(r)
	default:
		return lose(r)
	}
}

// meet counts a request, and returns what goes wrong with it.
func (w *Wire) meet(kind Request) (t Trouble, hidden bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch kind {
	case Orders:
		if w.sent++; w.next != LoseCancel {
			t, w.next = w.next, 0
		}
	case Cancels:
		if w.next == LoseCancel {
			t, w.next = w.next, 0
		}
	case LookUps:
		if hidden = w.hide > 0; hidden {
			w.hide--
		}
	}
	return t, hidden
}

// lose waits until nobody waits for the answer any more.
func lose(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Direct returns the way to a venue in the process: its handler is asked without a network.
func Direct(h http.Handler) http.RoundTripper { return direct{h} }

type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Clone(r.Context())
	asked.RequestURI, asked.Host, asked.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "127.0.0.1:40000"
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, asked)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func (a Answer) to(r *http.Request) (*http.Response, error) {
	header := a.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: a.Status, Status: http.StatusText(a.Status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(strings.NewReader(a.Body)), ContentLength: int64(len(a.Body)), Request: r,
	}, nil
}
