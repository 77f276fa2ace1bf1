package barfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// read reads text as the file f.csv.
func read(text string, o barfile.Options) (*barfile.Result, error) {
	o.Name = "f.csv"
	return barfile.Read(strings.NewReader(text), o)
}

const ms2021 = int64(1_609_459_200_000)

// minute prints a row of the n-th minute of 2021.
func minute(n int) string { return fmt.Sprintf("%d,10,12,9,11,1.5\n", ms2021+int64(n)*60_000) }

func minutes(ns ...int) (s string) {
	for _, n := range ns {
		s += minute(n)
	}
	return s
}

func TestForms(t *testing.T) {
	want := &market.Columns{
		Interval:   market.Minute,
		OpenTime:   []market.Time{market.Millis(ms2021), market.Millis(ms2021 + 60_000)},
		Open:       []float64{10.1, 11},
		High:       []float64{12, 12.25},
		Low:        []float64{9, 10},
		Close:      []float64{11, 11.5},
		Volume:     []float64{1.5, 0},
		PriceScale: 2, VolumeScale: 1,
	}
	const header, kline = "open_time_ms,open,high,low,close,volume\n", ",1609459259999,0,0,0,0,0\n"
	for name, text := range map[string]string{
		"plain":       "1609459200000,10.1,12,9,11,1.5\n1609459260000,11,12.25,10,11.5,0\n",
		"no last end": "1609459200000,10.1,12,9,11,1.5\n1609459260000,11,12.25,10,11.5,0",
		"header":      header + "1609459200000,10.1,12,9,11,1.5\n1609459260000,11,12.25,10,11.5,0\n",
		"CRLF, BOM":   "\xef\xbb\xbf" + strings.ReplaceAll(header+"1609459200000,10.1,12,9,11,1.5\n1609459260000,11,12.25,10,11.5,0\n\n \n", "\n", "\r\n"),
		"zeros":       "1609459200000,10.10000000,12.0,9.,11.0000,001.500\n1609459260000,11,12.250,10,11.5,0.000\n",
		"seconds":     "1609459200,10.1,12,9,11,1.5\n1609459260,11,12.25,10,11.5,0\n",
		"micros":      "1609459200000000,10.1,12,9,11,1.5\n1609459260000000,11,12.25,10,11.5,0\n",
		"exponents":   "1609459200000,1.01e1,12E0,+9,1100e-2,.15E+1\n1609459260000,11,1225e-2,10,11.5,-0\n",
		"quotes":      "\"open_time\",open,high,low,close,\"Volume\"\n\"1609459200000\",10.1,\"12\",9,11,\"1.5\"\n1609459260000, 11 ,12.25,10,11.5,0\n",
		"kline":       "1609459200000,10.1,12,9,11,1.5" + kline + "1609459260000,11,12.25,10,11.5,0" + kline,
		"json":        "[[1609459200000, 10.1, 12.0, 9, 11, 1.5], [1609459260000, 11.0, 12.25, 10.0, 11.5, 0.0]]",
		"json kline":  "\xef\xbb\xbf [\n  [1609459200000,\"10.10\",\"12.00\",\"9\",\"11\",\"1.50\",1609459259999,\"0\",0,\"0\",\"0\",\"0\"],\r\n  [1609459260000,\"11\",\"12.25\",\"10\",\"11.5\",\"0\",1609459319999,\"0\",0,\"0\",\"0\",\"0\"]\n]\n",
		"json header": `[["date","open","high","low","close","volume"],[1609459200,10.1,12.0,9,11,1.5],[1609459260,11.0,12.25,10.0,11.5,0e0]]`,
		"kline header": "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\r\n" +
			"1609459200000,10.1,12,9,11,1.5" + kline + "1609459260000,11,12.25,10,11.5,0" + kline,
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range []market.Interval{0, market.Minute} {
				r, err := read(text, barfile.Options{Interval: d})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, r.Columns); diff != "" || r.GapCount+r.BadCount > 0 {
					t.Error(diff, r.Summary)
				}
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	const row = "; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns"
	const number = "; write decimals such as 123.45"
	const since = "; times are seconds, milliseconds, microseconds or nanoseconds since 1970, or dates in UTC as in 2021-01-31 15:04:05"
	const list = "; a JSON file is a list of rows such as [1609459200000, 10.1, 12, 9, 11, 1.5]"
	first := minute(0)
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "f.csv: there are no bars" + row},
		"header only":       {"open_time_ms,open,high,low,close,volume\n", "f.csv: there are no bars" + row},
		"one bar":           {first, "f.csv:1: a single bar does not show its interval; name the interval"},
		"five columns":      {"1,2,3,4,5\n", "f.csv:1: the row has 5 columns where 6 or 12 are expected" + row},
		"fewer columns":     {first + "1,2,3,4,5\n", "f.csv:2: the row has 5 columns where 6 are expected" + row},
		"short header":      {"open_time_ms,open,high,low,close\n", `f.csv:1: the header "open_time_ms,open,high,low,close" has no volume; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns; data import takes other names with --columns "volume=…"`},
		"header twice":      {"open_time_ms,open,open,low,close,volume\n", `f.csv:1: the header has "open" twice; name another, or give its number`},
		"second header":     {first + "open_time_ms,open,high,low,close,volume\n", `f.csv:2: open_time "open_time_ms" is not a time; a header may stand in the first line only`},
		"text":              {first + "1609459260000,10,12,abc,11,1\n", `f.csv:2: low "abc" is not a number` + number},
		"empty field":       {first + "1609459260000,10,,9,11,1\n", "f.csv:2: high is empty; leave the row out if nothing traded"},
		"NaN":               {first + "1609459260000,10,12,9,NaN,1\n", `f.csv:2: close "NaN" is not a number` + number},
		"Inf":               {first + "1609459260000,10,Inf,9,11,1\n", `f.csv:2: high "Inf" is not a number` + number},
		"hex":               {first + "1609459260000,0x1p4,12,9,11,1\n", `f.csv:2: open "0x1p4" is not a number` + number},
		"underscore":        {first + "1609459260000,1_0,12,9,11,1\n", `f.csv:2: open "1_0" is not a number` + number},
		"two dots":          {first + "1609459260000,1.0.0,12,9,11,1\n", `f.csv:2: open "1.0.0" is not a number` + number},
		"dot":               {first + "1609459260000,.,12,9,11,1\n", `f.csv:2: open "." is not a number` + number},
		"NUL":               {first + "1609459260000,1\x000,12,9,11,1\n", `f.csv:2: open "1\x000" is not a number` + number},
		"overflow":          {first + "1609459260000,10,12,9,11,1e999\n", `f.csv:2: volume "1e999" is too large` + number},
		"long field":        {first + "1609459260000," + strings.Repeat("x", 50) + ",12,9,11,1\n", `f.csv:2: open "` + strings.Repeat("x", 40) + `"... is not a number` + number},
		"open quote":        {first + "1609459260000,\"10,12,9,11,1\n", "f.csv:2: a quoted field does not end; close the quote on the line where it opens"},
		"after quote":       {first + "1609459260000,\"10\"0,12,9,11,1\n", "f.csv:2: text follows a quoted field; double the quotes inside a quoted field"},
		"long line":         {first + "1609459260000,10,12,9,11," + strings.Repeat("0", 5000) + "\n", "f.csv:2: the line has 5025 bytes where 4096 is the most; check that it is a CSV file"},
		"endless line":      {first + strings.Repeat("0", 300_000), "f.csv:2: a line is longer than 262144 bytes; check that it is a CSV file"},
		"date of 1969":      {"1969-12-31,10,12,9,11,1\n", `f.csv:1: open_time "1969-12-31" is outside the years 1970 to 2200` + since},
		"no such day":       {"2021-02-30,10,12,9,11,1\n", `f.csv:1: open_time "2021-02-30" is not a time` + since},
		"number under date": {"2021-01-01,10,12,9,11,1\n" + first, `f.csv:2: open_time "1609459200000" is a number where the rows above have dates; give all times in one form`},
		"date under number": {first + "2021-01-01,10,12,9,11,1\n", `f.csv:2: open_time "2021-01-01" is a date where the rows above have numbers; give all times in one form`},
		"negative time":     {"-1,10,12,9,11,1\n", `f.csv:1: open_time "-1" is not a time` + since},
		"far time":          {"9609459200000,10,12,9,11,1\n", "f.csv:1: open_time 9609459200000 is outside the years 1970 to 2200" + since},
		"mixed units":       {first + "1609459260,10,12,9,11,1\n", "f.csv:2: open_time 1609459260 is in seconds where the rows above are in milliseconds; give all times in one unit"},
		"micros after":      {first + "1609459260000000,10,12,9,11,1\n", "f.csv:2: open_time 1609459260000000 is in microseconds where the rows above are in milliseconds; give all times in one unit"},
		"duplicate":         {minutes(0, 1, 1), "f.csv:3: open_time 2021-01-01T00:01:00Z is a duplicate of the row above; remove one of the two"},
		"backwards":         {minutes(0, 2, 1), "f.csv:3: open_time 2021-01-01T00:01:00Z runs backwards: the row above is 2021-01-01T00:02:00Z; sort the rows by open_time"},
		"high below low":    {first + "1609459260000,10,8,9,8.5,1\n", "f.csv:2: high 8 is below low 9; check the order of the columns: " + row[2:]},
		"high below open":   {first + "1609459260000,13,12,9,11,1\n", "f.csv:2: high 12 is below open 13 or close 11; check the order of the columns: " + row[2:]},
		"zero price":        {first + "1609459260000,10,12,0.000,11,1\n", "f.csv:2: low 0 is not a price from 1e-12 to 1e+12; check the order of the columns: " + row[2:]},
		"negative price":    {first + "1609459260000,10,12,-9,11,1\n", "f.csv:2: low -9 is not a price from 1e-12 to 1e+12; check the order of the columns: " + row[2:]},
		"negative volume":   {first + "1609459260000,10,12,9,11,-1\n", "f.csv:2: volume -1 is not a number of at least 0; check the order of the columns: " + row[2:]},
		"blank line":        {first + "\n\n" + minute(1), "f.csv:2: the line is blank and more rows follow; remove it"},
		"blank start":       {"\n" + first, "f.csv:1: the line is blank and more rows follow; remove it"},
		"off grid":          {minutes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) + "1609459890000,10,12,9,11,1\n", "f.csv:13: open_time 2021-01-01T00:11:30Z does not start a bar of 1m; it follows 30s after the row above: use interval 30s if all rows do"},
		"off grid smallest": {minutes(0, 2, 5), "f.csv:3: open_time 2021-01-01T00:05:00Z does not start a bar of 2m; check the interval and the time zone"},
		"wrong unit":        {"open_time_ms,open,high,low,close,volume\n1609459200,10,12,9,11,1\n1609459260,10,12,9,11,1\n", "f.csv:3: the rows are 60ms apart, which is not a whole number of seconds; check the unit of the times"},
		"bzip2":             {"BZh9...", "f.csv: the file is bzip2 compressed; unpack it, or pack it as .gz, .zst, .xz or .zip"},
		"Arrow stream":      {"\xff\xff\xff\xff\x10\x00\x00\x00\x10\x00\x00\x00\x00\x00\x0a\x00\x0c\x00\x06\x00", "f.csv: it is no Arrow IPC file: write it with to_feather or write_ipc, not as a stream; check that it is whole, and what wrote it"},
		"JSON object":       {"{\"a\":1}", "f.csv: the file is a JSON object" + list},
		"JSON, cut":         {"[[1609459200000,10,12,9,11,1.5],", "f.csv: row 2: the list does not end: the file is cut short; fetch it again"},
		"JSON, cut text":    {"[[1609459200000,\"10", "f.csv: row 1: a text does not end: the file is cut short; fetch it again"},
		"JSON, more":        {"[[1609459200000,10,12,9,11,1.5]] x", "f.csv: row 2: something follows the list" + list},
		"JSON, nested":      {"[[1609459200000,10,[12],9,11,1.5]]", "f.csv: row 1: '[' stands where a number is expected" + list},
		"JSON, objects":     {"[{\"open\":1}]", "f.csv: row 1: '{' stands where a row is expected" + list},
		"JSON, no comma":    {"[[1609459200000,10 12,9,11,1.5]]", "f.csv: row 1: '1' stands where a comma is expected" + list},
		"JSON, empty row":   {"[[]]", "f.csv: row 1: ']' stands where a number is expected" + list},
		"JSON, escape":      {"[[1609459200000,\"1\\u0030\"]]", "f.csv: row 1: '\\\\' stands in a text, which is no number" + list},
		"JSON, null":        {"[[1609459200000,10,12,9,11,null]]", "f.csv: row 1: volume is empty; leave the row out if nothing traded"},
		"JSON, NaN":         {"[[1609459200000,10,12,9,11,NaN]]", "f.csv: row 1: volume \"NaN\" is not a number" + number},
		"JSON, long":        {"[[" + strings.Repeat("1", 5000), "f.csv: row 1: the line has 4097 bytes where 4096 is the most; check that it is a CSV file"},
		"JSON, none":        {" [ ]\n", "f.csv: there are no bars" + row},
		"JSON, backwards":   {"[[1609459200000,10,12,9,11,1],[1609459260000,10,12,9,11,1],[1609459230000,10,12,9,11,1]]", "f.csv: row 3: open_time 2021-01-01T00:00:30Z runs backwards: the row above is 2021-01-01T00:01:00Z; sort the rows by open_time"},
		"cut xz":            {"\xfd7zXZ\x00...", "f.csv: the archive is damaged or cut short: unexpected EOF; fetch or pack it again"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := read(c.text, barfile.Options{})
			checkError(t, err, c.want)
			if r == nil || r.Columns == nil || r.Columns.Len() > 12 {
				t.Errorf("result %+v", r)
			}
		})
	}
}

// checkError wants a data error with exactly this text.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	var e *market.Error
	switch {
	case err == nil:
		t.Fatal("no error")
	case !errors.As(err, &e) || e.Class != market.Data:
		t.Errorf("%T is not an error of class data", err)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestWrongInterval(t *testing.T) {
	o := barfile.Options{Interval: market.Minute}
	var hours []int
	for n := range 30 {
		hours = append(hours, 60*n)
	}
	_, err := read(minutes(hours...), o)
	checkError(t, err, "f.csv:2: the rows are 1h apart where the interval is 1m; it looks like interval 1h")
	if r, err := read(minutes(hours[1:]...), o); err != nil || r.Missing != 28*59 {
		t.Errorf("29 rows may be an hour apart by chance: %v", err)
	}
	o.SkipBad = true
	if r, err := read(strings.ReplaceAll(minutes(hours...), "\n", "\nx\n"), o); err != nil || r.Rows != 30 || r.BadCount != 30 {
		t.Errorf("the rows between were left out: %v", err)
	}
	o.SkipBad = false

	_, err = read(minutes(0, 1, 2), barfile.Options{Interval: market.Hour})
	checkError(t, err, "f.csv:2: open_time 2021-01-01T00:01:00Z does not start a bar of 1h; it follows 1m after the row above: use interval 1m if all rows do")

	_, err = read(minutes(0), barfile.Options{Interval: -market.Hour})
	if market.ClassOf(err) != market.Usage {
		t.Errorf("a negative interval gives %v", err)
	}
	if r, err := read(minutes(0, 5, 12), o); err != nil || r.Columns.Len() != 3 {
		t.Errorf("sparse minutes: %v", err)
	}
	if r, err := read(minutes(7), o); err != nil || r.Columns.Interval != market.Minute {
		t.Errorf("one bar: %v", err)
	}
}

func TestGaps(t *testing.T) {
	r, err := read(minutes(0, 1, 4, 5, 7), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int64) market.Time { return market.Millis(ms2021 + n*60_000) }
	if diff := cmp.Diff([]barfile.Gap{{at(2), at(4), 2}, {at(6), at(7), 1}}, r.Gaps); diff != "" {
		t.Error(diff)
	}
}

func TestRowsAboveTheBadOne(t *testing.T) {
	for _, text := range []string{
		minutes(0, 1, 3) + "1609459440000,10,12,9.123,x,1\n" + minute(5),
		minutes(0, 1, 3) + "1609459441000,10,12,9.123,11,1\n" + minute(5),
		minutes(0, 1, 3) + "\n" + minute(4),
	} {
		r, err := read(text, barfile.Options{Interval: market.Minute})
		if err == nil || !strings.HasPrefix(err.Error(), "f.csv:4: ") {
			t.Errorf("error %v", err)
		}
		if c := r.Columns; c.Len() != 3 || c.PriceScale != 0 || len(r.Gaps) != 1 {
			t.Errorf("%d rows of scale %d with %d gaps", c.Len(), c.PriceScale, len(r.Gaps))
		}
	}
}

func TestSkipBad(t *testing.T) {
	text := minutes(0, 1) + "1609459320000,10,12,9.123,x,1\n" + minutes(3) + "1609459381000,10,12,9.123,11,1\n" + minutes(3, 2, 5) + "\n" + minutes(6) + "1,2\n\n"
	r, err := read(text, barfile.Options{Interval: market.Minute, SkipBad: true})
	if err != nil {
		t.Fatal(err)
	}
	var bad []string
	for _, e := range r.Bad {
		bad = append(bad, e.Error())
	}
	want := []string{
		`f.csv:3: close "x" is not a number; write decimals such as 123.45`,
		"f.csv:5: open_time 2021-01-01T00:03:01Z does not start a bar of 1m; it follows 1s after the row above: use interval 1s if all rows do",
		"f.csv:6: open_time 2021-01-01T00:03:00Z runs backwards: the row above is 2021-01-01T00:03:01Z; sort the rows by open_time",
		"f.csv:7: open_time 2021-01-01T00:02:00Z runs backwards: the row above is 2021-01-01T00:03:01Z; sort the rows by open_time",
		"f.csv:9: the line is blank and more rows follow; remove it",
		"f.csv:11: the row has 2 columns where 6 are expected; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns",
	}
	if diff := cmp.Diff(want, bad); diff != "" {
		t.Error(diff)
	}
	clean, err := read(minutes(0, 1, 3, 5, 6), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(clean.Columns, r.Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(clean.Gaps, r.Gaps); diff != "" || r.BadCount != len(want) {
		t.Error(r.BadCount, diff)
	}
}

func TestBadIsBounded(t *testing.T) {
	text := minute(0) + strings.Repeat("x\n", 3000) + minute(1)
	r, err := read(text, barfile.Options{SkipBad: true})
	if err != nil || len(r.Bad) != barfile.MaxBad || r.BadCount != 3000 || r.Columns.Len() != 2 {
		t.Errorf("%d of %d bad, %d rows, %v", len(r.Bad), r.BadCount, r.Columns.Len(), err)
	}
	_, err = read(minute(0)+strings.Repeat("x\n", 1_000_001), barfile.Options{SkipBad: true})
	checkError(t, err, "f.csv:1000002: more than 1000000 rows are bad; check that it is the right file")
}

func TestScales(t *testing.T) {
	for _, c := range []struct {
		price, volume string
		ps, vs        int32
	}{
		{"10", "0", 0, 0},
		{"10.10", "1000", 1, 0},
		{"10.00000001", "0.5", 8, 1},
		{"0.1234567890123456789", "12345678901234.12345678", market.FreeScale, market.FreeScale},
		{"22517998.13685248", "2251799813685248", 8, 0},
		{"22517998.13685249", "2251799813685249", market.FreeScale, market.FreeScale},
		{"1e-12", "1e-22", 12, 22},
		{"1", "1e-23", 0, market.FreeScale},
		{"1.10000000000000000000000000", "1e22", 1, market.FreeScale},
	} {
		row := strings.Join([]string{"1609459200000", c.price, c.price, c.price, c.price, c.volume}, ",")
		r, err := read(row, barfile.Options{Interval: market.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if r.Columns.PriceScale != c.ps || r.Columns.VolumeScale != c.vs {
			t.Errorf("%s, %s: scales %d, %d", c.price, c.volume, r.Columns.PriceScale, r.Columns.VolumeScale)
		}
	}
}
