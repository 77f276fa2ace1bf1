package column

import (
	"os"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// version1Columns are the bars that the files testdata/version1-*.block hold, which
// the last program that wrote blocks of version 1 made.
func version1Columns() map[string]*market.Columns {
	return map[string]*market.Columns{
		"walk":  walk(3, 700),
		"free":  shape{seed: 5, rows: 150, bits: 40, price: -1, volume: -1, interval: market.Hour, start: 1e18}.columns(),
		"flags": shape{seed: 6, rows: 300, bits: 30, price: 8, volume: 3, interval: market.Minute, flags: true, start: 1e18}.columns(),
		"weeks": shape{seed: 9, rows: 300, bits: 20, price: 4, volume: 0, interval: market.Weekly, start: -1e15}.columns(),
	}
}

// TestVersion1 reads blocks that were written before there was version 2.
func TestVersion1(t *testing.T) {
	for name, want := range version1Columns() {
		block := version1Block(t, name)
		if block[2] != 1 {
			t.Errorf("%s: block version %d", name, block[2])
		}
		got := new(market.Columns)
		mustDecode(t, got, block)
		if d := diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func version1Block(tb testing.TB, name string) []byte {
	tb.Helper()
	block, err := os.ReadFile("testdata/version1-" + name + ".block")
	if err != nil {
		tb.Fatal(err)
	}
	return block
}
