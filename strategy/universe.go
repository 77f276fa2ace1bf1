package strategy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// UniverseParams say by what rule a strategy chooses among its instruments, as a table of
// its parameters:
//
//	Universe strategy.UniverseParams `toml:"universe"`
//
// What is 0 or empty asks for nothing, and an instrument about which nothing is known meets
// no demand: one with too few days has neither the age nor the volume.
type UniverseParams struct {
	Schedule   string            `toml:"schedule" doc:"when to choose: a cron expression of five fields, in UTC; empty is each day at 00:00"`
	Top        int               `toml:"top" param:"min=0,max=10000,step=1" doc:"how many to choose at most; 0: all that qualify"`
	RankBy     string            `toml:"rank_by" param:"oneof=volume|grade" doc:"the best are those with the most volume, or the highest grade"`
	MinDays    int               `toml:"min_days" param:"min=0,max=5000,step=1" doc:"daily bars since the listing"`
	VolumeDays int               `toml:"volume_days" param:"min=1,max=1000,step=1" doc:"daily bars that the volume is the mean of"`
	MinVolume  float64           `toml:"min_volume" param:"min=0,max=1000000000000" doc:"volume a day, in quote"`
	Kind       market.SignalKind `toml:"kind" doc:"kind of signal that is the grade; empty: none is asked for"`
	Source     string            `toml:"source" doc:"source of the grade; empty takes the latest row of any"`
	MaxAge     market.Duration   `toml:"max_age" doc:"an older grade counts as absent; 0 takes the age of the kind"`
	MinGrade   float64           `toml:"min_grade" param:"min=-1000000,max=1000000" doc:"lowest grade that qualifies"`
}

// The values of RankBy.
const (
	ByVolume = "volume"
	ByGrade  = "grade"
)

// DefaultUniverse returns the parameters that choose every instrument, each day.
func DefaultUniverse() UniverseParams { return UniverseParams{RankBy: ByVolume, VolumeDays: 30} }

// Universe is the choice among a strategy's instruments that stands.
type Universe struct {
	UniverseParams
	instruments []market.Instrument
	days        *Bars
	grades      *Signals // nil where none is asked for
	members     []market.InstrumentID
}

// Universe chooses among the strategy's instruments on a schedule, and calls f, which may be
// nil, after each choice. Before the first one nothing is chosen. It watches daily bars, as
// many as the parameters ask for.
func (s *Setup) Universe(p UniverseParams, f func(*Context)) (*Universe, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("universe: %w", err)
	}
	days := max(p.MinDays, 1)
	if p.asksVolume() {
		days = max(days, p.VolumeDays)
	}
	u := &Universe{UniverseParams: p, instruments: s.Instruments()}
	u.days = s.Bars(BarQuery{Interval: market.Daily, Warmup: days}, nil)
	if p.Kind != "" {
		u.grades = s.Signals(SignalQuery{Kind: p.Kind, Source: p.Source, MaxAge: time.Duration(p.MaxAge)}, nil)
	}
	s.Schedule(cmp.Or(p.Schedule, "@daily"), func(c *Context) {
		u.choose()
		if f != nil {
			f(c)
		}
	})
	return u, nil
}

func (p *UniverseParams) check() error {
	switch {
	case p.RankBy != ByVolume && p.RankBy != ByGrade:
		return fmt.Errorf("rank_by = %q must be %q or %q", p.RankBy, ByVolume, ByGrade)
	case p.RankBy == ByGrade && p.Kind == "":
		return fmt.Errorf("rank_by = %q needs a kind of signal, such as trader_grade", p.RankBy)
	case p.MinGrade != 0 && p.Kind == "":
		return fmt.Errorf("min_grade needs a kind of signal, such as trader_grade")
	case p.Top < 0 || p.MinDays < 0 || p.VolumeDays < 1 || !(p.MinVolume >= 0) || p.MaxAge < 0:
		return fmt.Errorf("top, min_days, min_volume and max_age must not be negative, and volume_days at least 1")
	}
	return nil
}

// asksVolume reports whether volume matters to the choice.
func (p *UniverseParams) asksVolume() bool {
	return p.MinVolume > 0 || p.RankBy == ByVolume && p.Top > 0
}

// Members returns what is chosen, the best first. The slice is the universe's own, and good
// until it chooses again.
func (u *Universe) Members() []market.InstrumentID { return u.members }

// Has reports whether an instrument is chosen.
func (u *Universe) Has(i market.InstrumentID) bool { return slices.Contains(u.members, i) }

// choose makes the choice anew. Equal ones are ranked by symbol.
func (u *Universe) choose() {
	var list []Ranked
	for k := range u.instruments {
		if rank, ok := u.rank(u.instruments[k].ID); ok {
			list = append(list, Ranked{&u.instruments[k], rank})
		}
	}
	Rank(list)
	if u.Top > 0 {
		list = list[:min(u.Top, len(list))]
	}
	u.members = u.members[:0]
	for _, c := range list {
		u.members = append(u.members, c.ID)
	}
}

// rank returns what an instrument is ranked by, and whether it qualifies.
func (u *Universe) rank(i market.InstrumentID) (rank float64, ok bool) {
	days := u.days.At(i)
	if !days.Warm() {
		return 0, false
	}
	if u.asksVolume() {
		if rank = meanVolume(days, u.VolumeDays); rank < u.MinVolume {
			return 0, false
		}
	}
	if u.grades == nil {
		return rank, true
	}
	grade, ok := u.grades.At(i)
	if !ok || grade.Value < u.MinGrade {
		return 0, false
	}
	if u.RankBy == ByGrade {
		rank = grade.Value
	}
	return rank, true
}

// meanVolume returns the volume a day over the last n bars, in quote: each is counted at its
// close.
func meanVolume(days *Series, n int) float64 {
	closes, volumes := days.Close(), days.Volume()
	sum := 0.0
	for k := len(closes) - n; k < len(closes); k++ {
		sum += float64(closes[k] * volumes[k])
	}
	return sum / float64(n)
}
