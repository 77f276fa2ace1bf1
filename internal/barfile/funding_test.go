package barfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// TestFunding: the same fundings in each layout.
func TestFunding(t *testing.T) {
	d := decimal.RequireFromString
	at := market.Millis(ms2021)
	want := []market.Funding{{Time: at, Rate: d("0.0001")}, {Time: at + 8*market.Time(market.Hour) + 8e6, Rate: d("-0.00000612")}}
	for name, text := range map[string]string{
		"plain":     "1609459200000,0.0001\n1609488000008,-0.00000612\n",
		"header":    "funding_time_ms,rate\n1609459200000,0.0001\n1609488000008,-0.00000612",
		"mark":      "time_ms,mark,rate\n1609459200000,,0.0001\n1609488000008,,-0.00000612",
		"falling":   "1609488000008,-0.00000612\n1609459200000,0.0001\n",
		"freqtrade": "[[1609459200000,0.0001,0.0,0.0,0.0,0.0],[1609488000008,-6.12e-06,0.0,0.0,0.0,0.0]]",
		"binance":   "\xef\xbb\xbfcalc_time,funding_interval_hours,last_funding_rate\r\n1609459200000,8,0.0001\r\n\r\n1609488000008,8,-0.00000612\r\n",
	} {
		got, err := barfile.ReadFunding(strings.NewReader(text), "f.csv")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	got, err := barfile.ReadFunding(strings.NewReader("1609459200000,0.0001,29000.5\n"), "f.csv")
	if err != nil || !got[0].Mark.Equal(d("29000.5")) {
		t.Errorf("with a mark: %v %v", got, err)
	}
}

// TestBadFunding: the error names file and line, and the rows above it are there.
func TestBadFunding(t *testing.T) {
	for bad, want := range map[string]string{
		"1609488000000":                       "f.csv:2: the row has 1 columns where 2 are expected",
		"soon,0.0001":                         `f.csv:2: time "soon" is not a time`,
		"1609488000000,high":                  `f.csv:2: rate "high" is not a plain number`,
		"1609488000000,1e-99":                 `f.csv:2: rate "1e-99" is not a plain number`,
		"1609459200700,0.0001":                "f.csv:2: time 2021-01-01T00:00:00.7Z is within a second of 2021-01-01T00:00:00Z of the row above; leave each funding in once",
		"1609452000000,1\n":                   "f.csv:2: rate 1 is not between -1 and 1",
		"1609488000000,1":                     "f.csv:2: rate 1 is not between -1 and 1",
		"1609459200000,0.0001":                "f.csv:2: time 2021-01-01T00:00:00Z is within a second of 2021-01-01T00:00:00Z of the row above",
		"1609488000000000,0.0001":             "f.csv:2: time 1609488000000000 is in microseconds where the rows above are in milliseconds",
		"\n1609488000000," + "0." + zeros(40): "f.csv:3: rate",
		"1609488000000,\"0.1":                 "f.csv:2: a quoted field does not end",
	} {
		got, err := barfile.ReadFunding(strings.NewReader("1609459200000,0.0001\n"+bad+"\n"), "f.csv")
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(got) != 1 {
			t.Errorf("%q: %d rows, error %v, want %s", bad, len(got), err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                  "f.csv: there are no fundings",
		"time_ms,rate\n":                    "f.csv: there are no fundings",
		"time_ms,price\n":                   `f.csv:1: the header "time_ms,price" has no rate`,
		"rate,mark\n":                       `f.csv:1: the header "rate,mark" has no time`,
		"1609459200000,0.0001,-5\n":         "f.csv:1: mark -5 is not a price",
		"1609459200000,0.1,0.2,0.1,0.2,5\n": "f.csv:1: a row of 6 columns is a funding where the third is 0, as freqtrade writes it, and it is 0.2",
		"1609459200000,0\n1609452000000,0\n1609456000000,0": "f.csv:3: time 2020-12-31T23:06:40Z runs against the order of the rows above, the last of which is of 2020-12-31T22:00:00Z; sort the rows by time",
	} {
		if _, err := barfile.ReadFunding(strings.NewReader(text), "f.csv"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestFundingSkipBad: bad rows are left out and listed.
func TestFundingSkipBad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.csv")
	if err := os.WriteFile(path, []byte("5x,0\n1609459200000,0.0001\n1609459200001,0\n1609488000,0\n1609488000000,2\n1609488000000,0.0002\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := barfile.ReadFundings(path, barfile.Options{Name: "f.csv", SkipBad: true})
	if err != nil || len(r.Fundings) != 2 || r.BadCount != 4 || len(r.Bad) != 4 {
		t.Fatalf("%+v, %v", r, err)
	}
	if diff := cmp.Diff("f.csv:5: rate 2 is not between -1 and 1; 0.0001 is 0.01 %", r.Bad[3].Error()); diff != "" {
		t.Error(diff)
	}
}

func zeros(n int) string { return strings.Repeat("0", n) }

// TestRecordedFunding reads the recorded fundings.
func TestRecordedFunding(t *testing.T) {
	paths, _ := filepath.Glob("../../../shared/data/binance-usdm-*/*funding*")
	more, _ := filepath.Glob("../../../shared/data/binance-usdm-*/funding/*")
	if paths = append(paths, more...); len(paths) == 0 {
		t.Skip("no recorded data in ../shared/data")
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		rows, err := barfile.ReadFundingFile(path)
		if err != nil || len(rows) < 200 {
			t.Errorf("%s: %d rows, %v", path, len(rows), err)
		}
	}
}

func FuzzReadFunding(f *testing.F) {
	for _, text := range []string{
		"1609459200000,0.0001\n1609488000008,-0.1,\n", "calc_time,funding_interval_hours,last_funding_rate\n1,8,0\n", "time_ms,rate,mark\n1,.5,\"3\"\n", "PK\x03\x04", "\x1f\x8b",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := barfile.ReadFunding(strings.NewReader(string(data)), "f")
		if err == nil && len(rows) == 0 {
			t.Fatal("neither rows nor an error")
		}
		for k := range rows {
			if rows[k].Mark.IsNegative() || !rows[k].Rate.Abs().LessThan(decimal.New(1, 0)) || k > 0 && rows[k].Time <= rows[k-1].Time {
				t.Fatal(k, rows[k])
			}
		}
	})
}
