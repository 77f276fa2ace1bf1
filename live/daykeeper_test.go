package live_test

import (
	"math/rand/v2"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// dayKeeper is a rule that has positions protected, at levels that move.
type dayKeeper struct{ r *rand.Rand }

// Init subscribes to every bar.
func (k *dayKeeper) Init(s *risk.Setup) error {
	s.Bars(risk.BarQuery{}, k.bar)
	return nil
}

// Review lets all orders pass.
func (k *dayKeeper) Review(_ *risk.View, o market.Order) (market.Order, error) { return o, nil }

func (k *dayKeeper) bar(d *risk.Desk, s *risk.Series) {
	i := s.Instrument()
	held := d.Position(i)
	if held.IsZero() || k.r.IntN(6) > 0 {
		return
	}
	last, up := d.LastPrice(i), int64(held.Sign())
	at := func(permille int64) decimal.Decimal { return last.Mul(decimal.New(1000+up*permille, -3)) }
	p := risk.Protection{Stop: at(-3 - k.r.Int64N(15)), Reason: "kept"}
	switch k.r.IntN(8) {
	case 0, 1, 2, 3:
		p.Target = at(3 + k.r.Int64N(15))
	case 4:
		p = risk.Protection{}
	}
	d.Protect(i, p)
}
