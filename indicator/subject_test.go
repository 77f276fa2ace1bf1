package indicator_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// subjects returns every indicator under test, family by family: the table of a family
// stands in the file of its name. The laws of law_test.go and the comparison with TA-Lib
// go over all of them.
func subjects() []subject {
	return slices.Concat(averages(), oscillators(), volumes(), trends(), bands(), statistics())
}

// A subject is an indicator with its parameters, and what is known of its values.
type subject struct {
	name string // the type and what it was made with: "EMA(12)"
	make func() probe

	// talib names the columns of the oracle for the outputs, in their order; an empty name
	// where TA-Lib has no such output. settle is the number of bars from Ready on in
	// which the values differ, for a reason that the indicator's comment gives.
	talib  []string
	settle int
	// within is how far TA-Lib may be away where its own rounding leaves it fewer than nine
	// digits; 0 stands for 1e-9.
	within float64

	// batch computes the outputs at the last bar naively from all bars, which are as many
	// as Warmup or more.
	batch func(bars []bar) []float64
	// unit is the size of an output that counts as large: results agree within 1e-10 of
	// it, or of the value where that is larger. 0 stands for 1.
	unit float64
	// endless says that the outputs depend on every bar there ever was: no tail of the
	// bars gives them again.
	endless bool

	// flat is what the outputs are, to the last bit, where each bar has one price
	// throughout: NaN stands for that price.
	flat []float64
	// refused are constructions with parameters that no caller may pass: they must panic.
	refused []func()
}

// A bar is what a subject is fed with: a candle, and the price of another market.
type bar struct {
	market.Bar
	other float64
}

// A stream is what all indicators have in common.
type stream interface {
	Ready() bool
	Value() float64
	Warmup() int
}

// A probe is an indicator, how it takes a bar, and what it says: Value, then others.
type probe struct {
	stream
	update  func(b bar)
	outputs []func() float64
}

func newProbe(s stream, update func(b bar), more []func() float64) probe {
	return probe{s, update, append([]func() float64{s.Value}, more...)}
}

// values returns all outputs.
func (p *probe) values() []float64 {
	values := make([]float64, len(p.outputs))
	for i, output := range p.outputs {
		values[i] = output()
	}
	return values
}

// onClose, onHighLow and the others return a probe of an indicator by the fields of the
// bar that its Update takes.
func onClose(s interface {
	stream
	Update(float64)
}, more ...func() float64) probe {
	return newProbe(s, func(b bar) { s.Update(b.Close) }, more)
}

func onHigh(s interface {
	stream
	Update(float64)
}) probe {
	return newProbe(s, func(b bar) { s.Update(b.High) }, nil)
}

func onLow(s interface {
	stream
	Update(float64)
}) probe {
	return newProbe(s, func(b bar) { s.Update(b.Low) }, nil)
}

func onHighLow(s interface {
	stream
	Update(high, low float64)
}, more ...func() float64) probe {
	return newProbe(s, func(b bar) { s.Update(b.High, b.Low) }, more)
}

func onHighLowClose(s interface {
	stream
	Update(high, low, close float64)
}, more ...func() float64) probe {
	return newProbe(s, func(b bar) { s.Update(b.High, b.Low, b.Close) }, more)
}

func onHighLowCloseVolume(s interface {
	stream
	Update(high, low, close, volume float64)
}, more ...func() float64) probe {
	return newProbe(s, func(b bar) { s.Update(b.High, b.Low, b.Close, b.Volume) }, more)
}

// periods returns a construction for each period that none may have.
func periods(construct func(period int)) (refused []func()) {
	for _, n := range []int{-1, 0, indicator.MaxPeriod + 1} {
		refused = append(refused, func() { construct(n) })
	}
	return refused
}

// A source draws integers from lo to hi.
type source func(lo, hi int64) int64

// seeded returns a source of its own for each seed.
func seeded(seed uint64) source {
	r := rand.New(rand.NewPCG(seed, seed))
	return func(lo, hi int64) int64 { return lo + r.Int64N(hi-lo+1) }
}

// randomBars returns n hours of a random walk on a grid of cents around 100 × level, with steps
// of up to step cents: ties, flat bars and bars without volume among them.
func randomBars(draw source, n int, level, step int64) []bar {
	bars := make([]bar, n)
	at, other := 100*level, 50*level
	cents := func(x int64) float64 { return float64(x) / 100 }
	for i := range bars {
		open := at
		at = min(max(at+draw(-step, step), 10*level), 1000*level)
		other = min(max(other+draw(-step, step), 10*level), 1000*level)
		high, low := max(open, at)+draw(0, step/2), max(min(open, at)-draw(0, step/2), level)
		b := market.Bar{Open: cents(open), High: cents(high), Low: cents(low), Close: cents(at), Volume: float64(draw(0, 9)) / 4}
		b.OpenTime = market.Time(i) * market.Day / 24
		bars[i] = bar{b, cents(other)}
	}
	return bars
}

// closes, highs and lows return a field of the bars.
func closes(bars []bar) []float64 { return field(bars, func(b bar) float64 { return b.Close }) }
func highs(bars []bar) []float64  { return field(bars, func(b bar) float64 { return b.High }) }
func lows(bars []bar) []float64   { return field(bars, func(b bar) float64 { return b.Low }) }

func field(bars []bar, of func(bar) float64) []float64 {
	xs := make([]float64, len(bars))
	for i, b := range bars {
		xs[i] = of(b)
	}
	return xs
}

// last returns the last n of xs.
func last[T any](xs []T, n int) []T { return xs[len(xs)-n:] }

// away returns how far got is from want, in want or the unit where that is larger.
func away(got, want, unit float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Max(math.Abs(want), unit)
}

func TestSubjectsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range subjects() {
		if seen[s.name] {
			t.Errorf("two subjects are called %s", s.name)
		}
		seen[s.name] = true
	}
}
