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
		"\x1f\x8b", "PK\x03\x04", "\x28\xb5\x2f\xfd", "\xef\xbb\xbf",
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
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, skip bool) {
		o := barfile.SignalOptions{Source: "a", Kind: "b", Subject: "c", SkipBad: skip, Lag: lag(time.Hour)}
		r, err := barfile.ReadSignals(bytes.NewReader(data), o)
		if r == nil {
			t.Fatal("no result")
		}
		if err == nil && len(r.Signals) > 0 {
			checkSignalsRoundTrip(t, r.Signals)
		}
	})
}
