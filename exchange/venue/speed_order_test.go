package venue_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
)

// BenchmarkSignedOrders is one client on one core that places a limit order and cancels it,
// over loopback. Client and server share the core.
func BenchmarkSignedOrders(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	o := options()
	o.Limits = venue.Limits{Orders10s: 1 << 40, OrdersDay: 1 << 40, Raw: 1 << 40, Weight: 1 << 40}
	o.Spot.Balances["USDT"] = decimal.New(1, 12)
	d := open(b, o)
	d.step()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: d.venue.Handler()}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	stamp := d.venue.Now().Millis()
	ask := func(method, query string) {
		query = fmt.Sprintf("%s&timestamp=%d", query, stamp)
		fmt.Fprintf(conn, "%s /api/v3/order?%s&signature=%s HTTP/1.1\r\nHost: venue\r\nX-MBX-APIKEY: %s\r\n\r\n", method, query, signature(query), api)
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			b.Fatal(err)
		}
		if body, _ := io.ReadAll(r.Body); r.StatusCode != 200 {
			b.Fatal(string(body))
		}
	}
	var took []time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		from := time.Now()
		if i%2 == 0 {
			ask("POST", fmt.Sprintf("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50&newClientOrderId=c%d&newOrderRespType=FULL", i))
		} else {
			ask("DELETE", fmt.Sprintf("symbol=BTCUSDT&origClientOrderId=c%d", i-1))
		}
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
