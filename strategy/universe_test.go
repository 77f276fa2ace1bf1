package strategy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// choices plays ten days of four markets and returns who is chosen each day, from the day
// on which somebody is: BTC, ETH and SOL trade 300, 200 and 100 a day, and XRP, which lists
// on 5 January, 400.
func choices(t *testing.T, p strategy.UniverseParams) (days []string) {
	t.Helper()
	h := world(t,
		listing{"BTCUSDT", market.Hour, 0, 240, 10, 1.25},
		listing{"ETHUSDT", market.Hour, 0, 240, 5, 200. / 24 / 5},
		listing{"SOLUSDT", market.Hour, 0, 240, 1, 100. / 24},
		listing{"XRPUSDT", market.Hour, 96, 240, 1, 400. / 24},
	)
	grade := func(day int, base market.Subject, value float64, null bool) {
		at := start + market.Time(day)*market.Day
		h.Signals = append(h.Signals, market.Signal{
			Source: "s", Kind: "trader_grade", Subject: base, Instrument: market.NoInstrument,
			Effective: at - market.Day, Known: at, Value: value, Null: null,
		})
	}
	for day := range 10 {
		grade(day, "BTC", 50, false)
		grade(day, "ETH", 70, day == 6) // none on the 7th
		if day < 8 {
			grade(day, "SOL", 60, false) // none from the 10th on: the last is too old
		}
	}
	var u *strategy.Universe
	err := run(t, h, func(s *strategy.Setup) (err error) {
		s.Bars(strategy.BarQuery{}, nil)
		u, err = s.Universe(p, func(c *strategy.Context) {
			var names []string
			for _, i := range u.Members() {
				names = append(names, c.Instrument(i).Base)
				if !u.Has(i) {
					t.Errorf("%s: %d is a member and is not", c.Now(), i)
				}
			}
			if len(names) > 0 {
				days = append(days, fmt.Sprintf("%s %s", c.Now().String()[:10], strings.Join(names, " ")))
			}
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return days
}

func TestUniverse(t *testing.T) {
	for name, x := range map[string]struct {
		set  func(*strategy.UniverseParams)
		want []string
	}{
		"the two with most volume over three days; a new listing needs three days of it": {
			func(p *strategy.UniverseParams) { p.Top, p.VolumeDays, p.Schedule = 2, 3, "0 0 */2 * *" },
			[]string{"2024-01-05 BTC ETH", "2024-01-07 BTC ETH", "2024-01-09 XRP BTC", "2024-01-11 XRP BTC"},
		},
		"those that trade 200 a day": {
			func(p *strategy.UniverseParams) { p.MinVolume, p.VolumeDays, p.Schedule = 200, 1, "0 0 6 * *" },
			[]string{"2024-01-06 XRP BTC ETH"},
		},
		"those listed eight days": {
			func(p *strategy.UniverseParams) { p.MinDays = 8 },
			[]string{"2024-01-09 BTC ETH SOL", "2024-01-10 BTC ETH SOL", "2024-01-11 BTC ETH SOL"},
		},
		"by grade; what has none, null or too old a one is not chosen": {
			func(p *strategy.UniverseParams) {
				p.RankBy, p.Kind, p.MinGrade, p.Schedule = strategy.ByGrade, "trader_grade", 55, "0 0 6-31 * *"
			},
			[]string{"2024-01-06 ETH SOL", "2024-01-07 SOL", "2024-01-08 ETH SOL", "2024-01-09 ETH SOL", "2024-01-10 ETH", "2024-01-11 ETH"},
		},
	} {
		p := strategy.DefaultUniverse()
		x.set(&p)
		if diff := cmp.Diff(x.want, choices(t, p)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestUniverseParams(t *testing.T) {
	for says, set := range map[string]func(*strategy.UniverseParams){
		`rank_by = "size"`:          func(p *strategy.UniverseParams) { p.RankBy = "size" },
		`rank_by = "grade" needs a`: func(p *strategy.UniverseParams) { p.RankBy = strategy.ByGrade },
		"min_grade needs a kind":    func(p *strategy.UniverseParams) { p.MinGrade = 1 },
		"at least 1":                func(p *strategy.UniverseParams) { p.VolumeDays = 0 },
		"@every":                    func(p *strategy.UniverseParams) { p.Schedule = "@every 1h" },
	} {
		p := strategy.DefaultUniverse()
		set(&p)
		err := run(t, world(t, listing{"BTCUSDT", market.Hour, 0, 2, 1, 1}), func(s *strategy.Setup) error {
			_, err := s.Universe(p, nil)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// A state is made once for each instrument, and asking for it costs no allocation.
func TestStates(t *testing.T) {
	var states strategy.States[int]
	made := 0
	ask := func(i market.InstrumentID) *int {
		return states.Of(i, func() *int { made++; return new(int) })
	}
	*ask(3) = 7
	if *ask(3) != 7 || ask(1) == ask(3) || made != 2 {
		t.Errorf("state 3 is %d, made %d", *ask(3), made)
	}
	if n := testing.AllocsPerRun(100, func() { ask(3) }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}

// A callback for signals says which instrument the row is about, as reading does.
func TestSignalsNameTheirInstrument(t *testing.T) {
	h := world(t, listing{"BTCUSDT", market.Hour, 0, 3, 10, 1}, listing{"ETHUSDT", market.Hour, 0, 3, 10, 1})
	for _, subject := range []market.Subject{market.MarketWide, "BTC", "ETH"} {
		h.Signals = append(h.Signals, market.Signal{
			Source: "s", Kind: "trader_grade", Subject: subject, Instrument: market.NoInstrument, Effective: start, Known: start + 1, Value: 50,
		})
	}
	var told []string
	err := run(t, h, func(s *strategy.Setup) error {
		var grades *strategy.Signals
		grades = s.Signals(strategy.SignalQuery{Kind: "trader_grade"}, func(_ *strategy.Context, row market.Signal) {
			told = append(told, fmt.Sprint(row.Subject, " ", row.Instrument))
			if read, ok := grades.At(1); !ok || read.Instrument != 1 {
				t.Errorf("reading says instrument %d, %v", read.Instrument, ok)
			}
		})
		s.Bars(strategy.BarQuery{}, nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"* -1", "BTC 0", "ETH 1"}, told); diff != "" {
		t.Error(diff)
	}
}

// A panic in Init is an error that names the strategy.
func TestPanicInInit(t *testing.T) {
	err := run(t, world(t, listing{"BTCUSDT", market.Hour, 0, 2, 1, 1}), func(*strategy.Setup) error { panic("nil map") })
	if err == nil || !strings.Contains(err.Error(), "strategy s: panic in Init: nil map") {
		t.Error(err)
	}
}
