package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	spot "github.com/adshao/go-binance/v2"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A deskVenue answers what a test tells it to, and checks every signature. Its clock is
// ahead of ours by skew.
type deskVenue struct {
	t    testing.TB
	http *httptest.Server
	env  exchange.Env

	mu     sync.Mutex
	skew   time.Duration
	asked  []string // method and path
	params []url.Values
	answer func(w http.ResponseWriter, path string, params url.Values) // of what is signed
	info   string                                                      // of exchangeInfo
	infos  int                                                         // how often it was asked for
}

func newDeskVenue(t testing.TB) *deskVenue {
	v := &deskVenue{t: t, info: `{"rateLimits":[],"symbols":[]}`}
	v.http = httptest.NewServer(v)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(func() { transport.CloseIdleConnections(); v.http.Close() })
	v.env = exchange.Env{HTTP: &http.Client{Transport: transport}}
	return v
}

func (v *deskVenue) config() *Config {
	c := newConfig(Spot)
	c.Env, c.Address = local, v.http.URL
	c.Key, c.Secret = market.NewSecret(exampleKey), market.NewSecret(exampleSecret)
	return c
}

func (v *deskVenue) private() *private {
	v.t.Helper()
	p, err := v.config().private(v.env, exchange.NewNames([16]byte{1}))
	if err != nil {
		v.t.Fatal(err)
	}
	return p
}

// paths returns what was asked for, but for the time.
func (v *deskVenue) paths() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.asked...)
}

// ServeHTTP implements http.Handler.
func (v *deskVenue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	now, answer := time.Now().Add(v.skew), v.answer
	v.mu.Unlock()
	body := new(strings.Builder)
	if _, err := fmt.Fprint(body, readAll(r)); err != nil {
		v.t.Error(err)
	}
	switch r.URL.Path {
	case "/api/v3/time":
		_, _ = fmt.Fprintf(w, `{"serverTime":%d}`, now.UnixMilli())
		return
	case "/api/v3/exchangeInfo":
		v.infos++
		_, _ = fmt.Fprint(w, v.info)
		return
	}
	params, err := url.ParseQuery(r.URL.RawQuery + "&" + body.String())
	query, signature, ok := strings.Cut(r.URL.RawQuery, "&signature=")
	s, _ := newSigner(market.NewSecret(exampleKey), market.NewSecret(exampleSecret))
	if err != nil || !ok || s.sign([]byte(query+body.String())) != signature || r.Header.Get("X-MBX-APIKEY") != exampleKey {
		v.t.Errorf("%s %s %s is not signed: %v", r.Method, r.URL, body, err)
	}
	v.mu.Lock()
	v.asked, v.params = append(v.asked, r.Method+" "+r.URL.Path), append(v.params, params)
	v.mu.Unlock()
	var ms int64
	_, _ = fmt.Sscan(params.Get("timestamp"), &ms)
	if late := now.UnixMilli() - ms; late > 5000 || late <= -1000 {
		refuse(w, 400, -1021, "Timestamp for this request is outside of the recvWindow.")
		return
	}
	answer(w, r.URL.Path, params)
}

func readAll(r *http.Request) string {
	b := new(strings.Builder)
	buf := make([]byte, 4096)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

func refuse(w http.ResponseWriter, status, code int, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "msg": message})
}

// does sends one signed request through the library.
func (p *private) does(l lane) error {
	return p.call(context.Background(), l, 1, "order BTCUSDT", func(ctx context.Context) error {
		_, err := p.spot.NewGetOrderService().Symbol("BTCUSDT").OrigClientOrderID("a&b").Do(ctx, spot.WithRecvWindow(5000))
		return err
	})
}

// TestCallSigns: the library's requests and our own are signed by the account's key and
// the venue's clock, wherever their parameters are.
func TestCallSigns(t *testing.T) {
	v := newDeskVenue(t)
	v.skew = time.Hour
	v.answer = func(w http.ResponseWriter, _ string, _ url.Values) { _, _ = fmt.Fprint(w, `{"symbol":"BTCUSDT"}`) }
	p := v.private()
	if err := p.does(laneQuery); err != nil {
		t.Error(err)
	}
	err := p.call(t.Context(), laneOrder, 1, "order", func(ctx context.Context) error {
		_, err := p.spot.NewCreateOrderService().Symbol("BTCUSDT").Side("BUY").Type("MARKET").Quantity("1").Do(ctx, spot.WithRecvWindow(5000))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	err = p.call(t.Context(), laneOrder, 1, "list", func(ctx context.Context) error {
		_, err := p.signed(ctx, http.MethodPost, "/api/v3/orderList/oco", url.Values{"symbol": {"BTCUSDT"}, "x": {"a b&c"}})
		return err
	})
	if err != nil || len(v.paths()) != 3 {
		t.Error(err, v.paths())
	}
}

// TestClockIsMended: a request whose time is refused is sent once more by a new clock, and
// only once.
func TestClockIsMended(t *testing.T) {
	v := newDeskVenue(t)
	v.answer = func(w http.ResponseWriter, _ string, _ url.Values) { _, _ = fmt.Fprint(w, `{}`) }
	p := v.private()
	if err := p.does(laneOrder); err != nil {
		t.Fatal(err)
	}
	v.mu.Lock()
	v.skew = -time.Minute
	v.mu.Unlock()
	if err := p.does(laneOrder); err != nil || len(v.paths()) != 3 {
		t.Error(err, v.paths())
	}
	v.mu.Lock()
	v.answer = func(w http.ResponseWriter, _ string, _ url.Values) { refuse(w, 400, -1021, "Timestamp") }
	v.mu.Unlock()
	var f *exchange.Fault
	if err := p.does(laneOrder); !errors.As(err, &f) || !f.Clock || f.Kind != exchange.ErrUnavailable || len(v.paths()) != 5 {
		t.Error(err, v.paths())
	}
}

// TestBanStopsAll: after a ban nothing is sent, by whomever, and a restart obeys it.
func TestBanStopsAll(t *testing.T) {
	v := newDeskVenue(t)
	v.env.Dir = filepath.Join(t.TempDir(), "new", "binance")
	v.answer = func(w http.ResponseWriter, _ string, _ url.Values) {
		w.Header().Set("Retry-After", "120")
		refuse(w, 418, -1003, "Way too much request weight used")
	}
	p, other := v.private(), v.private()
	if err := p.does(laneOrder); !errors.Is(err, exchange.ErrUnavailable) {
		t.Error(err)
	}
	again := func(name string, p *private) {
		t.Helper()
		var f *exchange.Fault
		for _, l := range []lane{laneCancel, laneOrder} {
			if err := p.does(l); !errors.As(err, &f) || f.Kind != exchange.ErrUnavailable || time.Until(f.Until) < 110*time.Second {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(v.paths()); n != 1 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
	again("the same", p)
	again("another client", other)
	v.env.HTTP = &http.Client{} // as of another process
	again("after a restart", v.private())
	path := filepath.Join(v.env.Dir, pausesFile)
	if err := v.private().does(laneOrder); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the file of the pause is not named: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.config().private(v.env, nil); err == nil || !strings.Contains(err.Error(), "delete") {
		t.Error(err)
	}
}

// TestAPauseBeyondBelief: what the venue cannot have said is not obeyed after a restart.
func TestAPauseBeyondBelief(t *testing.T) {
	v := newDeskVenue(t)
	v.env.Dir = t.TempDir()
	if err := keepPause(v.env.Dir, hostOf(v.http.URL), time.Now().Add(100*365*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	v.answer = func(w http.ResponseWriter, _ string, _ url.Values) { _, _ = w.Write([]byte(placed)) }
	if err := v.private().does(laneOrder); err != nil {
		t.Error(err)
	}
}

// TestHintsAreForWhoTrades: not for who reads a file.
func TestHintsAreForWhoTrades(t *testing.T) {
	v := newDeskVenue(t)
	for _, body := range []string{`{"symbols":[]}`, `{"symbols":"no"}`} {
		v.info = body
		m, err := v.config().Market(v.env)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Instruments(t.Context(), []string{"BTCUSDT"})
		if err == nil || !strings.Contains(err.Error(), hintAddress) || strings.Contains(err.Error(), "save the answer") || market.ClassOf(err) != market.Venue {
			t.Errorf("%s: %v", body, err)
		}
	}
	j := judge{what: "exchangeInfo"}
	said := `{"code":-1100,"msg":"Illegal characters found in parameter 'symbols'; legal range is '^[A-Z0-9-_.]{1,20}$'."}`
	if f := j.of(&answer{sent: true, status: 400, body: []byte(said)}, errors.New("api")); !strings.Contains(f.Hint, "in capitals") {
		t.Error(f.Hint)
	}
}

// TestNothingSecretIsSaid: neither the key nor a signature, whatever comes back.
func TestNothingSecretIsSaid(t *testing.T) {
	v := newDeskVenue(t)
	p := v.private()
	for name, answer := range map[string]func(w http.ResponseWriter, path string, params url.Values){
		"echo":  func(w http.ResponseWriter, _ string, _ url.Values) { refuse(w, 400, -1022, "bad "+exampleKey) },
		"known": func(w http.ResponseWriter, _ string, _ url.Values) { refuse(w, 400, -1022, "not "+exampleSecret) },
		"cut":   func(http.ResponseWriter, string, url.Values) { panic(http.ErrAbortHandler) },
		"redirect": func(w http.ResponseWriter, _ string, q url.Values) {
			w.Header().Set("Location", "/x?"+q.Encode())
			w.WriteHeader(302)
		},
	} {
		v.mu.Lock()
		v.answer = answer
		v.mu.Unlock()
		err := p.does(laneOrder)
		if err == nil || strings.Contains(err.Error(), exampleKey) || strings.Contains(err.Error(), exampleSecret) || strings.Contains(err.Error(), "signature=") || strings.Contains(err.Error(), "timestamp") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyAtOnce: clock, governor and signer have no races.
func TestManyAtOnce(t *testing.T) {
	v := newDeskVenue(t)
	v.answer = func(w http.ResponseWriter, _ string, _ url.Values) { _, _ = fmt.Fprint(w, `{}`) }
	p := v.private()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if i%10 == 0 {
				if err := p.sync(context.Background(), laneQuery); err != nil {
					t.Error(err)
				}
			}
			if err := p.does(lane(i % 4)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
