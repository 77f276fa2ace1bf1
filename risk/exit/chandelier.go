package exit

import (
	"errors"
	"fmt"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const chandelierSample = `[risk.main]
rules = ["chandelier"]
  [risk.main.chandelier]
  period   = 22
  multiple = 3.0
`

// ChandelierPlugin describes the rule chandelier.
func ChandelierPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "chandelier",
		Doc:    "closes a position once its price falls back a multiple of its average true range from the best one since its entry",
		Sample: chandelierSample,
		New:    func() risk.Rule { return &Chandelier{Period: 22, Multiple: 3, At: atVenue} },
	}
}

// Chandelier closes the whole of a position once its price has fallen Multiple average
// true ranges from the peak: the highest price of the bars since the entry, of a short
// position the lowest. The stop moves at bar closes, and never back. It was described
// by Charles Le Beau; the range is Wilder's ([indicator.ATR]).
type Chandelier struct {
	Period   int             `toml:"period" param:"min=1,max=10000" doc:"bars of the average true range"`
	Multiple float64         `toml:"multiple" param:"min=0.01,max=1000" doc:"distance from the peak, in average true ranges"`
	Interval market.Interval `toml:"interval" doc:"length of the bars of the range; 0 is that of the strategy"`
	At       string          `toml:"at" param:"oneof=venue|close" doc:"venue rests a stop order there, where it takes one; close looks at bar closes"`

	keeper keeper
	ranges [][]*indicator.ATR // by strategy and instrument
}

// Init checks the settings and subscribes to bars and orders.
func (r *Chandelier) Init(s *risk.Setup) error {
	if err := errors.Join(r.check(), checkAt(r.At)); err != nil {
		return err
	}
	s.Bars(risk.BarQuery{Interval: r.Interval, Lookback: 1, Warmup: r.Period + 1}, r.measure)
	r.keeper = keeper{at: r.At, levels: r.trail, moves: r.moves}
	r.keeper.start(s)
	r.ranges = make([][]*indicator.ATR, len(r.keeper.names))
	return nil
}

func (r *Chandelier) check() error {
	switch {
	case r.Period < 1 || r.Period > indicator.MaxPeriod:
		return fmt.Errorf("period = %d must be from 1 to %d bars", r.Period, indicator.MaxPeriod)
	case !(r.Multiple > 0 && r.Multiple <= 1000):
		return fmt.Errorf("multiple = %v must be above 0, up to 1000", r.Multiple)
	}
	return nil
}

// Review refuses new risk while there is no range: the position would have no stop. Of
// what passes it says the last close and the level.
func (r *Chandelier) Review(v *risk.View, o market.Order) (market.Order, error) {
	if a := r.at(v.Strategy(), o.Instrument); !a.Ready() {
		return o, &market.Refusal{Measured: "no average true range yet", Limit: fmt.Sprintf("%d bars", a.Warmup())}
	}
	return r.keeper.review(v, o)
}

// at returns the range of an instrument on a strategy's bars.
func (r *Chandelier) at(strategy string, i market.InstrumentID) *indicator.ATR {
	list := &r.ranges[r.keeper.index(strategy)]
	for int(i) >= len(*list) {
		*list = append(*list, indicator.NewATR(r.Period))
	}
	return (*list)[i]
}

func (r *Chandelier) measure(d *risk.Desk, s *risk.Series) {
	bar := s.Last()
	r.at(d.Strategy(), s.Instrument()).Update(bar.High, bar.Low, bar.Close)
}

func (r *Chandelier) moves(d *risk.Desk, h *hold) bool {
	r.trail(&d.View, h)
	return false
}

// trail lets the stop follow the peak.
func (r *Chandelier) trail(v *risk.View, h *hold) {
	a := r.at(v.Strategy(), h.id)
	if !a.Ready() {
		return
	}
	distance := float64(r.Multiple * a.Value())
	if h.short {
		distance = -distance
	}
	if level := h.peak - distance; level > 0 {
		h.tighten(level)
	}
}
