package indicator

import "fmt"

// A PivotKind is a way to set levels about a bar.
type PivotKind int

const (
	// ClassicPivots are floor traders': with the pivot p = (high + low + close) ÷ 3, the
	// resistances are 2p − low, p + range and high + 2 (p − low), the supports
	// 2p − high, p − range and low − 2 (high − p).
	ClassicPivots PivotKind = iota
	// FibonacciPivots are p ± 0.382, 0.618 and 1 times the range.
	FibonacciPivots
	// CamarillaPivots are the close ± 1.1 ÷ 12, 6, 4 and 2 times the range (Stott, 1989).
	CamarillaPivots
)

// Pivots are the levels that traders expect a market to stop at, made from its last
// closed day, or week (Person, Candlestick and Pivot Point Trading Triggers, 2007), in
// the unit of the prices; the range is high − low. Give them closed bars of that length,
// beside those of your own interval: they are ready after 1 update and hold until the
// next. They depend on one bar alone and do not drift. TA-Lib has no such function.
type Pivots struct {
	kind             PivotKind
	high, low, close float64
	ready            bool
}

// NewPivots returns levels of a kind. It panics on an unknown one.
func NewPivots(kind PivotKind) *Pivots {
	if kind < ClassicPivots || kind > CamarillaPivots {
		panic(fmt.Sprintf("indicator: no kind %d of pivots", kind))
	}
	return &Pivots{kind: kind}
}

// Update adds the next closed day.
func (p *Pivots) Update(high, low, close float64) {
	p.high, p.low, p.close, p.ready = high, low, close, true
}

// Ready reports whether a day was seen.
func (p *Pivots) Ready() bool { return p.ready }

// Warmup returns 1.
func (p *Pivots) Warmup() int { return 1 }

// Value returns the pivot, (high + low + close) ÷ 3, or 0 until Ready.
func (p *Pivots) Value() float64 { return (p.high + p.low + p.close) / 3 }

// Levels returns how many resistances, and as many supports, there are: 4 of Camarilla, 3
// of the others.
func (p *Pivots) Levels() int {
	if p.kind == CamarillaPivots {
		return 4
	}
	return 3
}

// Resistance returns the n-th level above, from 1 to Levels, or 0 until Ready and for
// any other n.
func (p *Pivots) Resistance(n int) float64 { return p.level(n, p.high, p.low) }

// Support returns the n-th level below, from 1 to Levels, or 0 until Ready and for any
// other n.
func (p *Pivots) Support(n int) float64 { return p.level(n, p.low, p.high) }

// level returns a level on the side of the bar's end towards, against the other end.
func (p *Pivots) level(n int, towards, against float64) float64 {
	if !p.ready || n < 1 || n > p.Levels() {
		return 0
	}
	pivot := p.Value()
	span, rest := towards-against, pivot-against // both are below 0 on the lower side
	switch p.kind {
	case FibonacciPivots:
		return pivot + float64(span*[...]float64{0.382, 0.618, 1}[n-1])
	case CamarillaPivots:
		return p.close + float64(span*1.1)/[...]float64{12, 6, 4, 2}[n-1]
	}
	return [...]float64{pivot + rest, pivot + span, towards + float64(2*rest)}[n-1]
}
