package barfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// TestTables: the same two bars in tables that others write.
func TestTables(t *testing.T) {
	want, err := read("1609459200,10.5,12,9,11,1.5\n1609545600,11,12.25,10,11.5,0\n", barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, columns string }{
		"dates":          {"2021-01-01,10.5,12,9,11,1.5\n2021-01-02,11,12.25,10,11.5,0\n", ""},
		"date times":     {"2021-01-01 00:00:00,10.5,12,9,11,1.5\n2021-01-02 00:00:00.000,11,12.25,10,11.5,0\n", ""},
		"zones":          {"2021-01-01 00:00:00+00:00,10.5,12,9,11,1.5\n2021-01-02 01:00:00+01:00,11,12.25,10,11.5,0\n", ""},
		"RFC 3339":       {"2021-01-01T00:00:00Z,10.5,12,9,11,1.5\n2021-01-02T01:00:00.5+01:00,11,12.25,10,11.5,0\n", ""},
		"half a date":    {"2021-01-01,10.5,12,9,11,1.5\n2021-01-02 00:00,11,12.25,10,11.5,0\n", ""},
		"nanoseconds":    {"1609459200000000000,10.5,12,9,11,1.5\n1609545600000000000,11,12.25,10,11.5,0\n", ""},
		"float times":    {"timestamp,open,high,low,close,volume\n1609459200.0,10.5,12,9,11,1.5\n1609545600.0,11,12.25,10,11.5,0\n", ""},
		"semicolons":     {"1609459200;10.5;12;9;11;1.5\n1609545600;11;12.25;10;11.5;0\n", ""},
		"tabs":           {"date\topen\thigh\tlow\tclose\tvolume\n2021-01-01\t10.5\t12\t9\t11\t1.5\n2021-01-02\t11\t12.25\t10\t11.5\t0\n", ""},
		"pandas":         {",date,open,high,low,close,volume\n0,2021-01-01,10.5,12,9,11,1.5\n1,2021-01-02,11,12.25,10,11.5,0\n", ""},
		"any order":      {"Volume,Close,Low,High,Open,Open Time\n1.5,11,9,12,10.5,1609459200000\n0,11.5,10,12.25,11,1609545600000\n", ""},
		"extra columns":  {"DATE,Open,High,Low,Close,Volume,TA_GRADE\n2021-01-01,10.5,12,9,11,1.5,95.9\n2021-01-02,11,12.25,10,11.5,0,96\n", ""},
		"seven numbers":  {"timestamp,open,high,low,close,volume,trades\n1609459200,10.5,12,9,11,1.5,7\n1609545600,11,12.25,10,11.5,0,\n", ""},
		"a remark":       {"https://www.example.org\n# daily\nunix,date,symbol,open,high,low,close,volume\n1609459200,2021-01-01 0-AM,BTC/USD,10.5,12,9,11,1.5\n1609545600,x,\"BTC,USD\",11,12.25,10,11.5,0\n", ""},
		"one heading":    {"unix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n1609459200,,,10.5,12,9,11,1.5,3\n1609545600,,,11,12.25,10,11.5,0,3\n", "volume=Volume BTC"},
		"all headings":   {"a,b,c,d,e,f\n10.5,12,9,11,1.5,1609459200\n11,12.25,10,11.5,0,1609545600\n", "time=f, open=a, high=b, low=c, close=d, volume=e"},
		"case":           {"T,O,H,L,C,Vol Base\n1609459200,10.5,12,9,11,1.5\n1609545600,11,12.25,10,11.5,0\n", "time=t,volume=vol base"},
		"numbers":        {"BTC,1.5,10.5,12,9,11,1609459200\nBTC,0,11,12.25,10,11.5,1609545600\n", "time=7,open=3,high=4,low=5,close=6,volume=2"},
		"numbers, known": {"x,y,open,high,low,close\n1609459200,1.5,10.5,12,9,11\n1609545600,0,11,12.25,10,11.5\n", "time=1,volume=2"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(name, "RFC") {
				c.text = strings.Replace(c.text, ".5+", "+", 1)
			}
			got, err := read(c.text, barfile.Options{Columns: c.columns})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Columns, got.Columns); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadTables(t *testing.T) {
	for _, c := range []struct{ text, columns, want string }{
		{"unix,open,high,low,close,Volume BTC,Volume USD\n", "", `f.csv:1: the header "unix,open,high,low,close,Volume BTC,Volume USD" has no volume; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns; data import takes other names with --columns "volume=…"`},
		{"a,b\n", "time=c", `f.csv:1: the header "a,b" has no "c", where time is asked for; give a heading as it stands there, or the number of a column, from 1`},
		{minute(0), "time=1,open=2,high=3,low=4,close=5,volume=0", `f.csv:1: the header "1609459200000,10,12,9,11,1.5" has no "0", where volume is asked for; give a heading as it stands there, or the number of a column, from 1`},
		{minute(0), "time=1,open=2,high=3,low=5,close=5,volume=6", "f.csv:1: low and close are both asked for in column 5; name one column for each"},
		{"time,open,high,low,close,volume\n", "low=close", "f.csv:1: low and close are both asked for in column 5; name one column for each"},
		{"a,b\n", "open=3", `f.csv:1: the header "a,b" has no time; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns; data import takes other names with --columns "time=…"`},
		{"time,b\n", "open=3", `f.csv:1: open is asked for in column 3, and the header has 2; count from 1`},
		{minute(0), "time=1", "f.csv:1: there is no header, and the columns asked for lack open; give the number of each of time, open, high, low, close, volume"},
		{minute(0), "time=1,open=2,high=3,low=4,close=5,volume=7", "f.csv:1: volume is asked for in column 7, and the row has 6; count from 1"},
		{"time,open,high,low,close,volume,x\n" + minute(0), "", "f.csv:2: the row has 6 columns where 7 are expected; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns"},
		{"# nothing\n", "", "f.csv: there are no bars; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns"},
	} {
		_, err := read(c.text, barfile.Options{Columns: c.columns, SkipBad: true, Interval: market.Minute})
		if strings.HasPrefix(c.want, "f.csv:2") {
			_, err = read(c.text, barfile.Options{Columns: c.columns})
		}
		checkError(t, err, c.want)
	}
	for _, columns := range []string{"date=1", "time", "time=", "time=1,time=2", ","} {
		if _, err := read(minute(0), barfile.Options{Columns: columns}); market.ClassOf(err) != market.Usage {
			t.Errorf("%s: %v", columns, err)
		}
	}
}

// TestTradesOfOthers: recorded trades without numbers, in seconds.
func TestTradesOfOthers(t *testing.T) {
	at := market.Millis(ms2021)
	for text, columns := range map[string]string{
		"1609459200,10.5,2,ANY\n1609459200,11,1,ANY\n1609459201,12,1,ANY\n":                           "time=1,price=2,quantity=3",
		"Time,Price,Amount\n2021-01-01,10.5,2\n2021-01-01,11,1\n2021-01-01 00:00:01,12,1\n":           "",
		"id;price;qty;time\n7;10.5;2;1609459200\n8;11;1;1609459200\n9;12;1;1609459201\n":              "",
		"a,b,c,d\n7,10.5,2,1609459200\n8,11,1,1609459200\n9,12,1,1609459201\n":                        "id=a,price=b,quantity=c,time=d",
		"https://example.org\nprice,amount,ts\n10.5,2,1609459200\n11,1,1609459200\n12,1,1609459201\n": "",
	} {
		r, err := readTrades(text, barfile.Options{Columns: columns})
		if err != nil {
			t.Error(err)
			continue
		}
		want := []market.Time{at, at + 1, at + 1e9}
		if strings.Contains(columns+text, "id") {
			want = []market.Time{at + 7, at + 8, at + 1e9 + 9}
		}
		if diff := cmp.Diff(want, r.Columns.OpenTime); diff != "" || r.GapCount > 0 {
			t.Error(diff, r.Gaps)
		}
	}
}
