package grademomentum_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/grademomentum"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// What a row that came too late to act on says of its day counts all the same, once the day
// is what a later grade is compared with.
func TestLateRows(t *testing.T) {
	at := func(text string) market.Time {
		v, err := time.Parse("2006-01-02 15:04", "2024-"+text)
		if err != nil {
			t.Fatal(err)
		}
		return market.TimeOf(v)
	}
	row := func(day, known string, value float64) market.Signal {
		return market.Signal{Kind: "trader_grade", Subject: "BTC", Value: value, Effective: at(day + " 00:00"), Known: at(known)}
	}
	corrected := row("01-03", "01-05 14:05", 88) // 62 hours old
	corrected.Revision = 1
	null := row("01-03", "01-05 14:05", 0)
	null.Revision, null.Null = 1, true
	first := []market.Signal{row("01-02", "01-03 00:00", 20), row("01-03", "01-04 00:00", 20)}
	buy := []string{"2024-01-12T00:00:00Z submit buy market BTCUSDT quote 10000 (target)"}
	for _, c := range []struct {
		name string
		rows []market.Signal
		want []string
	}{
		{"nothing late", first, buy},
		{"a correction", append(first[:2:2], corrected), nil},
		{"a correction to null", append(first[:2:2], null), nil},
		{"the first row of its day", []market.Signal{first[0], row("01-03", "01-06 02:00", 88)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := grademomentum.Plugin().New().(*grademomentum.Config)
			s.Enter = 45
			story := strategytest.Story{Interval: market.Hour, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: make([]float64, 13*24)}}}
			for k := range story.Markets[0].Closes {
				story.Markets[0].Closes[k] = 100
			}
			// There is no row of 4 January, which is seven days before the 11th.
			story.Signals = append(c.rows[:len(c.rows):len(c.rows)], row("01-11", "01-12 00:00", 90))
			lines, err := story.Play(s)
			if diff := cmp.Diff(c.want, lines); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// A day whose grade is null is absent: no day before stands in for it.
func TestNullBase(t *testing.T) {
	if got := play(t, nil, 20, 20, null, 90, 90); len(got) != 1 || got[0] != "4 buy" {
		t.Errorf("with a base before the null one: %v", got)
	}
	if got := play(t, nil, 20, null, 90, 90, 90); len(got) != 1 || got[0] != "3 buy" {
		t.Errorf("%v", got)
	}
	if got := play(t, nil, 50, 50, null, missing, 90, 90); len(got) > 0 {
		t.Errorf("opened on the grade before a null one: %v", got)
	}
}
