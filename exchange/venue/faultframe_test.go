package venue_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// utterance is a message, or how the connection ended.
type utterance struct {
	text string
	err  error
	at   time.Duration
}

// listen collects what a line says until it is over. The pings are answered meanwhile.
func (l *line) listen() <-chan utterance {
	out := make(chan utterance, 4096)
	began := time.Now()
	go func() {
		defer close(out)
		for {
			_, m, err := l.ReadMessage()
			out <- utterance{string(m), err, time.Since(began)}
			if err != nil {
				return
			}
		}
	}()
	return out
}

// all returns what has been heard so far.
func all(from <-chan utterance) (list []utterance) {
	synctest.Wait()
	for {
		select {
		case h, ok := <-from:
			if !ok {
				return list
			}
			list = append(list, h)
		default:
			return list
		}
	}
}

var klineShape = regexp.MustCompile(`^{"e":"kline".*"t":(\d+),.*"x":(true|false)`)

// closing tells of a kline its time and whether it closes.
func closing(text string) (at int64, closed, is bool) {
	m := klineShape.FindStringSubmatch(text)
	if m == nil || !json.Valid([]byte(text)) {
		return 0, false, false
	}
	at, _ = strconv.ParseInt(m[1], 10, 64)
	return at, m[2] == "true", true
}

// TestFaultsOfStreams shows each fault of frames on a stream of bars, over ten minutes.
func TestFaultsOfStreams(t *testing.T) {
	for _, c := range []struct {
		fault string
		want  func(got []utterance) bool
	}{
		{"", func(got []utterance) bool { return closes(got) == "123456789" }},
		{"close-lost*1", func(got []utterance) bool { return closes(got) == "23456789" && len(got) > 200 }},
		{"lost@btcusdt@kline_1m.closed*2", func(got []utterance) bool { return closes(got) == "3456789" }},
		{"duplicate@*.closed*1", func(got []utterance) bool { return closes(got) == "1123456789" }},
		{"delay=90s@*.closed*1", func(got []utterance) bool { return closes(got) == "213456789" }},
		{"reorder@*.closed*1", func(got []utterance) bool {
			for i, h := range got[1:] {
				if minute, closed, _ := closing(h.text); closed {
					before, _, _ := closing(got[i].text)
					return before > minute
				}
			}
			return false
		}},
		{"corrupt@*.closed*1", func(got []utterance) bool {
			bad := 0
			for _, h := range got {
				if h.err == nil && !json.Valid([]byte(h.text)) {
					bad++
				}
			}
			return bad == 1 && closes(got) == "23456789"
		}},
		{"cut@*.closed*1", func(got []utterance) bool { return closes(got) == "" && gone(got[len(got)-1].err) }},
		{"cut-mid@*.closed*1", func(got []utterance) bool { return closes(got) == "" && gone(got[len(got)-1].err) }},
		{"silent@*.closed*1", func(got []utterance) bool {
			last := got[len(got)-1]
			return closes(got) == "" && last.err == nil && last.at < time.Minute
		}},
		{"lost@ws%0.5", func(got []utterance) bool { return len(got) > 80 && len(got) < 220 }},
		{"lost@ws+3m~4m", func(got []utterance) bool { return closes(got) == "12389" }},
		{"disconnect@ws+90s", func(got []utterance) bool {
			var e *websocket.CloseError
			return closes(got) == "1" && errors.As(got[len(got)-1].err, &e) && e.Code == websocket.CloseGoingAway
		}},
		{"shutdown=10s+90s", func(got []utterance) bool {
			n := len(got)
			for i, h := range got {
				if strings.Contains(h.text, `"e":"serverShutdown"`) {
					return got[n-1].err != nil && got[n-1].at-got[i].at == 10*time.Second
				}
			}
			return false
		}},
		{"down+90s~1m", func(got []utterance) bool { return closes(got) == "1" && gone(got[len(got)-1].err) }},
	} {
		t.Run(c.fault, func(t *testing.T) {
			atCounter(t, options(), func(v *counter) {
				l := v.dial("/ws/btcusdt@kline_1m")
				defer l.Close()
				if c.fault != "" {
					v.fail(c.fault)
				}
				from := l.listen()
				time.Sleep(9*time.Minute + 30*time.Second)
				got := all(from)
				if len(got) == 0 || !c.want(got) {
					t.Errorf("%d messages, closes %s, at last %+v", len(got), closes(got), got[max(0, len(got)-1):])
				}
				if c.fault != "" && v.FaultHits()[strings.FieldsFunc(c.fault, func(r rune) bool { return strings.ContainsRune("=@*%+~", r) })[0]] == 0 {
					t.Error("the hit was not counted")
				}
			})
		})
	}
}

// closes lists the minutes, from 1, of the bars that closed.
func closes(got []utterance) string {
	var b strings.Builder
	for _, h := range got {
		if at, closed, is := closing(h.text); is && closed {
			b.WriteByte(byte('1' + (at-start.Millis())/60_000))
		}
	}
	return b.String()
}

// gone reports whether a connection ended without a word.
func gone(err error) bool {
	var e *websocket.CloseError
	return errors.As(err, &e) && e.Code == websocket.CloseAbnormalClosure || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}

// TestFaultsOfUserData shows faults that hit the account's events in the middle of a fill.
func TestFaultsOfUserData(t *testing.T) {
	for _, c := range []struct{ fault, want string }{
		{"", "NEW TRADE balance reply"},
		{"lost@executionReport.TRADE", "NEW balance reply"},
		{"duplicate@executionReport.TRADE*1", "NEW TRADE TRADE balance reply"},
		{"reorder@executionReport.NEW*1", "TRADE NEW balance reply"},
		{"delay=3s@executionReport*1", "TRADE balance reply NEW"},
		{"delay=5s@outboundAccountPosition", "NEW TRADE reply balance"},
		{"fill-before-ack=2s", "NEW TRADE balance reply"},
		{"cut@executionReport.TRADE", "NEW end"},
		{"reply-lost", "NEW TRADE balance end"},
		{"reply-cut", "NEW TRADE balance end"},
		{"hang-taken=9s", "NEW TRADE balance end"},
		{"hang=9s@ws-api order.place", "end"},
		{"unknown", "NEW TRADE balance -1007"},
		{"unknown-late=3s", "-1007 NEW TRADE balance"},
		{"html-503", "-1000"},
		{"error=-1008", "-1008"},
		{"silent@executionReport.TRADE", "NEW"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			atCounter(t, options(), func(v *counter) {
				l := v.dial("/ws-api/v3?returnRateLimits=false")
				defer l.Close()
				l.reply(v.signed("1", "userDataStream.subscribe.signature", nil))
				if c.fault != "" {
					v.fail(c.fault)
				}
				from := l.listen()
				l.say(v.signed("2", "order.place", atMarket("one")))
				time.Sleep(10 * time.Second)
				if got := sketch(all(from)); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		})
	}
}

// sketch says in short what was heard.
func sketch(got []utterance) string {
	var words []string
	for _, h := range got {
		switch event := h.text; {
		case h.err != nil:
			words = append(words, "end")
		case !json.Valid([]byte(event)):
			words = append(words, "broken")
		case strings.Contains(event, `"outboundAccountPosition"`):
			words = append(words, "balance")
		case strings.Contains(event, `"executionReport"`):
			_, rest, _ := strings.Cut(event, `"x":"`)
			word, _, _ := strings.Cut(rest, `"`)
			words = append(words, word)
		case strings.Contains(event, `"code":`):
			_, rest, _ := strings.Cut(event, `"code":`)
			word, _, _ := strings.Cut(rest, `,`)
			words = append(words, word)
		default:
			words = append(words, "reply")
		}
	}
	return strings.Join(words, " ")
}

// TestPartialFillThenCancelReplyLost: the order is filled in part, and the answer to its
// cancel never comes, though it was cancelled.
func TestPartialFillThenCancelReplyLost(t *testing.T) {
	o := options()
	o.Spot.Balances["USDT"], o.Sim = decimal.New(1e7, 0), sim.Options{Participation: decimal.New(1, -1)}
	atCounter(t, o, func(v *counter) {
		r := v.ask("POST", orders, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=5000&price=96&newClientOrderId=one")
		if r.status != 200 {
			t.Fatal(r)
		}
		time.Sleep(5 * time.Minute)
		v.fail("reply-lost@order.cancel*1")
		if r := v.ask("DELETE", orders, "symbol=BTCUSDT&origClientOrderId=one"); !cut(r.err) {
			t.Error(r)
		}
		one := v.State().Spot.Orders[0]
		if one.Status != "CANCELED" || !one.Executed.IsPositive() || !one.Executed.LessThan(one.Quantity) {
			t.Errorf("%+v", one)
		}
	})
}

// TestFaultsOfState shows what a venue that lags, or whose clock is wrong, says.
func TestFaultsOfState(t *testing.T) {
	atCounter(t, options(), func(v *counter) {
		v.fail("not-found=3s", "late-balances=5s")
		v.bid("one")
		query := "symbol=BTCUSDT&origClientOrderId=one"
		if r := v.ask("GET", orders, query); r.code() != -2013 {
			t.Errorf("at once: %s", r)
		}
		if r := v.ask("GET", "/api/v3/openOrders", "symbol=BTCUSDT"); r.body != "[]" {
			t.Errorf("at once: %s", r)
		}
		if r := v.ask("GET", "/api/v3/account", ""); !strings.Contains(r.body, `"asset":"USDT","free":"10000.00000000"`) {
			t.Errorf("at once: %s", r)
		}
		time.Sleep(3 * time.Second)
		if r := v.ask("GET", orders, query); r.status != 200 {
			t.Errorf("later: %s", r)
		}
		time.Sleep(2 * time.Second)
		if r := v.ask("GET", "/api/v3/account", ""); !strings.Contains(r.body, `"asset":"USDT","free":"9975.00000000","locked":"25.00000000"`) {
			t.Errorf("later: %s", r)
		}
	})
	atCounter(t, options(), func(v *counter) {
		v.fail("clock=-6s~1m")
		if r := v.bid("one"); r.code() != -1021 || !strings.Contains(r.body, "ahead of the server's time") {
			t.Error(r)
		}
		v.ClearFaults()
		v.fail("clock=6s~1m")
		if r := v.bid("one"); r.code() != -1021 || !strings.Contains(r.body, "outside of the recvWindow") {
			t.Error(r)
		}
		time.Sleep(55*time.Second - time.Duration(v.Now()%market.Time(market.Minute)))
		open := fmt.Sprintf("[[%d,", market.Minute.Floor(v.Now()).Millis())
		if r := v.ask("GET", "/api/v3/klines", "symbol=BTCUSDT&interval=1m&limit=1"); r.status != 200 || strings.HasPrefix(r.body, open) {
			t.Errorf("a bar that has closed by the clock that is shown, but not all of it: %s", r)
		}
		time.Sleep(time.Minute)
		if r := v.bid("one"); r.status != 200 {
			t.Error(r)
		}
	})
}

// TestFaultsAtTheDoor: a websocket may be refused, and nothing answers while the venue is
// down.
func TestFaultsAtTheDoor(t *testing.T) {
	atCounter(t, options(), func(v *counter) {
		for fault, status := range map[string]int{"status=503@GET /ws-api/v3*1": 503, "limited=5s@/ws-api/v3*1": 429, "html-503@GET /ws/0*1": 503} {
			v.fail(fault)
			path := "/ws-api/v3"
			if strings.Contains(fault, "/ws/0") {
				path = "/ws/0"
			}
			d := websocket.Dialer{NetDialContext: v.memory.Dial}
			_, res, err := d.Dial("ws://venue"+path, nil)
			if err == nil || res == nil || res.StatusCode != status {
				t.Errorf("%s: %v %v", fault, res, err)
			}
			v.dial(path).Close()
		}
		v.fail("down~5s")
		if r := v.bid("one"); !cut(r.err) {
			t.Error(r)
		}
		d := websocket.Dialer{NetDialContext: v.memory.Dial}
		if _, _, err := d.Dial("ws://venue/ws/0", nil); err == nil {
			t.Error("it answers")
		}
		time.Sleep(5 * time.Second)
		if r := v.bid("one"); r.status != 200 {
			t.Error(r)
		}
	})
}

// TestActs shows what happens behind a client's back.
func TestActs(t *testing.T) {
	atCounter(t, options(), func(v *counter) {
		statuses := func() string {
			var list []string
			for _, o := range v.State().Spot.Orders {
				list = append(list, o.Status+" "+o.Quantity.String())
			}
			return strings.Join(list, ", ")
		}
		v.bid("one")
		for _, c := range []struct{ fault, want string }{
			{"placed-by-hand@BTCUSDT", "NEW 0.5, NEW 0.128"},
			{"reduced-by-hand", "CANCELED 0.5, CANCELED 0.128, NEW 0.25"},
			{"cancelled-by-hand", "CANCELED 0.5, CANCELED 0.128, CANCELED 0.25"},
		} {
			v.fail(c.fault)
			if got := statuses(); got != c.want {
				t.Errorf("%s: %s, want %s", c.fault, got, c.want)
			}
		}
		v.fail("deposit=USDT/-100+1m", "tick-change=100")
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, b := range v.State().Spot.Balances {
			if b.Asset == "USDT" && b.Free.String() != "9900" {
				t.Errorf("after the deposit: %+v", b)
			}
		}
		if r := v.ask("GET", "/api/v3/exchangeInfo", ""); !strings.Contains(r.body, `"tickSize":"1.00000000"`) {
			t.Errorf("the tick: %.600s", r.body)
		}
		if err := v.SetFault(venue.Fault{Name: venue.FaultTick, On: "NONE"}); err == nil {
			t.Error("a fault that hits nothing was taken")
		}
	})
}

// TestFaultsFollowTheSeed: the same seed lets the same requests fail.
func TestFaultsFollowTheSeed(t *testing.T) {
	run := func(seed uint64) (pattern string) {
		o := options()
		o.Seed = seed
		atCounter(t, o, func(v *counter) {
			v.fail("unknown@order.place%0.5")
			for range 30 {
				if r := v.ask("POST", orders, "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1"); r.status == 200 {
					pattern += "."
				} else {
					pattern += "x"
				}
			}
		})
		return pattern
	}
	if a, b, c := run(1), run(1), run(2); a != b || a == c || strings.Count(a, "x") < 5 || strings.Count(a, ".") < 5 {
		t.Error(a, b, c)
	}
}

// TestEveryFaultIsShown: no fault is without a test.
func TestEveryFaultIsShown(t *testing.T) {
	shown := "hang reset html-503 status error limited banned gone slow unknown-late hang-taken reply-lost reply-cut html-503-taken unknown fill-before-ack" + // TestFaultsOfRequests, TestUnknownLate
		" lost close-lost duplicate reorder delay corrupt cut cut-mid silent disconnect shutdown down" + // TestFaultsOfStreams
		" clock not-found late-balances" + // TestFaultsOfState
		" tick-change cancelled-by-hand placed-by-hand reduced-by-hand deposit" + // TestActs
		" stream-terminated listen-key-expired" // TestUserStream, TestFaultsOfFutures
	for _, k := range venue.FaultKinds() {
		if !strings.Contains(" "+shown+" ", " "+k.Name+" ") {
			t.Error(k.Name)
		}
	}
}

// TestFaultsOfFutures shows that the private streams, and the websocket API, of USD-M obey
// the same rules.
func TestFaultsOfFutures(t *testing.T) {
	o := options()
	o.USDM = &venue.Listing{Instruments: []market.Instrument{perpetual("BTCUSDT", "BTC", "USDT")}, Bars: o.Spot.Bars, Balances: o.Spot.Balances}
	atCounter(t, o, func(v *counter) {
		var key struct{ ListenKey string }
		if r := v.ask("POST", "/fapi/v1/listenKey", ""); json.Unmarshal([]byte(r.body), &key) != nil || key.ListenKey == "" {
			t.Fatal(r)
		}
		private, api := v.dial("/private/ws/"+key.ListenKey), v.dial("/ws-fapi/v1")
		defer private.Close()
		defer api.Close()
		v.fail("duplicate@ORDER_TRADE_UPDATE.TRADE*1", "unknown@ws-fapi order.place*1", "not-found=3s")
		from := private.listen()
		if got := api.reply(v.signed("1", "order.place", atMarket("one"))); !strings.Contains(got, `"status":408,"error":{"code":-1007`) {
			t.Error(got)
		}
		if r := v.ask("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=one"); r.code() != -2013 {
			t.Error(r)
		}
		time.Sleep(3 * time.Second)
		if r := v.ask("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=one"); r.status != 200 {
			t.Error(r)
		}
		v.fail("listen-key-expired")
		fills, last := 0, ""
		for _, h := range all(from) {
			if strings.Contains(h.text, `"ORDER_TRADE_UPDATE"`) && strings.Contains(h.text, `"x":"TRADE"`) {
				fills++
			}
			last = h.text
		}
		if fills != 2 || !strings.Contains(last, `"e":"listenKeyExpired"`) {
			t.Errorf("%d fills, at last %s", fills, last)
		}
	})
}

// perpetual returns a perpetual future with the filters of a pair.
func perpetual(symbol, base, quote string) market.Instrument {
	in := pair(symbol, base, quote)
	in.Margin, in.Fees.InQuote = &market.Margin{Leverage: decimal.New(1, 0)}, true
	return in
}
