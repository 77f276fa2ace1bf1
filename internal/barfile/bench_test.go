package barfile_test

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

const year = 525_600

// yearCSV prints a year of minutes with two decimals of price and five of volume.
func yearCSV(rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := []byte("open_time_ms,open,high,low,close,volume\n")
	price := int64(4_000_000)
	for i := range rows {
		open := price
		price += r.Int64N(2001) - 1000
		b = strconv.AppendInt(b, 1_609_459_200_000+int64(i)*60_000, 10)
		for _, p := range [...]int64{open, max(open, price) + 500, min(open, price) - 500, price} {
			b = strconv.AppendFloat(append(b, ','), float64(p)/100, 'f', 2, 64)
		}
		b = strconv.AppendFloat(append(b, ','), float64(r.Int64N(10_000_000))/1e5, 'f', 5, 64)
		b = append(b, '\n')
	}
	return b
}

func BenchmarkReadCSV525600(b *testing.B) {
	data := yearCSV(year)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := barfile.Read(bytes.NewReader(data), barfile.Options{Interval: market.Minute})
		if err != nil || r.Columns.Len() != year {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/year, "ns/row")
}
