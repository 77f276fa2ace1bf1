// Package grademomentum is the strategy grade_momentum: in once a grade has risen fast enough,
// out once it is falling. Long only.
package grademomentum

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "grade_momentum",
		Doc:    "in once a grade has risen by more than enter in some days, out once the change is below exit; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams: strategy.SignalParams{Kind: "trader_grade", OnAbsent: strategy.Keep},
				Days:         7, Enter: 10, Exit: 0,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	Days  int     `toml:"days" param:"min=1,max=365,step=1" doc:"days over which the change of the grade is measured"`
	Enter float64 `toml:"enter" param:"min=-1000,max=1000" doc:"buy once the change is above it, in points"`
	Exit  float64 `toml:"exit" param:"min=-1000,max=1000" doc:"sell once the change is below it, in points; less than enter"`
	strategy.WeightParams

	grades  *strategy.Signals
	diaries strategy.States[diary]
	share   float64
	stances strategy.Stances
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	switch {
	case c.Days < 1 || c.Days > 365:
		return fmt.Errorf("days = %d must be from 1 to 365", c.Days)
	case !(c.Enter > c.Exit):
		return fmt.Errorf("enter = %v must be more than exit = %v", c.Enter, c.Exit)
	case s.Interval() > market.Daily:
		return fmt.Errorf("interval = %q: the grade of each day is looked at when a bar closes, so bars must not be longer than a day", s.Interval())
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	if c.grades, err = c.Subscribe(s); err != nil {
		return err
	}
	// A session that begins is fed bars, and the grades beside them, from as long ago.
	s.Bars(strategy.BarQuery{Lookback: 1, Warmup: c.Days * int(market.Day/market.Time(s.Interval()))}, c.bar)
	return nil
}

// bar looks at the grade once a bar, warm-up included, since it has to be remembered.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	c.stances.Take(ctx, i, c.want(ctx, i), c.share)
}

// want returns what the change says. An absent one never opens.
func (c *Config) want(ctx *strategy.Context, i market.InstrumentID) strategy.Stance {
	change, ok := c.change(i)
	switch {
	case !ok && c.Closes():
		return strategy.Flat
	case ok && change > c.Enter:
		return strategy.Long
	case ok && change < c.Exit:
		return strategy.Flat
	}
	return c.stances.At(ctx, i)
}

// change returns how many points the grade has risen, and false where one of the two is absent.
func (c *Config) change(i market.InstrumentID) (float64, bool) {
	grade, ok := c.grades.At(i)
	if !ok {
		return 0, false
	}
	d := c.diaries.Of(i, c.newDiary)
	day := int64(grade.Effective / market.Day)
	d.write(day, grade.Value)
	old, ok := d.read(day - int64(c.Days))
	return grade.Value - old, ok
}

// slack is how many days earlier the grade may be that the new one is compared with, where
// a day has none.
const slack = 2

// diary holds the grades of the last days, each in the place of its day.
type diary struct{ entries []entry }

// entry is the last grade that was in force about a day.
type entry struct {
	day   int64 // since 1970; 0 is none
	grade float64
}

func (c *Config) newDiary() *diary { return &diary{make([]entry, c.Days+slack+1)} }

func (d *diary) at(day int64) *entry { return &d.entries[day%int64(len(d.entries))] }

func (d *diary) write(day int64, grade float64) { *d.at(day) = entry{day, grade} }

// read returns the grade about a day, or about the nearest of the days before that may stand
// in for it.
func (d *diary) read(day int64) (float64, bool) {
	for back := range int64(slack + 1) {
		if e := d.at(day - back); e.day == day-back {
			return e.grade, true
		}
	}
	return 0, false
}
