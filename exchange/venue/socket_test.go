package venue_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a venue that listens in memory.
type house struct {
	t *testing.T
	*venue.Venue
	memory *memnet.Listener
	client *http.Client
	stop   func()
}

// serve runs a venue until the end of the test.
func serve(t *testing.T, o venue.Options) *house {
	t.Helper()
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, Venue: v, memory: memnet.Listen()}
	h.client = h.memory.Client()
	server := &http.Server{Handler: v.Handler()}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- v.Run(ctx) }()
	go func() { ended <- server.Serve(h.memory) }()
	h.stop = sync.OnceFunc(func() {
		h.client.CloseIdleConnections()
		cancel()
		_ = server.Close()
		for range 2 {
			if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrServerClosed) {
				t.Errorf("the venue ended: %v", err)
			}
		}
	})
	t.Cleanup(h.stop)
	return h
}

// line is a client's websocket.
type line struct {
	t *testing.T
	*websocket.Conn
}

func (h *house) dial(path string) *line {
	h.t.Helper()
	d := websocket.Dialer{NetDialContext: h.memory.Dial}
	c, res, err := d.Dial("ws://venue"+path, nil)
	if err != nil {
		h.t.Fatalf("%s: %v %v", path, err, res)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return &line{h.t, c}
}

func (l *line) say(text string) {
	l.t.Helper()
	if err := l.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		l.t.Fatal(err)
	}
}

// next returns the next message.
func (l *line) next() string {
	l.t.Helper()
	_, m, err := l.ReadMessage()
	if err != nil {
		l.t.Fatal(err)
	}
	return string(m)
}

// reply says something, and returns the answer to it, past events.
func (l *line) reply(text string) string {
	l.t.Helper()
	l.say(text)
	for {
		if m := l.next(); !strings.Contains(m, `"e":`) {
			return m
		}
	}
}

func TestSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, options())
		defer h.stop()
		l := h.dial("/ws/0")
		defer l.Close()
		for _, test := range []struct{ say, want string }{
			{`{"method":"SUBSCRIBE","params":["btcusdt@kline_1m","btcusdt@aggTrade"],"id":1}`, `{"result":null,"id":1}`},
			{`{"method":"LIST_SUBSCRIPTIONS","id":"name"}`, `{"result":["0","btcusdt@kline_1m","btcusdt@aggTrade"],"id":"name"}`},
			{`{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade","never@heard"],"id":null}`, `{"result":null,"id":null}`},
			{`{"method":"LIST_SUBSCRIPTIONS","id":3}`, `{"result":["0","btcusdt@kline_1m"],"id":3}`},
			{`{"method":"GET_PROPERTY","params":["combined"],"id":4}`, `{"result":false,"id":4}`},
			{`{"method":"SET_PROPERTY","params":["combined",true],"id":5}`, `{"result":null,"id":5}`},
			{`{"method":"GET_PROPERTY","params":["combined"],"id":6}`, `{"result":true,"id":6}`},
			{`{"method":"SET_PROPERTY","params":["speed",true],"id":7}`, `{"code":0,"msg":"Unknown property","id":7}`},
			{`{"method":"SET_PROPERTY","params":["combined","yes"],"id":8}`, `{"code":1,"msg":"Invalid value type: expected Boolean","id":8}`},
			{`{"method":"SET_PROPERTY","params":[1],"id":9}`, `{"code":2,"msg":"Invalid request: property name must be a string","id":9}`},
			{`{"method":"GET_PROPERTY","params":["combined",1],"id":9}`, `{"code":2,"msg":"Invalid request: too many parameters","id":9}`},
			{`{"method":"BUY","id":10}`, "{\"code\":2,\"msg\":\"Invalid request: unknown variant `BUY`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`\",\"id\":10}"},
			{`{"method":"LIST_SUBSCRIPTIONS","id":1.5}`, `{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}`},
			{`{"method":"LIST_SUBSCRIPTIONS","id":"1234567890123456789012345678901234567"}`, `{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}`},
			{`{"id":1}`, "{\"code\":2,\"msg\":\"Invalid request: missing field `method` at line 1 column 8\"}"},
			{`{"method":x}`, `{"code":3,"msg":"Invalid JSON: expected value at line 1 column 11"}`},
			{``, `{"code":3,"msg":"Invalid JSON: expected value at line 1 column 0"}`},
			{`{"method":"SUBSCRIBE","params":[1],"id":1}`, `{"code":2,"msg":"Invalid request: stream name must be a string","id":1}`},
		} {
			if got := l.reply(test.say); got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.say, got, test.want)
			}
			time.Sleep(time.Second)
		}
	})
}

// event is a kline of a stream. Each key needs its field: encoding/json takes one that
// differs in case alone for it.
type event struct {
	Type string `json:"e"`
	At   int64  `json:"E"`
	K    struct {
		Start     int64  `json:"t"`
		End       int64  `json:"T"`
		Interval  string `json:"i"`
		Open      string `json:"o"`
		High      string `json:"h"`
		Low       string `json:"l"`
		Last      int64  `json:"L"`
		Close     string `json:"c"`
		Volume    string `json:"v"`
		Buy       string `json:"V"`
		Quote     string `json:"q"`
		BuyQuote  string `json:"Q"`
		Count     int64  `json:"n"`
		First     int64  `json:"f"`
		Closed    bool   `json:"x"`
		Nothing   string `json:"B"`
		OtherName string `json:"s"`
	} `json:"k"`
}

// TestKlines: each bar ends once, in all forms of the connection alike, and forms every two
// seconds.
func TestKlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		raw := h.dial("/ws/btcusdt@kline_1m")
		defer raw.Close()
		closes, forms := 0, 0
		for closes < 5 {
			var e event
			if err := json.Unmarshal([]byte(raw.next()), &e); err != nil {
				t.Fatal(err)
			}
			if !e.K.Closed {
				forms++
				continue
			}
			want := bars(100, 100).Bar(closes)
			if e.K.Start != want.OpenTime.Millis() || e.At != e.K.End+1 || e.K.Volume != "50.00000000" {
				t.Errorf("bar %d: %+v, want %+v", closes, e, want)
			}
			closes++
		}
		if forms != 5*29 {
			t.Errorf("a forming bar was told of %d times", forms)
		}
	})
}

// TestForms: combined events have a name around them, and times may be in microseconds.
func TestForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		both := h.dial("/stream?streams=btcusdt@kline_1m/btcusdt@kline_3m&timeUnit=MICROSECOND")
		defer both.Close()
		micro := 0
		for micro < 4 {
			var e struct {
				Stream string
				Data   event
			}
			if err := json.Unmarshal([]byte(both.next()), &e); err != nil {
				t.Fatal(err)
			}
			if e.Data.K.Closed {
				micro++
			}
			if e.Stream != "btcusdt@kline_"+e.Data.K.Interval || e.Data.K.Start < start.Millis()*1000 {
				t.Errorf("%+v", e)
			}
		}
	})
}

// TestPing: who answers stays; who does not is cut off after a minute.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		good, deaf := h.dial("/ws"), h.dial("/ws")
		defer good.Close()
		defer deaf.Close()
		began := time.Now()
		pings := 0
		answer := good.PingHandler()
		good.SetPingHandler(func(data string) error { pings++; return answer(data) })
		deaf.SetPingHandler(func(string) error { return deaf.WriteControl(websocket.PongMessage, []byte("other"), time.Time{}) })
		go func() { _, _, _ = good.ReadMessage() }()
		if _, _, err := deaf.ReadMessage(); err == nil || time.Since(began) != 80*time.Second {
			t.Errorf("cut off after %s: %v", time.Since(began), err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if pings != 184 {
			t.Errorf("%d pings", pings)
		}
	})
}

// TestDay: a connection ends after 24 hours, and says so before.
func TestDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		l := h.dial("/stream")
		defer l.Close()
		began := time.Now()
		if got, want := l.next(), `{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1767657000000}}`; got != want || time.Since(began) != 23*time.Hour+50*time.Minute {
			t.Errorf("%s after %s", got, time.Since(began))
		}
		_, _, err := l.ReadMessage()
		if !websocket.IsCloseError(err, websocket.CloseGoingAway) || time.Since(began) != 24*time.Hour {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// TestTooMuch: five messages a second, 1024 streams, 300 connections in five minutes.
func TestTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, options())
		defer h.stop()
		l := h.dial("/ws")
		defer l.Close()
		for range 6 {
			l.say(`{"method":"LIST_SUBSCRIPTIONS","id":1}`)
		}
		for range 5 {
			l.next()
		}
		if _, _, err := l.ReadMessage(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
			t.Errorf("the sixth message of a second: %v", err)
		}

		l = h.dial("/ws")
		defer l.Close()
		names := make([]string, 1025)
		for i := range names {
			names[i] = "btcusdt@kline_1m" + strings.Repeat("x", i)[:i%7]
		}
		text, _ := json.Marshal(map[string]any{"method": "SUBSCRIBE", "params": names, "id": 1})
		if got := l.reply(string(text)); got != `{"code":2,"msg":"Invalid request: too many parameters","id":1}` {
			t.Error(got)
		}
		for range 298 {
			h.dial("/ws").Close()
		}
		d := websocket.Dialer{NetDialContext: h.memory.Dial}
		if _, res, err := d.Dial("ws://venue/ws", nil); err == nil || res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "300" {
			t.Errorf("connection 301: %v %v", err, res)
		}
	})
}

// TestDeflate: a client that asks for compression gets the same messages.
func TestDeflate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		plain := h.dial("/ws/btcusdt@kline_1m")
		defer plain.Close()
		d := websocket.Dialer{NetDialContext: h.memory.Dial, EnableCompression: true}
		c, res, err := d.Dial("ws://venue/ws/btcusdt@kline_1m", nil)
		if err != nil || !strings.Contains(res.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate") {
			t.Fatal(err, res.Header)
		}
		defer c.Close()
		packed := &line{t, c}
		for range 100 {
			if d := cmp.Diff(plain.next(), packed.next()); d != "" {
				t.Fatal(d)
			}
		}
	})
}

// TestUnread: who does not read is cut off, and nobody else is held up.
func TestUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed, o.Limits.Queue = 1, 20
		h := serve(t, o)
		defer h.stop()
		l := h.dial("/ws/btcusdt@kline_1m")
		defer l.Close()
		time.Sleep(5 * time.Minute)
		n := 0
		for {
			if _, _, err := l.ReadMessage(); err != nil {
				break
			}
			n++
		}
		if n > 1 {
			t.Errorf("%d messages came", n)
		}
		if got := h.Now() - start; got < 5*60e9 {
			t.Errorf("the clock stands at %s", h.Now())
		}
	})
}

// TestStepped: a step waits until what it led to is written, and says how much that was.
func TestStepped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Closed, o.Fills = true, venue.ByBar
		h := serve(t, o)
		defer h.stop()
		l := h.dial("/ws/btcusdt@kline_1m/btcusdt@kline_15m")
		defer l.Close()
		read, steps := uint64(0), 0
		for {
			s, err := h.Step(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			steps++
			for ; read < s.Sent["ws"]; read++ {
				var e event
				if err := json.Unmarshal([]byte(l.next()), &e); err != nil || !e.K.Closed || e.K.End+1 != s.Time.Millis() {
					t.Fatalf("at %s: %+v, %v", s.Time, e, err)
				}
			}
		}
		if steps != 100 || read != 106 {
			t.Errorf("%d steps, %d bars", steps, read)
		}
	})
}

// TestNothingStays: of connections that have ended nothing is kept, however they ended.
func TestNothingStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Speed, o.Limits.Connections = 1, 1<<20
		h := serve(t, o)
		defer h.stop()
		for i := range 1000 {
			l := h.dial("/ws/btcusdt@kline_1m/btcusdt@depth/nothing")
			if i%2 == 0 {
				_ = l.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
				if _, _, err := l.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
					t.Fatal(err)
				}
			}
			_ = l.Close()
		}
		synctest.Wait()
		if c, s, l, n := h.Held(); c+s+l+n > 0 {
			t.Errorf("%d connections, %d streams, %d live, %d timers", c, s, l, n)
		}
	})
}

// TestDoors: each of the futures' doors carries its own streams, and takes the others.
func TestDoors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stroll(60)
		h := serve(t, venue.Options{USDM: &venue.Listing{Instruments: []market.Instrument{contract("BTCUSDT", "BTC", "USDT")}, Bars: []*market.Columns{c}}, Start: start, Speed: 1})
		defer h.stop()
		for _, path := range []string{"/ws", "/stream", "/elsewhere/ws"} {
			d := websocket.Dialer{NetDialContext: h.memory.Dial}
			if _, res, err := d.Dial("ws://venue"+path, nil); err == nil || res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %v", path, err)
			}
		}
		book, rest := h.dial("/public/stream?streams=btcusdt@kline_1m/btcusdt@bookTicker"), h.dial("/market/stream?streams=btcusdt@kline_1m/btcusdt@bookTicker")
		defer book.Close()
		defer rest.Close()
		drain := func(l *line, want string, n int, done chan<- bool) {
			for range n {
				_, m, err := l.ReadMessage()
				if err != nil || !strings.HasPrefix(string(m), `{"stream":"`+want+`"`) {
					t.Errorf("%s: %s %v", want, m, err)
					break
				}
			}
			done <- true
		}
		done := make(chan bool)
		go drain(book, "btcusdt@bookTicker", 20, done)
		go drain(rest, "btcusdt@kline_1m", 30, done)
		<-done
		<-done
		if got := book.reply(`{"method":"LIST_SUBSCRIPTIONS","id":1}`); got != `{"result":["btcusdt@kline_1m","btcusdt@bookTicker"],"id":1}` {
			t.Error(got)
		}
	})
}
