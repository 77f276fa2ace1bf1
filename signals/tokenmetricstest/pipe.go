package tokenmetricstest

import (
	"net/http"

	"github.com/signalman-trading/signalman/internal/memnet"
)

// Running is a server that is reached over memory.
type Running struct {
	*Server
	URL    string       // of the flow's endpoints: "http://tokenmetrics.invalid/v2"
	Client *http.Client // reaches the server, whatever address it is asked for
	close  func()
}

// TB is what Start needs of a testing.TB.
type TB interface {
	// Helper, Fatal and Cleanup are those of testing.TB.
	Helper()
	// Fatal ends the test.
	Fatal(args ...any)
	// Cleanup has a function called at the end of the test.
	Cleanup(func())
}

// Start serves until the test ends, without a network, so that the clock of testing/synctest
// goes on while all wait. Options that are wrong end the test.
func Start(t TB, o Options) *Running {
	t.Helper()
	r, err := Serve(o)
	if err != nil {
		t.Fatal(err)
		return nil
	}
	t.Cleanup(r.Close)
	return r
}

// Serve is Start outside a test; Close ends it.
func Serve(o Options) (*Running, error) {
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	l := memnet.Listen()
	transport := &http.Transport{DialContext: l.Dial}
	web := &http.Server{Handler: s}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = web.Serve(l) // until it is closed
	}()
	return &Running{s, "http://tokenmetrics.invalid" + s.Base(), &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		_ = web.Close()
		<-done
	}}, nil
}

// Close ends the server and its connections.
func (r *Running) Close() { r.close() }
