// Package grademomentum is the strategy grade_momentum: in once a grade has risen fast enough,
// out once it is falling. Long only.
package grademomentum

import (
	_ "embed"
	"fmt"
	"time"

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

	instruments []market.Instrument
	grades      *strategy.Signals
	diaries     strategy.States[diary]
	share       float64
	stances     strategy.Stances
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
	c.instruments = s.Instruments()
	s.Signals(c.past(), c.note)
	// A session that begins is fed bars, and the grades beside them, from as long ago.
	s.Bars(strategy.BarQuery{Lookback: 1, Warmup: c.Days * int(market.Day/market.Time(s.Interval()))}, c.bar)
	return nil
}

// past asks for every row that a later one may be compared with, however late it comes.
// What is too old to act on still says what its day was.
func (c *Config) past() strategy.SignalQuery {
	age := time.Duration(c.MaxAge)
	if age == 0 {
		kind, _ := market.KindOf(c.Kind)
		age = time.Duration(kind.MaxAge)
	}
	return strategy.SignalQuery{Kind: c.Kind, Source: c.Source, MaxAge: age + time.Duration(c.Days+slack)*24*time.Hour}
}

// note writes down a row that has come into force, a null one too.
func (c *Config) note(_ *strategy.Context, row market.Signal) {
	for k := range c.instruments {
		if in := &c.instruments[k]; market.Subject(in.Base) == row.Subject {
			c.diaries.Of(in.ID, c.newDiary).write(&row)
		}
	}
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
	d.write(&grade) // signals are told after the bars of their instant
	old, ok := d.read(day(&grade) - int64(c.Days))
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
	null  bool // the last word about the day is that it has none
}

// day returns the day that a row is about, since 1970.
func day(row *market.Signal) int64 { return int64(row.Effective / market.Day) }

func (c *Config) newDiary() *diary { return &diary{make([]entry, c.Days+slack+1)} }

func (d *diary) at(day int64) *entry { return &d.entries[day%int64(len(d.entries))] }

func (d *diary) write(row *market.Signal) { *d.at(day(row)) = entry{day(row), row.Value, row.Null} }

// read returns the grade about a day, or about the nearest of the days before that may stand
// in for it where it has no row. A null one is absent, and no day stands in for it.
func (d *diary) read(day int64) (float64, bool) {
	for back := range int64(slack + 1) {
		if e := d.at(day - back); e.day == day-back {
			return e.grade, !e.null
		}
	}
	return 0, false
}
