package market_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2021-01-31": "2021-01-31T00:00:00Z", "2021-01-31T12:30:00Z": "2021-01-31T12:30:00Z", "1970-01-01": "1970-01-01T00:00:00Z",
		"2021-01-31T12:30:00+02:00": "2021-01-31T10:30:00Z", "2021-01-31T12:30:00.000000001Z": "2021-01-31T12:30:00.000000001Z",
	} {
		got, err := market.ParseTime(in)
		if err != nil || got.String() != want {
			t.Errorf("%s is %s (%v), want %s", in, got, err, want)
		}
		var back market.Time
		if err := back.UnmarshalText([]byte(got.String())); err != nil || back != got {
			t.Errorf("%s reads back as %s (%v)", got, back, err)
		}
	}
	for _, in := range []string{"", "yesterday", "2021-13-01", "2021-01-31 12:00", "1969-12-31", "2201-01-01", "1612051200"} {
		if got, err := market.ParseTime(in); err == nil {
			t.Errorf("%q is %s", in, got)
		}
	}
	if _, err := market.ParseTime("20230101"); err == nil || !strings.HasSuffix(err.Error(), "write a date as 2023-01-01") {
		t.Error(err)
	}
}

func TestNextDay(t *testing.T) {
	for at, want := range map[market.Time]market.Time{0: market.Day, 1: market.Day, market.Day - 1: market.Day, market.Day: 2 * market.Day} {
		if got := at.NextDay(); got != want {
			t.Errorf("after %s comes %s, want %s", at, got, want)
		}
	}
}

func TestParseInterval(t *testing.T) {
	for in, want := range map[string]market.Interval{
		"1s": market.Interval(time.Second), "1m": market.Minute, "15m": 15 * market.Minute, "1h": market.Hour, "4h": 4 * market.Hour,
		"1d": market.Daily, "1w": market.Weekly, "400d": 400 * market.Daily,
	} {
		got, err := market.ParseInterval(in)
		if err != nil || got != want || got.String() != in {
			t.Errorf("%s is %s (%v)", in, got, err)
		}
	}
	if got := market.Trades.String(); got != "trades" {
		t.Errorf("the interval of trades prints as %s", got)
	}
	for in, want := range map[string]string{"60s": "1m", "24h": "1d", "7d": "1w", "90m": "90m", "36h": "36h"} {
		if got, err := market.ParseInterval(in); err != nil || got.String() != want {
			t.Errorf("%s prints as %s (%v), want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "m", "0m", "-1m", "1", "1M", "1.5h", "401d", "99999999999h", "1 m", "+1m"} {
		if got, err := market.ParseInterval(in); err == nil {
			t.Errorf("%q is %s", in, got)
		}
	}
}

// TestFloorOfInterval: weeks start on Monday, and times before 1970 round down too.
func TestFloorOfInterval(t *testing.T) {
	at := func(s string) market.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return market.TimeOf(v)
	}
	for _, c := range []struct {
		d        market.Interval
		in, want string
	}{
		{market.Weekly, "2024-05-15T13:00:00Z", "2024-05-13T00:00:00Z"},
		{market.Weekly, "2024-05-13T00:00:00Z", "2024-05-13T00:00:00Z"},
		{market.Weekly, "2024-05-12T23:59:59Z", "2024-05-06T00:00:00Z"},
		{market.Weekly, "1970-01-01T00:00:00Z", "1969-12-29T00:00:00Z"},
		{market.Daily, "1969-12-31T12:00:00Z", "1969-12-31T00:00:00Z"},
		{4 * market.Hour, "2024-05-15T13:00:00Z", "2024-05-15T12:00:00Z"},
	} {
		got := c.d.Floor(at(c.in))
		if got != at(c.want) || !c.d.Aligned(got) || c.d.Aligned(at(c.in)) != (c.in == c.want) {
			t.Errorf("%s holds %s from %s, want %s", c.d, c.in, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"90s": 90 * time.Second, "36h": 36 * time.Hour, "2d": 48 * time.Hour, "0s": 0} {
		var d market.Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || time.Duration(d) != want {
			t.Errorf("%s is %s (%v)", in, d, err)
		}
	}
	for _, in := range []string{"", "-1h", "1.5d", "-2d", "soon", "d"} {
		var d market.Duration
		if err := d.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is %s", in, d)
		}
	}
}

// TestSupersedes covers semantics S2: Effective, then Known, Revision, and the first
// source by name. Exactly one of two different rows is in force.
func TestSupersedes(t *testing.T) {
	row := func(effective, known market.Time, revision int, source string) market.Signal {
		return market.Signal{Effective: effective, Known: known, Revision: revision, Source: source}
	}
	rising := []market.Signal{
		row(1, 9, 9, "a"), row(2, 3, 0, "a"), row(2, 3, 1, "b"), row(2, 3, 1, "a"), row(2, 4, 0, "b"), row(3, 3, 0, "z"),
	}
	for i := range rising {
		for k := range rising {
			if got := rising[i].Supersedes(&rising[k]); got != (i > k) {
				t.Errorf("%+v supersedes %+v: %v", rising[i], rising[k], got)
			}
		}
	}
}

func TestSplitSymbol(t *testing.T) {
	for in, want := range map[string]string{
		"BTCUSDT": "BTC USDT", "ETHBTC": "ETH BTC", "BTC-USD": "BTC USD", "SOL_EUR": "SOL EUR", "BNBFDUSD": "BNB FDUSD", "USDTTRY": "USDT TRY",
		"USDCUSDT": "USDC USDT", "1000SHIBUSDC": "1000SHIB USDC",
	} {
		base, quote, err := market.SplitSymbol(in)
		if err != nil || base+" "+quote != want {
			t.Errorf("%s is %s and %s (%v), want %s", in, base, quote, err, want)
		}
	}
	for _, in := range []string{"", "USDT", "-USDT", "AAPL", "btcusdt"} {
		if base, quote, err := market.SplitSymbol(in); err == nil {
			t.Errorf("%q is %s and %s", in, base, quote)
		}
	}
}

func TestOrderValidate(t *testing.T) {
	buy := market.Order{Side: market.Buy, Type: market.Market, Quantity: dec("1")}
	limit := market.Order{Side: market.Sell, Type: market.Limit, Quantity: dec("1"), Price: dec("2")}
	stop := market.Order{Side: market.Sell, Type: market.Stop, Quantity: dec("1"), Stop: dec("2")}
	both := market.Order{Side: market.Sell, Type: market.StopLimit, Quantity: dec("1"), Stop: dec("2"), Price: dec("1")}
	quote := market.Order{Side: market.Buy, Type: market.Market, Quote: dec("10")}
	sized := market.Order{Side: market.Buy, Type: market.Market} // a sizer gives the quantity
	timed, after := limit, limit
	timed.TIF, timed.Expire = market.GTD, 5
	after.ExpireAfter = 5
	trailing := market.Order{Side: market.Sell, Type: market.TrailingStop, Quantity: dec("1"), Trail: market.Trail{By: dec("5")}}
	for _, o := range []market.Order{buy, limit, stop, both, quote, sized, timed, after, trailing} {
		if err := o.Validate(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for want, o := range map[string]market.Order{
		"no side":          {Type: market.Market},
		"no type":          {Side: market.Buy},
		"time in force":    changed(buy, func(o *market.Order) { o.TIF = 7 }),
		"negative":         changed(buy, func(o *market.Order) { o.Quantity = dec("-1") }),
		"name one":         changed(buy, func(o *market.Order) { o.Quote = dec("1") }),
		"market buys":      changed(limit, func(o *market.Order) { o.Quantity, o.Quote = dec("0"), dec("1") }),
		"limit price":      changed(limit, func(o *market.Order) { o.Price = dec("0") }),
		"limit price 3":    changed(buy, func(o *market.Order) { o.Price = dec("3") }),
		"stop price":       changed(stop, func(o *market.Order) { o.Stop = dec("0") }),
		"stop price 3":     changed(limit, func(o *market.Order) { o.Stop = dec("3") }),
		"names its time":   changed(limit, func(o *market.Order) { o.TIF = market.GTD }),
		"others none":      changed(limit, func(o *market.Order) { o.Expire = 5 }),
		"excludes a time":  changed(timed, func(o *market.Order) { o.ExpireAfter = 5 }),
		"ioc and fok":      changed(after, func(o *market.Order) { o.TIF = market.IOC }),
		"after -5ns":       changed(limit, func(o *market.Order) { o.ExpireAfter = -5 }),
		"cannot wait":      changed(stop, func(o *market.Order) { o.TIF = market.FOK }),
		"trails by 0":      changed(trailing, func(o *market.Order) { o.Trail.By = dec("0") }),
		"all of the price": changed(trailing, func(o *market.Order) { o.Trail = market.Trail{By: dec("100"), Unit: market.TrailPercent} }),
		"post-only":        changed(buy, func(o *market.Order) { o.PostOnly = true }),
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want a word of %s", o, err, want)
		}
	}
}

func changed(o market.Order, f func(*market.Order)) market.Order {
	f(&o)
	return o
}

func TestOrderID(t *testing.T) {
	for _, id := range []market.OrderID{{Strategy: "x", Sequence: 1}, {Strategy: "a-b.c", Sequence: 4_294_967_295}} {
		if got, err := market.ParseOrderID(id.String()); err != nil || got != id {
			t.Errorf("%s reads back as %v (%v)", id, got, err)
		}
	}
	for _, in := range []string{"", "x", "x/", "/1", "x/0", "x/-1", "x/4294967296"} {
		if got, err := market.ParseOrderID(in); err == nil {
			t.Errorf("%q is %v", in, got)
		}
	}
}

// TestSecretNeverPrints: not in any verb, encoding or log, nor inside of what others
// print, where package fmt calls no methods.
func TestSecretNeverPrints(t *testing.T) {
	const hush = "made-up-key-0000"
	s := market.NewSecret(hush)
	type holder struct {
		Key  market.Secret
		More *market.Secret
		List []market.Secret
		Map  map[string]market.Secret
		key  market.Secret // unexported
	}
	h := holder{s, &s, []market.Secret{s}, map[string]market.Secret{"k": s}, s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		fmt.Fprintf(&out, verb+verb+verb+verb+"\n", s, &s, h, &h)
	}
	fmt.Fprintln(&out, fmt.Errorf("failed with %w", fmt.Errorf("key %v", s)))
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "key", s, "all", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "key", s, "all", h)
	for _, leak := range []string{hush, fmt.Sprintf("%x", hush), fmt.Sprintf("%X", hush), "made-up"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("the secret is printed:\n%s", out.String())
		}
	}
	if s.Reveal() != hush || !s.Set() || (market.Secret{}).Set() {
		t.Error("Reveal or Set lies")
	}
}

func TestInstrumentValidate(t *testing.T) {
	good := market.Bare("BTCUSDT", "BTC", "USDT")
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*market.Instrument){
		"symbol":     func(i *market.Instrument) { i.Symbol = "BTC/USDT" },
		"two assets": func(i *market.Instrument) { i.Base = "USDT" },
		"step 0":     func(i *market.Instrument) { i.Step = dec("0") },
		"tick -1":    func(i *market.Instrument) { i.Tick = dec("-1") },
		"precisions": func(i *market.Instrument) { i.QuotePrecision = 19 },
		"fees":       func(i *market.Instrument) { i.Fees.Taker = dec("1") },
	} {
		in := good
		change(&in)
		if err := in.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
