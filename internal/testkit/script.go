package testkit

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/smacross"
)

// Script is one parsed file. It is not changed by running it.
type Script struct {
	Path     string
	Drivers  []string // that must give the expected transcript
	Expected []string // without comments
	History  *backtest.History
	Sim      sim.Options

	cash, band decimal.Decimal
	maxLoss    decimal.Decimal
	seed       uint64
	parts      []part
	rules      []guard
	shows      []string
	tiers      []market.FeeTier
	discount   market.FeeDiscount
	noVolume   bool
	netting    bool
}

// part is what one strategy does in a script.
type part struct {
	name        string
	weight      decimal.Decimal
	instruments []market.InstrumentID // nil is all
	watches     []watch
	acts        []act // by time
	fast, slow  int   // of sma_cross; 0 where the strategy follows the script
	anyBars     bool  // a watch is of bars
	flatten     bool  // its positions are closed where it fails
}

// watch subscribes an actor.
type watch func(a *actor, s *strategy.Setup)

// act is one line of a part.
type act struct {
	at   market.Time
	line int
	do   func(a *actor, c *strategy.Context) error
}

func (s *Script) shown(what string) bool { return slices.Contains(s.shows, what) }

// Cut returns the script as it would be if the data ended at t.
func (s *Script) Cut(t market.Time) *Script {
	cut := *s
	cut.History = s.History.Between(0, t)
	cut.parts = slices.Clone(s.parts)
	for k := range cut.parts {
		cut.parts[k].acts = before(s.parts[k].acts, t, func(a act) market.Time { return a.at })
	}
	return &cut
}

func before[T any](list []T, t market.Time, at func(T) market.Time) []T {
	n := slices.IndexFunc(list, func(x T) bool { return at(x) > t })
	if n < 0 {
		n = len(list)
	}
	return list[:n:n]
}

// Poison returns the script with other bars, signals and filters after t.
func (s *Script) Poison(t market.Time) *Script {
	bad, history := *s, *s.History
	history.Series, history.Signals = nil, slices.Clone(s.History.Signals)
	history.Listings = poisonListings(s.History.Listings, t)
	for _, series := range s.History.Series {
		history.Series = append(history.Series, backtest.Series{Instrument: series.Instrument, Columns: poison(series.Columns, t)})
	}
	history.Marks = nil
	for _, series := range s.History.Marks {
		history.Marks = append(history.Marks, backtest.Series{Instrument: series.Instrument, Columns: poison(series.Columns, t)})
	}
	for k := range history.Signals {
		if g := &history.Signals[k]; g.Known > t {
			g.Value, g.Null = 1000-g.Value, !g.Null
		}
	}
	history.Funding = slices.Clone(s.History.Funding)
	for k := range history.Funding {
		if f := &history.Funding[k]; f.Time > t {
			f.Rate, f.Mark = f.Rate.Neg().Sub(decimal.New(1, -2)), f.Mark.Add(f.Mark)
		}
	}
	bad.History = &history
	return &bad
}

func poison(c *market.Columns, t market.Time) *market.Columns {
	out := market.MakeColumns(c.Interval, c.Len())
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for row := range c.OpenTime {
		b := c.Bar(row)
		if c.Time(row) > t {
			b.Open, b.High, b.Low, b.Close, b.Volume = b.Open*2, b.High*4, b.Low/4, b.Close/2, b.Volume+1
		}
		out.Append(b)
	}
	return out
}

// Start makes a new run of the script: fresh strategies and rules, an empty transcript.
func (s *Script) Start() *Play {
	p := &Play{script: s}
	p.Config = engine.Config{
		Instruments: s.History.Instruments, Journal: p, Seed: s.seed, Cash: s.cash, TargetBand: s.band, Discount: s.discount, EachBar: true, Audit: true,
		Netting: s.netting, MaxLoss: s.maxLoss,
	}
	for k := range s.parts {
		p.Config.Instances = append(p.Config.Instances, p.instance(&s.parts[k]))
	}
	for _, g := range s.rules {
		p.guard(g)
	}
	return p
}

func (p *Play) instance(part *part) engine.Instance {
	in := engine.Instance{Name: part.name, Instruments: part.instruments, Interval: p.script.finest(market.NoInstrument), Weight: part.weight, Flatten: part.flatten}
	for i := range p.script.History.Instruments {
		if part.instruments == nil {
			in.Instruments = append(in.Instruments, market.InstrumentID(i))
		}
	}
	if part.slow > 0 {
		in.Strategy = &smacross.Config{Fast: part.fast, Slow: part.slow}
		return in
	}
	a := &actor{play: p, part: part, acts: part.acts, signals: map[string]*strategy.Signals{}}
	p.actors = append(p.actors, a)
	in.Strategy = a
	return in
}

// guard gives one rule or sizer to the strategies that it is for.
func (p *Play) guard(g guard) {
	rule := g.make()
	for k := range p.Config.Instances {
		in := &p.Config.Instances[k]
		switch {
		case g.users != nil && !slices.Contains(g.users, in.Name):
		case g.sizer:
			in.Sizer = &engine.Sizer{Name: g.name, Sizer: rule}
		default:
			in.Rules = append(in.Rules, risk.Named{Name: g.name, Rule: rule})
		}
	}
}

// finest returns the shortest interval of an instrument's bars, or of all.
func (s *Script) finest(i market.InstrumentID) market.Interval {
	var all []market.Interval
	for _, series := range s.History.Series {
		if i == market.NoInstrument || series.Instrument == i {
			all = append(all, series.Columns.Interval)
		}
	}
	if len(all) == 0 {
		return 0
	}
	return slices.Min(all)
}

func (s *Script) find(asset string) market.InstrumentID {
	return market.InstrumentID(slices.IndexFunc(s.History.Instruments, func(in market.Instrument) bool { return in.Base == asset }))
}

// sort puts in order what a script may say in any.
func (s *Script) sort() {
	s.History.Sort()
	for i := range s.History.Instruments {
		s.History.Instruments[i].Fees.Tiers = s.tiers
	}
	s.History = s.History.Between(0, 0)
	if s.noVolume {
		s.History.MarkVolume()
	}
	for k := range s.parts {
		slices.SortStableFunc(s.parts[k].acts, func(a, b act) int { return cmp.Compare(a.at, b.at) })
	}
}
