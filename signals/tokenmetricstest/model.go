package tokenmetricstest

import (
	"math"

	"github.com/signalman-trading/signalman/market"
)

// model is what the server says about tokens and days. Each number follows from the seed,
// the token and the day alone, and from prices up to the day's snapshot.
type model struct {
	seed     uint64
	snapshot market.Time
	tokens   []*token
}

func newModel(o *Options) *model {
	m := &model{seed: o.Seed, snapshot: market.Time(o.Snapshot)}
	for rank, t := range o.Tokens {
		m.tokens = append(m.tokens, newToken(o.Seed, rank, t))
	}
	return m
}

// at returns when the row of a day is made.
func (m *model) at(d day) market.Time { return d.start() + m.snapshot }

// block is how many days there are for each change of a trend.
const block = 30

// trends are the days on which the trend of one token, or of the market, changes: one in
// each block of days, up and down by turns.
type trends struct {
	seed, id uint64
	since    day // without a trend before
}

func (m *model) trends(t *token) trends { return trends{m.seed, uint64(t.ID), t.since} }

// marketTrends are those of the indicator of the whole market.
func (m *model) marketTrends() trends { return trends{m.seed, 0, firstSignals} }

func (x trends) offset() day { return day(mix(x.seed, drawOffset, x.id) % block) }

// flip returns the day of the change in a block.
func (x trends) flip(k int64) day {
	return day(k)*block - x.offset() + 1 + day(mix(x.seed, drawFlip, x.id, uint64(k))%(block-2))
}

// after returns the trend from the change in a block on: 1 or -1.
func (x trends) after(k int64) int {
	if (uint64(k)+mix(x.seed, drawFlip, x.id)>>7)&1 == 0 {
		return 1
	}
	return -1
}

// last returns the last block whose change is not after d.
func (x trends) last(d day) int64 {
	k := int64((d + x.offset()) / block)
	if x.flip(k) > d {
		k--
	}
	return k
}

// begin returns the block of the first change.
func (x trends) begin() int64 {
	k := x.last(x.since)
	if x.flip(k) < x.since {
		k++
	}
	return k
}

// on returns the signal of a day and the trend: that of the last signal, 0 before the first.
func (x trends) on(d day) (signal, trend int) {
	k := x.last(d)
	if x.flip(k) < x.since {
		return 0, 0
	}
	if trend = x.after(k); x.flip(k) == d {
		signal = trend
	}
	return signal, trend
}

// exitCost is the share of the proceeds that goes on the day of an exit.
const exitCost = 0.002

// returns are what following the signals made since the first, and what holding did, as
// fractions. There are none up to the day of the first.
func (m *model) returns(t *token, d day) (signals, holding any) {
	x := m.trends(t)
	first := x.begin()
	if d <= x.flip(first) {
		return nil, nil
	}
	price := func(k int64) float64 { return t.price(m.at(x.flip(k))) }
	now, worth := t.price(m.at(d)), 1.0
	for k := first; k <= x.last(d); k++ {
		if x.after(k) < 0 {
			continue
		}
		if x.flip(k+1) > d {
			worth *= now / price(k)
		} else {
			worth *= price(k+1) / price(k) * (1 - exitCost)
		}
	}
	return round(worth-1, 4), round(now/price(first)-1, 4)
}

// grades are those of one token and day, from 0 to 100.
type grades struct {
	ta, quant, trader                            float64
	fundamental, technology, valuation, investor float64
	tm                                           float64
	noInvestor                                   bool // the investor grade is null
}

// grades returns those of a day. Another revision has other values.
func (m *model) grades(t *token, d day, revision uint64) grades {
	at, id := m.at(d), uint64(t.ID)+revision<<32
	slow := func(days float64, part uint64) float64 { return drift(float64(d)/days, m.seed, drawGrade, id, part) }
	_, trend := m.trends(t).on(d)
	var g grades
	g.ta = round(logistic(-0.9+5*t.change(at, market.Day)+5*t.change(at, 7*market.Day)+0.5*float64(trend)+0.6*slow(5, 1)+0.2*slow(1, 2)), 2)
	g.quant = round(logistic(-0.4+2*t.change(at, 30*market.Day)+0.8*slow(20, 3)+0.2*slow(1, 4)), 2)
	g.trader = round(0.8*g.ta+0.2*g.quant, 2)
	size := 1 - math.Min(1, float64(t.rank)/60)
	g.fundamental = round(logistic(-0.5+1.8*size+0.4*slow(60, 5)), 2)
	g.technology = round(logistic(0.2+0.9*size+0.5*slow(45, 6)), 2)
	g.valuation = round(logistic(-1.2*t.change(at, 90*market.Day)+0.5*slow(15, 7)), 2)
	g.investor = round((5*g.fundamental+4*g.technology+4*g.valuation)/13, 2)
	g.noInvestor = chance(m.seed, drawInvestorNull, uint64(t.ID), uint64(d)) < 0.04
	g.tm = round(0.5*g.trader+0.3*g.investor+0.2*logistic(2*slow(10, 8)), 2)
	return g
}

// score returns a component score from 0 to 10, or null for some tokens.
func (m *model) score(t *token, d day, part uint64, nulls float64) any {
	if chance(m.seed, drawScore, uint64(t.ID), part) < nulls {
		return nil
	}
	return round(logistic(1+2*drift(float64(d)/90, m.seed, drawScore, uint64(t.ID), part+100))/10, 2)
}

// percent returns the change from one value to another in percent, or null.
func percent(from, to float64) any {
	if from == 0 {
		return nil
	}
	return round((to-from)/from*100, 2)
}
