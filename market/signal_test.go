package market_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// TestSignalTimes: a row may be known before what it is about by half a year and no more,
// and not at all where that is an assumption.
func TestSignalTimes(t *testing.T) {
	const about = market.Time(1_700_000_000e9)
	for _, c := range []struct {
		ahead   market.Time
		assumed bool
		want    string
	}{
		{0, false, ""}, {0, true, ""}, {1, true, "is known before it"}, {1, false, ""},
		{market.Time(market.MaxAhead), false, ""}, {market.Time(market.MaxAhead) + 1, false, "where 4560h is the most"},
		{market.Time(market.MaxAhead) + 1, true, "is known before it"},
	} {
		s := market.Signal{Source: "s", Kind: "k", Subject: "BTC", Effective: about, Known: about - c.ahead, Assumed: c.assumed}
		if err := s.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestSignalContradicts tells a row that says something else from one that was said again.
func TestSignalContradicts(t *testing.T) {
	row := market.Signal{Value: 1, Assumed: true}
	for want, change := range map[string]func(*market.Signal){
		"":                                      func(s *market.Signal) { s.Raw = market.Hash{1} },
		"2, 1":                                  func(s *market.Signal) { s.Value = 2 },
		"null, 1":                               func(s *market.Signal) { s.Value, s.Null = 0, true },
		"1 (observed), 1 (known by assumption)": func(s *market.Signal) { s.Assumed = false },
		"-0.25, 1":                              func(s *market.Signal) { s.Value, s.Assumed = -0.25, false },
	} {
		s := row
		change(&s)
		if s.Contradicts(&row) != (want != "") {
			t.Error(want)
		}
		if got := s.Unlike(&row) + ", " + row.Unlike(&s); want != "" && got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
