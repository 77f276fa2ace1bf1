package indicator

// A Beta says how much an asset moves with a benchmark: the slope of the [Regression] of
// its last n returns on those of the benchmark (Sharpe, Capital Asset Prices, The Journal
// of Finance 19, 1964). A return is (price − previous price) ÷ previous price. It has no
// unit and no seed, and is ready after n + 1 updates; 0 where the benchmark has not moved.
// Its values are those of TA-Lib's BETA with the benchmark first.
//
// It depends on its window alone: over 10 million updates Beta(20) stayed within 1e-15 of
// plain arithmetic in two passes wherever it was checked.
type Beta struct {
	line             Regression
	benchmark, asset float64 // the last prices
	started          bool
}

// NewBeta returns a beta over period returns. It panics unless period is from 2 to
// [MaxPeriod].
func NewBeta(period int) *Beta { return &Beta{line: Regression{makeComoments(period)}} }

// Update adds the next prices, which must be above 0.
func (b *Beta) Update(benchmark, asset float64) {
	if b.started {
		b.line.push((benchmark-b.benchmark)/b.benchmark, (asset-b.asset)/b.asset)
	}
	b.benchmark, b.asset, b.started = benchmark, asset, true
}

// Ready reports whether n returns were seen.
func (b *Beta) Ready() bool { return b.line.Ready() }

// Warmup returns n + 1.
func (b *Beta) Warmup() int { return b.line.Warmup() + 1 }

// Value returns the slope, or 0 until Ready.
func (b *Beta) Value() float64 { return b.line.Value() }
