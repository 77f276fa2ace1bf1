package barfile_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

func FuzzReadBars(f *testing.F) {
	for _, text := range []string{
		minutes(0, 1, 5), "open_time_ms,open,high,low,close,volume\r\n0,1,1e0,1.0,1,0\r\n60000,1,2,.5,1,\"3\"\r\n\r\n",
		"1609459200,0.1,0.3,0.1,0.2,1e-9\n1609459260,9007199254740993,9007199254740993,1,1,1\n",
		"1609459200000000,1,1,1,1,1,2,3,4,5,6,7\n1609459260000000,1,1,1,1,1,2,3,4,5,6,7",
		"\x1f\x8b", "PK\x03\x04", "\x28\xb5\x2f\xfd", "\xef\xbb\xbf", "\xfd7zXZ\x00", "ARROW1\x00\x00", "PAR1",
	} {
		f.Add([]byte(text), int64(0), false)
		f.Add([]byte(text), int64(60), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, seconds int64, skip bool) {
		r, err := barfile.Read(bytes.NewReader(data), barfile.Options{Interval: market.Interval(seconds % 1e9 * 1e9), SkipBad: skip})
		if r == nil || r.Columns == nil {
			t.Fatal("no result")
		}
		if err == nil && r.Columns.Len() > 0 {
			checkRoundTrip(t, r)
		}
	})
}

// FuzzReadTables reads tables of others, and JSON.
func FuzzReadTables(f *testing.F) {
	for text, columns := range map[string]string{
		"date,open,high,low,close,volume,positive,negative,neutral\n2021-01-03,32129.408203,34608.558594,32052.316406,32782.023438,78665235202,3,0,0\n2021-01-04,32810.949219,33440.21875,28722.755859,31971.914063,81163475344,0,0,0\n": "",
		"https://example.org\nunix,symbol,open,high,low,close,Volume BTC\n1609545600,\"A,B\",1,2,1,2,3\n1609459200,,1,2,1,2,3\n":                                                                                                         "volume=Volume BTC",
		"1;2;3;4;5;6\n": "time=6,open=1,high=2,low=3,close=4,volume=5",
		"[[1577836800000,\"7000.10000000\",\"7200.00000000\",\"6900.15000000\",\"7100.85000000\",\"12.50000000\",1577923199999,\"0\",19,\"0\",\"0\",\"0\"]]": "",
		"[[1577836800000, 7000.1, 7200.0, 6900.15, 7100.85, 12.5], [1577923200000, 7100.77, 7212.5, 6924.74, 6965.71, null]]":                                "",
		"date\topen\thigh\tlow\tclose\tvolume\r\n2021-01-01 00:00:00+00:00\t1\t1\t1\t1\t1\r\n":                                                               "open=5",
	} {
		f.Add([]byte(text), columns, false)
		f.Add([]byte(text), columns, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, columns string, skip bool) {
		r, err := barfile.Read(bytes.NewReader(data), barfile.Options{Interval: market.Minute, Columns: columns, SkipBad: skip})
		if err == nil && r.Columns.Len() == 0 && r.BadCount == 0 {
			t.Fatal("neither rows nor an error")
		}
		if err == nil && r.Columns.Len() > 0 && r.Columns.OpenTime[0]%1e6 == 0 {
			checkRoundTrip(t, r)
		}
	})
}

func FuzzReadTrades(f *testing.F) {
	for _, text := range []string{
		trades(1, 2, 3), tradeHeader + trades(1, 2), "1,1e0,.5,1,1,1609459200000000\r\n2,\"1\",2,1,1,1609459200000000\r\n\r\n",
		"1,1,1,1,1,1\n", "9223372036854775807,1,1,,,1609459200000\n", "PK\x03\x04", "\xef\xbb\xbf",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, skip bool) {
		r, err := barfile.ReadTrades(bytes.NewReader(data), barfile.Options{SkipBad: skip})
		if r == nil || r.Columns == nil || err == nil && r.Columns.Len() == 0 {
			t.Fatal("no result", err)
		}
		for row := range r.Columns.OpenTime {
			if err := r.Columns.Bar(row).Check(); err != nil || row > 0 && r.Columns.OpenTime[row] <= r.Columns.OpenTime[row-1] {
				t.Fatal(row, r.Columns.Bar(row), err)
			}
		}
	})
}

func FuzzReadSignals(f *testing.F) {
	for _, text := range []string{
		"effective,value,known,source,subject,revision\r\n2021-01-01,80.5,,,,\n1609459200000,-3e-7,2021-01-03T01:00:00+01:00,\"a,\"\"b\",*,2\n",
		`{"effective":"2021-01-01","value":80.5}` + "\n" + `{"source":"x","effective":1609459200000,"value":null,"assumed":true,"known":"2200-12-31"}`,
		"effective,value\n2021-01-01,null\n2021-01-01,-0\n", "{}", "{\n",
		"effective,value\n1609459200,1\n2021-01-01T00:00:00,1\n2021-01-01 00:00:00.5,2\n2021-01-01,3\n",
		grades + "2021-01-01,1,1,1,1,1,95.9,52.1,87.2\n", fear + "1609459200,,59,Neutral,1,1,1\n1609545600,1609546200,62,Greed,1,1,0\n",
		decisions + "2021-01-01T04:00:00,m,run1,BTC,close_position,0.72,,,,,\n", "date,score\n2021-01-01,30\n",
		// the first lines of signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz (github.com/yifei99/SAL-Cryptopulse, Apache-2.0)
		headlines + "2021-01-03,32129.408203,34608.558594,32052.316406,32782.023438,78665235202,3,0,0\n2021-01-04,32810.949219,33440.21875,28722.755859,31971.914063,81163475344,0,0,0\n",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, skip bool) {
		checkSignalsRead(t, data, barfile.SignalOptions{Source: "a", Kind: "b", Subject: "c", SkipBad: skip, Lag: lag(25 * time.Hour)})
		checkSignalsRead(t, data, barfile.SignalOptions{Subject: "c", SkipBad: skip}) // what a layout says itself
	})
}

// FuzzReadForeignSignals reads files by what their columns are said to be.
func FuzzReadForeignSignals(f *testing.F) {
	for _, text := range []string{
		"t,v,w,who,new\n1609459200,buy,1,a,0\n1609459200000,none,,b,1\n2021-01-03,7,nan,a,true\n",
		`{"t":1609459200000,"v":"buy","w":null,"deep":{"t":[1]}}` + "\n" + `{"t":"2021-01-03","v":3,"w":0.5,"who":"x","new":true}`,
		"v,t,w,who,new\n", "t,v\n", "t,v,w,who,new,t\n",
	} {
		f.Add([]byte(text), "t", "who", false)
		f.Add([]byte(text), "v", "", true)
	}
	f.Fuzz(func(t *testing.T, data []byte, effective, source string, skip bool) {
		c := &barfile.SignalColumns{
			Of:     map[string]string{"effective": effective, "source": source, "known": "t", "backfill": "new"},
			Values: []barfile.SignalValue{{Kind: "v", Column: "v"}, {Kind: "w", Column: "w"}},
			Words:  map[string]string{"buy": "1", "none": "null", "bad": "x"},
		}
		checkSignalsRead(t, data, barfile.SignalOptions{Columns: c, Source: "a", Subject: "c", SkipBad: skip, Lag: lag(time.Hour)})
	})
}

// checkSignalsRead reads signals, and finds that what comes of any input is countable,
// free of contradictions, and reads back as it is.
func checkSignalsRead(t *testing.T, data []byte, o barfile.SignalOptions) {
	t.Helper()
	r, err := barfile.ReadSignals(bytes.NewReader(data), o)
	if r == nil || r.Rows != len(r.Signals) || r.Observed+r.Assumed != r.Rows || r.Null > r.Rows {
		t.Fatalf("%+v, %v", r, err)
	}
	if err == nil && len(r.Signals) > 0 {
		checkSignalsRoundTrip(t, r.Signals)
	}
}
