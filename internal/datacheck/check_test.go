package datacheck_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/datacheck"
	"github.com/signalman-trading/signalman/market"
)

// start is when the series of the tests begin.
var start = market.Millis(1_609_459_200_000)

// walk makes n clean hourly bars with two decimals that move by about 0.5 %.
func walk(n int, seed uint64) *market.Columns {
	random := rand.New(rand.NewPCG(seed, 0))
	c := market.MakeColumns(market.Hour, n)
	c.PriceScale, c.VolumeScale = 2, 3
	cents := func(x float64) float64 { return math.Round(x*100) / 100 }
	price := 10_000.0
	for i := range n {
		b := market.Bar{OpenTime: start + market.Time(i)*market.Time(market.Hour), Open: price}
		price = cents(price * (1 + 0.006*(random.Float64()-0.5)))
		b.Close = price
		b.High, b.Low = cents(max(b.Open, b.Close)*1.001), cents(min(b.Open, b.Close)*0.999)
		b.Volume = float64(1000+random.IntN(9000)) / 1000
		c.Append(b)
	}
	return c
}

// rows makes columns of bars, in whatever order and state.
func rows(bars []market.Bar) *market.Columns {
	c := market.MakeColumns(market.Hour, len(bars))
	c.PriceScale, c.VolumeScale = 2, 3
	for _, b := range bars {
		c.Append(b)
	}
	return c
}

func bars(c *market.Columns) []market.Bar {
	list := make([]market.Bar, c.Len())
	for i := range list {
		list[i] = c.Bar(i)
	}
	return list
}

// found prints the findings as KIND ROW ×BARS.
func found(r *datacheck.Report) string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, fmt.Sprintf("%s %d ×%d", f.Kind, f.Row, f.Bars))
	}
	return strings.Join(list, ", ")
}

func TestCleanSeries(t *testing.T) {
	for seed := range uint64(20) {
		if got := found(datacheck.Check(walk(3000, seed), datacheck.Options{})); got != "" {
			t.Errorf("seed %d: %s", seed, got)
		}
	}
	for n := range 4 {
		if got := found(datacheck.Check(walk(n, 1), datacheck.Options{})); got != "" {
			t.Errorf("%d bars: %s", n, got)
		}
	}
}

// scaled multiplies the prices of a bar.
func scaled(b market.Bar, by float64) market.Bar {
	b.Open, b.High, b.Low, b.Close = b.Open*by, b.High*by, b.Low*by, b.Close*by
	return b
}

// damages are the ways in which bars are broken, each at row i of a clean series, with
// what must be found, where I stands for the row, J for the next and L for the last.
var damages = []struct {
	name   string
	broken func(b []market.Bar, i int) []market.Bar
	want   string
}{
	{"two rows swapped", func(b []market.Bar, i int) []market.Bar { b[i], b[i+1] = b[i+1], b[i]; return b }, "unsorted J ×1"},
	{"a row moved down by ten", func(b []market.Bar, i int) []market.Bar {
		moved := b[i]
		copy(b[i:i+10], b[i+1:i+11])
		b[i+10] = moved
		return b
	}, "unsorted M ×1"},
	{"a row twice", func(b []market.Bar, i int) []market.Bar {
		return append(b[:i+1], append([]market.Bar{b[i]}, b[i+1:]...)...)
	}, "duplicate J ×1"},
	{"a row that comes again at another price", func(b []market.Bar, i int) []market.Bar {
		return append(b[:i+1], append([]market.Bar{scaled(b[i], 3)}, b[i+1:]...)...)
	}, "duplicate J ×1"},
	{"rows dropped", func(b []market.Bar, i int) []market.Bar { return append(b[:i], b[i+3:]...) }, "gap I ×3"},
	{"a time off the grid", func(b []market.Bar, i int) []market.Bar { b[i].OpenTime += 7e9; return b }, "off_grid I ×1"},
	{"a time a year late", func(b []market.Bar, i int) []market.Bar { b[i].OpenTime += 365 * market.Day; return b }, "unsorted I ×1"},
	{"high below open", func(b []market.Bar, i int) []market.Bar { b[i].High = b[i].Low; return b }, "impossible I ×1"},
	{"low above close", func(b []market.Bar, i int) []market.Bar { b[i].Low = b[i].High; return b }, "impossible I ×1"},
	{"a price of zero", func(b []market.Bar, i int) []market.Bar { b[i].Low = 0; return b }, "impossible I ×1"},
	{"a price below zero", func(b []market.Bar, i int) []market.Bar { b[i].Low = -1; return b }, "impossible I ×1"},
	{"a price that is no number", func(b []market.Bar, i int) []market.Bar { b[i].Close = math.NaN(); return b }, "impossible I ×1"},
	{"a price without end", func(b []market.Bar, i int) []market.Bar { b[i].High = math.Inf(1); return b }, "impossible I ×1"},
	{"a volume below zero", func(b []market.Bar, i int) []market.Bar { b[i].Volume = -1; return b }, "impossible I ×1"},
	{"open and close exchanged with high and low", func(b []market.Bar, i int) []market.Bar {
		b[i].Open, b[i].High, b[i].Low, b[i].Close = b[i].High, b[i].Open, b[i].Close, b[i].Low
		return b
	}, "impossible I ×1"},
	{"one bar ten times as high", func(b []market.Bar, i int) []market.Bar { b[i] = scaled(b[i], 10); return b }, "spike I ×1"},
	{"one close a hundredth", func(b []market.Bar, i int) []market.Bar {
		b[i].Close /= 100
		b[i].Low = b[i].Close
		return b
	}, "spike I ×1"},
	{"one high ten times as high", func(b []market.Bar, i int) []market.Bar { b[i].High *= 10; return b }, "spike I ×1"},
	{"one low a tenth", func(b []market.Bar, i int) []market.Bar { b[i].Low /= 10; return b }, "spike I ×1"},
	{"all prices from a row on a hundredth", func(b []market.Bar, i int) []market.Bar {
		for k := range b[i:] {
			b[i+k] = scaled(b[i+k], 0.01)
		}
		return b
	}, "scale I ×1"},
	{"all prices from a row on half", func(b []market.Bar, i int) []market.Bar {
		for k := range b[i:] {
			b[i+k] = scaled(b[i+k], 0.5)
		}
		return b
	}, "jump I ×1"},
	{"a run without volume", func(b []market.Bar, i int) []market.Bar {
		for k := range 6 {
			b[i+k].Volume = 0
		}
		return b
	}, "zero_volume I ×6"},
	{"a few bars without volume", func(b []market.Bar, i int) []market.Bar {
		for k := range 4 {
			b[i+k].Volume = 0
		}
		return b
	}, ""},
	{"a feed that stopped", func(b []market.Bar, i int) []market.Bar {
		for k := range 6 {
			at := b[i+k].OpenTime
			b[i+k] = b[i]
			b[i+k].OpenTime = at
		}
		return b
	}, "stale I ×6"},
	{"no volume anywhere", func(b []market.Bar, _ int) []market.Bar {
		for k := range b {
			b[k].Volume = 0
		}
		return b
	}, "zero_volume 0 ×LEN"},
	{"half-hourly rows among them", func(b []market.Bar, i int) []market.Bar {
		half := b[i]
		half.OpenTime += market.Time(market.Hour) / 2
		return append(b[:i+1], append([]market.Bar{half}, b[i+1:]...)...)
	}, "off_grid J ×1"},
}

// TestDamage finds each kind of damage as what it is, at its row, and nothing else.
func TestDamage(t *testing.T) {
	const n = 3000
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			for _, i := range []int{20, 999, 1000, 1001, 2000, n - 20} {
				c := rows(d.broken(bars(walk(n, uint64(i))), i))
				want := strings.NewReplacer("I", fmt.Sprint(i), "J", fmt.Sprint(i+1), "M", fmt.Sprint(i+10), "LEN", fmt.Sprint(n)).Replace(d.want)
				r := datacheck.Check(c, datacheck.Options{})
				if diff := cmp.Diff(want, found(r)); diff != "" {
					t.Errorf("at %d: %s%+v", i, diff, r.Findings)
				}
			}
		})
	}
}

// TestUnfinished reports the bars that close after now, and no others.
func TestUnfinished(t *testing.T) {
	c := walk(10, 1)
	end := c.Time(9)
	for _, x := range []struct {
		now  market.Time
		want string
	}{
		{0, ""}, {end, ""}, {end + 1, ""}, {end - 1, "unfinished 9 ×1"},
		{end - market.Time(market.Hour), "unfinished 9 ×1"}, {end - market.Time(market.Hour) - 1, "unfinished 8 ×2"},
		{start, "unfinished 0 ×10"}, {start - market.Day, "unfinished 0 ×10"},
	} {
		if got := found(datacheck.Check(c, datacheck.Options{Now: x.now})); got != x.want {
			t.Errorf("now %s: %q, want %q", x.now, got, x.want)
		}
	}
}

// TestOutagesByVenue names a gap only at the venue that had the outage, and only where
// nothing more is missing than it explains.
func TestOutagesByVenue(t *testing.T) {
	from, to := moment("2021-08-13T02:00:00Z"), moment("2021-08-13T06:00:00Z")
	for _, x := range []struct {
		venue    string
		from, to market.Time
		want     string
	}{
		{"binance", from, to, "Binance spot halt of 2021-08-13"},
		{"binance-usdm", from, to, ""},
		{"", from, to, ""},
		{"binance", from + market.Time(market.Hour), to, "Binance spot halt of 2021-08-13"},
		{"binance", from - market.Time(market.Hour), to, ""},
		{"binance", from, to + market.Time(market.Hour), ""},
		{"binance", from - market.Day, to + market.Day, ""},
		{"binance", from - market.Day, to - market.Day, ""},
	} {
		c := market.MakeColumns(market.Hour, 0)
		for at := x.from - market.Day; at < x.to+market.Day; at += market.Time(market.Hour) {
			if at < x.from || at >= x.to {
				c.Append(market.Bar{OpenTime: at, Open: 1, High: 1, Low: 1, Close: 1, Volume: float64(at)})
			}
		}
		r := datacheck.Check(c, datacheck.Options{Venue: x.venue})
		if len(r.Findings) != 1 || r.Findings[0].From != x.from || r.Findings[0].To != x.to || r.Findings[0].Outage != x.want {
			t.Errorf("%s %s to %s: %+v", x.venue, x.from, x.to, r.Findings)
		}
	}
}

func moment(s string) market.Time {
	at, err := market.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return at
}

// TestLimit lists the first findings of each kind and counts them all.
func TestLimit(t *testing.T) {
	all := bars(walk(400, 1))
	var kept []market.Bar
	for i, b := range all {
		if i%4 == 1 {
			b.High = 0
		}
		if i%4 != 3 {
			kept = append(kept, b)
		}
	}
	r := datacheck.Check(rows(kept), datacheck.Options{Limit: 2})
	if got, want := found(r), "impossible 1 ×1, impossible 4 ×1, gap 3 ×1, gap 6 ×1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want := []datacheck.Tally{{Kind: datacheck.Impossible, Count: 100, Bars: 100, Longest: 1, At: start + market.Time(market.Hour)}, {Kind: datacheck.Gap, Count: 99, Bars: 99, Longest: 1, At: start + 3*market.Time(market.Hour)}}
	if diff := cmp.Diff(want, r.Tallies); diff != "" || r.Errors() != 100 || r.Warnings() != 99 {
		t.Errorf("%d errors, %d warnings, %s", r.Errors(), r.Warnings(), diff)
	}
}

func BenchmarkCheck(b *testing.B) {
	c := walk(1_000_000, 1)
	for b.Loop() {
		datacheck.Check(c, datacheck.Options{Venue: "binance"})
	}
	b.ReportMetric(float64(c.Len())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
}

// TestSound leaves out the bars that are errors, and they alone.
func TestSound(t *testing.T) {
	clean := walk(300, 1)
	if datacheck.Sound(clean) != clean {
		t.Error("a clean series was copied")
	}
	b := bars(clean)
	b[10].OpenTime += 7e9
	b[20].High = 0
	b[31] = b[30]
	b[40], b[41] = b[41], b[40]
	got := datacheck.Sound(rows(b))
	var want []market.Bar
	for i := range b {
		if i != 10 && i != 20 && i != 31 && i != 41 {
			want = append(want, b[i])
		}
	}
	if diff := cmp.Diff(want, bars(got)); diff != "" {
		t.Error(diff)
	}
	if r := datacheck.Check(got, datacheck.Options{}); r.Errors() > 0 || r.Of(datacheck.Gap).Bars != 4 {
		t.Errorf("%+v", r.Tallies)
	}
}

// TestDamageCombined breaks a series in several ways at once, well apart, and finds each
// as if it were alone.
func TestDamageCombined(t *testing.T) {
	const n = 3000
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		b := bars(walk(n, seed))
		type done struct{ what, at, grown int }
		var list []done
		for at := n - 60; at > 60; at -= 40 + random.IntN(1500) { // from below, so that rows above keep their numbers
			what := random.IntN(len(damages))
			if strings.Contains(damages[what].want, "LEN") {
				continue
			}
			before := len(b)
			b = damages[what].broken(b, at)
			list = append(list, done{what, at, len(b) - before})
		}
		var want, names []string
		moved := 0
		for k := len(list) - 1; k >= 0; k-- {
			d, i := list[k], list[k].at+moved
			moved += d.grown
			names = append(names, fmt.Sprintf("%s at %d", damages[d.what].name, i))
			if w := damages[d.what].want; w != "" {
				want = append(want, strings.NewReplacer("I", fmt.Sprint(i), "J", fmt.Sprint(i+1), "M", fmt.Sprint(i+10)).Replace(w))
			}
		}
		got := []string{}
		if text := found(datacheck.Check(rows(b), datacheck.Options{})); text != "" {
			got = strings.Split(text, ", ")
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %s\nfound %q\nwant  %q", seed, strings.Join(names, "; "), got, want)
		}
	}
}

// TestLineOfFindings: rows of a report stand where the caller says, and texts have no
// exponents.
func TestLineOfFindings(t *testing.T) {
	c := walk(40, 5)
	for i := range c.OpenTime {
		for _, x := range [][]float64{c.Open, c.High, c.Low, c.Close} {
			x[i] *= 300
		}
		if i >= 20 {
			c.OpenTime[i] += market.Time(market.Hour)
			c.Open[i], c.High[i], c.Low[i], c.Close[i] = 9e6, 9e6, 9e6, 9e6
		}
	}
	r := datacheck.Check(c, datacheck.Options{Line: func(row int) int { return 100 - row }})
	for _, f := range r.Findings {
		if f.Row != 80 && f.Kind != datacheck.Stale || strings.Contains(f.Text, "e+") {
			t.Errorf("%+v", f)
		}
	}
	if len(r.Findings) < 2 {
		t.Errorf("%v", r.Findings)
	}
	b := market.Bar{Open: 9.5e6, High: 8.25e6, Low: 1e6, Close: 2e6, Volume: 1}
	if err := b.Check(); err == nil || err.Error() != "high 8250000 is below open 9500000 or close 2000000" {
		t.Error(err)
	}
	r.Unlisted(datacheck.Unreadable, 3)
	if got := r.Of(datacheck.Unreadable); got.Longest != 1 || got.Count != 3 {
		t.Errorf("%+v", got)
	}
}
