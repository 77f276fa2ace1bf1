package binance_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

// handled is a transport that asks a handler.
type handled struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h handled) RoundTrip(q *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	served := q.Clone(q.Context())
	if served.Body == nil {
		served.Body = http.NoBody // as a server has it
	}
	h.ServeHTTP(w, served)
	return w.Result(), q.Context().Err()
}

// listing is a market of the local venue with a tape of minutes, some of which are missing.
func listing(usdm bool, start market.Time, minutes int, symbols ...string) *venue.Listing {
	l := &venue.Listing{}
	for _, symbol := range symbols {
		base, quote, _ := market.SplitSymbol(symbol)
		in := market.Bare(symbol, base, quote)
		in.Venue = binance.Spot
		if usdm {
			in.Venue, in.Margin, in.Fees.InQuote = binance.USDM, &market.Margin{Leverage: decimal.New(1, 0)}, true
			hour := market.Hour.Floor(start) + market.Time(market.Hour)
			l.Fundings = append(l.Fundings, []market.Funding{{Time: hour, Rate: decimal.New(1, -4)}, {Time: hour + market.Time(market.Hour), Rate: decimal.New(2, -4)}})
		}
		c := market.MakeColumns(market.Minute, minutes)
		r := rand.New(rand.NewPCG(uint64(symbol[0]), 1))
		for i, price := 0, 1000.0; i < minutes; i++ {
			open := price
			price += float64(r.IntN(11) - 5)
			if i == 0 || r.IntN(20) > 0 {
				c.Append(market.Bar{OpenTime: start + market.Time(i)*market.Time(market.Minute), Open: open, High: max(open, price) + 2, Low: min(open, price) - 2, Close: price, Volume: float64(1 + r.IntN(50))})
			}
		}
		l.Instruments, l.Bars = append(l.Instruments, in), append(l.Bars, c)
	}
	return l
}

// marketOf returns the public side of one of the markets of a venue in the same bubble.
func marketOf(t *testing.T, v *venue.Venue, name string) exchange.Market {
	t.Helper()
	l := memnet.Listen()
	server := &http.Server{Handler: v.Handler()}
	done := make(chan error)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	for _, p := range binance.Plugins() {
		if p.Name != name {
			continue
		}
		c := p.New().(*binance.Config)
		c.Env, c.Address = "local", "http://127.0.0.1:1"
		m, err := c.Market(exchange.Env{HTTP: &http.Client{Transport: handled{v.Handler()}}, Dial: l.Dial})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	t.Fatalf("no exchange is called %s", name)
	return nil
}

// TestStreamOfTheVenue: what the local venue plays arrives, bar by bar and once, also when
// its time passes faster than ours; so do its fundings.
func TestStreamOfTheVenue(t *testing.T) {
	for _, usdm := range []bool{false, true} {
		for _, speed := range []float64{1, 20} {
			t.Run(fmt.Sprint(usdm, speed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { streamVenue(t, usdm, speed) })
			})
		}
	}
}

func streamVenue(t *testing.T, usdm bool, speed float64) {
	time.Sleep(time.Until(time.Date(2024, 5, 1, 8, 30, 0, 0, time.UTC))) // bubbles begin in 2000
	start := market.TimeOf(time.Now())
	l := listing(usdm, start, 130, "BTCUSDT", "ETHUSDT", "SOLUSDT")
	o, name := venue.Options{Spot: l, Start: start, Speed: speed}, binance.Spot
	if usdm {
		o.Spot, o.USDM, name = nil, l, binance.USDM
	}
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(float64(2*time.Hour)/speed))
	defer cancel()
	ended := make(chan error)
	go func() { ended <- v.Run(ctx) }()
	var subs []exchange.Subscription
	for _, in := range l.Instruments {
		subs = append(subs, exchange.Subscription{Instrument: in, Interval: market.Minute})
	}
	got := make([]*market.Columns, len(subs))
	for i := range got {
		got[i] = market.MakeColumns(market.Minute, 130)
	}
	var fundings []string
	readies := 0
	err = marketOf(t, v, name).Stream(ctx, subs, func() { readies++ }, func(e exchange.Event) {
		switch {
		case e.Funding != nil:
			fundings = append(fundings, fmt.Sprint(e.Subscription, e.Funding.Time.UTC().Format(" 15:04 "), e.Funding.Rate))
		case e.Gap == nil:
			got[e.Subscription].Append(e.Bar)
		}
	})
	if <-ended; !errors.Is(err, context.DeadlineExceeded) || readies != 1 {
		t.Errorf("ready %d times, %v", readies, err)
	}
	for i, c := range l.Bars {
		n := c.Search(start + 115*market.Time(market.Minute))
		if m := got[i].Len(); m < n {
			t.Fatalf("%s: %d bars of %d", subs[i].Instrument.Symbol, m, n)
		}
		for row := range got[i].Len() {
			if got[i].Bar(row) != c.Bar(row) {
				t.Fatalf("%s: bar %d is %+v, want %+v", subs[i].Instrument.Symbol, row, got[i].Bar(row), c.Bar(row))
			}
		}
	}
	want := map[bool]int{true: 6}[usdm]
	if len(fundings) != want {
		t.Error(cmp.Diff(want, len(fundings)), fundings)
	}
}

// TestBarAfterAWrongTime: the venue's clock is ahead when it is asked for the time, and right
// again when it is asked for the bars that have closed by it: the one that still forms is not
// taken for a whole one.
func TestBarAfterAWrongTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2024, 5, 1, 8, 30, 0, 0, time.UTC)))
		start := market.TimeOf(time.Now())
		l := listing(false, start, 20, "BTCUSDT")
		v, err := venue.New(venue.Options{Spot: l, Start: start, Speed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"lost@*kline*+50s~5m", "clock=50s+65s~12s", "slow=9s@klines+60s~20s"} {
			f, err := venue.ParseFault(text)
			if err == nil {
				err = v.SetFault(f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		ended := make(chan error)
		go func() { ended <- v.Run(ctx) }()
		row := 0
		_ = marketOf(t, v, binance.Spot).Stream(ctx, []exchange.Subscription{{Instrument: l.Instruments[0], Interval: market.Minute}}, func() {}, func(e exchange.Event) {
			if e.Gap != nil {
				return
			}
			if want := l.Bars[0].Bar(row); e.Bar != want {
				t.Errorf("bar %d is %+v, want %+v", row, e.Bar, want)
			}
			row++
		})
		if <-ended; row < l.Bars[0].Search(start+8*market.Time(market.Minute)) {
			t.Errorf("only %d bars came", row)
		}
	})
}

// TestMarketOfTheVenue asks the local venue by REST.
func TestMarketOfTheVenue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2024, 5, 1, 8, 30, 0, 0, time.UTC)))
		start := market.TimeOf(time.Now()) - 60*market.Time(market.Minute)
		l := listing(true, start, 90, "BTCUSDT", "ETHUSDT")
		v, err := venue.New(venue.Options{USDM: l, Start: market.TimeOf(time.Now()), Speed: 1})
		if err != nil {
			t.Fatal(err)
		}
		m := marketOf(t, v, binance.USDM)
		in, err := m.Instruments(t.Context(), []string{"ETHUSDT", "BTCUSDT"})
		if err != nil || len(in) != 2 || in[0].Symbol != "ETHUSDT" || in[1].Symbol != "BTCUSDT" || in[0].Margin == nil {
			t.Errorf("%+v, %v", in, err)
		}
		if _, err := m.Instruments(t.Context(), []string{"XRPUSDT"}); !errors.Is(err, binance.ErrSymbol) {
			t.Error(err)
		}
		n := 0
		for b, err := range m.Bars(t.Context(), l.Instruments[0], market.Minute, start, 0) {
			if err != nil || b != l.Bars[0].Bar(n) {
				t.Fatalf("bar %d: %+v, %v", n, b, err)
			}
			n++
		}
		if want := l.Bars[0].Search(market.TimeOf(time.Now())); n != want {
			t.Errorf("%d bars, want %d", n, want)
		}
	})
}
