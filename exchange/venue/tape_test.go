package venue

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// someBars draws bars of an interval whose prices lie on a grid of whole cents.
func someBars(t *rapid.T, d market.Interval) *market.Columns {
	c := market.MakeColumns(d, 0)
	c.PriceScale, c.VolumeScale = 2, rapid.Int32Range(0, 5).Draw(t, "scale")
	at := market.Time(1_700_000_000e9) / market.Time(d) * market.Time(d)
	for range rapid.IntRange(1, 6).Draw(t, "bars") {
		p := rapid.SliceOfN(rapid.IntRange(1, 300), 4, 4).Draw(t, "prices")
		b := market.Bar{OpenTime: at, Open: float64(p[0]) / 100, Close: float64(p[1]) / 100}
		b.High, b.Low = max(b.Open, b.Close)+float64(p[2])/100, min(b.Open, b.Close)
		b.High = float64(market.Ticks(b.High, 100)) / 100
		b.Volume = float64(rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 1e9)).Draw(t, "units")) / market.Pow10(c.VolumeScale)
		c.Append(b)
		at += market.Time(d) * market.Time(rapid.IntRange(1, 3).Draw(t, "step"))
	}
	return c
}

// TestTapeTellsItsBars: the deals of a bar make the bar again, whatever the bar is.
func TestTapeTellsItsBars(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom([]market.Interval{market.Interval(time.Second), market.Minute, market.Hour}).Draw(t, "interval")
		c := someBars(t, d)
		tape, err := newTape(&in, c, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		id, last := int64(1), market.Time(0)
		for row := range c.Len() {
			deals := tape.of(row)
			got := market.Bar{OpenTime: c.OpenTime[row], Open: tape.price(deals[0]), Low: market.MaxPrice, Close: tape.price(deals[len(deals)-1])}
			units := int64(0)
			for _, deal := range deals {
				got.High, got.Low = max(got.High, tape.price(deal)), min(got.Low, tape.price(deal))
				units += deal.quantity
				if deal.time <= last || deal.time < c.OpenTime[row] || deal.time >= c.Time(row) {
					t.Fatalf("row %d: a deal at %s after one at %s", row, deal.time, last)
				}
				if deal.quantity < 0 || deal.id != id {
					t.Fatalf("row %d: deal %d of %d, want number %d", row, deal.id, deal.quantity, id)
				}
				if last = deal.time; deal.quantity > 0 {
					id++
				}
			}
			if got.Volume = float64(units) / tape.volumePow; units == tape.units(row) {
				got.Volume = c.Volume[row] // the same, to the last digit of a float
			}
			if d := cmp.Diff(c.Bar(row), got); d != "" {
				t.Fatalf("row %d (-bar +its deals):\n%s", row, d)
			}
		}
		if got := tape.first[c.Len()]; got != id {
			t.Fatalf("the next id is %d, want %d", got, id)
		}
	})
}

// price returns the price of a deal as bars have it.
func (t *tape) price(d deal) float64 { return float64(d.price) / t.pricePow }

// TestTapeWalksAsTheSimulator: to the nearer extreme first, and to the low at a tie.
func TestTapeWalksAsTheSimulator(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	for name, test := range map[string]struct {
		bar market.Bar
		low bool
	}{
		"low is nearer":  {market.Bar{Open: 10, High: 13, Low: 9, Close: 12, Volume: 5}, true},
		"high is nearer": {market.Bar{Open: 10, High: 11, Low: 7, Close: 8, Volume: 5}, false},
		"tie":            {market.Bar{Open: 10, High: 12, Low: 8, Close: 10, Volume: 5}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := market.MakeColumns(market.Minute, 1)
			test.bar.OpenTime = 60e9
			c.Append(test.bar)
			tape, err := newTape(&in, c, 7)
			if err != nil {
				t.Fatal(err)
			}
			first := func(price float64) int {
				for i, d := range tape.of(0) {
					if tape.price(d) == price {
						return i
					}
				}
				t.Fatalf("%v was not touched", price)
				return 0
			}
			if low := first(test.bar.Low) < first(test.bar.High); low != test.low {
				t.Errorf("the low was first: %v", low)
			}
		})
	}
}

// TestTapeIsTheSameEveryTime: in any order of asking.
func TestTapeIsTheSameEveryTime(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	rapid.Check(t, func(t *rapid.T) {
		c := someBars(t, market.Minute)
		a, _ := newTape(&in, c, 1)
		b, _ := newTape(&in, c, 1)
		var forward, back [][]deal
		for row := range c.Len() {
			forward = append(forward, append([]deal{}, a.of(row)...))
		}
		for row := c.Len() - 1; row >= 0; row-- {
			back = append([][]deal{append([]deal{}, b.of(row)...)}, back...)
		}
		if d := cmp.Diff(forward, back, cmp.AllowUnexported(deal{})); d != "" {
			t.Fatal(d)
		}
	})
}

// TestTapeOfTrades: a stored series of trades is taken as it is.
func TestTapeOfTrades(t *testing.T) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	c := market.MakeColumns(market.Trades, 3)
	c.PriceScale, c.VolumeScale = 2, 3
	for i, price := range []float64{100.25, 100.5, 99.75} {
		c.Append(market.Bar{OpenTime: market.Time(i+1) * 1e9, Open: price, High: price, Low: price, Close: price, Volume: 0.125})
	}
	tape, err := newTape(&in, c, 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []deal
	for row := range c.Len() {
		got = append(got, tape.of(row)...)
	}
	want := []deal{
		{1, 1e9, 100_25_000000, 125_00000, false},
		{2, 2e9, 100_50_000000, 125_00000, false},
		{3, 3e9, 99_75_000000, 125_00000, true},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(deal{})); d != "" {
		t.Error(d)
	}
}

func BenchmarkTape(b *testing.B) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	c := market.MakeColumns(market.Minute, 2)
	c.PriceScale, c.VolumeScale = 2, 5
	for i := range 2 {
		c.Append(market.Bar{OpenTime: market.Time(i) * 60e9, Open: 100, High: 110, Low: 95, Close: 101, Volume: 1234.5})
	}
	tape, err := newTape(&in, c, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tape.of(i & 1)
	}
}
