package signalstudy

import (
	"github.com/signalman-trading/signalman/market"
)

// A Measure is what of a signal is compared with returns.
type Measure string

// The measures.
const (
	Value  Measure = "value"
	Change Measure = "change" // since the observation a step before
)

// of returns the measure of an observation, false where it has none.
func (m Measure) of(o *observation) (float64, bool) {
	if m == Change {
		return o.change, o.changed
	}
	return o.value, !o.null
}

// prices are those at which one could trade.
type prices struct {
	bars *market.Columns
	step market.Time // that of the signal, or of the bars where they are coarser; a bar that opens later is too late
}

// at returns the open of the first bar that opens at or after a time, and when; at the end
// of the bars the last close. It is false where none opens soon enough.
func (p prices) at(t market.Time) (price float64, when market.Time, ok bool) {
	k, n := p.bars.Search(t), p.bars.Len()
	switch {
	case k < n:
		when = p.bars.OpenTime[k]
		return p.bars.Open[k], when, when-t < p.step
	case n > 0 && p.bars.Time(n-1) == t:
		return p.bars.Close[n-1], t, true
	}
	return 0, 0, false
}

// gain returns the return from one time to another.
func (p prices) gain(from, to market.Time) (float64, bool) {
	a, _, bought := p.at(from)
	b, _, sold := p.at(to)
	if !bought || !sold || a <= 0 {
		return 0, false
	}
	return b/a - 1, true
}

// A trade is an observation with the open at which it can be acted on.
type trade struct {
	observation
	entry market.Time
}

// enter finds the bars of the observations. Of several that wait for one bar the last counts.
func (p prices) enter(seen []observation) (list []trade) {
	for _, o := range seen {
		_, entry, ok := p.at(o.known)
		if n := len(list); n > 0 && ok && list[n-1].entry == entry {
			list = list[:n-1]
		}
		if ok && !o.null {
			list = append(list, trade{o, entry})
		}
	}
	return list
}

// about makes trades of observations as if they were known in time.
func about(seen []observation) (list []trade) {
	for _, o := range seen {
		if !o.null {
			list = append(list, trade{o, o.effective})
		}
	}
	return list
}

// Returns is how a measure goes with the returns over a horizon.
type Returns struct {
	Horizon market.Duration `json:"horizon"`
	Measure Measure         `json:"measure"`
	Pair
	Hits   Hits     `json:"hits"`
	Fifths []Fifth  `json:"fifths"` // of the observations by the measure, the lowest first
	Spread *float64 `json:"spread"` // mean return of the highest fifth less that of the lowest
}

// A Fifth is the mean return of the observations in a fifth; equal values stand in the same.
type Fifth struct {
	N    int      `json:"n"`
	Mean *float64 `json:"mean"`
}

// over compares a measure with the returns over a horizon.
func (p prices) over(trades []trade, m Measure, horizon market.Time, neutral *float64) Returns {
	r := Returns{Horizon: market.Duration(horizon), Measure: m}
	var all, x, y, sides []float64 // all has those without a return too
	for i := range trades {
		if v, ok := m.of(&trades[i].observation); ok {
			all = append(all, v)
		}
	}
	called := calls(all, m, neutral)
	for i := range trades {
		t := &trades[i]
		v, ok := m.of(&t.observation)
		if !ok {
			continue
		}
		side := called[0]
		called = called[1:]
		if gain, ok := p.gain(t.entry, t.entry+horizon); ok {
			x, y, sides = append(x, v), append(y, gain), append(sides, side)
		}
	}
	r.Pair = correlate(x, y, max(1, float64(horizon)/float64(p.step)))
	r.count(sides, y)
	r.Fifths = fifths(x, y)
	if low, high := r.Fifths[0].Mean, r.Fifths[4].Mean; low != nil && high != nil {
		r.Spread = rounded(*high - *low)
	}
	return r
}

// calls says of one value after the other whether it calls for a rise, a fall or neither:
// 1, −1 or 0.
func calls(x []float64, m Measure, neutral *float64) []float64 {
	list, before := make([]float64, len(x)), medianOf(x)
	for i, v := range x {
		level := 0.0
		switch {
		case m == Change:
		case neutral != nil:
			level = *neutral
		case i == 0:
			level = v
		default:
			level = before.value()
		}
		list[i] = sign(v - level)
		before.add(v)
	}
	return list
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// count counts the hits.
func (r *Returns) count(sides, gains []float64) {
	rising := 0
	for i, side := range sides {
		s := sign(gains[i])
		if side == 0 || s == 0 {
			continue
		}
		if r.Hits.N++; side == s {
			r.Hits.Hits++
		}
		if s > 0 {
			rising++
		}
	}
	if r.N > 0 {
		r.Hits.wilson(rising, *r.Effective/float64(r.N))
	}
}

// fifths cuts the observations by rank.
func fifths(x, y []float64) []Fifth {
	list := make([]Fifth, 5)
	var sums [5]float64
	for i, rank := range ranks(x) {
		k := min(4, int((rank-0.5)*5/float64(len(x))))
		list[k].N++
		sums[k] += y[i]
	}
	for k := range list {
		list[k].Mean = ratio(sums[k], float64(list[k].N))
	}
	return list
}

// An Offset is how a measure goes with the return of one step, some steps on.
type Offset struct {
	Steps   int     `json:"steps"`
	Measure Measure `json:"measure"`
	Pair
	InTime int `json:"in_time"` // observations known when that step began; of the others the return could not be earned
}

// offset compares a measure with the return of the step that begins some steps after a time.
func (p prices) offset(trades []trade, m Measure, steps int) Offset {
	o := Offset{Steps: steps, Measure: m}
	var x, y []float64
	for i := range trades {
		t := &trades[i]
		v, has := m.of(&t.observation)
		begin := t.entry + market.Time(steps)*p.step
		gain, ok := p.gain(begin, begin+p.step)
		if !has || !ok {
			continue
		}
		x, y = append(x, v), append(y, gain)
		if t.known <= begin {
			o.InTime++
		}
	}
	o.Pair = correlate(x, y, 1)
	return o
}
