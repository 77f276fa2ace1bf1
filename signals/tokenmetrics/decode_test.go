package tokenmetrics

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

func TestNamesThatMeanOneThing(t *testing.T) {
	const date = `"DATE":"2025-04-08T00:00:00.000Z",`
	for _, c := range []struct{ row, want string }{
		{`{"TOKEN_ID":1,` + date + `"CLOSE":5,"tm_link":"bitcoin","TM_LINK":"https://x"}`, `bitcoin https://x 5 [] []`},
		{`{"TOKEN_ID":1,` + date + `"CLOSE":5,"TM_LINK":"https://x","tm_link":"bitcoin"}`, `bitcoin https://x 5 [] []`},
		{`{"token_id":1,"date":"2025-04-08","close":5,"tm_link":"https://x"}`, ` https://x 5 [] []`},
		{`{"token_id":1,"timestamp":"2025-04-08","close":5,"slug":"bitcoin","app_link":"https://x"}`, `bitcoin https://x 5 [] []`},
		{`{"TOKEN_ID":1,"TIMESTAMP":"2025-04-09",` + date + `"CLOSE":5}`, `  5 [TIMESTAMP] []`},
		{`{"TOKEN_ID":1,"DATE":null,"TIMESTAMP":"2025-04-08","CLOSE":5}`, `  5 [DATE] []`},
		{`{"TOKEN_ID":1,` + date + `"CLOSE":null,"close":5}`, `  5 [CLOSE] []`},
		{`{"TOKEN_ID":1,` + date + `"CLOSE":5,"close":null}`, `  5 [close] []`},
		{`{"TOKEN_ID":1,` + date + `"CLOSE":5,"close":6}`, `  5 [close] [row 3: close: differs from CLOSE, which counts]`},
		{`{"TOKEN_ID":1,` + date + `"CLOSE":5,"NEW":{"a":1}}`, `  5 [NEW] []`},
	} {
		d := decoder{row: 3}
		row, info, err := decodeRow[DailyOHLCV](&d, []byte(c.row))
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(row.Slug, " ", row.Link, " ", row.Close, " ", slices.Sorted(maps.Keys(row.Extra)), " ", d.warnings.texts())
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.row, got, c.want)
		}
		if day, _ := market.ParseTime("2025-04-08"); row.Date != day || info.at != day || info.key != "1\x002025-04-08T00:00:00Z\x00" {
			t.Errorf("%s: %s, %q", c.row, row.Date, info.key)
		}
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2025-04-08T00:00:00.000Z":  "2025-04-08T00:00:00Z",
		"2025-03-19T23:26:09.454Z":  "2025-03-19T23:26:09.454Z",
		"2023-10-10":                "2023-10-10T00:00:00Z",
		"2023-11-08 10:00:00.000":   "2023-11-08T10:00:00Z",
		"2023-11-08 10:00:00":       "2023-11-08T10:00:00Z",
		"2023-11-08T10:00:00":       "2023-11-08T10:00:00Z",
		"2023-11-08T10:00:00+02:00": "2023-11-08T08:00:00Z",
		"1969-12-31":                "", "2201-01-01": "", "08.11.2023": "", "": "", "2023-13-01": "",
	} {
		var got market.Time
		err := readTime([]byte(fmt.Sprintf("%q", text)), &got)
		if (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%q: got %s, %v", text, got, err)
		}
	}
	if err := readTime([]byte("1744070400"), new(market.Time)); err == nil {
		t.Error("a number is no time")
	}
}
