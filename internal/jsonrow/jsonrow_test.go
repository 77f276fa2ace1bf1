package jsonrow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/jsonrow"
	"github.com/signalman-trading/signalman/market"
)

const arrived = market.Time(1_700_000_000_000_000_000)

func mapping(change func(*jsonrow.Mapping)) jsonrow.Mapping {
	m := jsonrow.Defaults()
	m.Source, m.Kind, m.Subject, m.Effective, m.Value = "s", "k", "*", "/t", "/v"
	m.Words = map[string]float64{"Buy": 1, "sell": -1}
	if change != nil {
		change(&m)
	}
	return m
}

// rows makes rows of a text, written short: kind subject day value.
func rows(t *testing.T, m jsonrow.Mapping, strict bool, text string) ([]string, error) {
	t.Helper()
	c, err := m.Compile(strict)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonrow.Decode([]byte(text))
	if err != nil {
		return nil, err
	}
	made, err := c.Rows(doc, arrived)
	var short []string
	for _, s := range made {
		if s.Source != "s" || s.Known != 0 || s.Instrument != market.NoInstrument {
			t.Errorf("%+v", s)
		}
		short = append(short, strings.Join([]string{string(s.Kind), string(s.Subject), s.Effective.String(), s.ValueText()}, " "))
	}
	return short, err
}

func TestRows(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*jsonrow.Mapping)
		text   string
		want   string // rows, a comma between
		fails  string
	}{
		"one":         {nil, `{"t":"2021-01-02","v":5.5}`, "k * 2021-01-02T00:00:00Z 5.5", ""},
		"array":       {nil, `[{"t":"2021-01-02","v":2},{"t":"2021-01-01","v":1}]`, "k * 2021-01-01T00:00:00Z 1,k * 2021-01-02T00:00:00Z 2", ""},
		"none":        {nil, `[]`, "", ""},
		"below":       {func(m *jsonrow.Mapping) { m.Rows = "/a/1" }, `{"a":[0,[{"t":"2021-01-02","v":2}]]}`, "k * 2021-01-02T00:00:00Z 2", ""},
		"arrays":      {func(m *jsonrow.Mapping) { m.Effective, m.Value, m.Time = "/0", "/1", "ms" }, `[[1609459200123,"7"]]`, "k * 2021-01-01T00:00:00.123Z 7", ""},
		"escapes":     {func(m *jsonrow.Mapping) { m.Value = "/a~1b~0" }, `{"t":"2021-01-02","a/b~":3}`, "k * 2021-01-02T00:00:00Z 3", ""},
		"word":        {nil, `{"t":"2021-01-02","v":" BUY "}`, "k * 2021-01-02T00:00:00Z 1", ""},
		"zero":        {nil, `{"t":"2021-01-02","v":-0}`, "k * 2021-01-02T00:00:00Z 0", ""},
		"null":        {nil, `{"t":"2021-01-02","v":null}`, "k * 2021-01-02T00:00:00Z null", ""},
		"n/a":         {nil, `{"t":"2021-01-02","v":"N/A"}`, "k * 2021-01-02T00:00:00Z null", ""},
		"missing":     {nil, `[{"t":"2021-01-01","v":1},{"t":"2021-01-02"}]`, "k * 2021-01-01T00:00:00Z 1", `row 2 at /1: k at /v is missing`},
		"missing ok":  {func(m *jsonrow.Mapping) { m.Missing = "null" }, `{"t":"2021-01-02"}`, "k * 2021-01-02T00:00:00Z null", ""},
		"bad word":    {nil, `{"t":"2021-01-02","v":"hold"}`, "", `row 1: k at /v is "hold", not a number`},
		"bool":        {nil, `{"t":"2021-01-02","v":false}`, "", `is false, not a number`},
		"nested":      {nil, `{"t":"2021-01-02","v":{"x":0}}`, "", `is {"x":0}, not a number`},
		"infinite":    {nil, `{"t":"2021-01-02","v":1e999}`, "", `not a number`},
		"huge":        {nil, `{"t":"2021-01-02","v":1e301}`, "", `not a number from`},
		"hex":         {nil, `{"t":"2021-01-02","v":"0x10"}`, "", `not a number`},
		"inf word":    {nil, `{"t":"2021-01-02","v":"inf"}`, "", `not a number`},
		"no time":     {nil, `{"v":1}`, "", `effective at /t is missing`},
		"null time":   {nil, `{"t":null,"v":1}`, "", `effective at /t is null`},
		"number time": {nil, `{"t":1609459200,"v":1}`, "", `say in time how they write times`},
		"wrong unit":  {func(m *jsonrow.Mapping) { m.Time = "ms" }, `{"t":1609459200,"v":1}`, "", `which would be 1970-01-19`},
		"far":         {func(m *jsonrow.Mapping) { m.Time = "s" }, `{"t":1609459200000,"v":1}`, "", `outside the years`},
		"exponent":    {func(m *jsonrow.Mapping) { m.Time = "s" }, `{"t":1e999999999,"v":1}`, "", `not a count`},
		"ahead":       {nil, `{"t":"2031-01-02","v":1}`, "", `is the most`},
		"fraction":    {func(m *jsonrow.Mapping) { m.Time = "s" }, `{"t":"1609459200.25","v":1}`, "k * 2021-01-01T00:00:00.25Z 1", ""},
		"layout":      {func(m *jsonrow.Mapping) { m.Time = "02.01.2006 15:04" }, `{"t":"31.01.2021 12:30","v":1}`, "k * 2021-01-31T12:30:00Z 1", ""},
		"now":         {func(m *jsonrow.Mapping) { m.Effective = "now" }, `{"v":1}`, "k * 2023-11-14T22:13:20Z 1", ""},
		"several": {func(m *jsonrow.Mapping) {
			m.Kind, m.Value, m.Values = "", "", map[market.SignalKind]jsonrow.Field{"a": "/x", "b": "/y"}
		}, `{"t":"2021-01-02","x":1,"y":null}`, "a * 2021-01-02T00:00:00Z 1,b * 2021-01-02T00:00:00Z null", ""},
		"several, one bad": {func(m *jsonrow.Mapping) {
			m.Kind, m.Value, m.Values = "", "", map[market.SignalKind]jsonrow.Field{"a": "/x", "b": "/y"}
		}, `{"t":"2021-01-02","x":1}`, "", "b at /y is missing"},
		"named": {func(m *jsonrow.Mapping) {
			m.Subject, m.Subjects = "{name}", map[market.Subject]string{"BTC": "bitcoin"}
		},
			`{"bitcoin":{"t":"2021-01-02","v":1},"doge":{"t":"2021-01-02","v":2}}`, "k BTC 2021-01-02T00:00:00Z 1", ""},
		"subject":       {func(m *jsonrow.Mapping) { m.Subject = "/s" }, `{"t":"2021-01-02","v":1,"s":"ETH"}`, "k ETH 2021-01-02T00:00:00Z 1", ""},
		"subject id":    {func(m *jsonrow.Mapping) { m.Subject, m.Subjects = "/s", map[market.Subject]string{"ETH": "3306"} }, `{"t":"2021-01-02","v":1,"s":3306}`, "k ETH 2021-01-02T00:00:00Z 1", ""},
		"bad subject":   {func(m *jsonrow.Mapping) { m.Subject = "/s" }, `{"t":"2021-01-02","v":1,"s":"a\nb"}`, "", "control characters"},
		"no subject":    {func(m *jsonrow.Mapping) { m.Subject = "/s" }, `{"t":"2021-01-02","v":1,"s":" "}`, "", `subject at /s is " "`},
		"kind":          {func(m *jsonrow.Mapping) { m.Kind, m.Kinds = "/k", []market.SignalKind{"a"} }, `[{"t":"2021-01-02","v":1,"k":"a"},{"t":"2021-01-02","v":1,"k":"b"}]`, "a * 2021-01-02T00:00:00Z 1", ""},
		"twice":         {nil, `[{"t":"2021-01-02","v":1},{"t":"2021-01-02","v":1}]`, "k * 2021-01-02T00:00:00Z 1", ""},
		"contradiction": {nil, `[{"t":"2021-01-02","v":1},{"t":"2021-01-02","v":null},{"t":"2021-01-03","v":2},{"t":"2021-01-02","v":1}]`, "k * 2021-01-03T00:00:00Z 2", "null here and 1 before"},
		"bad between":   {nil, `[{"t":"2021-01-02","v":1},{"t":"2021-01-03"},{"v":5},{"t":"2021-01-04","v":2}]`, "k * 2021-01-02T00:00:00Z 1,k * 2021-01-04T00:00:00Z 2", "2 bad rows, the first of them row 2 at /1: k at /v is missing"},
		"no rows":       {func(m *jsonrow.Mapping) { m.Rows = "/data" }, `{"x":[]}`, "", `nothing at "/data"`},
		"null rows":     {func(m *jsonrow.Mapping) { m.Rows = "/data" }, `{"data":null}`, "", `stands null`},
		"null row":      {nil, `[null]`, "", `row 1 at /0: effective at /t is missing`},
		"html":          {nil, `<html>`, "", "no JSON"},
		"cut":           {nil, `[{"t":"2021-01-02","v":1}`, "", "no JSON"},
		"more":          {nil, `{} {}`, "", "more follows"},
		"empty":         {nil, ``, "", "empty"},
	} {
		got, err := rows(t, mapping(c.change), false, c.text)
		if strings.Join(got, ",") != c.want || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestStrict refuses what others pass over.
func TestStrict(t *testing.T) {
	m := mapping(func(m *jsonrow.Mapping) { m.Subject, m.Subjects = "/s", map[market.Subject]string{"BTC": "BTCUSDT"} })
	if got, err := rows(t, m, true, `{"t":"2021-01-02","v":1,"s":"DOGE"}`); err == nil || !strings.Contains(err.Error(), "table of subjects") {
		t.Error(got, err)
	}
	m = mapping(func(m *jsonrow.Mapping) { m.Kind, m.Kinds = "/k", []market.SignalKind{"a"} })
	if got, err := rows(t, m, true, `{"t":"2021-01-02","v":1,"k":"b"}`); err == nil || !strings.Contains(err.Error(), "list of kinds") {
		t.Error(got, err)
	}
}

func TestCompileErrors(t *testing.T) {
	for says, change := range map[string]func(*jsonrow.Mapping){
		"source is missing":       func(m *jsonrow.Mapping) { m.Source = "" },
		"subject is missing":      func(m *jsonrow.Mapping) { m.Subject = "" },
		"effective is missing":    func(m *jsonrow.Mapping) { m.Effective = "" },
		"neither a pointer":       func(m *jsonrow.Mapping) { m.Effective = "t" },
		"kind and value are":      func(m *jsonrow.Mapping) { m.Kind = "" },
		"is no pointer":           func(m *jsonrow.Mapping) { m.Value = "score" },
		"kinds is missing":        func(m *jsonrow.Mapping) { m.Kind = "/kind" },
		"kinds stands beside":     func(m *jsonrow.Mapping) { m.Kinds = []market.SignalKind{"a"} },
		"values stands beside":    func(m *jsonrow.Mapping) { m.Values = map[market.SignalKind]jsonrow.Field{"a": "/a"} },
		`time = "hours"`:          func(m *jsonrow.Mapping) { m.Time = "hours" },
		`time = "15:04"`:          func(m *jsonrow.Mapping) { m.Time = "15:04" },
		"has two values":          func(m *jsonrow.Mapping) { m.Words["BUY"] = 2 },
		"are both called":         func(m *jsonrow.Mapping) { m.Subjects = map[market.Subject]string{"A": "x", "B": "x"} },
		"write ~0 for ~":          func(m *jsonrow.Mapping) { m.Value = "/a~2" },
		`rows: "data" is no JSON`: func(m *jsonrow.Mapping) { m.Rows = "data" },
		`values.a: value = "score"`: func(m *jsonrow.Mapping) {
			m.Kind, m.Value, m.Values = "", "", map[market.SignalKind]jsonrow.Field{"a": "score"}
		},
	} {
		m := mapping(change)
		if _, err := m.Compile(false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// TestPointersOfRFC6901 looks up the examples of the standard's section 5.
func TestPointersOfRFC6901(t *testing.T) {
	doc, err := jsonrow.Decode([]byte(`{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range []jsonrow.Pointer{"/foo/0", "/", "/a~1b", "/c%d", "/e^f", "/g|h", `/i\j`, `/k"l`, "/ ", "/m~0n"} {
		v, ok := p.Get(doc)
		if !ok {
			t.Errorf("%s leads nowhere", p)
		}
		got[string(p)] = fmt.Sprint(v)
	}
	want := map[string]string{"/foo/0": "bar", "/": "0", "/a~1b": "1", "/c%d": "2", "/e^f": "3", "/g|h": "4", `/i\j`: "5", `/k"l`: "6", "/ ": "7", "/m~0n": "8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, p := range []jsonrow.Pointer{"/foo/2", "/foo/-", "/bar", "/foo/0/x", "foo"} {
		if v, ok := p.Get(doc); ok {
			t.Errorf("%s leads to %v", p, v)
		}
	}
}

// FuzzRows never gives a row that is no row, whatever the document and the pointers.
func FuzzRows(f *testing.F) {
	f.Add(`[{"t":"2021-01-02","v":1,"s":"BTC"}]`, "", "/s", "/t", "/v", "rfc3339")
	f.Add(`{"data":{"a":[1609459200000,null]}}`, "/data", "{name}", "/0", "/1", "ms")
	f.Add(`{"~":{"/":"buy"}}`, "/~0", "*", "now", "/~1", "02.01.2006")
	f.Fuzz(func(t *testing.T, text, at, subject, effective, value, layout string) {
		m := mapping(nil)
		m.Rows, m.Subject, m.Effective, m.Value, m.Time = jsonrow.Pointer(at), jsonrow.Field(subject), jsonrow.Field(effective), jsonrow.Field(value), layout
		for _, u := range []interface{ UnmarshalText([]byte) error }{new(jsonrow.Pointer), new(jsonrow.Field)} {
			_ = u.UnmarshalText([]byte(at))
		}
		c, err := m.Compile(false)
		if err != nil {
			return
		}
		doc, err := jsonrow.Decode([]byte(text))
		if err != nil {
			return
		}
		made, _ := c.Rows(doc, arrived)
		for i, s := range made {
			if s.Known != 0 || s.Null && s.Value != 0 || i > 0 && s.Effective < made[i-1].Effective {
				t.Errorf("%+v", s)
			}
			if s.Known = arrived; s.Validate() != nil {
				t.Error(s.Validate())
			}
		}
	})
}

// TestDecodeTwice refuses a name that stands twice in an object, and nothing else.
func TestDecodeTwice(t *testing.T) {
	for text, twice := range map[string]bool{
		`{"a":1,"a":2}`:                       true,
		`[{"x":{"a":1,"b":[{}],"\u0061":2}}]`: true,
		`{"a":{"a":"a"},"b":["a","a"]}`:       false,
		`[{"a":1},{"a":1}]`:                   false,
		`{"a":"b","b":"a","c":{},"d":[]}`:     false,
	} {
		if _, err := jsonrow.Decode([]byte(text)); (err != nil) != twice {
			t.Errorf("%s: %v", text, err)
		}
	}
}
