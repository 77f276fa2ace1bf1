package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestMergeRows: each row is there once whoever handed it over, and no order decides
// between two that contradict each other.
func TestMergeRows(t *testing.T) {
	row := func(day int, value float64, from string) sourcedRow {
		at := market.Time(day) * market.Day
		return sourcedRow{market.Signal{Source: "s", Kind: "k", Subject: "BTC", Effective: at, Known: at + market.Day, Value: value, Assumed: true}, from}
	}
	a, b, again := row(1, 5, "the history"), row(2, 6, "signals.x"), row(1, 5, "signals.y")
	again.Raw = market.Hash{1}
	got, err := mergeRows([]sourcedRow{a, b, again, b})
	if diff := cmp.Diff([]market.Signal{a.Signal, b.Signal}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	observed := b
	observed.from, observed.Assumed = "signals.z", false
	for want, rows := range map[string][]sourcedRow{
		"signals.y: k of BTC by s for 1970-01-02T00:00:00Z, known 1970-01-03T00:00:00Z, revision 0, is 7 here and 5 in the history; leave out": {a, b, row(1, 7, "signals.y")},
		"signals.y: k of BTC by s for 1970-01-03T00:00:00Z, known 1970-01-04T00:00:00Z, revision 0, is 7 here and 6 in signals.x; leave out":   {a, b, row(2, 7, "signals.y")},
		"signals.z: k of BTC by s for 1970-01-03T00:00:00Z, known 1970-01-04T00:00:00Z, revision 0, is 6 (observed) here and 6 (known by":      {b, observed},
	} {
		if _, err := mergeRows(rows); err == nil || !strings.HasPrefix(err.Error(), want) || market.ClassOf(err) != market.Data {
			t.Error(err)
		}
	}
}

// TestSignalDoubts tells what is dated by a day from what is about its first hour.
func TestSignalDoubts(t *testing.T) {
	every := func(step market.Interval, n int, lag market.Time, assumed bool) (rows []market.Signal) {
		for i := range n {
			at := 20_000*market.Day + market.Time(i)*market.Time(step)
			rows = append(rows, market.Signal{Source: "s", Kind: "k", Subject: "BTC", Effective: at, Known: at + lag, Assumed: assumed})
		}
		return rows
	}
	const hour, day = market.Time(market.Hour), market.Day
	daily := market.Interval(market.Day)
	for name, c := range map[string]struct {
		rows []market.Signal
		want string
	}{
		"daily":          {every(daily, 3, hour, true), "rows of k by s are dated 00:00 UTC and assumed to be known 1h after it"},
		"one":            {every(daily, 1, 0, true), "rows of k by s are dated 00:00 UTC and assumed to be known 0s after it"},
		"daily and one":  {append(every(daily, 3, hour, true), every(market.Hour, 2, hour, true)[1]), "rows of k by s are dated 00:00 UTC"},
		"half days":      {every(market.Interval(12*hour), 5, hour, true), ""},
		"hourly":         {every(market.Hour, 50, hour, true), ""},
		"a day later":    {every(daily, 3, day, true), ""},
		"observed":       {every(daily, 3, hour, false), ""},
		"clocks differ":  {every(daily, 3, -hour, false), ""},
		"forecasts":      {every(daily, 3, -2*hour, false), "known before the time that they are about, by up to 2h: 3 rows of k by s"},
		"nothing at all": {nil, ""},
	} {
		var d signalDoubts
		for i := range c.rows {
			d.add(&c.rows[i])
		}
		if got := strings.Join(d.notes(), "\n"); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %s", name, got)
		}
	}
}
