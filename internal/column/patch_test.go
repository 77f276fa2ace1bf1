package column

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// noisy is a walk as some exchanges record it: a few prices are finer than the tick,
// bars open at the close before them, and volumes are sums of float64.
func noisy(seed uint64, n int) *market.Columns {
	c := walk(seed, n)
	r := rand.New(rand.NewPCG(seed, 3))
	c.PriceScale, c.VolumeScale = 8, 17
	for i := range n {
		if r.IntN(4) == 0 {
			c.Close[i] = math.Round((c.Close[i]+r.Float64())*1e8) / 1e8
		}
		if i > 0 && r.IntN(2) == 0 {
			c.Open[i] = c.Close[i-1]
		}
		c.High[i] = max(c.Open[i], c.High[i], c.Close[i])
		c.Low[i] = min(c.Open[i], c.Low[i], c.Close[i])
		if r.IntN(3) == 0 {
			c.High[i], c.Low[i] = max(c.Open[i], c.Close[i]), min(c.Open[i], c.Close[i])
		}
		if r.IntN(8) == 0 {
			c.Volume[i] = math.Nextafter(c.Volume[i], 0)
		}
	}
	return c
}

func TestPatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := noisy(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 600).Draw(t, "rows"))
		if rapid.Bool().Draw(t, "free") {
			c.VolumeScale = market.FreeScale
		}
		for range rapid.IntRange(0, 5).Draw(t, "strangers") {
			row := rapid.IntRange(0, c.Len()-1).Draw(t, "row")
			column := rapid.SampledFrom([][]float64{c.Open, c.High, c.Low, c.Close, c.Volume}).Draw(t, "column")
			column[row] = math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		}
		b, err := Encode(nil, c, 0, c.Len())
		if err != nil {
			t.Fatal(err)
		}
		got := new(market.Columns)
		if err := Decode(got, b); err != nil {
			t.Fatal(err)
		}
		if d := diff(c, got); d != "" {
			t.Fatalf("decoded: %s", d)
		}
	})
}

// TestPatchesAreSmall compares bars with exceptions to the same without.
func TestPatchesAreSmall(t *testing.T) {
	free := noisy(5, 4096)
	free.VolumeScale = market.FreeScale
	a, b := mustEncode(t, walk(5, 4096), 0, 4096), mustEncode(t, free, 0, 4096)
	if len(b) > len(a)*5/4+4*4096 {
		t.Errorf("%d bytes with exceptions, %d without", len(b), len(a))
	}
}

// TestPatchShared finds one patch for a value that stands in several places.
func TestPatchShared(t *testing.T) {
	opens, highs := []float64{1, 1.25, 3}, []float64{1.25, 2, 3}
	lows, closes := []float64{1, 1, 2.125}, []float64{1.25, 1, 3}
	got := findPatches(nil, gridOf(0), [][]float64{opens, highs, lows, closes})
	want := []patch{{(1<<2-1)<<rowBits | 2, 2.125}, {(1<<4 | 1<<3 | 1<<1 - 1) << rowBits, 1.25}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("patches %v, want %v", got, want)
	}
}

// TestPatchDamage gives patches places and widths that there are not.
func TestPatchDamage(t *testing.T) {
	columns := func() [][]float64 { return [][]float64{{1, 2}, {1, 2}, {1, 2}, {1, 2}} }
	patches := func(n, unit, step, w byte, bits uint64) []byte {
		return append(binary.LittleEndian.AppendUint64([]byte{n, unit, step, w}, bits), make([]byte, 128*8+pad)...)
	}
	for name, test := range map[string]struct {
		bytes []byte
		ok    bool
	}{
		"none":                 {patches(0, 0, 0, 0, 0), true},
		"first open":           {patches(1, 2, 12, 14, 0), true},
		"open of the next row": {patches(1, 2, 12, 14, 15<<rowBits), true},
		"open after the last":  {patches(1, 2, 12, 14, 15<<rowBits|1), false},
		"row":                  {patches(1, 2, 12, 14, 2), false},
		"slot":                 {patches(1, 2, 12, 14, 31<<rowBits), false},
		"number":               {patches(129, 2, 12, 14, 0), false},
		"unit":                 {patches(1, 23, 12, 14, 0), false},
		"wide step":            {patches(1, 2, 13, 14, 0), false},
		"wide":                 {patches(1, 2, 12, 58, 0), false},
		"step and no more":     {patches(1, 2, 12, 11, 0), false},
	} {
		d := decoder{rest: test.bytes}
		if err := d.patch(columns()); (err == nil) != test.ok || err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := decoder{rest: []byte{1, 2, 12, 14}}
	if err := d.patch(columns()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("cut off: %v", err)
	}
}
