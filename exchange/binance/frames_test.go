package binance

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/ulikunitz/xz"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// frames are what markets and accounts may say, and what they should not.
var frames = []string{
	klineFrame("btcusdt@kline_1m", "BTCUSDT", market.Minute, market.Millis(1_714_552_200_000), true, market.Millis(1_714_552_260_004)),
	klineFrame("btcusdt@kline_1m", "BTCUSDT", market.Minute, market.Millis(1_714_552_260_000), false, market.Millis(1_714_552_262_004)),
	klineFrame("btcusdt@kline_1h", "BTCUSDT", market.Hour, market.Millis(1_714_550_400_000), false, market.Millis(1_714_552_262_004)),
	`{"stream":"btcusdt@markPrice","data":{"e":"markPriceUpdate","E":1714552261000,"s":"BTCUSDT","p":"60000.10","ap":"60000.11","P":"60010.5","i":"60001.1","r":"0.00010000","T":1714579200000}}`,
	`{"stream":"btcusdt@markPrice","data":{"e":"markPriceUpdate","E":1714552261000,"s":"BTCUSDT","p":"1","r":"","T":0}}`,
	`{"result":null,"id":1}`, `{"result":["btcusdt@kline_1m"],"id":1000000}`, `{"id":1,"error":{"code":2,"msg":"Invalid request: unknown variant"}}`,
	`{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}`, `{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1714552261000}}`,
	`{"e":"serverShutdown","E":1714552261000}`, `{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1,"s":"BTCUSDT","k":null}}`,
	`{"stream":"btcusdt@kline_1m","data":{"e":"kline","s":"BTCUSDT","k":{"t":1714552200000,"T":1714552259999,"s":"BTCUSDT","i":"1m","o":"1","h":"0","l":"2","c":"NaN","v":"-1","x":true}}}`,
	`{"stream":"btcusdt@kline_1m","data":{"e":"kline","s":"BTCUSDT","k":{"t":9223372036854775807,"T":-1,"s":"BTCUSDT","i":"1m","x":true}}}`, `null`, `[]`, `{`, `"`, `{"id":"x"}`,
	`{"id":"account","status":200,"result":{"subscriptionId":0}}`, `{"id":"account","status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}}`,
	`{"subscriptionId":0,"event":{"e":"balanceUpdate","E":1714552261000,"a":"BTC","d":"100.00000000","T":1714552260999}}`,
	`{"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1714552261000,"u":1714552260999,"B":[{"a":"ETH","f":"10000.000000","l":"0.000000"}]}}`,
	`{"subscriptionId":0,"event":{"e":"executionReport","E":1714552261000,"s":"ETHBTC","c":"mUvoqJxFIILMdfAW5iGSOW","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000","p":"0.10264410","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE","X":"FILLED","r":"NONE","i":4293153,"l":"1.00000000","z":"1.00000000","L":"0.10264410","n":"0.001","N":"ETH","T":1714552260999,"t":77,"I":8641984,"w":false,"m":true,"M":true,"O":1714552260000,"Z":"0.10264410","Y":"0.10264410","Q":"0.00000000","W":1714552260000,"V":"NONE"}}`,
	`{"event":{"e":"eventStreamTerminated","E":1714552261000}}`, `{"event":{"e":"serverShutdown","E":1714552261000}}`,
	`{"e":"ORDER_TRADE_UPDATE","E":1714552261000,"T":1714552260999,"o":{"s":"BTCUSDT","c":"x","S":"SELL","o":"LIMIT","f":"GTC","q":"0.001","p":"60000","ap":"60000","sp":"0","x":"TRADE","X":"FILLED","i":1,"l":"0.001","z":"0.001","L":"60000","N":"USDT","n":"0.01","T":1714552260999,"t":5,"b":"0","a":"0","m":true,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0"}}`,
	`{"e":"listenKeyExpired","E":1714552261000,"listenKey":"k"}`, `{"e":5,"E":"x"}`,
}

// recordedLines calls f for each line of a recording, or skips where it is not.
func recordedLines(t testing.TB, name string, f func(line []byte)) {
	t.Helper()
	path := filepath.Join(cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../../shared/data"), name)
	file, err := os.Open(path)
	if err != nil {
		t.Skip("the recorded market data is not beside this checkout: ", err)
	}
	defer file.Close()
	r, err := xz.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, mostFrame)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestRecordedFrames: what the venue has really sent can be read, and its bars can be used.
func TestRecordedFrames(t *testing.T) {
	for _, c := range []struct {
		name           string
		frames, klines int
	}{
		{"ws-rest-cryptofeed/BINANCE.ws.1.0.xz", 265, 2},
		{"ws-rest-cryptofeed/BINANCE_FUTURES.ws.1.0.xz", 1535, 67},
		{"ws-rest-cryptofeed/BINANCE_US.ws.1.0.xz", 480, 5},
		{"ws-hftbacktest/spot-btcusdt_20240808.ndjson.xz", 41_248, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			frames, klines := 0, 0
			recordedLines(t, c.name, func(line []byte) {
				_, raw, ok := bytes.Cut(line, []byte(" "))
				if !ok || !bytes.HasPrefix(raw, []byte(`{"stream"`)) {
					return
				}
				f, err := parseMarketFrame(raw)
				if err != nil || f.Data == nil || f.leaving() || f.refusal() != nil || f.ID != nil {
					t.Fatalf("%.300s: %v", raw, err)
				}
				frames++
				if f.Data.Event != "kline" {
					return
				}
				klines++
				if p, err := pushOf(f.Data, series{symbol: f.Data.Symbol, d: market.Minute}); err != nil || p.bad != nil {
					t.Errorf("%.300s: %v, %v", raw, err, p.bad)
				}
			})
			if frames != c.frames || klines != c.klines {
				t.Errorf("%d frames, %d klines; want %d, %d", frames, klines, c.frames, c.klines)
			}
		})
	}
}

// seed adds the frames above, and some recorded ones where they are.
func seed(f *testing.F) {
	for _, frame := range frames {
		f.Add([]byte(frame))
	}
	f.Add([]byte(strings.Join(frames, "\n")))
	path := filepath.Join(cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../../shared/data"), "ws-rest-cryptofeed/BINANCE.ws.1.0.xz")
	if file, err := os.Open(path); err == nil {
		defer file.Close()
		if r, err := xz.NewReader(file); err == nil {
			all, _ := io.ReadAll(io.LimitReader(r, 60_000))
			for n, line := range bytes.Split(all, []byte("\n")) {
				if _, raw, ok := bytes.Cut(line, []byte(" ")); ok && n%10 == 1 {
					f.Add(raw)
				}
			}
		}
	}
}

// deadLink returns a connection that nobody is at the other end of.
func deadLink(t testing.TB) *link {
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		q, err := http.ReadRequest(bufio.NewReader(there))
		if err != nil {
			return
		}
		key := q.Header.Get("Sec-Websocket-Key")
		fmt.Fprintf(there, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", acceptKey(key))
		there.Close()
	}()
	d := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return here, nil }}
	ws, _, err := d.Dial("ws://venue/", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-done
	return &link{conn: ws, born: time.Now(), up: make(chan struct{}), leave: make(chan struct{}), done: make(chan struct{})}
}

// serveAgenda does what is posted until stop is called.
func serveAgenda(a *agenda) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	a.ctx, a.do = ctx, make(chan func())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case f := <-a.do:
				f()
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

// FuzzMarketFrames: whatever a connection of streams says, lines being frames, the bars
// that are handed on are possible and rise, and nothing panics.
func FuzzMarketFrames(f *testing.F) {
	seed(f)
	answered := &http.Client{Transport: roundTrip(func(q *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		newHostile(0).ServeHTTP(w, q)
		return w.Result(), nil
	})}
	dead := deadLink(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := NewPublic(Options{USDM: true, BaseURL: "http://venue", HTTP: answered, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
		m := newMarket(p, "ws://venue", exchange.Env{})
		subs := []exchange.Subscription{subscription("BTCUSDT", market.Minute, true), subscription("BTCUSDT", market.Hour, true)}
		last := make([]market.Time, len(subs))
		s := &streams{agenda: new(agenda), m: m, slots: make(chan struct{}, 1), begun: market.Millis(1_714_552_000_000), ready: func() {}}
		s.emit = func(e exchange.Event) {
			i := e.Subscription
			switch {
			case e.Gap != nil && e.Gap.From > e.Gap.To, e.Funding != nil:
				t.Errorf("%+v", e)
			case e.Gap == nil:
				if e.Bar.OpenTime <= last[i] || e.Bar.Check() != nil || !subs[i].Interval.Aligned(e.Bar.OpenTime) {
					t.Errorf("%+v after %s", e.Bar, last[i])
				}
				last[i] = e.Bar.OpenTime
			}
		}
		stop := serveAgenda(s.agenda)
		s.split(subs)
		talk := &subscribing{c: s.channels[0], waiting: map[int64]bool{1: true}, acked: make(chan struct{}), asked: true}
		l := &link{conn: dead.conn, born: time.Now(), up: make(chan struct{}), leave: make(chan struct{}), done: make(chan struct{})}
		for line := range bytes.SplitSeq(raw, []byte("\n")) {
			if err := talk.read(l, line); err != nil {
				var fault *exchange.Fault
				if !errors.As(err, &fault) {
					t.Errorf("%q: %v", line, err)
				}
				break
			}
		}
		stop()
		s.asking.Wait()
	})
}

// roundTrip is a transport.
type roundTrip func(q *http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// FuzzAccountFrames: whatever a connection of an account says, nothing panics.
func FuzzAccountFrames(f *testing.F) {
	seed(f)
	dead := deadLink(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, usdm := range []bool{false, true} {
			log := slog.New(slog.DiscardHandler)
			events := newUserEvents(exchange.NewNames([16]byte{}), log)
			a := &accountStream{log: log, now: func() market.Time { return 1 }, decode: events.decodeUSDM}
			if !usdm {
				a.decode = events.decodeSpot
				a.request = func(context.Context) ([]byte, error) { return nil, nil }
				a.refused = func(status int, said json.RawMessage) *exchange.Fault {
					return refusedSubscription(judge{now: time.Now()}, status, said).Fault
				}
			}
			u := &updates{agenda: new(agenda), accountStream: a, ready: func() {}, emit: func(exchange.AccountEvent) {}}
			stop := serveAgenda(u.agenda)
			l := &link{conn: dead.conn, born: time.Now(), up: make(chan struct{}), leave: make(chan struct{}), done: make(chan struct{})}
			h := &hearing{u: u}
			for line := range bytes.SplitSeq(raw, []byte("\n")) {
				if h.read(l, line) != nil {
					break
				}
			}
			stop()
		}
	})
}
