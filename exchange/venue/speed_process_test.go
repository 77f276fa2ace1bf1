package venue_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

var (
	running     = flag.String("venue.address", "", "host:port of a 'signalman venue' for BenchmarkOrdersFromOutside, with its key in the environment")
	connections = flag.Int("venue.connections", 4, "of BenchmarkOrdersFromOutside")
)

const served = "SIGNALMAN_VENUE_SERVED" // set in the process that TestServed serves in

// TestServed is the process that BenchmarkOrdersFromOutside measures: a venue by the wall
// clock, until its input ends.
func TestServed(t *testing.T) {
	if os.Getenv(served) == "" {
		t.Skip("it is run by BenchmarkOrdersFromOutside")
	}
	o := options()
	o.Speed, o.Start = 1, market.TimeOf(time.Now())
	c := bars(10_000, 100)
	for i := range c.OpenTime {
		c.OpenTime[i] += o.Start - start - market.Time(time.Hour)
	}
	o.Spot.Bars[0] = c
	o.Limits = venue.Limits{Orders10s: 1 << 40, OrdersDay: 1 << 40, Raw: 1 << 40, Weight: 1 << 40}
	o.Spot.Balances = map[string]decimal.Decimal{"USDT": decimal.New(1, 9), "BTC": decimal.New(1, 6)}
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- v.Run(ctx) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: v.Handler()}
	go func() { _ = server.Serve(l) }()
	fmt.Println("at", l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = server.Close()
	stop()
	<-ran
}

// BenchmarkOrdersFromOutside sends signed orders over loopback to a venue in another process
// with one core: limit orders that are placed and cancelled, and market orders. Of a venue
// that is running already, which limits the orders that rest, it sends market orders.
//
//	go test ./exchange/venue -run '^$' -bench FromOutside -benchtime 50000x
func BenchmarkOrdersFromOutside(b *testing.B) {
	if *running != "" {
		b.Run("market", func(b *testing.B) { sendOrders(b, *running, marketOrders) })
		return
	}
	address, used := serveApart(b)
	for name, order := range map[string]func(int) (string, string){"limit": limitOrders, "market": marketOrders} {
		b.Run(name, func(b *testing.B) {
			before := used()
			sendOrders(b, address, order)
			if after := used(); after > before {
				b.ReportMetric(float64((after-before).Microseconds())/float64(b.N), "served-cpu-µs/op")
			}
		})
	}
}

// limitOrders is one that rests and, after it, its cancel.
func limitOrders(i int) (method, query string) {
	if i%2 == 0 {
		return "POST", fmt.Sprintf("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60&newClientOrderId=c%d&newOrderRespType=FULL", i)
	}
	return "DELETE", fmt.Sprintf("symbol=BTCUSDT&origClientOrderId=c%d", i-1)
}

func marketOrders(i int) (method, query string) {
	return "POST", "symbol=BTCUSDT&type=MARKET&quantity=0.1&newOrderRespType=FULL&side=" + []string{"BUY", "SELL"}[i%2]
}

// serveApart runs TestServed in another process with one core, and returns its address and
// what it has used of the processor.
func serveApart(b *testing.B) (address string, used func() time.Duration) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestServed$")
	cmd.Env = append(os.Environ(), served+"=1", "GOMAXPROCS=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	if _, err := fmt.Fscanf(out, "at %s\n", &address); err != nil {
		b.Fatal(err)
	}
	return address, func() time.Duration { return usedBy(cmd.Process.Pid) }
}

// usedBy returns what a process has used of the processor; 0 where the system does not tell.
func usedBy(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	var user, system int64 // in hundredths of a second
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	_, _ = fmt.Sscan(f[11]+" "+f[12], &user, &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// sendOrders sends b.N orders over some connections at once.
func sendOrders(b *testing.B, address string, order func(i int) (method, query string)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	took := make([][]time.Duration, *connections)
	run := time.Now().UnixNano() % 1e9 * 1e6 // so that names are new
	b.ResetTimer()
	for k := range took {
		wait.Go(func() {
			s := dial(b, address)
			defer s.Close()
			for i := int(run) + k*1e6; next.Add(1) <= int64(b.N); i++ {
				from := time.Now()
				if err := s.send(order(i)); err != nil {
					b.Error(err)
					return
				}
				took[k] = append(took[k], time.Since(from))
			}
		})
	}
	wait.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}

// sender is a connection over which one order after the other is sent.
type sender struct {
	net.Conn
	in          *bufio.Reader
	key, secret string
	ahead       time.Duration // the venue's clock is so much ahead
}

func dial(b *testing.B, address string) *sender {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	s := &sender{Conn: conn, in: bufio.NewReader(conn), key: api, secret: "secret"}
	if *running != "" {
		s.key, s.secret = os.Getenv("SIGNALMAN_VENUE_KEY"), os.Getenv("SIGNALMAN_VENUE_SECRET")
	}
	body, err := s.ask("GET", "/api/v3/time")
	var is struct{ ServerTime int64 }
	if err == nil {
		err = json.Unmarshal(body, &is)
	}
	if err != nil {
		b.Fatal(err)
	}
	s.ahead = time.Until(time.UnixMilli(is.ServerTime))
	return s
}

func (s *sender) send(method, query string) error {
	query = fmt.Sprintf("%s&timestamp=%d", query, time.Now().Add(s.ahead).UnixMilli())
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(query))
	_, err := s.ask(method, "/api/v3/order?"+query+"&signature="+hex.EncodeToString(mac.Sum(nil)))
	return err
}

func (s *sender) ask(method, target string) ([]byte, error) {
	if _, err := fmt.Fprintf(s, "%s %s HTTP/1.1\r\nHost: venue\r\nX-MBX-APIKEY: %s\r\nContent-Length: 0\r\n\r\n", method, target, s.key); err != nil {
		return nil, err
	}
	r, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, body)
	}
	return body, err
}
