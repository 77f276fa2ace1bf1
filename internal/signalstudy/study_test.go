package signalstudy_test

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/internal/signalstudy"
	"github.com/signalman-trading/signalman/market"
)

const (
	start = market.Time(1_609_459_200e9) // 2021-01-01
	day   = market.Day
)

func row(d int, value float64) market.Signal {
	s := market.Signal{Source: "s", Kind: "grade", Subject: "BTC", Effective: start + market.Time(d)*day, Value: value}
	s.Assume(market.Duration(day))
	return s
}

// daily makes bars of a day that open at the prices.
func daily(opens ...float64) *market.Columns {
	c := market.MakeColumns(market.Daily, len(opens))
	for i, p := range opens {
		c.Append(market.Bar{OpenTime: start + market.Time(i)*day, Open: p, High: p, Low: p, Close: p, Volume: 1})
	}
	return c
}

func study(rows []market.Signal, bars *market.Columns, horizons ...market.Duration) *signalstudy.Report {
	r, err := signalstudy.Run(signalstudy.Input{Rows: rows, Bars: bars, Horizons: horizons, MaxAge: market.Duration(2 * day)})
	if err != nil {
		panic(err)
	}
	return r
}

// TestInterrupted: a study tells how far it is, and ends where it is told to.
func TestInterrupted(t *testing.T) {
	enough, last := errors.New("enough"), -1.0
	in := signalstudy.Input{Rows: []market.Signal{row(0, 1), row(1, 2), row(2, 3)}, Bars: daily(1, 2, 3, 4, 5), Horizons: []market.Duration{market.Duration(day)}, MaxAge: market.Duration(2 * day)}
	in.Tell = func(done float64) error {
		if done <= last || done > 1 {
			t.Errorf("%v after %v", done, last)
		}
		if last = done; done > 0.4 {
			return enough
		}
		return nil
	}
	if r, err := signalstudy.Run(in); !errors.Is(err, enough) || r != nil || last > 0.5 {
		t.Errorf("%v, %v, at %v", r, err, last)
	}
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	switch {
	case got == nil && math.IsNaN(want):
	case got == nil || math.Abs(*got-want) > 1e-6:
		t.Errorf("%s: %v, want %v", what, str(got), want)
	}
}

func str(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

// TestByHand studies five grades over six days, as a pencil does. The grade of day 3 is
// missing, and that of day 1 is corrected two days later.
func TestByHand(t *testing.T) {
	late := row(1, 5)
	late.Known, late.Assumed, late.Revision = late.Known+2*day, false, 1
	rows := []market.Signal{row(0, 1), row(1, 2), row(2, 4), late, row(4, 3)}
	slices.SortFunc(rows, func(a, b market.Signal) int { return a.Compare(&b) })
	r := study(rows, daily(100, 100, 110, 99, 99, 99, 108.9), market.Duration(day))
	if r.Step != market.Duration(day) || r.Rows != 5 || r.Observed != 1 || r.Assumed != 4 {
		t.Errorf("%+v", r)
	}
	if c := r.Coverage; c.Expected != 5 || c.Present != 4 || c.Missing != 1 || c.Gaps != 1 || c.Longest[0] != (signalstudy.Gap{After: start + 2*day, Before: start + 4*day, Missing: 1}) {
		t.Errorf("%+v", c)
	}
	if v := r.Revisions; v.Revised != 1 || v.Changes != 1 || v.Size.Median != 3 || v.Delay.Max != market.Duration(2*day) {
		t.Errorf("%+v", v)
	}
	near(t, "share revised", r.Revisions.Share, 0.25)
	// From its close at day 2 on each day sees a grade of the day before; day 4 closes on the
	// hole, and the correction changes nothing.
	if s := r.Staleness; s.Bars != 6 || s.Age.Min != market.Duration(day) || s.Age.Max != market.Duration(2*day) || s.Old+s.Null != 0 {
		t.Errorf("%+v %+v", s, s.Age)
	}
	if l := r.Lag; l.Observed != nil || l.Assumed.N != 4 || l.Assumed.Min != market.Duration(day) || l.Assumed.Max != market.Duration(day) {
		t.Errorf("%+v", l)
	}
	// The grades 1, 2, 4, 3 are bought at the opens 100, 110, 99, 99, and sold a day later.
	h := r.Horizons[0]
	near(t, "pearson", h.Pearson.R, pearson([]float64{1, 2, 4, 3}, []float64{.1, -.1, 0, .1}))
	near(t, "spearman", h.Spearman.R, pearson([]float64{1, 2, 4, 3}, []float64{3.5, 1, 2, 3.5}))
	// Against the lower median of those before: 2 and 4 call for a rise, 3 does, and it came.
	if h.N != 4 || h.Hits.N != 2 || h.Hits.Hits != 1 {
		t.Errorf("%+v", h)
	}
	// Changes are 1 and 2; none across the hole.
	if c := r.Horizons[1]; c.Measure != signalstudy.Change || c.N != 2 || c.Hits.N != 1 || c.Hits.Hits != 0 {
		t.Errorf("%+v", c)
	}
	for i, n := range []int{1, 1, 0, 1, 1} {
		if h.Fifths[i].N != n {
			t.Errorf("fifth %d: %+v", i, h.Fifths[i])
		}
	}
	near(t, "spread", h.Spread, 0-.1)
}

// pearson is the textbook's formula of sums.
func pearson(x, y []float64) float64 {
	var sx, sy, sxx, syy, sxy float64
	n := float64(len(x))
	for i := range x {
		sx, sy, sxx, syy, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], syy+y[i]*y[i], sxy+x[i]*y[i]
	}
	return (n*sxy - sx*sy) / math.Sqrt((n*sxx-sx*sx)*(n*syy-sy*sy))
}

// rank counts.
func rank(x []float64) []float64 {
	list := make([]float64, len(x))
	for i := range x {
		for j := range x {
			switch {
			case x[j] < x[i]:
				list[i]++
			case x[j] == x[i]:
				list[i] += 0.5
			}
		}
		list[i] += 0.5
	}
	return list
}

// asOf is rule S2 word by word.
func asOf(rows []market.Signal, now market.Time) (best market.Signal) {
	for _, s := range rows {
		if s.Known > now {
			continue
		}
		if c := cmp.Or(cmp.Compare(s.Effective, best.Effective), cmp.Compare(s.Known, best.Known), cmp.Compare(s.Revision, best.Revision)); best.Source == "" || c > 0 {
			best = s
		}
	}
	return best
}

// TestAgainstOracle compares with loops that look at every row and every bar.
func TestAgainstOracle(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		rows, bars := random(rnd)
		horizon := market.Duration(1+rnd.IntN(4)) * market.Duration(day)
		r := study(rows, bars, horizon)
		var x, y, change, after []float64
		var came []market.Signal // in force, from Known on
		for _, s := range rows {
			if now := asOf(rows, s.Known); len(came) == 0 || now.Effective > came[len(came)-1].Effective {
				now.Known = s.Known
				came = append(came, now)
			}
		}
		for i, s := range came {
			g, ok := gain(bars, s.Known, market.Time(horizon))
			if i+1 < len(came) && bars.Search(s.Known) == bars.Search(came[i+1].Known) {
				continue // another is in force when that bar opens
			}
			if ok && !s.Null {
				x, y = append(x, s.Value), append(y, g)
			}
			if i > 0 && ok && !s.Null && !came[i-1].Null && s.Effective-came[i-1].Effective < 3*day/2 {
				change, after = append(change, s.Value-came[i-1].Value), append(after, g)
			}
		}
		h, c := r.Horizons[0], r.Horizons[1]
		if h.N != len(x) || c.N != len(change) {
			t.Fatalf("seed %d: %d and %d pairs, want %d and %d", seed, h.N, c.N, len(x), len(change))
		}
		near(t, "value", h.Pearson.R, pearson(x, y))
		near(t, "rank of value", h.Spearman.R, pearson(rank(x), rank(y)))
		near(t, "change", c.Pearson.R, pearson(change, after))
		near(t, "rank of change", c.Spearman.R, pearson(rank(change), rank(after)))
	}
}

// random makes rows with holes, nulls and corrections, and bars of six hours with holes.
func random(rnd *rand.Rand) (rows []market.Signal, bars *market.Columns) {
	bars = market.MakeColumns(6*market.Hour, 0)
	for i, price := 0, 100.0; i < 60*4; i++ {
		if price *= 1 + (rnd.Float64()-0.5)/10; rnd.IntN(9) > 0 {
			bars.Append(market.Bar{OpenTime: start + market.Time(i)*day/4, Open: price, High: price, Low: price, Close: price})
		}
	}
	for d := range 55 {
		if rnd.IntN(8) == 0 && d > 4 {
			continue
		}
		s := row(d, float64(rnd.IntN(12)))
		s.Assumed, s.Known = false, s.Effective+day+market.Time(rnd.IntN(20))*market.Time(market.Hour)
		s.Null = rnd.IntN(10) == 0
		if rows = append(rows, s); rnd.IntN(5) == 0 {
			s.Known, s.Revision, s.Value = s.Known+market.Time(1+rnd.IntN(50))*market.Time(market.Hour), 1, s.Value+1
			rows = append(rows, s)
		}
	}
	slices.SortFunc(rows, func(a, b market.Signal) int { return a.Compare(&b) })
	return rows, bars
}

// gain looks at every bar.
func gain(c *market.Columns, known, horizon market.Time) (float64, bool) {
	first := func(t market.Time) int {
		for i := range c.OpenTime {
			if c.OpenTime[i] >= t && c.OpenTime[i] < t+day {
				return i
			}
		}
		return -1
	}
	a := first(known)
	if a < 0 {
		return 0, false
	}
	b := first(c.OpenTime[a] + horizon)
	if b >= 0 {
		return c.Open[b]/c.Open[a] - 1, true
	}
	if n := c.Len() - 1; c.Time(n) == c.OpenTime[a]+horizon {
		return c.Close[n]/c.Open[a] - 1, true
	}
	return 0, false
}

// made makes a signal of autocorrelation phi, whose correlation with the return of the day
// in which it can be traded is rho.
func made(seed uint64, n int, phi, rho float64) ([]market.Signal, *market.Columns) {
	rnd := rand.New(rand.NewPCG(seed, 2))
	rows, opens, x := make([]market.Signal, n), []float64{100, 100}, rnd.NormFloat64()
	for d := range rows {
		rows[d] = row(d, x)
		r := 0.02 * (rho*x + math.Sqrt(1-rho*rho)*rnd.NormFloat64())
		opens = append(opens, opens[d+1]*(1+r))
		x = phi*x + math.Sqrt(1-phi*phi)*rnd.NormFloat64()
	}
	return rows, daily(opens...)
}

// TestKnownCorrelation finds one that was put there, on its day and on no other.
func TestKnownCorrelation(t *testing.T) {
	const rho = 0.3
	rows, bars := made(1, 3000, 0, rho)
	r := study(rows, bars, market.Duration(day))
	h := r.Horizons[0]
	if p := h.Pearson; !(*p.Low < rho && rho < *p.High && *p.Low > 0.2) {
		t.Errorf("%v in [%v, %v]", *p.R, *p.Low, *p.High)
	}
	if s, want := h.Spearman, 6/math.Pi*math.Asin(rho/2); !(*s.Low < want && want < *s.High) {
		t.Errorf("rank %v in [%v, %v], want %v", *s.R, *s.Low, *s.High, want)
	}
	if !(*h.Hits.Low > 0.5 && *h.Spread > 0.01) {
		t.Errorf("%+v", h)
	}
	for _, o := range slices.Concat(r.Decay[1:6], r.LookAhead[:2]) {
		if math.Abs(*o.Pearson.R) > 0.06 {
			t.Errorf("%+v: %v", o, *o.Pearson.R)
		}
	}
	if o := r.LookAhead; *o[2].Pearson.R != *h.Pearson.R || o[2].InTime != 3000 || o[1].InTime != 0 {
		t.Errorf("the next step is what could be traded: %+v", o)
	}
}

// TestNoise: of intervals about signals without a meaning, one in twenty leaves 0 out, also
// where the signal is slow and its returns overlap.
func TestNoise(t *testing.T) {
	const trials = 300
	covers := map[string]int{}
	for seed := range uint64(trials) {
		rows, bars := made(seed+100, 400, 0.95, 0)
		r := study(rows, bars, market.Duration(day), market.Duration(7*day))
		for _, h := range r.Horizons {
			for name, c := range map[string]signalstudy.Correlation{"pearson ": h.Pearson, "rank ": h.Spearman} {
				if *c.Low <= 0 && *c.High >= 0 {
					covers[name+string(h.Measure)+h.Horizon.String()]++
				}
			}
		}
	}
	if len(covers) != 8 {
		t.Error(covers)
	}
	for what, n := range covers {
		if share := float64(n) / trials; share < 0.9 || share > 0.99 {
			t.Errorf("%s: %.3f of the intervals hold 0", what, share)
		}
	}
}

// TestDegenerate: what cannot be told is null, and never a number.
func TestDegenerate(t *testing.T) {
	null := row(0, 0)
	null.Null = true
	for name, rows := range map[string][]market.Signal{
		"one": {row(0, 1)}, "null": {null}, "constant": {row(0, 1), row(1, 1), row(2, 1), row(3, 1), row(4, 1), row(5, 1)},
	} {
		for _, bars := range []*market.Columns{daily(), daily(1, 2, 1, 3, 2, 5, 6, 7)} {
			r := study(rows, bars, market.Duration(day))
			for _, h := range r.Horizons {
				if h.Pearson.R != nil || h.Pearson.Low != nil || h.Spearman.R != nil {
					t.Errorf("%s over %d bars: %+v", name, bars.Len(), h)
				}
			}
			if len(r.Notes) == 0 {
				t.Errorf("%s: nothing is said of it", name)
			}
		}
	}
}
