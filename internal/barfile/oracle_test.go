package barfile_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"pgregory.net/rapid"
)

// oracle reads well-formed files the naive way.
func oracle(t *rapid.T, text string, d market.Interval) *market.Columns {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0][0] == 'o' {
		rows = rows[1:]
	}
	c := market.MakeColumns(d, 0)
	var prices, volumes []string
	for _, r := range rows {
		ns, err := strconv.ParseInt(r[0]+strings.Repeat("0", 19-len(r[0])), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		c.Append(market.Bar{OpenTime: market.Time(ns), Open: nearest(t, r[1]), High: nearest(t, r[2]), Low: nearest(t, r[3]), Close: nearest(t, r[4]), Volume: nearest(t, r[5])})
		prices, volumes = append(prices, r[1:5]...), append(volumes, r[5])
	}
	c.PriceScale, c.VolumeScale = oracleScale(t, prices), oracleScale(t, volumes)
	return c
}

func nearest(t *rapid.T, s string) float64 {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q", s)
	}
	x, _ := r.Float64()
	return x
}

// oracleScale is the scale of values without trailing zeros, and without the digits
// that a float64 does not keep.
func oracleScale(t *rapid.T, texts []string) int32 {
	scale, most := int32(0), decimal.Zero
	for _, s := range texts {
		d := decimal.NewFromFloat(nearest(t, s))
		for scale < 40 && !d.Equal(d.Truncate(scale)) {
			scale++
		}
		most = decimal.Max(most, d)
	}
	if most.Shift(scale).GreaterThan(decimal.New(1<<51, 0)) {
		return market.FreeScale
	}
	return scale
}

// drawFile draws a valid file and its interval.
func drawFile(t *rapid.T) (string, market.Interval) {
	seconds := rapid.SampledFrom([]int64{1, 60, 3600, 86400}).Draw(t, "interval")
	fraction := rapid.SampledFrom([]string{"", "000", "000000"}).Draw(t, "unit")
	end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
	tail, header := "", "open_time,open,high,low,close,volume"
	if rapid.Bool().Draw(t, "kline") {
		tail, header = ",1,2.5,3,4,5,0", header+",close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
	}
	var b strings.Builder
	if rapid.Bool().Draw(t, "header") {
		b.WriteString(header + end)
	}
	exponent := rapid.Int32Range(-12, 2).Draw(t, "exponent")
	open := rapid.Int64Range(1_000_000_000/seconds+1, 4_000_000_000/seconds).Draw(t, "start")
	for i := range rapid.IntRange(2, 20).Draw(t, "rows") {
		p := rapid.SliceOfN(rapid.Int64Range(1, 200_000_000), 4, 4).Draw(t, "prices")
		high, low := max(p[0], p[1], p[2], p[3]), min(p[0], p[1], p[2], p[3])
		fmt.Fprintf(&b, "%d%s", open*seconds, fraction)
		for _, n := range []int64{p[0], high, low, p[3]} {
			b.WriteString("," + drawZeros(t, decimal.New(n, exponent)))
		}
		volume := rapid.Int64Range(0, 1<<60).Draw(t, "volume") >> rapid.IntRange(0, 60).Draw(t, "shift")
		b.WriteString("," + drawZeros(t, decimal.New(volume, exponent)) + tail + end)
		open += rapid.Int64Range(1, 1+2*int64(min(i, 1))).Draw(t, "step") // no gap first, so that the interval shows
	}
	return b.String(), market.Interval(seconds * 1e9)
}

// drawZeros prints d with some zeros that mean nothing.
func drawZeros(t *rapid.T, d decimal.Decimal) string {
	n := rapid.Int32Range(0, 8).Draw(t, "zeros")
	return d.StringFixed(max(0, -d.Exponent()) + n)
}

func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, d := drawFile(t)
		got, err := barfile.Read(strings.NewReader(text), barfile.Options{Interval: d})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(oracle(t, text, d), got.Columns); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, d := drawFile(t)
		first, err := barfile.Read(strings.NewReader(text), barfile.Options{Interval: d})
		if err != nil {
			t.Fatal(err)
		}
		checkRoundTrip(t, first)
	})
}

// checkRoundTrip writes and reads what was read, twice.
func checkRoundTrip(t interface {
	Helper()
	Fatal(...any)
}, first *barfile.Result) {
	t.Helper()
	var out, again bytes.Buffer
	if err := barfile.Write(&out, first.Columns); err != nil {
		t.Fatal(err)
	}
	second, err := barfile.Read(bytes.NewReader(out.Bytes()), barfile.Options{Interval: first.Columns.Interval})
	if err != nil {
		t.Fatal(err, out.String())
	}
	if !reflect.DeepEqual(first.Columns, second.Columns) {
		t.Fatal(cmp.Diff(first.Columns, second.Columns))
	}
	if err := barfile.Write(&again, second.Columns); err != nil || again.String() != out.String() {
		t.Fatal("the same columns give other bytes", err)
	}
}
