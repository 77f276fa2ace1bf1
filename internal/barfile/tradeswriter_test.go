package barfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// TestTradesComeBack reads trades, several of one time among them, prints them and reads
// them again.
func TestTradesComeBack(t *testing.T) {
	for name, text := range map[string]string{
		"milliseconds": "1,100.5,0.25,1,1,1704067200000,true\n2,100.25,1,2,2,1704067200000,true\n3,100.5,3,3,3,1704067200000,true\n4,99,12.5,4,4,1704067200001,true\n",
		"microseconds": "1,0.00001234,5000000,1,1,1735689600000001,true\n2,0.00001235,1,2,2,1735689600000001,true\n",
		"nanoseconds":  "time,price,quantity\n1704067200000000123,1,2\n1704067200000000124,3,4\n",
		"one":          "price,quantity,time\n7,1,1704067200000\n",
	} {
		read, err := barfile.ReadTrades(strings.NewReader(text), barfile.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var out bytes.Buffer
		w := barfile.NewTradesWriter(&out)
		half := read.Columns.Len() / 2
		for _, c := range []*market.Columns{read.Columns.Slice(0, half), read.Columns.Slice(half, read.Columns.Len())} {
			if err := w.Add(c); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := barfile.ReadTrades(&out, barfile.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(read.Columns, again.Columns); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestTradesWriterRefuses what could not be read back.
func TestTradesWriterRefuses(t *testing.T) {
	trade := func(at market.Time, price float64) market.Bar {
		return market.Bar{OpenTime: at, Open: price, High: price, Low: price, Close: price, Volume: 1}
	}
	bar := trade(5, 2)
	bar.High = 3
	for name, rows := range map[string][]market.Bar{"a bar": {bar}, "twice": {trade(5, 2), trade(5, 2)}, "no price": {trade(5, 0)}} {
		c := market.MakeColumns(market.Trades, len(rows))
		for _, b := range rows {
			c.Append(b)
		}
		if err := barfile.NewTradesWriter(&bytes.Buffer{}).Add(c); market.ClassOf(err) != market.Data {
			t.Errorf("%s: %v", name, err)
		}
	}
}
