package parquet

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// bars returns n bars of no meaning.
func bars(n int) *market.Columns {
	c := market.MakeColumns(0, n)
	c.PriceScale, c.VolumeScale = market.FreeScale, market.FreeScale
	for i := range n {
		x := float64(i%997) / 100
		c.Append(market.Bar{OpenTime: market.Time(i) * 60e9, Open: x, High: x + 1, Low: x - 1, Close: -x, Volume: 1e-8 * x})
	}
	return c
}

// scan reads a file whole.
func scan(t interface{ Fatal(...any) }, b []byte) *market.Columns {
	all := market.MakeColumns(0, 0)
	all.PriceScale, all.VolumeScale = market.FreeScale, market.FreeScale
	err := Scan(bytes.NewReader(b), int64(len(b)), func(first int, c *market.Columns) error {
		if first != all.Len()+1 {
			t.Fatal("a chunk begins with row", first, "where", all.Len()+1, "comes next")
		}
		for i := range c.Len() {
			all.Append(c.Bar(i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWrittenBarsAreReadBack(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, frame.ChunkRows, 2*frame.ChunkRows + 1} {
		var b bytes.Buffer
		want := bars(n)
		if err := Write(&b, want); err != nil {
			t.Fatal(err)
		}
		if got := scan(t, b.Bytes()); !reflect.DeepEqual(got, want) {
			t.Errorf("%d bars: %s", n, cmp.Diff(want, got))
		}
	}
}

func TestAnyNumberIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := bars(0)
		for range rapid.IntRange(0, 50).Draw(t, "bars") {
			x := rapid.Float64()
			want.Append(market.Bar{
				OpenTime: market.Time(rapid.Int64Range(0, 7e12).Draw(t, "time")) * 1e6,
				Open:     x.Draw(t, "open"), High: x.Draw(t, "high"), Low: x.Draw(t, "low"), Close: x.Draw(t, "close"), Volume: x.Draw(t, "volume"),
			})
		}
		var b bytes.Buffer
		if err := Write(&b, want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, scan(t, b.Bytes())); diff != "" {
			t.Error(diff)
		}
	})
}
