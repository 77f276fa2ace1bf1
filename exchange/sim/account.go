package sim

import "github.com/signalman-trading/signalman/market"

// account lets a deposit or withdrawal change the balance of its asset. A withdrawal of
// more than the account has is not made; the engine, whose books hold the same, says so.
func (v *Venue) account(e *market.Event) {
	if e.Kind != market.KindAccount || e.Flow == nil {
		return
	}
	p := v.purses[e.Flow.Asset]
	if p == nil {
		return // the engine ends the run
	}
	total := p.total.Plus(market.SumOf(e.Flow.Amount))
	equity := total
	for _, b := range v.perpetuals {
		if b.quote != p {
			continue
		}
		equity = equity.Plus(market.SumOf(b.base.total.Decimal().Mul(b.lastPrice())))
	}
	if !equity.Decimal().IsNegative() {
		p.total = total
	}
}
