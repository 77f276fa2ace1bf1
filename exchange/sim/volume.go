package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// volume is the notional that the account traded, in quote, by UTC day. The fee tier
// of a day is that of the 30 days before it, so that it changes at 00:00 only
// (semantics M1).
type volume struct {
	days  [30]decimal.Decimal // that are over, by day modulo 30
	sum   decimal.Decimal     // of days
	day   market.Time         // that runs, in days since 1970
	today decimal.Decimal
}

// reach moves on to the day in which a bar closes. One that closes at 00:00 belongs to
// the day that ends then.
func (v *volume) reach(t market.Time) {
	day := (t - 1) / market.Day
	if day > v.day+market.Time(len(v.days)) {
		*v = volume{day: day}
	}
	for ; v.day < day; v.day++ {
		over := &v.days[v.day%market.Time(len(v.days))]
		v.sum = v.sum.Sub(*over).Add(v.today)
		*over, v.today = v.today, decimal.Zero
	}
}

func (v *volume) add(notional decimal.Decimal) { v.today = v.today.Add(notional) }

// rate returns the fee of a fill as a fraction of its notional.
func (b *book) rate(maker bool) decimal.Decimal {
	if b.volume == nil {
		return b.instrument.Fees.Rate(decimal.Zero, maker)
	}
	return b.instrument.Fees.Rate(b.volume.sum, maker)
}
