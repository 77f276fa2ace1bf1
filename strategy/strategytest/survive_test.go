package strategytest_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// fragile is the honest rule, which also does something that fails on data like these.
func fragile(f func(*strategy.Series) error) strategy.Plugin {
	return plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			rising(c, s)
			if err := f(s); err != nil {
				c.Fail(err)
			}
		}}
	})
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

func TestStrategiesThatExtremesStop(t *testing.T) {
	for over, c := range map[string]struct {
		f     func(*strategy.Series) error
		cause string
	}{
		"prices of a few ticks": {func(s *strategy.Series) error {
			_ = 1000 / int(math.Ceil(s.LastClose()-0.5)) // prices are whole numbers
			return nil
		}, "divide by zero"},
		"prices around 10000000": {func(s *strategy.Series) error {
			table := [8]int{}
			_ = table[len(fmt.Sprintf("%.0f", s.LastClose()))]
			return nil
		}, "out of range"},
		"leap a hundredfold": {func(s *strategy.Series) error {
			if x := s.Close(); len(x) > 1 && x[len(x)-1] > 50*x[len(x)-2] {
				return errors.New("the price cannot be")
			}
			return nil
		}, "the price cannot be"},
		"prices that never move": {func(s *strategy.Series) error {
			if s.Len() == 10 && s.Gap() == 0 && mean(s.High()) == mean(s.Low()) {
				return errors.New("no range")
			}
			return nil
		}, "no range"},
		"bars without volume": {func(s *strategy.Series) error {
			if s.Len() == 10 && mean(s.Volume()) == 0 && mean(s.High()) > mean(s.Low()) {
				return errors.New("no volume")
			}
			return nil
		}, "no volume"},
	} {
		t.Run(over, func(t *testing.T) {
			check(t, fragile(c.f), []string{"stopped over ", over, c.cause, "test before dividing"})
		})
	}
}

func TestStrategyThatADelistingStops(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		ready := false
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			rising(c, s)
			ready = ready || c.Price(0) > 0 && c.Price(2) > 0
			if s.Instrument() == 1 && c.Now() > 1_706_800_000_000_000_000 && !ready {
				c.Fail(errors.New("an instrument has no price"))
			}
		}}
	})
	check(t, p, []string{"stopped over an instrument that is delisted and one that never trades", "Price 0 before the first bar"})
}

func TestStrategyThatWildSignalsStop(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		var grades *strategy.Signals
		table := [101]float64{}
		return &scripted{
			start: func(s *strategy.Setup) { grades = s.Signals(strategy.SignalQuery{Kind: "trader_grade"}, nil) },
			bar: func(c *strategy.Context, s *strategy.Series) {
				rising(c, s)
				if row, ok := grades.At(s.Instrument()); ok {
					_ = table[int(row.Value)]
				}
			},
		}
	})
	check(t, p, []string{"stopped over signals out of all bounds", "out of range", "change their scale"})
}

func TestStrategyThatRulesStop(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{
			start: func(s *strategy.Setup) {
				s.Orders(func(c *strategy.Context, u market.OrderUpdate) {
					if u.State == market.Refused {
						c.Fail(fmt.Errorf("order %s: %s", u.ID, u.Reason))
					}
				})
			},
			bar: rising,
		}
	})
	check(t, p, []string{"stopped over rules that refuse orders", "moody", "do not take a refusal for a fault"})
}

// An absent signal is not a 0.
func TestCheatTakesAbsentForZero(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		var grades *strategy.Signals
		return &scripted{
			start: func(s *strategy.Setup) { grades = s.Signals(strategy.SignalQuery{Kind: "trader_grade"}, nil) },
			bar: func(c *strategy.Context, s *strategy.Series) {
				if row, _ := grades.At(s.Instrument()); c.Warm() {
					steer(c, s.Instrument(), row.Value < 50)
				}
			},
		}
	})
	check(t, p, []string{"opens a position without a signal", "bars without any signal", "submit buy", "no opinion"}, strategytest.OnSignals())
}

// A value that was good once is kept for ever.
func TestCheatTakesWhatIsStale(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		grade := 0.0
		return &scripted{
			start: func(s *strategy.Setup) {
				s.Signals(strategy.SignalQuery{Kind: "trader_grade"}, func(_ *strategy.Context, row market.Signal) {
					if !row.Null {
						grade = row.Value
					}
				})
			},
			bar: func(c *strategy.Context, s *strategy.Series) {
				if grade > 10 {
					rising(c, s)
				}
			},
		}
	})
	check(t, p, []string{"opens a position without a signal", "signals that end after a third", "submit buy", "outlives its maximum age"}, strategytest.OnSignals())
}

// A parameter that was set may be at fault, rather than the data.
func TestStopsForAParameter(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		x := &scripted{n: 1}
		x.bar = func(*strategy.Context, *strategy.Series) { _ = 10 / x.n }
		return x
	})
	check(t, p, []string{"divide by zero", "Parameters were set for this test: one of them may be to blame", "Series.Len may be 0"},
		strategytest.With(func(x *scripted) { x.n = 0 }))
}

func TestOnSignalsWithoutSignals(t *testing.T) {
	p := plugin(func() strategy.Strategy { return &scripted{bar: rising} })
	check(t, p, []string{"subscribes to no signal", "strategytest.OnSignals"}, strategytest.OnSignals())
}

// What a Target asked for in time may be bought later: after an outage, with the proceeds of
// what is sold then.
func TestOnSignalsBearsATargetThatWaits(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		var grades *strategy.Signals
		return &scripted{
			start: func(s *strategy.Setup) {
				grades = s.Signals(strategy.SignalQuery{Kind: "trader_grade"}, nil)
				s.Schedule("@daily", func(c *strategy.Context) {
					best, top := market.NoInstrument, -1.0
					for i := range market.InstrumentID(3) {
						if row, ok := grades.At(i); ok && row.Value > top && c.WarmFor(i) {
							best, top = i, row.Value
						}
					}
					for i := range market.InstrumentID(3) {
						weight := 0.0
						if i == best {
							weight = 1
						}
						if c.WarmFor(i) {
							c.Target(i, weight)
						}
					}
				})
			},
			bar: func(*strategy.Context, *strategy.Series) {},
		}
	})
	for seed := range uint64(2) {
		strategytest.Run(t, p, strategytest.OnSignals(), strategytest.Seed(seed), strategytest.Bars(200))
	}
}
