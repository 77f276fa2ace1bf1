package signalstudy

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// A Spread is the quantiles of what was counted, each of them one of its values: the least
// that at least the share of all does not exceed.
type Spread[T cmp.Ordered] struct {
	N      int `json:"n"`
	Min    T   `json:"min"`
	P5     T   `json:"p5"`
	P25    T   `json:"p25"`
	Median T   `json:"median"`
	P75    T   `json:"p75"`
	P95    T   `json:"p95"`
	Max    T   `json:"max"`
}

// spread sorts list, and returns nil where it is empty.
func spread[T cmp.Ordered](list []T) *Spread[T] {
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	q := func(p float64) T { return quantile(list, p) }
	return &Spread[T]{len(list), list[0], q(0.05), q(0.25), q(0.5), q(0.75), q(0.95), list[len(list)-1]}
}

// quantile returns the least of a sorted list that at least a share p does not exceed.
func quantile[T any](sorted []T, p float64) T {
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}

// Values are those that came in force.
type Values struct {
	Spread *Spread[float64] `json:"spread"`
	Mean   *float64         `json:"mean"`
	SD     *float64         `json:"sd"` // of the sample, n − 1
}

// Turnover is how much they change from step to step.
type Turnover struct {
	Changes   int      `json:"changes"`        // pairs of values a step apart
	Moved     *float64 `json:"moved"`          // share of them that are not equal
	Mean      *float64 `json:"mean_size"`      // of |change|, in the kind's unit
	ValueRho  *float64 `json:"value_lag_one"`  // autocorrelation of the value at one step
	ChangeRho *float64 `json:"change_lag_one"` // and of its change
	HalfLife  *int     `json:"half_life"`      // steps until the autocorrelation of the value is under one half
}

// describe says how values lie, and how they change.
func describe(seen []observation) (v Values, t Turnover) {
	var values, changes []float64
	moved, size := 0.0, 0.0
	for i := range seen {
		o := &seen[i]
		if !o.null {
			values = append(values, o.value)
		}
		if !o.changed {
			continue
		}
		changes = append(changes, o.change)
		size += math.Abs(o.change)
		if o.change != 0 {
			moved++
		}
	}
	n := float64(len(changes))
	t = Turnover{Changes: len(changes), Moved: ratio(moved, n), Mean: ratio(size, n)}
	if rho := autocorrelation(changes, 1); rho != nil {
		t.ChangeRho = rounded(rho[0])
	}
	if rho := autocorrelation(values, min(1000, max(1, len(values)/4))); rho != nil {
		t.ValueRho = rounded(rho[0])
		if k := slices.IndexFunc(rho, func(r float64) bool { return r < 0.5 }); k >= 0 {
			t.HalfLife = new(k + 1)
		}
	}
	mean, squares := moments(values)
	if len(values) > 1 {
		v.SD = rounded(math.Sqrt(squares / float64(len(values)-1)))
	}
	if v.Spread = spread(values); v.Spread != nil {
		v.Mean = rounded(mean)
	}
	return v, t
}

// moments returns the mean, and the sum of squares around it: exactly 0 where all are equal.
func moments(x []float64) (mean, squares float64) {
	for _, v := range x {
		mean += v - x[0]
	}
	if len(x) > 0 {
		mean = x[0] + mean/float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return mean, squares
}

// ratio returns a ÷ b, or nil where b is 0.
func ratio(a, b float64) *float64 {
	if b == 0 {
		return nil
	}
	return rounded(a / b)
}

// rounded returns nine significant digits of x, so that processors agree, or nil where it
// is no number.
func rounded(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 9, 64), 64)
	if err != nil {
		return nil
	}
	return &v
}
