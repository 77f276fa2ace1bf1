package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// walk makes n minutes of a random walk with a gap now and then, on a grid of
// cents and of 1e-5 volumes.
func walk(seed uint64, n int) *market.Columns {
	r := rand.New(rand.NewPCG(seed, 2))
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 5
	t, price := market.Millis(1_600_000_000_000), int64(5_000_000)
	for range n {
		open := price + r.Int64N(11) - 5
		price = max(open+int64(r.NormFloat64()*3000), 1)
		high, low := max(open, price)+r.Int64N(2000), max(min(open, price)-r.Int64N(2000), 1)
		volume := int64(math.Exp(r.NormFloat64()) * 2e6)
		c.Append(market.Bar{OpenTime: t, Open: float64(open) / 100, High: float64(high) / 100, Low: float64(low) / 100,
			Close: float64(price) / 100, Volume: float64(volume) / 1e5})
		if t += market.Time(market.Minute); r.IntN(1000) == 0 {
			t += market.Time(market.Minute) * market.Time(1+r.IntN(100))
		}
	}
	return c
}

// sameFloats compares floats by their bits.
func sameFloats(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
}

// diff names the first field in which two columns differ.
func diff(a, b *market.Columns) string {
	switch {
	case a.Interval != b.Interval || a.PriceScale != b.PriceScale || a.VolumeScale != b.VolumeScale:
		return fmt.Sprintf("interval %s and %s, scales %d %d and %d %d", a.Interval, b.Interval, a.PriceScale, a.VolumeScale, b.PriceScale, b.VolumeScale)
	case !slices.Equal(a.OpenTime, b.OpenTime):
		return cmp.Diff(a.OpenTime, b.OpenTime)
	case !slices.Equal(a.Incomplete, b.Incomplete):
		return cmp.Diff(a.Incomplete, b.Incomplete)
	case !sameFloats(a.Open, b.Open) || !sameFloats(a.High, b.High) || !sameFloats(a.Low, b.Low) || !sameFloats(a.Close, b.Close):
		return "prices"
	case !sameFloats(a.Volume, b.Volume):
		return "volumes"
	}
	return ""
}

func mustEncode(tb testing.TB, c *market.Columns, lo, hi int) []byte {
	tb.Helper()
	b, err := Encode(nil, c, lo, hi)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func mustDecode(tb testing.TB, c *market.Columns, block []byte) {
	tb.Helper()
	if err := Decode(c, block); err != nil {
		tb.Fatal(err)
	}
}

// A shape says what columns of random values look like.
type shape struct {
	seed          uint64
	rows, bits    int
	price, volume int32
	interval      market.Interval
	odd, flags    bool
	start         market.Time
}

func drawShape(t *rapid.T) shape {
	return shape{rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, MaxRows).Draw(t, "rows"), rapid.IntRange(1, 53).Draw(t, "bits"),
		rapid.Int32Range(-1, 12).Draw(t, "price scale"), rapid.Int32Range(-1, 12).Draw(t, "volume scale"),
		rapid.SampledFrom([]market.Interval{market.Minute, market.Hour, market.Weekly, 1, 7}).Draw(t, "interval"),
		rapid.Bool().Draw(t, "odd values"), rapid.Bool().Draw(t, "flags"), market.Time(rapid.Int64Range(-1<<40, 1<<60).Draw(t, "start"))}
}

// columns makes columns of a shape.
func (s shape) columns() *market.Columns {
	r := rand.New(rand.NewPCG(s.seed, 1))
	value := func(scale int32) float64 {
		if scale < 0 || s.odd && r.IntN(1000) == 0 {
			return math.Float64frombits(r.Uint64())
		}
		return float64(r.Int64N(1<<s.bits)) / market.Pow10(scale)
	}
	c := market.MakeColumns(s.interval, s.rows)
	c.PriceScale, c.VolumeScale = s.price, s.volume
	for at := s.start; c.Len() < s.rows; at += s.step(r) {
		c.Append(market.Bar{OpenTime: at, Open: value(s.price), High: value(s.price), Low: value(s.price), Close: value(s.price), Volume: value(s.volume)})
	}
	for row := range c.Len() {
		if s.flags {
			c.Incomplete = append(c.Incomplete, row == 0 || r.IntN(3) == 0)
		}
	}
	return c
}

// step is the distance to the next row: mostly the interval.
func (s shape) step(r *rand.Rand) market.Time {
	switch r.IntN(100) {
	case 0:
		return market.Time(s.interval) * market.Time(2+r.IntN(10))
	case 1:
		return market.Time(1 + r.Int64N(1<<50))
	}
	return market.Time(s.interval)
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawShape(t).columns()
		b, err := Encode([]byte("before"), c, 0, c.Len())
		if err != nil {
			t.Fatal(err)
		}
		got := new(market.Columns)
		if err := Decode(got, b[len("before"):]); err != nil {
			t.Fatal(err)
		}
		if d := diff(c, got); d != "" {
			t.Fatalf("decoded: %s", d)
		}
	})
}

func TestRealBars(t *testing.T) {
	for _, name := range realFiles {
		t.Run(name, func(t *testing.T) {
			c := readCSV(t, name, benchInterval(name))
			encoded, size := blocks(t, c)
			if size > 12*c.Len() {
				t.Errorf("%d bytes for %d bars", size, c.Len())
			}
			got := market.MakeColumns(c.Interval, c.Len())
			for _, b := range encoded {
				mustDecode(t, got, b)
			}
			if d := diff(c, got); d != "" {
				t.Fatalf("decoded: %s", d)
			}
		})
	}
}

func TestPeek(t *testing.T) {
	c := walk(1, 3000)
	h, err := Peek(mustEncode(t, c, 100, 2900))
	if err != nil {
		t.Fatal(err)
	}
	if h.Count != 2800 || h.First != c.OpenTime[100] || h.Last != c.OpenTime[2899] || h.Interval != market.Minute || h.PriceScale != 2 || h.VolumeScale != 5 {
		t.Fatalf("header is %+v", h)
	}
}

func TestSmallerThanScale(t *testing.T) {
	c := walk(1, 4096)
	fine := *c
	fine.PriceScale, fine.VolumeScale = 8, 8
	a, b := mustEncode(t, c, 0, 4096), mustEncode(t, &fine, 0, 4096)
	if len(a) != len(b) {
		t.Errorf("a block of cents takes %d bytes at scale 8, %d at scale 2", len(b), len(a))
	}
	got := new(market.Columns)
	mustDecode(t, got, b)
	if got.PriceScale != 8 || got.VolumeScale != 8 {
		t.Errorf("scales are %d and %d, want 8", got.PriceScale, got.VolumeScale)
	}
}

func TestMixedScales(t *testing.T) {
	for _, test := range []struct{ a, b, want int32 }{{2, 5, 5}, {5, 2, 5}, {2, -1, -1}, {-1, 3, -1}, {0, 0, 0}} {
		first, second := walk(1, 200), walk(2, 300)
		first.PriceScale, second.PriceScale = max(test.a, 2), max(test.b, 2)
		if test.a < 0 {
			first.PriceScale = -1
		}
		if test.b < 0 {
			second.PriceScale = -1
		}
		got := new(market.Columns)
		mustDecode(t, got, mustEncode(t, first, 0, 200))
		mustDecode(t, got, mustEncode(t, second, 0, 300))
		if want := JoinScales(first.PriceScale, second.PriceScale); got.PriceScale != want {
			t.Errorf("scales %d and %d give %d, want %d", first.PriceScale, second.PriceScale, got.PriceScale, want)
		}
		if !slices.Equal(got.Close[200:], second.Close) {
			t.Error("values changed with the scale")
		}
		if got := JoinScales(test.a, test.b); got != test.want {
			t.Errorf("JoinScales(%d, %d) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestFlagsAcrossBlocks(t *testing.T) {
	c := walk(1, 300)
	flagged := c.Slice(100, 200)
	flagged.Incomplete = make([]bool, 100)
	flagged.Incomplete[7] = true
	got := market.MakeColumns(market.Minute, 300)
	mustDecode(t, got, mustEncode(t, c, 0, 100))
	mustDecode(t, got, mustEncode(t, flagged, 0, 100))
	mustDecode(t, got, mustEncode(t, c, 200, 300))
	want := make([]bool, 300)
	want[107] = true
	if !slices.Equal(got.Incomplete, want) {
		t.Fatalf("flags %v", got.Incomplete)
	}
}

func TestEncodeRefuses(t *testing.T) {
	c := walk(1, 5000)
	short := *c
	short.Low = short.Low[:100]
	flags := *c
	flags.Incomplete = make([]bool, 3)
	back := walk(1, 10)
	back.OpenTime[5] = back.OpenTime[4]
	still := walk(1, 10)
	still.Interval = 0
	scale := walk(1, 10)
	scale.VolumeScale = 23
	for name, test := range map[string]struct {
		c      *market.Columns
		lo, hi int
	}{"no rows": {c, 5, 5}, "many rows": {c, 0, 4097}, "beyond": {c, 4990, 5001}, "before": {c, -1, 5}, "short": {&short, 0, 50},
		"flags": {&flags, 0, 50}, "time": {back, 0, 10}, "interval": {still, 0, 10}, "scale": {scale, 0, 10}} {
		if b, err := Encode([]byte{1}, test.c, test.lo, test.hi); err == nil || len(b) != 1 {
			t.Errorf("%s: %d bytes and error %v", name, len(b), err)
		}
	}
}

// TestDamage flips every byte of a block: each flip is found, and c stays as it was.
func TestDamage(t *testing.T) {
	for name, c := range map[string]*market.Columns{"walk": walk(3, 400), "noisy": noisy(3, 300)} {
		t.Run(name, func(t *testing.T) { testDamage(t, c) })
	}
}

func testDamage(t *testing.T, c *market.Columns) {
	block := mustEncode(t, c, 0, c.Len())
	for i := range block {
		bad := slices.Clone(block)
		bad[i] ^= byte(1 + i%255)
		got := c.Slice(0, 10)
		if err := Decode(got, bad); !errors.Is(err, ErrCorrupt) || got.Len() != 10 {
			t.Fatalf("byte %d flipped: %d rows, error %v", i, got.Len(), err)
		}
	}
	for n := range block {
		if err := Decode(new(market.Columns), block[:n]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut to %d bytes: error %v", n, err)
		}
	}
}

func TestDecodeOtherInterval(t *testing.T) {
	c := walk(3, 40)
	hours := walk(3, 40)
	hours.Interval = market.Hour
	if err := Decode(hours, mustEncode(t, c, 0, 40)); err == nil || hours.Len() != 40 {
		t.Fatalf("minutes among hours: %d rows, error %v", hours.Len(), err)
	}
}

func TestDecodeAllocatesNothingWithRoom(t *testing.T) {
	block := mustEncode(t, walk(3, 4096), 0, 4096)
	c := market.MakeColumns(market.Minute, 4096)
	empty := *c
	if n := testing.AllocsPerRun(10, func() { *c = empty; mustDecode(t, c, block) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		v     float64
		scale int32
		ticks int64
		ok    bool
	}{{1.25, 2, 125, true}, {1.25, 1, 13, false}, {1e16, 0, 0, false}, {math.NaN(), 2, 0, false}, {1, -1, 0, false}, {1, 23, 0, false},
		{-0.3, 1, -3, true}, {math.Copysign(0, -1), 1, 0, false}} {
		ticks, ok := Ticks(test.v, test.scale)
		if ok != test.ok || ok && ticks != test.ticks {
			t.Errorf("Ticks(%v, %d) = %d, %v", test.v, test.scale, ticks, ok)
		}
	}
}

// TestValueIsDivision compares the decoder's arithmetic with a division.
func TestValueIsDivision(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for unit := int32(0); unit <= maxScale; unit++ {
		g := gridOf(unit)
		for range 50_000 {
			n := r.Int64N(1<<53+1) >> r.IntN(53)
			if got, want := g.value(n), float64(n)/market.Pow10(unit); got != want {
				t.Fatalf("%d / 10^%d is %v, not %v", n, unit, want, got)
			}
		}
	}
}

func TestPack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for w := range 65 {
		for _, n := range []int{1, 7, 127, 128} {
			values := make([]uint64, n)
			for i := range values {
				values[i] = r.Uint64() & (^uint64(0) >> (64 - w))
				if w == 0 {
					values[i] = 0
				}
			}
			b := pack(nil, values, w)
			if len(b) != packedSize(n, w) {
				t.Fatalf("%d values of %d bits take %d bytes", n, w, len(b))
			}
			var got [frame]uint64
			unpack(&got, n, append(b, make([]byte, pad)...), w)
			if !slices.Equal(got[:n], values) {
				t.Fatalf("%d values of %d bits do not come back", n, w)
			}
		}
	}
}

// FuzzDecodeBlock decodes bytes whose checksum is right, and encodes what comes out
// again.
func FuzzDecodeBlock(f *testing.F) {
	c := walk(1, 300)
	f.Add(mustEncode(f, c, 0, 300))
	f.Add(mustEncode(f, c, 7, 8))
	free := *c
	free.PriceScale, free.VolumeScale = -1, -1
	free.Incomplete = make([]bool, 300)
	free.Incomplete[3] = true
	f.Add(mustEncode(f, &free, 0, 150))
	f.Add(mustEncode(f, noisy(1, 200), 0, 200))
	for name := range version1Columns() {
		f.Add(version1Block(f, name))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		if len(block) >= headerSize {
			block = slices.Clone(block)
			binary.LittleEndian.PutUint32(block[crcOffset:], checksum(block))
		}
		got := new(market.Columns)
		if err := Decode(got, block); err != nil {
			if !errors.Is(err, ErrCorrupt) || got.Len() > 0 {
				t.Fatalf("%d rows, error %v", got.Len(), err)
			}
			return
		}
		again := new(market.Columns)
		mustDecode(t, again, mustEncode(t, got, 0, got.Len()))
		if got.Incomplete != nil && !slices.Contains(got.Incomplete, true) {
			got.Incomplete = nil
		}
		if d := diff(got, again); d != "" {
			t.Fatalf("encoded again: %s", d)
		}
	})
}
