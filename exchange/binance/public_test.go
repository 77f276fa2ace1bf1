package binance_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/binancetest"
	"github.com/signalman-trading/signalman/market"
)

const minute = market.Time(market.Minute)

// start is when the bars of the tests begin.
var start = market.TimeOf(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))

// A clock stands still unless somebody sleeps.
type clock struct {
	sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.Lock()
	defer c.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// client returns a client of s whose pauses take no time; the server has the same clock.
func client(t *testing.T, s *binancetest.Server, now market.Time, o binance.Options) (*binance.Public, *clock) {
	t.Helper()
	c := &clock{now: now.UTC()}
	s.Now = func() market.Time { return market.TimeOf(c.Now()) }
	o.BaseURL, o.Now, o.Sleep, o.HTTP = s.URL(), c.Now, c.Sleep, new(http.Client) // which has limits of its own
	return binance.NewPublic(o), c
}

// spot is a server of n minutes of BTCUSDT.
func spot(t *testing.T, n int) (*binancetest.Server, *market.Columns) {
	t.Helper()
	s := binancetest.New(start)
	t.Cleanup(s.Close)
	c := binancetest.Walk(1, market.Minute, start, n)
	s.Put("BTCUSDT", c)
	return s, c
}

// take collects what is yielded, up to the error.
func take[T any](rows iter.Seq2[T, error]) (all []T, err error) {
	for row, e := range rows {
		if e != nil {
			return all, e
		}
		all = append(all, row)
	}
	return all, nil
}

func rows(c *market.Columns) (all []market.Bar) {
	for i := range c.Len() {
		all = append(all, c.Bar(i))
	}
	return all
}

// TestKlines: whatever the pages, the bars are those of the venue, without the one that
// is not whole.
func TestKlines(t *testing.T) {
	s, c := spot(t, 5000)
	all := rows(c)
	for _, test := range []struct {
		name     string
		now      market.Time
		from, to market.Time
		lanes    int
		want     []market.Bar
		requests int
	}{
		{"all", start + 6000*minute, start, 0, 4, all, 7}, // five pages, one that is empty, the time
		{"one lane", start + 6000*minute, start, 0, 1, all, 7},
		{"part", start + 6000*minute, start + 10*minute, start + 20*minute, 4, all[10:20], 2},
		{"between bars", start + 6000*minute, start + 10*minute - 1, start + 20*minute - 1, 4, all[10:20], 2},
		{"to a page's end", start + 6000*minute, start, start + 1000*minute, 4, all[:1000], 2},
		{"the last one grows", start + 100*minute + 59*minute/60, start, 0, 4, all[:100], 2},
		{"it is whole", start + 101*minute, start, 0, 4, all[:101], 2},
		{"before the first", start + 6000*minute, start - 500_000*minute, start + 3*minute, 1, all[:3], 4},
		{"nothing", start + 6000*minute, start - 50*minute, start, 4, nil, 2},
		{"none", start + 6000*minute, start + 50*minute, start + 50*minute, 4, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, _ := client(t, s, test.now, binance.Options{Lanes: test.lanes})
			got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, test.from, test.to))
			if err != nil || !cmp.Equal(got, test.want) {
				t.Fatalf("%d bars, want %d: %v", len(got), len(test.want), err)
			}
			if n := p.Usage().Requests; n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// TestKlinesOfUSDM: pages of the futures are longer.
func TestKlinesOfUSDM(t *testing.T) {
	s := binancetest.NewUSDM(start)
	defer s.Close()
	c := binancetest.Walk(2, market.Minute, start, 4000)
	s.Put("BTCUSDT", c)
	p, _ := client(t, s, start+4000*minute, binance.Options{USDM: true})
	got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
	if err != nil || !cmp.Equal(got, rows(c)) {
		t.Fatalf("%d bars: %v", len(got), err)
	}
	if got, want := p.Usage(), (binance.Usage{Requests: 4, Weight: 31}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestGaps: bars that the venue lacks are lacking, whole pages too.
func TestGaps(t *testing.T) {
	for _, gap := range [][2]market.Time{{10, 20}, {990, 1010}, {1000, 2000}, {500, 4700}, {1999, 2001}} {
		s, c := spot(t, 5000)
		c = binancetest.Without(c, start+gap[0]*minute, start+gap[1]*minute)
		s.Put("BTCUSDT", c)
		p, _ := client(t, s, start+5000*minute, binance.Options{})
		got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
		if err != nil || !cmp.Equal(got, rows(c)) {
			t.Errorf("gap %v: %d bars: %v", gap, len(got), err)
		}
	}
}

// TestStop: who wants no more gets no more, and nothing is left running.
func TestStop(t *testing.T) {
	s, _ := spot(t, 5000)
	p, _ := client(t, s, start+5000*minute, binance.Options{})
	n := 0
	for range p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0) {
		if n++; n == 1500 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err := range p.Klines(ctx, "BTCUSDT", market.Minute, start, 0) {
		if n--; n == 100 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n > 100 {
		t.Error("it went on")
	}
}

// TestFaults: what may pass is asked again until it has; the rest is an error at once. All
// of them say what to do.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		fault string
		again bool   // it is asked again
		want  string // in the error, where it stays
	}{
		{"429", true, `429 Too Many Requests: -1003 "Too much request weight used`},
		{"418", true, "418 I'm a teapot"},
		{"ban", false, "no request from this address for 72h0m0s: wait that long"},
		{"500", true, "-1001"},
		{"503", true, `503 Service Unavailable: "<!DOCTYPE html>`},
		{"403", false, "firewall refuses this address"},
		{"451", false, "--base-url https://data-api.binance.vision"},
		{"400", false, "400 Bad Request: -1100"},
		{"html", true, `not what was asked for: 60 bytes that begin with "<!DOCTYPE html>`},
		{"null", true, "not what was asked for"},
		{"object", true, "not what was asked for"},
		{"short", true, "not what was asked for"},
		{"types", true, "row 1: open time 0 is not a time in milliseconds since 1970"},
		{"nan", true, `row 1: open "NaN" is not a number`},
		{"number", true, "row 1: open time"},
		{"nothing", true, "0 bytes that begin with"},
		{"cut", true, "unexpected EOF"},
		{"hang", true, "no whole answer within 100ms"},
		{"large", false, "answer is too large: more than 8388608 bytes"},
		{"redirect", false, "redirects elsewhere"},
	} {
		t.Run(test.fault, func(t *testing.T) {
			s, c := spot(t, 100)
			fault := binancetest.Faults[test.fault]
			timeout := time.Minute
			if test.fault == "hang" {
				timeout = 100 * time.Millisecond
			}
			p, clock := client(t, s, start+100*minute, binance.Options{Timeout: timeout})
			s.Fail(nil, fault) // the time passes
			got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
			if test.again && (err != nil || !cmp.Equal(got, rows(c)) || len(clock.slept) == 0) {
				t.Errorf("asked once more: %d bars, pauses %v: %v", len(got), clock.slept, err)
			}
			s.Fail(nil, fault, fault, fault, fault, fault, fault)
			p, clock = client(t, s, start+100*minute, binance.Options{Timeout: timeout})
			_, err = take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
			var e *market.Error
			if !errors.As(err, &e) || e.Class != market.Venue || e.Hint == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\nwant %s", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") || strings.Contains(err.Error(), "?") || len(err.Error()) > 500 {
				t.Errorf("error has the address, or is no line: %v", err)
			}
			if again := len(clock.slept) > 0; again != test.again {
				t.Errorf("pauses %v", clock.slept)
			}
		})
	}
}

// TestRetryAfter: the venue says how long to wait, and every lane does.
func TestRetryAfter(t *testing.T) {
	s, c := spot(t, 5000)
	p, clock := client(t, s, start+5000*minute, binance.Options{})
	s.Fail(nil, nil, nil, binancetest.Later(429, 17))
	got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
	if err != nil || !cmp.Equal(got, rows(c)) {
		t.Fatalf("%d bars: %v", len(got), err)
	}
	if now := market.TimeOf(clock.Now()); now < start+5000*minute+17*market.Time(time.Second) {
		t.Errorf("it went on at %s", now)
	}
}

// TestBan: a ban that is longer than anybody waits for is an error, and so is whatever is
// asked before it ends; nothing is sent.
func TestBan(t *testing.T) {
	s, _ := spot(t, 10)
	p, clock := client(t, s, start+10*minute, binance.Options{})
	s.Fail(binancetest.Faults["ban"])
	for range 2 {
		if _, err := p.Time(t.Context()); market.ClassOf(err) != market.Venue || !strings.Contains(err.Error(), "72h0m0s") {
			t.Error(err)
		}
	}
	if n := len(s.Requests()); n != 1 || len(clock.slept) > 0 {
		t.Errorf("%d requests, pauses %v", n, clock.slept)
	}
	clock.now = clock.now.Add(72 * time.Hour)
	if _, err := p.Time(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBanIsSaid: a ban counts wherever the answer says it, and a time that cannot be waited
// for is none that is waited for.
func TestBanIsSaid(t *testing.T) {
	for name, test := range map[string]struct {
		after, message string
		want           string // of the error; "" waits for a minute
	}{
		"only in the message":  {"", "Way too much request weight used; IP banned until 1709287500012. Please use WebSocket Streams.", "for 9h54m59s: wait"},
		"later in the message": {"7", "IP banned until 1709287500012.", "for 9h54m59s: wait"},
		"over already":         {"", "IP banned until 1609287500012.", ""},
		"beyond all numbers":   {"99999999999999999999999", "Too much.", "for 72h0m0s: wait"},
		"of centuries":         {"9999999999", "Too much.", "for 72h0m0s: wait"},
		"no number":            {"soon", "Too much.", ""},
	} {
		s, _ := spot(t, 10)
		p, clock := client(t, s, start+10*minute, binance.Options{})
		clock.now = clock.now.Add(987 * time.Millisecond)
		s.Fail(binancetest.Refused(418, test.after, test.message))
		_, err := p.Time(t.Context())
		switch {
		case test.want == "":
			if err != nil || len(clock.slept) == 0 || clock.slept[0] != time.Minute {
				t.Errorf("%s: pauses %v: %v", name, clock.slept, err)
			}
		case err == nil || !strings.Contains(err.Error(), test.want) || len(s.Requests()) != 1:
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// TestTwoAnswers: what comes behind an answer is not passed over.
func TestTwoAnswers(t *testing.T) {
	s, c := spot(t, 2)
	p, _ := client(t, s, start+2*minute, binance.Options{})
	s.Fail(nil, binancetest.Status(200, `[][]`))
	got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
	if err != nil || !cmp.Equal(got, rows(c)) || len(s.Requests()) != 3 {
		t.Errorf("%d bars of %d requests: %v", len(got), len(s.Requests()), err)
	}
}

// TestShortPages: a venue that answers with less than was asked for is asked on.
func TestShortPages(t *testing.T) {
	for _, most := range []int{1, 333, 500} {
		n := 12 * most
		s, c := spot(t, n)
		c = binancetest.Without(c, start+market.Time(most-1)*minute, start+market.Time(most+1)*minute)
		s.Put("BTCUSDT", c)
		s.Most, s.Limit = most, 1e9
		p, _ := client(t, s, start+market.Time(n)*minute, binance.Options{})
		got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
		if err != nil || !cmp.Equal(got, rows(c)) {
			t.Errorf("%d a page: %d bars: %v", most, len(got), err)
		}
	}
	s := binancetest.NewUSDM(start)
	defer s.Close()
	s.Most = 100
	for i := range 250 {
		s.Fundings["BTCUSDT"] = append(s.Fundings["BTCUSDT"], market.Funding{Time: start + market.Time(i)*8*60*minute, Rate: decimal.New(1, -4)})
	}
	p, _ := client(t, s, start+2600*8*60*minute, binance.Options{USDM: true})
	if got, err := take(p.Fundings(t.Context(), "BTCUSDT", start, 0)); err != nil || len(got) != 250 {
		t.Errorf("%d fundings: %v", len(got), err)
	}
}

// TestGovernor: the weight of a minute stays under the limit of the venue, whose count
// includes what others ask.
func TestGovernor(t *testing.T) {
	s, c := spot(t, 60_000)
	s.Limit = 6000
	p, clock := client(t, s, start+60_000*minute, binance.Options{Lanes: 1})
	s.Count(3550) // by others: 50 are left of 60 %
	got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
	if err != nil || !cmp.Equal(got, rows(c)) {
		t.Fatalf("%d bars: %v", len(got), err)
	}
	total := time.Duration(0)
	for _, d := range clock.slept {
		total += d
	}
	if total <= 0 || total > time.Minute {
		t.Errorf("it paused for %s, want to the end of the minute", total)
	}
}

// TestBadPages: rows that cannot be are refused, with their number.
func TestBadPages(t *testing.T) {
	for _, test := range []struct {
		name   string
		mangle func([][]any) [][]any
		want   string
	}{
		{"twice", func(r [][]any) [][]any { r[4] = r[3]; return r }, "row 5: open time 2024-03-01T00:03:00Z does not follow 2024-03-01T00:03:00Z"},
		{"swapped", func(r [][]any) [][]any { r[4], r[3] = r[3], r[4]; return r }, "row 5: open time 2024-03-01T00:03:00Z does not follow"},
		{"early", func(r [][]any) [][]any { r[0][0], r[0][6] = start.Millis()-60_000, start.Millis()-1; return r }, "row 1: open time 2024-02-29T23:59:00Z is not in what was asked for"},
		{"too long", func(r [][]any) [][]any { r[1][6] = start.Millis() + 300_000; return r }, "row 2: close time 2024-03-01T00:05:00Z is not within 1m"},
		{"hexadecimal", func(r [][]any) [][]any { r[2][1] = "0x10"; return r }, `row 3: open "0x10" is not a number`},
		{"infinite", func(r [][]any) [][]any { r[2][5] = "Inf"; return r }, `row 3: volume "Inf" is not a number`},
		{"too dense", func(r [][]any) [][]any {
			for i := range r {
				r[i][0], r[i][6] = start.Millis()+int64(i)*30_000, start.Millis()+int64(i)*30_000+29_999
			}
			return r
		}, "most rows open less than 1m after the one before"},
		{"few columns", func(r [][]any) [][]any { r[2] = r[2][:6]; return r }, "invalid kline response"},
		{"a null", func(r [][]any) [][]any { r[2] = nil; return r }, "invalid kline response"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := spot(t, 100)
			s.Mangle = test.mangle
			p, _ := client(t, s, start+100*minute, binance.Options{})
			got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "klines of BTCUSDT 1m from 2024-03-01T00:00:00Z") {
				t.Errorf("%d bars: %v\nwant %s", len(got), err, test.want)
			}
		})
	}
}

// TestBadRows: bars that the venue has and nobody can use are told one by one, and the
// others come.
func TestBadRows(t *testing.T) {
	s, c := spot(t, 1500)
	s.Mangle = func(r [][]any) [][]any {
		for i := 10; i < 15 && r[0][0] == start.Millis(); i++ {
			r[i][0] = start.Millis() + int64(i)*60_000 + 14_789 // as in the February of 2018
			r[i][6] = start.Millis() + int64(i)*60_000 + 74_788
		}
		if r[0][0] == start.Millis() {
			r[20][2], r[21][5], r[22][6] = "1", "-1", start.Millis()+22*60_000+5 // the last ended early
		}
		return r
	}
	p, _ := client(t, s, start+1500*minute, binance.Options{})
	var got []market.Bar
	var bad []string
	for b, err := range p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0) {
		switch {
		case err == nil:
			got = append(got, b)
		case errors.Is(err, binance.ErrRow):
			bad = append(bad, err.Error())
		default:
			t.Fatal(err)
		}
	}
	all := rows(c)
	if want := slices.Concat(all[:10], all[15:20], all[22:]); !cmp.Equal(got, want) {
		t.Errorf("%d bars, want %d", len(got), len(want))
	}
	if len(bad) != 7 || bad[0] != "binance: kline of BTCUSDT 1m at 2024-03-01T00:10:14.789Z: bad bar of the venue: open time 2024-03-01T00:10:14.789Z is not on the grid of 1m; it can only be left out" {
		t.Error(bad)
	}
}

// TestLooseVenue: rows behind the end, as of a server that knows no endTime, are left out.
func TestLooseVenue(t *testing.T) {
	s, c := spot(t, 2500)
	s.Loose = true
	p, _ := client(t, s, start+2500*minute-1, binance.Options{})
	got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
	if err != nil || !cmp.Equal(got, rows(c)[:2499]) {
		t.Errorf("%d bars: %v", len(got), err)
	}
}

func TestUnknownSymbol(t *testing.T) {
	s, _ := spot(t, 10)
	p, _ := client(t, s, start+10*minute, binance.Options{})
	if _, err := take(p.Klines(t.Context(), "NOSUCH", market.Minute, start, 0)); !errors.Is(err, binance.ErrSymbol) {
		t.Error(err)
	}
	if _, err := p.ExchangeInfo(t.Context(), "NOSUCH"); !errors.Is(err, binance.ErrSymbol) {
		t.Error(err)
	}
}

// TestClock: the venue's clock counts, not ours.
func TestClock(t *testing.T) {
	s, c := spot(t, 100)
	p, clock := client(t, s, start+50*minute, binance.Options{})
	s.Now = func() market.Time { return market.TimeOf(clock.Now()) + 10*minute }
	got, err := take(p.Klines(t.Context(), "BTCUSDT", market.Minute, start, 0))
	if err != nil || !cmp.Equal(got, rows(c)[:60]) {
		t.Errorf("%d bars: %v", len(got), err)
	}
	if now, err := p.Now(t.Context()); err != nil || now != start+60*minute || p.Usage().Requests != 2 {
		t.Errorf("%s after %d requests: %v", now, p.Usage().Requests, err)
	}
}

func TestExchangeInfo(t *testing.T) {
	s, _ := spot(t, 10)
	s.Put("ETHUSDT", binancetest.Walk(3, market.Minute, start, 1))
	p, _ := client(t, s, start+10*minute, binance.Options{})
	for _, test := range []struct{ ask, want []string }{{nil, []string{"BTCUSDT", "ETHUSDT"}}, {[]string{"ETHUSDT"}, []string{"ETHUSDT"}}} {
		b, err := p.ExchangeInfo(t.Context(), test.ask...)
		if err != nil {
			t.Fatal(err)
		}
		info, err := binance.ParseExchangeInfo(b)
		if err != nil || len(info.Skipped) > 0 {
			t.Fatal(err, info)
		}
		var got []string
		for _, i := range info.Instruments {
			got = append(got, i.Symbol)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFundings(t *testing.T) {
	s := binancetest.NewUSDM(start)
	defer s.Close()
	var want []market.Funding
	for i := range 2500 {
		f := market.Funding{Time: start + market.Time(i)*8*60*minute, Rate: decimal.New(int64(i-1000), -8)}
		if i > 100 {
			f.Mark = decimal.New(int64(i), -2)
		}
		want = append(want, f)
		f.Time += market.Time(i%7-3) * market.Time(time.Millisecond) // as the venue has them
		s.Fundings["BTCUSDT"] = append(s.Fundings["BTCUSDT"], f)
	}
	p, _ := client(t, s, start+2600*8*60*minute, binance.Options{USDM: true})
	for _, test := range []struct {
		from, to market.Time
		want     []market.Funding
	}{
		{start, 0, want},
		{start - 1e6*minute, start + 1e7*minute, want},
		{want[5].Time, want[10].Time, want[5:10]},
		{want[5].Time + 1, want[10].Time + 1, want[6:11]},
	} {
		got, err := take(p.Fundings(t.Context(), "BTCUSDT", test.from, test.to))
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%d fundings: %v", len(got), err)
		}
	}
	s.Fail(binancetest.Status(200, `[{"symbol":"ETHUSDT","fundingRate":"0.1","fundingTime":1709251200000,"markPrice":""}]`))
	got, err := take(p.Fundings(t.Context(), "BTCUSDT", want[0].Time, want[1].Time))
	if err != nil || len(got) != 1 {
		t.Errorf("of another symbol at first: %v, %v", got, err)
	}
}

func TestAggTrades(t *testing.T) {
	s, _ := spot(t, 10)
	var want []binance.Trade
	for i := range 3500 {
		at := start + market.Time(i/3)*7*market.Time(time.Second) // three at a time, and none in hours
		if i > 2000 {
			at += 300 * minute
		}
		s.Trades["BTCUSDT"] = append(s.Trades["BTCUSDT"], binancetest.Trade{ID: int64(100 + i), Time: at, Price: "100.25", Quantity: "0.5"})
		want = append(want, binance.Trade{ID: int64(100 + i), Time: at, Price: 100.25, Quantity: 0.5})
	}
	p, _ := client(t, s, start+1000*minute, binance.Options{})
	for _, test := range []struct {
		from, to market.Time
		want     []binance.Trade
	}{
		{start, 0, want},
		{start - 1e6*minute, want[30].Time, want[:30]},
		{want[1500].Time - 1, want[1530].Time, want[1500:1530]},
		{want[2000].Time + 1, want[2004].Time, want[2001:2004]}, // hours without any before them
		{want[3499].Time + 1, 0, nil},
	} {
		got, err := take(p.AggTrades(t.Context(), "BTCUSDT", test.from, test.to))
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s to %s: %d trades, want %d: %v\n%.500s", test.from, test.to, len(got), len(test.want), err, diff)
		}
	}
}
