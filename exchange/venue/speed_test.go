package venue_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

var speed = flag.Bool("venue.speed", false, "measure streams at full size, for a minute")

// crowd is many kline streams of a venue, read by a few connections.
type crowd struct {
	symbols     int
	intervals   []string
	minutes     int // of the tape
	speed       float64
	closed      bool
	connections int
}

// heard is what a crowd was told.
type heard struct {
	frames, closes, lost int
	lags                 []time.Duration // of closes, behind the time at which they were due
	cpu, wall            time.Duration
}

// listen runs a venue over loopback sockets until every stream has told of its last bar, and
// fails where a bar is missing or comes twice.
func (c crowd) listen(t *testing.T) (h heard) {
	t.Helper()
	tape := bars(c.minutes, 100)
	o := venue.Options{Spot: &venue.Listing{}, Start: start, Speed: c.speed, Closed: c.closed, Fills: venue.ByTrade}
	var names []string
	for i := range c.symbols {
		base := fmt.Sprintf("C%d", i)
		o.Spot.Instruments = append(o.Spot.Instruments, pair(base+"USDT", base, "USDT"))
		o.Spot.Bars = append(o.Spot.Bars, tape)
		for _, interval := range c.intervals {
			names = append(names, strings.ToLower(base)+"usdt@kline_"+interval)
		}
	}
	o.Start = start - market.Time(c.speed*float64(time.Second)) // a second to connect
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	began, used := time.Now(), cpu()
	server := httptest.NewServer(v.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for names := range slices.Chunk(names, (len(names)+c.connections-1)/c.connections) {
		wg.Go(func() {
			one, err := c.read(server.URL, names, began)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			h.frames, h.closes, h.lost = h.frames+one.frames, h.closes+one.closes, h.lost+one.lost
			h.lags = append(h.lags, one.lags...)
		})
	}
	wg.Wait()
	h.wall, h.cpu = time.Since(began), cpu()-used
	if sent := v.Sent()["stream"]; sent < uint64(h.frames) {
		t.Errorf("%d frames came of %d", h.frames, sent)
	}
	cancel()
	<-ended
	server.Close()
	return h
}

// read takes the streams of one connection until each has told of its last bar.
func (c crowd) read(url string, names []string, began time.Time) (h heard, err error) {
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/stream?streams="+strings.Join(names, "/"), nil)
	if err != nil {
		return h, err
	}
	defer conn.Close()
	next, left := map[string]int64{}, 0
	for _, name := range names {
		_, interval, _ := strings.Cut(name, "_")
		if d, _ := market.ParseInterval(interval); d <= market.Interval(c.minutes)*market.Minute {
			left++
		}
	}
	for left > 0 {
		_, m, err := conn.ReadMessage()
		if err != nil {
			return h, err
		}
		if h.frames++; !bytes.Contains(m, []byte(`"x":true`)) {
			continue
		}
		h.closes++
		name, at, end := string(between(m, `"stream":"`, `"`)), number(m, `"E":`), number(m, `"T":`)+1
		due := time.Duration(float64(market.Millis(at)-start)/c.speed) + time.Second
		h.lags = append(h.lags, time.Since(began)-due)
		if was, ok := next[name]; ok && was != number(m, `"t":`) || !ok && number(m, `"t":`) != start.Millis() {
			h.lost++
		}
		next[name] = end
		if d := end - number(m, `"t":`); end-start.Millis()+d > int64(c.minutes)*60_000 {
			left--
		}
	}
	return h, nil
}

func between(m []byte, from, to string) []byte {
	_, rest, _ := bytes.Cut(m, []byte(from))
	text, _, _ := bytes.Cut(rest, []byte(to))
	return text
}

func number(m []byte, key string) int64 {
	n, _ := strconv.ParseInt(string(between(m, key, ",")), 10, 64)
	return n
}

// TestStreamsLoseNothing: bars that form and bars that close, many at a time.
func TestStreamsLoseNothing(t *testing.T) {
	for name, c := range map[string]crowd{
		"forming": {symbols: 20, intervals: []string{"1m", "3m", "5m"}, minutes: 5, speed: 400, connections: 2},
		"closed":  {symbols: 100, intervals: []string{"1m"}, minutes: 60, speed: 5000, closed: true, connections: 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := c.listen(t)
			want := 0
			for _, text := range c.intervals {
				d, _ := market.ParseInterval(text)
				want += c.symbols * market.Resample(bars(c.minutes, 100), d, start+market.Time(c.minutes)*60e9).Len()
			}
			if h.lost > 0 || h.closes != want || !c.closed && h.frames < 10*h.closes {
				t.Errorf("%d frames, %d closes, %d of them not in turn; want %d", h.frames, h.closes, h.lost, want)
			}
		})
	}
}

func TestSpeed(t *testing.T) {
	if !*speed {
		t.Skip("measures at full size with -venue.speed")
	}
	t.Logf("%s, %d CPUs (%s)", runtime.Version(), runtime.NumCPU(), model())
	for _, c := range []crowd{
		{symbols: 100, intervals: strings.Fields("1m 3m 5m 15m 30m 1h 2h 4h 6h 1d"), minutes: 10, speed: 20, connections: 4},
		{symbols: 1000, intervals: []string{"1m"}, minutes: 500, speed: 1000, closed: true, connections: 4},
	} {
		h := c.listen(t)
		slices.Sort(h.lags)
		t.Logf("%d streams at ×%g, closed alone %v: %d frames, %d closes, %d lost, %.0f frames/s; late by %s (p50), %s (p99), %s (most); CPU of venue and readers %s in %s",
			c.symbols*len(c.intervals), c.speed, c.closed, h.frames, h.closes, h.lost, float64(h.frames)/h.wall.Seconds(),
			h.lags[len(h.lags)/2], h.lags[len(h.lags)*99/100], h.lags[len(h.lags)-1], h.cpu.Round(time.Millisecond), h.wall.Round(time.Millisecond))
		if h.lost > 0 {
			t.Errorf("%d bars are not in turn", h.lost)
		}
	}
}

// model returns what the processor calls itself.
func model() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	return string(bytes.TrimSpace(between(b, "model name\t:", "\n")))
}
