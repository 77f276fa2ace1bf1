package market

// Tape is one instrument's bars at one interval, of which the first N rows are known.
// An engine owns it and moves N; readers get a [Series].
type Tape struct {
	Instrument InstrumentID
	Interval   Interval
	Columns    *Columns
	N          int
	Stamp      uint64 // the number of the instant in which row N-1 became known
}

// Series shows the last bars of one instrument, oldest first, the newest being the
// one that closed last. Its slices hold at most Lookback values, end now and cannot
// be extended; they are shared, so reading only.
type Series struct {
	bars     *Tape
	lookback int
	warmup   int
}

// NewSeries returns a view of the last lookback known rows of a tape, warm once
// warmup rows are known.
func NewSeries(t *Tape, lookback, warmup int) *Series { return &Series{t, lookback, warmup} }

// window returns which rows are shown.
func (s *Series) window() (lo, hi int) { return max(0, s.bars.N-s.lookback), s.bars.N }

// Instrument returns whose bars they are.
func (s *Series) Instrument() InstrumentID { return s.bars.Instrument }

// Interval returns the length of a bar.
func (s *Series) Interval() Interval { return s.bars.Interval }

// Len returns how many bars are shown.
func (s *Series) Len() int { return min(s.bars.N, s.lookback) }

// Lookback returns how many bars are shown at most.
func (s *Series) Lookback() int { return s.lookback }

// Warmup returns from which bar on the series is warm.
func (s *Series) Warmup() int { return s.warmup }

// Stamp returns the number of the instant in which the newest bar became known.
func (s *Series) Stamp() uint64 { return s.bars.Stamp }

// Warm reports whether Warmup bars have closed.
func (s *Series) Warm() bool { return s.bars.N >= s.warmup }

// Open returns the opening prices.
func (s *Series) Open() []float64 { return s.column(columnOpen) }

// High returns the highest prices.
func (s *Series) High() []float64 { return s.column(columnHigh) }

// Low returns the lowest prices.
func (s *Series) Low() []float64 { return s.column(columnLow) }

// Close returns the closing prices.
func (s *Series) Close() []float64 { return s.column(columnClose) }

// Volume returns the volumes, in base.
func (s *Series) Volume() []float64 { return s.column(columnVolume) }

// Last returns the newest bar. It panics where Len is 0.
func (s *Series) Last() Bar { return s.bars.Columns.Bar(s.bars.N - 1) }

// LastClose returns the newest close. It panics where Len is 0.
func (s *Series) LastClose() float64 { return s.bars.Columns.Close[s.bars.N-1] }

// Time returns the close time of shown bar i.
func (s *Series) Time(i int) Time {
	lo, hi := s.window()
	_ = s.bars.Columns.OpenTime[lo:hi:hi][i]
	return s.bars.Columns.Time(lo + i)
}

// Gap returns how many bars are missing between the newest bar and the one before.
func (s *Series) Gap() int {
	if s.bars.N < 2 {
		return 0
	}
	t := s.bars.Columns.OpenTime
	return int((t[s.bars.N-1]-t[s.bars.N-2])/Time(s.bars.Interval)) - 1
}

// Incomplete reports whether the newest bar was made from fewer finer bars than fit.
func (s *Series) Incomplete() bool {
	c := s.bars.Columns
	return c.Incomplete != nil && c.Incomplete[s.bars.N-1]
}

// PriceScale returns how many decimals prices have, for indicators that are exact
// on a tick grid; FreeScale where there is no grid.
func (s *Series) PriceScale() int32 {
	if s.bars.Columns == nil {
		return FreeScale
	}
	return s.bars.Columns.PriceScale
}

type column int8

const (
	columnOpen column = iota
	columnHigh
	columnLow
	columnClose
	columnVolume
)

func (s *Series) column(k column) []float64 {
	lo, hi := s.window()
	if hi == 0 {
		return nil
	}
	c := s.bars.Columns
	switch k {
	case columnOpen:
		return c.Open[lo:hi:hi]
	case columnHigh:
		return c.High[lo:hi:hi]
	case columnLow:
		return c.Low[lo:hi:hi]
	case columnClose:
		return c.Close[lo:hi:hi]
	default:
		return c.Volume[lo:hi:hi]
	}
}
