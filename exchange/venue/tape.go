package venue

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// A deal is one trade of the market, or a price that it passed without one: then its
// quantity is 0, it has no id of its own, and nobody is told of it.
type deal struct {
	id              int64 // rising by one a trade
	time            market.Time
	price, quantity int64 // in units of the tape's scales
	maker           bool  // the buyer was the maker: the price was falling
}

// A tape is what trades in one instrument over the time of the run. Where it is made of
// bars, deals are made up for each: the first at its open and the last at its close, by
// way of the nearer extreme first (semantics X7, ohlc), with all of its volume and not
// more. They depend on the seed, the symbol and the bar alone. A series of market.Trades
// is taken as it is.
type tape struct {
	columns     *market.Columns
	scale       scales
	tick        int64   // the grid of prices, in units
	first       []int64 // id of each bar's first deal, and of the first after all
	seed        uint64
	chance      *rand.Rand
	source      *rand.PCG
	pricePow    float64
	volumePow   float64
	prices      gauge
	volumes     gauge
	row         int // whose deals are in deals
	deals       []deal
	marks, when []int64
}

// scales are the decimals of an instrument's numbers.
type scales struct{ price, quantity int32 }

// newTape makes a tape of a series.
func newTape(in *market.Instrument, c *market.Columns, seed uint64) (*tape, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(in.Symbol))
	t := &tape{columns: c, seed: seed ^ h.Sum64(), row: -1, source: new(rand.PCG)}
	t.chance = rand.New(t.source)
	t.scale = scales{grid(c.PriceScale, in.Tick, c.High), grid(c.VolumeScale, in.Step, c.Volume)}
	t.pricePow, t.volumePow = market.Pow10(t.scale.price), market.Pow10(t.scale.quantity)
	t.prices, t.volumes = newGauge(c.PriceScale, t.scale.price), newGauge(c.VolumeScale, t.scale.quantity)
	t.tick = max(1, in.Tick.Shift(t.scale.price).IntPart())
	if err := t.number(); err != nil {
		return nil, fmt.Errorf("%s: %w", in.Symbol, err)
	}
	return t, nil
}

// grid chooses the decimals of a column: those that it has, and those of the filter, as
// long as the largest value still fits.
func grid(scale int32, step decimal.Decimal, values []float64) int32 {
	if scale == market.FreeScale {
		scale = 8
	}
	scale = min(max(scale, -step.Exponent(), 0), 9)
	largest := 1.0
	if len(values) > 0 {
		largest = max(largest, slices.Max(values))
	}
	for scale > 0 && largest*market.Pow10(scale) > math.MaxInt64/4 {
		scale--
	}
	return scale
}

// A gauge turns the numbers of a column into units: on the column's own grid, where it is
// exact, and then by a whole factor onto a finer one.
type gauge struct {
	pow float64
	by  int64
}

func newGauge(has, scale int32) gauge {
	if has == market.FreeScale || has > scale {
		has = scale
	}
	return gauge{market.Pow10(has), int64(power(scale - has))}
}

func (g gauge) units(x float64) int64 { return market.Ticks(x, g.pow) * g.by }

// ticks returns a price of a bar in units.
func (t *tape) ticks(x float64) int64 { return t.prices.units(x) }

// number gives each bar's deals their ids.
func (t *tape) number() error {
	c := t.columns
	t.first = make([]int64, c.Len()+1)
	t.first[0] = 1
	for row := range c.Len() {
		if row > 0 && c.OpenTime[row] <= c.OpenTime[row-1] {
			return fmt.Errorf("the bar of %s does not follow %s", c.OpenTime[row], c.OpenTime[row-1])
		}
		b := c.Bar(row)
		if err := b.Check(); err != nil {
			return fmt.Errorf("the bar of %s: %w", c.OpenTime[row], err)
		}
		units := t.units(row)
		if units < 0 || b.High*b.Volume > 1e18 {
			return fmt.Errorf("the bar of %s: a volume of %v is too much", c.OpenTime[row], b.Volume)
		}
		t.first[row+1] = t.first[row] + min(units, int64(t.count(row)))
	}
	return nil
}

// units returns the volume of a bar.
func (t *tape) units(row int) int64 {
	x := t.columns.Volume[row]
	if x*t.volumePow > math.MaxInt64/4 {
		return -1
	}
	return t.volumes.units(x)
}

// count returns how many deals a bar has room for.
func (t *tape) count(row int) int {
	if t.columns.Interval == market.Trades {
		return 1
	}
	least, most := uint64(12), uint64(36)
	if t.columns.Interval < market.Minute {
		least, most = 4, 8
	}
	return int(least + mix(t.seed^uint64(t.columns.OpenTime[row]))%(most-least+1))
}

// mix scatters x over all numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// of returns the deals of a bar in rising time, valid until the next call.
func (t *tape) of(row int) []deal {
	if row == t.row {
		return t.deals
	}
	t.row = row
	if t.columns.Interval == market.Trades {
		t.deals = append(t.deals[:0], t.stored(row))
		return t.deals
	}
	t.source.Seed(t.seed, uint64(t.columns.OpenTime[row]))
	n := t.count(row)
	t.deals = slices.Grow(t.deals[:0], n)[:n]
	for i := range t.deals {
		t.deals[i] = deal{}
	}
	t.walk(row)
	t.clock(row)
	t.share(row)
	return t.deals
}

// stored returns the deal that a row of trades is. The side is told by the price before.
func (t *tape) stored(row int) deal {
	c := t.columns
	d := deal{id: t.first[row], time: c.OpenTime[row], price: t.ticks(c.Close[row]), quantity: t.units(row)}
	if row > 0 {
		before := t.ticks(c.Close[row-1])
		d.maker = d.price < before || d.price == before && mix(t.seed^uint64(d.time))&1 == 0
	}
	return d
}

// walk gives the deals their prices along the path of the bar.
func (t *tape) walk(row int) {
	b := t.columns.Bar(row)
	turn := [4]int64{t.ticks(b.Open), t.ticks(b.Low), t.ticks(b.High), t.ticks(b.Close)}
	if turn[2]-turn[0] < turn[0]-turn[1] {
		turn[1], turn[2] = turn[2], turn[1]
	}
	var end [4]int64 // how far each turn is along the path
	for i := 1; i < 4; i++ {
		end[i] = end[i-1] + abs(turn[i]-turn[i-1])
	}
	t.marks = append(t.marks[:0], end[:]...)
	for len(t.marks) < len(t.deals) {
		t.marks = append(t.marks, t.chance.Int64N(end[3]+1))
	}
	slices.Sort(t.marks)
	leg, before := 1, turn[0]
	for i, at := range t.marks {
		for leg < 3 && at > end[leg] {
			leg++
		}
		d := &t.deals[i]
		d.price = t.along(turn[leg-1], turn[leg], at-end[leg-1])
		if at == end[leg] {
			d.price = turn[leg]
		}
		d.maker = d.price < before || d.price == before && t.chance.Uint64()&1 == 0
		before = d.price
	}
}

// along returns the price that lies so far on the way, on the grid where that lies on it.
func (t *tape) along(from, to, far int64) int64 {
	if to >= from {
		return max(from, (from+far)/t.tick*t.tick)
	}
	return max(to, (from-far)/t.tick*t.tick)
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}

// clock gives the deals their times: the first is at the open, the last within the last
// millisecond, and no two are at once.
func (t *tape) clock(row int) {
	last := int64(t.columns.Interval)/int64(time.Millisecond) - 1
	n := int64(len(t.deals))
	t.when = append(t.when[:0], 0, last)
	for len(t.when) < len(t.deals) {
		t.when = append(t.when, t.chance.Int64N(last+1))
	}
	slices.Sort(t.when)
	before := int64(-1)
	for i := range t.deals {
		ms := min(max(t.when[i], before+1), last-(n-1-int64(i)))
		t.deals[i].time, before = t.columns.OpenTime[row]+market.Millis(ms), ms
	}
}

// share divides the volume of the bar among the deals, and gives those their ids that
// have some.
func (t *tape) share(row int) {
	units, n := t.units(row), int64(len(t.deals))
	rest, weights := max(0, units-n), int64(0)
	for i := range t.deals {
		t.deals[i].quantity = 1 + t.chance.Int64N(1024)
		weights += t.deals[i].quantity
	}
	part := rest / weights
	rest -= part * weights
	id := t.first[row]
	for i := range t.deals {
		d := &t.deals[i]
		switch d.quantity = 1 + d.quantity*part; {
		case int64(i) >= units:
			d.quantity = 0
		case i == 0:
			d.quantity += rest
		}
		if d.id = id; d.quantity > 0 {
			id++
		}
	}
}
