package barfile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"pgregory.net/rapid"
)

func lag(d time.Duration) *market.Duration { return (*market.Duration)(&d) }

// defaults name what the rows of most tests leave out.
var defaults = barfile.SignalOptions{Name: "s", Source: "tm", Kind: "grade", Subject: "BTC", Lag: lag(24 * time.Hour)}

func readSignals(text string, o barfile.SignalOptions) ([]market.Signal, error) {
	r, err := barfile.ReadSignals(strings.NewReader(text), o)
	return r.Signals, err
}

func day(n int) market.Time { return market.Millis(ms2021) + market.Time(n)*market.Day }

func TestSignalForms(t *testing.T) {
	base := market.Signal{Source: "tm", Kind: "grade", Subject: "BTC", Instrument: market.NoInstrument, Effective: day(0), Known: day(1), Assumed: true}
	value, observed, null := base, base, base
	value.Value = 80.5
	observed.Source, observed.Subject, observed.Value, observed.Assumed, observed.Revision, observed.Known = "a,\"b", market.MarketWide, -3e-7, false, 2, day(2)+5e6
	null.Null = true
	null.Effective, null.Known = day(3), day(4)
	want := []market.Signal{value, observed, null}
	for name, text := range map[string]string{
		"csv": "Effective,value,known,source,subject,revision\r\n2021-01-01,80.5,,,,\r\n" +
			"1609459200000,-3e-7,2021-01-03T01:00:00.005+01:00,\"a,\"\"b\",*,2\r\n\r\n2021-01-04T00:00:00Z,null,,,,0\n2021-01-04T00:00:00,\"\",,,,",
		"json": `{"effective":"2021-01-01","value":80.5}` + "\n" +
			`{"source":"a,\"b","subject":"*","effective":1609459200000,"known":"2021-01-03T00:00:00.005Z","value":-3e-7,"revision":2,"assumed":false}` + "\n\n" +
			`{"effective":"2021-01-04T00:00:00Z","value":null}` + "\r\n" + `{"source":null,"effective":"2021-01-04 00:00:00.000","value":"","revision":null}`,
	} {
		for _, text := range []string{text, gz(t, text), zst(t, "\xef\xbb\xbf"+text)} {
			got, err := readSignals(text, defaults)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(name, err, diff)
			}
		}
	}
}

func TestSignalErrors(t *testing.T) {
	const columns = "; the columns are source, kind, subject, effective, known, value, revision, assumed, raw, backfill"
	const null = "; leave it empty, or null, where the source had none"
	const when = "write RFC 3339 (2021-01-31T00:00:00Z), a date, or seconds, milliseconds or microseconds since 1970"
	const h = "effective,value\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"\n", "s: there are no signals" + columns},
		"unknown column": {"effective,value,grade\n", `s:1: column "grade" is unknown` + columns},
		"twice":          {"effective,value,Value\n", "s:1: column value stands twice" + columns},
		"no value":       {"effective,known\n", "s:1: column value is missing from the header" + columns},
		"count":          {h + "2021-01-01,1,2\n", "s:2: the row has 3 columns where the header has 2; put fields with commas in double quotes"},
		"no effective":   {h + "2021-01-01,1\n,1\n", "s:3: effective is empty; say what time the value is about"},
		"bad time":       {h + "yesterday,1\n", `s:2: effective "yesterday" is not a time; ` + when},
		"nanoseconds":    {h + "9009459200000000000,1\n", "s:2: effective 9009459200000000000 is outside the years 1970 to 2200; times are seconds, milliseconds, microseconds or nanoseconds since 1970, or dates in UTC as in 2021-01-31 15:04:05"},
		"conflict":       {h + "2021-01-01,1\n2021-01-02,1\n2021-01-01,1.0\n2021-01-01,\n", "s:5: grade of BTC for 2021-01-01T00:00:00Z is null here and 1 on line 2; keep the one that is right; if the second corrects the first, give it a higher revision or a later known time"},
		"old":            {h + "1600-01-01,1\n", `s:2: effective "1600-01-01" is outside the years 1970 to 2200; ` + when},
		"far":            {h + "9999-01-01,1\n", `s:2: effective "9999-01-01" is outside the years 1970 to 2200; ` + when},
		"lag overflow":   {h + "2200-12-31,1\n", "s:2: effective 2200-12-31T00:00:00Z plus the lag is after the year 2200; shorten the lag"},
		"value":          {h + "2021-01-01,high\n", `s:2: value "high" is not a number` + null},
		"NaN":            {h + "2021-01-01,NaN\n", `s:2: value "NaN" is not a number` + null},
		"huge":           {h + "2021-01-01,1e999\n", `s:2: value "1e999" is not a number` + null},
		"too large":      {h + "2021-01-01,1e301\n", "s:2: signal value 1e+301 is not a number from -1e300 to 1e300"},
		"revision":       {"revision," + h + "-1,2021-01-01,1\n", `s:2: revision "-1" is not a whole number from 0 to 2^30`},
		"assumed":        {"assumed," + h + "yes,2021-01-01,1\n", `s:2: assumed "yes" is neither; write true or false`},
		"raw":            {"raw," + h + "abc,2021-01-01,1\n", `s:2: raw "abc" is not a SHA-256 of 64 hex digits; leave it empty where there is no raw answer`},
		"name":           {"source," + h + "a\x00b,2021-01-01,1\n", `s:2: source "a\x00b" holds control characters or outer spaces, or is not UTF-8`},
		"long name":      {"source," + h + strings.Repeat("a", 65) + ",2021-01-01,1\n", "s:2: signal: source, kind and subject hold at most 64 bytes"},
		"long line":      {h + strings.Repeat("1", 70_000) + "\n", "s:2: the line has 70000 bytes where 65536 is the most"},
		"open quote":     {h + "\"2021-01-01,1\n", "s:2: a quoted field does not end; close the quote on the line where it opens"},
		"json unknown":   {`{"effective":"2021-01-01","grade":1}`, `s:1: column "grade" is unknown` + columns},
		"json case":      {`{"Effective":"2021-01-01"}`, `s:1: column "Effective" is unknown` + columns},
		"json twice":     {`{"value":1,"value":2}`, "s:1: column value stands twice"},
		"json no value":  {`{"effective":"2021-01-01"}`, "s:1: value is missing" + null},
		"json nested":    {`{"value":[1]}`, "s:1: column value holds an object or array"},
		"json cut":       {`{"effective":"2021-01-01","val`, "s:1: the line is not JSON: unexpected EOF; write one object a line"},
		"json end":       {`{"effective":"2021-01-01","value":1`, "s:1: the line is not JSON: EOF; write one object a line"},
		"json two":       {`{"value":1}{}`, "s:1: text follows the JSON object; write one object a line"},
		"json then csv":  {"{\"effective\":\"2021-01-01\",\"value\":1}\n2021-01-01,1", "s:2: the line is not a JSON object; write one object a line"},
		"header alone":   {h, "s: there are no signals: the file is a header alone; add rows below it"},
		"json array":     {`[{"effective":"2021-01-01","value":1}]`, "s:1: the file is a JSON array; write one object a line, as jq -c '.[]' does"},
		"day as number":  {h + "20240131,1\n", "s:2: effective 20240131 would be 1970-08-23T06:15:31Z, counted in seconds; write a date as 2024-01-31"},
		"minute":         {h + "202401310000,1\n", "s:2: effective 202401310000 would be 1976-05-31T14:35:10Z, counted in milliseconds; write a date as 2024-01-31"},
		"year as number": {h + "2024,1\n", "s:2: effective 2024 would be 1970-01-01T00:33:44Z, counted in seconds; write a date as 2024-01-31"},
		"far ahead":      {"known," + h + "2020-01-02,2021-01-01,1\n", "s:2: signal of 2021-01-01T00:00:00Z is known 8760h before it, at 2020-01-02T00:00:00Z, where 4560h is the most"},
		"how known":      {"known,assumed," + h + "2021-01-02,true,2021-01-01,1\n2021-01-02,false,2021-01-01,1\n", "s:3: grade of BTC for 2021-01-01T00:00:00Z is 1 (observed) here and 1 (known by assumption) on line 2; keep the one that is right; if the second corrects the first, give it a higher revision or a later known time"},
		"known too soon": {"assumed,known," + h + "true,2020-12-31,2021-01-01,1\n", "s:2: signal of 2021-01-01T00:00:00Z is known before it, at 2020-12-31T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readSignals(c.text, defaults)
			checkError(t, err, c.want)
		})
	}
}

func TestSignalDefaults(t *testing.T) {
	const text = "effective,value\n2021-01-01,1\n"
	for want, spoil := range map[string]func(o *barfile.SignalOptions){
		"s:2: source is empty; add the column, or name the source for the whole file":                                                   func(o *barfile.SignalOptions) { o.Source = "" },
		"s:2: kind is empty; add the column, or name the kind for the whole file":                                                       func(o *barfile.SignalOptions) { o.Kind = "" },
		"s:2: subject is empty; add the column, or name the subject for the whole file":                                                 func(o *barfile.SignalOptions) { o.Subject = "" },
		"s:2: known is empty and no lag is set; record when each row was known, or set a lag after effective from which it may be used": func(o *barfile.SignalOptions) { o.Lag = nil },
	} {
		o := defaults
		spoil(&o)
		_, err := readSignals(text, o)
		checkError(t, err, want)
		if !errors.Is(err, barfile.ErrUnsaid) {
			t.Errorf("%v can be said", err)
		}
	}
}

func TestSignalsSkipBad(t *testing.T) {
	o := defaults
	o.SkipBad = true
	r, err := barfile.ReadSignals(strings.NewReader("effective,value\nx,1\n2021-01-01,1\n2021-01-02,y\n2021-01-03,\n"), o)
	if err != nil || len(r.Signals) != 2 || r.BadCount != 2 || r.Bad[0].Where != "s:2" || r.Bad[1].Where != "s:4" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestSignalsBackfill: a row that was filled in afterwards is known after the lag, whatever
// it says, in our own columns as in others.
func TestSignalsBackfill(t *testing.T) {
	for _, text := range []string{
		"effective,known,backfill,value\n2021-01-01,2021-01-01T01:00:00Z,1,5\n2021-01-01,2021-01-01T01:00:00Z,0,6\n",
		`{"effective":"2021-01-01","known":"2021-01-01T01:00:00Z","backfill":true,"value":5}` + "\n" + `{"effective":"2021-01-01","known":"2021-01-01T01:00:00Z","value":6}`,
	} {
		got, err := readSignals(text, defaults)
		if err != nil || len(got) != 2 || got[0].Known != day(1) || !got[0].Assumed || got[1].Known != day(0)+market.Time(market.Hour) || got[1].Assumed {
			t.Error(got, err)
		}
		o := defaults
		o.Lag = nil
		if _, err := readSignals(text, o); err == nil || !strings.Contains(err.Error(), "the row was filled in afterwards and no lag is set") {
			t.Error(err)
		}
	}
}

// TestSignalsLongText: texts that are passed over may be long.
func TestSignalsLongText(t *testing.T) {
	o := defaults
	o.Columns = &barfile.SignalColumns{Of: map[string]string{"effective": "at", "value": "score"}}
	text := strings.Repeat("headline, ", 6000)
	for _, text := range []string{"at,text,score\n2021-01-01,\"" + text + "\",5\n", `{"at":"2021-01-01","text":"` + text + `","score":5}`} {
		got, err := readSignals(text, o)
		if err != nil || len(got) != 1 || got[0].Value != 5 {
			t.Error(got, err)
		}
	}
}

// TestSignalsStored: a row that contradicts a stored one is bad, on its line, and the other
// values of the line with it.
func TestSignalsStored(t *testing.T) {
	o := defaults
	asked := 0
	o.Stored = func(s *market.Signal) (market.Signal, bool) {
		asked++
		old := *s
		old.Value = 7
		return old, s.Effective == day(1)
	}
	const text = "effective,value\n2021-01-01,1\n2021-01-02,1\n2021-01-02,7\n2021-01-02,7\n2021-01-03,1\n"
	_, err := readSignals(text, o)
	checkError(t, err, "s:3: grade of BTC for 2021-01-02T00:00:00Z is 1 here and 7 in the store; a row never changes: give the changed one a higher revision or a later known time")
	if !errors.Is(err, barfile.ErrSignalRow) || errors.Is(err, barfile.ErrUnsaid) {
		t.Error("what kind of error it is")
	}
	o.SkipBad = true
	r, err := barfile.ReadSignals(strings.NewReader(text), o)
	if err != nil || r.Rows != 3 || r.BadCount != 1 || r.Repeated != 1 || r.Bad[0].Where != "s:3" || asked != 2+4 {
		t.Errorf("%+v, %v, asked %d times", r, err, asked)
	}
}

func drawSignal(t *rapid.T) market.Signal {
	name := rapid.StringMatching(`[a-zA-Z"*,é{}\\][ -~é]{0,20}[a-z",'é]`)
	s := market.Signal{
		Source: name.Draw(t, "source"), Kind: market.SignalKind(name.Draw(t, "kind")), Subject: market.Subject(name.Draw(t, "subject")),
		Instrument: market.NoInstrument,
		Effective:  market.Time(rapid.Int64Range(1, 7e18).Draw(t, "effective")),
		Null:       rapid.Bool().Draw(t, "null"),
		Assumed:    rapid.Bool().Draw(t, "assumed"),
		Revision:   rapid.IntRange(0, 1<<30-1).Draw(t, "revision"),
	}
	s.Known = s.Effective + market.Time(rapid.Int64Range(0, 1e17).Draw(t, "known"))
	if !s.Null {
		s.Value = rapid.Float64Range(-1e300, 1e300).Draw(t, "value")
	}
	copy(s.Raw[:], rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "raw"))
	return s
}

func TestSignalsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkSignalsRoundTrip(t, rapid.SliceOfN(rapid.Custom(drawSignal), 1, 5).Draw(t, "signals"))
	})
}

// checkSignalsRoundTrip writes and reads signals in both formats.
func checkSignalsRoundTrip(t interface {
	Helper()
	Fatal(...any)
}, want []market.Signal) {
	t.Helper()
	for _, f := range []barfile.Format{barfile.CSV, barfile.JSONLines} {
		var b bytes.Buffer
		if err := barfile.WriteSignals(&b, want, f); err != nil {
			t.Fatal(err)
		}
		r, err := barfile.ReadSignals(&b, barfile.SignalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Signals); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestWriteSignals(t *testing.T) {
	s := market.Signal{Source: "tm", Kind: "grade", Subject: "BTC", Instrument: market.NoInstrument, Effective: day(0), Known: day(1), Value: 80.5}
	var b strings.Builder
	for _, f := range []barfile.Format{barfile.CSV, barfile.JSONLines} {
		if err := barfile.WriteSignals(&b, []market.Signal{s}, f); err != nil {
			t.Fatal(err)
		}
	}
	want := "source,kind,subject,effective,known,value,revision,assumed,raw\ntm,grade,BTC,2021-01-01T00:00:00Z,2021-01-02T00:00:00Z,80.5,0,false,\n" +
		`{"source":"tm","kind":"grade","subject":"BTC","effective":"2021-01-01T00:00:00Z","known":"2021-01-02T00:00:00Z","value":80.5,"revision":0,"assumed":false,"raw":null}` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	for want, spoil := range map[string]func(s *market.Signal){
		"signal 0: source \"a\\nb\" holds control characters or outer spaces, or is not UTF-8": func(s *market.Signal) { s.Source = "a\nb" },
		"signal 0: time 1970-01-01T00:00:00Z is outside the years 1970 to 2200":                func(s *market.Signal) { s.Known = 0 },
		"signal 0: a null signal has the value 80.5":                                           func(s *market.Signal) { s.Null = true },
	} {
		bad := s
		spoil(&bad)
		checkError(t, barfile.WriteSignals(&b, []market.Signal{bad}, barfile.CSV), want)
	}
	dir := t.TempDir()
	for _, name := range []string{"a.json", "a.JSON.gz", "a.parquet", "a.feather", "a.csv.GZ"} {
		if err := barfile.WriteSignalsFile(filepath.Join(dir, name), []market.Signal{s}); market.ClassOf(err) != market.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, magic := range map[string]string{"a.csv": "source", "a.jsonl": "{", "a.NDJSON": "{", "a.txt": "source", "a.ndjson.gz": "\x1f\x8b", "a.csv.zst": "\x28\xb5"} {
		path := filepath.Join(dir, name)
		if err := barfile.WriteSignalsFile(path, []market.Signal{s}); err != nil {
			t.Fatal(err)
		}
		head, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(head), magic) {
			t.Errorf("%s: %q %v", name, head, err)
		}
		r, err := barfile.ReadSignalsFile(path, barfile.SignalOptions{})
		if diff := cmp.Diff([]market.Signal{s}, r.Signals); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
}
