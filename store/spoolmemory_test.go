package store

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// TestPutSpoolMemory puts 48 MB of columns twice, the second time with other values, and
// watches the heap.
func TestPutSpoolMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it stores two million bars to measure memory")
	}
	const rows, chunk, limit = 1_000_000, 1 << 13, 10 << 20
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "history.db"))
	db.bolt.NoSync = true
	db.maxPut = 1 << 20
	for _, want := range []PutStats{{Added: rows}, {Restated: rows}} {
		stop, peak := make(chan struct{}), make(chan uint64)
		go watchHeap(stop, peak)
		sp := NewSpool(dir)
		sp.room = 1 << 20
		r := rand.New(rand.NewPCG(uint64(want.Added), 1))
		for lo := 0; lo < rows; lo += chunk {
			if err := sp.Add(anyBars(r, lo, min(lo+chunk, rows))); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.PutSpool(btc, sp)
		if err = errors.Join(err, sp.Close()); err != nil || !counts(got, want) {
			t.Errorf("put gives %+v, %v, want %+v", got, err, want)
		}
		close(stop)
		most := <-peak
		t.Logf("the heap grew by %d KiB", most>>10)
		if most > limit {
			t.Errorf("the heap grew by %d MiB", most>>20)
		}
	}
}

// watchHeap tells by how much the heap grew at most.
func watchHeap(stop chan struct{}, peak chan uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtime.GC()
	metrics.Read(sample)
	before, most := sample[0].Value.Uint64(), uint64(0)
	for {
		select {
		case <-stop:
			peak <- most
			return
		default:
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64()-min(before, sample[0].Value.Uint64()))
			runtime.Gosched()
		}
	}
}

// anyBars makes the bars of minutes [from, to) quickly.
func anyBars(r *rand.Rand, from, to int) *market.Columns {
	c := market.MakeColumns(market.Minute, to-from)
	c.PriceScale, c.VolumeScale = 2, 5
	for i := from; i < to; i++ {
		x := r.Uint64()
		open, last := 1_000_000+int64(x%1000), 1_000_000+int64(x>>10%1000)
		c.Append(market.Bar{OpenTime: market.Time(i+1) * market.Time(market.Minute), Open: float64(open) / 100, Close: float64(last) / 100,
			High: float64(max(open, last)+5) / 100, Low: float64(min(open, last)-5) / 100, Volume: float64(x>>40) / 1e5})
	}
	return c
}
