package halt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const volatilityHalt = "volatility_halt"

const volatilityHaltSample = `[risk.main]
rules = ["volatility_halt"]
  [risk.main.volatility_halt]
  bars   = 3
  among  = 48
  factor = "3"
`

// VolatilityHaltPlugin describes the rule volatility_halt.
func VolatilityHaltPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   volatilityHalt,
		Doc:    "stops new risk on an instrument whose last bars move much more than those before",
		Sample: volatilityHaltSample,
		New: func() risk.Rule {
			return &VolatilityHalt{Bars: 3, Among: 48, Factor: decimal.New(3, 0), Action: "reduce_only"}
		},
	}
}

// VolatilityHalt compares the mean true range, each a share of the close before it, of the
// last Bars bars with that of the last Among bars: of those that each strategy trades on. At
// the first close at which it is more than Factor of them new risk on the instrument stops,
// for the strategy. The halt ends at the first close at which it is no more than Calm of
// them or, with For, after that time; then, and after the operator's resume, there is none
// until it was calm. Until Among bars are there nothing is compared.
type VolatilityHalt struct {
	Bars   int             `toml:"bars" param:"min=1,max=1000,step=1" doc:"the last so many bars"`
	Among  int             `toml:"among" param:"min=2,max=5000,step=1" doc:"are compared with so many, themselves included; more than bars"`
	Factor decimal.Decimal `toml:"factor" param:"min=1,max=1000" doc:"so many times as much is too much; above 1"`
	Calm   decimal.Decimal `toml:"calm" param:"min=0,max=1000" doc:"the halt ends at so many times as much, or less; at most factor; 0 is half way from 1 to factor"`
	For    market.Duration `toml:"for" doc:"the halt ends after this long in any case; 0: once it is calm"`
	Action string          `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes it too"`

	action       risk.Action
	factor, calm float64
	bars         *risk.Bars
	names        []string // of the strategies
	wild         [][]bool // by strategy and instrument: it has not been calm since its halt began
}

// Init checks the settings and subscribes to bars.
func (r *VolatilityHalt) Init(s *risk.Setup) (err error) {
	one := decimal.New(1, 0)
	switch {
	case r.Bars < 1 || r.Among <= r.Bars:
		return fmt.Errorf("bars = %d and among = %d: compare at least one bar with more", r.Bars, r.Among)
	case !r.Factor.GreaterThan(one):
		return risk.OutOfBounds("factor", r.Factor, "above 1")
	case r.Calm.IsNegative() || r.Calm.GreaterThan(r.Factor):
		return fmt.Errorf("calm = %s must be from 0 to factor = %s", r.Calm, r.Factor)
	case r.For < 0:
		return errors.New("for must not be negative")
	}
	if r.action, err = risk.ParseAction(r.Action); err != nil {
		return err
	}
	calm := r.Calm
	if calm.IsZero() {
		calm = one.Add(r.Factor).Mul(decimal.New(5, -1))
	}
	r.factor, r.calm = market.Float(r.Factor), market.Float(calm)
	r.names = s.Scope()
	for range r.names {
		r.wild = append(r.wild, make([]bool, len(s.Instruments())))
	}
	r.bars = s.Bars(risk.BarQuery{Lookback: r.Among + 1, Warmup: r.Among + 1}, r.bar)
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands. It says
// how many times as much the last bars moved.
func (r *VolatilityHalt) Review(v *risk.View, o market.Order) (market.Order, error) {
	measured := decimal.Zero
	if s := r.bars.At(v, o.Instrument); s != nil {
		measured = market.Price(r.ratio(s), 2)
	}
	v.Measured(measured, r.Factor, "times as much")
	return o, nil
}

// bar compares, and ends what has become calm. A halt that ended before is not made again
// until it was calm.
func (r *VolatilityHalt) bar(d *risk.Desk, s *risk.Series) {
	i, x := s.Instrument(), r.ratio(s)
	wild := &r.wild[slices.Index(r.names, d.Strategy())][i]
	switch {
	case *wild && x <= r.calm:
		*wild = false
		d.LiftOn(false, i)
	case !*wild && x > r.factor:
		*wild = true
		r.halt(d, i, x)
	}
}

func (r *VolatilityHalt) halt(d *risk.Desk, i market.InstrumentID, x float64) {
	until, ends := market.Time(0), fmt.Sprintf("lifts once it is no more than %s times as much", fixed(r.calm))
	if r.For > 0 {
		until = d.Now() + market.Time(r.For)
		ends += ", or at " + until.String()
	}
	d.Halt(risk.Halt{
		Text: fmt.Sprintf("%s of %s moved %s times as much as %s; limit %s times; %s",
			plural(r.Bars, "bar"), d.Instrument(i).Symbol, fixed(x), plural(r.Among, "bar"), r.Factor, ends),
		Instruments: []market.InstrumentID{i}, Until: until, Action: r.action,
	})
}

// ratio returns the mean true range of the last bars by that of all; 0 where it cannot be
// told yet.
func (r *VolatilityHalt) ratio(s *risk.Series) float64 {
	if !s.Warm() {
		return 0
	}
	high, low, closes := s.High(), s.Low(), s.Close()
	n := len(closes)
	recent, all := 0.0, 0.0
	for k := n - r.Among; k < n; k++ {
		before := closes[k-1]
		move := (max(high[k], before) - min(low[k], before)) / before
		if all += move; k >= n-r.Bars {
			recent += move
		}
	}
	if all <= 0 {
		return 0
	}
	return float64(recent*float64(r.Among)) / float64(all*float64(r.Bars))
}
