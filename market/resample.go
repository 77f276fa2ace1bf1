package market

// Resample makes coarser bars from finer ones (semantics X1): the first open, the
// highest high, the lowest low, the last close, the sum of volumes. A coarser bar
// exists where at least one finer bar does and its close is not after end; it is
// flagged Incomplete where fewer finer bars stand in it than fit, unless they are Trades,
// or where one of those is flagged.
//
// It panics where to is not a multiple of the interval of c: the caller has
// chosen them.
func Resample(c *Columns, to Interval, end Time) *Columns {
	r := NewResampler(c, to)
	for row := range c.OpenTime {
		r.Add(c, row)
	}
	return r.Finish(end)
}

// A Resampler builds coarser bars while finer ones arrive; Resample is the same
// over a whole series.
type Resampler struct {
	out     *Columns
	fine    Interval
	current Bar
	count   int64 // finer bars in current
	partial bool  // one of them is incomplete
	volume  volume
}

// NewResampler makes a Resampler of bars like those of c.
func NewResampler(c *Columns, to Interval) *Resampler {
	if !to.Holds(c.Interval) {
		panic("market: cannot resample " + c.Interval.String() + " to " + to.String())
	}
	out := MakeColumns(to, int(int64(c.Len())/int64(to/c.Interval))+1)
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	out.Incomplete = make([]bool, 0, cap(out.OpenTime))
	return &Resampler{out: out, fine: c.Interval, volume: volumeOn(c.VolumeScale)}
}

// Add takes row of c, which must open later than the last one added. It returns
// the coarser bars so far: those whose last finer bar is known to be past.
func (r *Resampler) Add(c *Columns, row int) *Columns {
	b := c.Bar(row)
	start := r.out.Interval.Floor(b.OpenTime)
	if r.count > 0 && start != r.current.OpenTime {
		r.flush()
	}
	if r.count == 0 {
		r.current = Bar{OpenTime: start, Open: b.Open, High: b.High, Low: b.Low}
		r.volume.clear()
		r.partial = false
	}
	r.count++
	r.partial = r.partial || c.Incomplete != nil && c.Incomplete[row]
	r.current.High = max(r.current.High, b.High)
	r.current.Low = min(r.current.Low, b.Low)
	r.current.Close = b.Close
	r.volume.add(b.Volume)
	return r.out
}

// Finish ends the last bar if its close is not after end, and returns them all.
func (r *Resampler) Finish(end Time) *Columns {
	if r.count > 0 && r.current.OpenTime+Time(r.out.Interval) <= end {
		r.flush()
	}
	return r.out
}

func (r *Resampler) flush() {
	r.current.Volume = r.volume.sum()
	r.out.Append(r.current)
	r.out.Incomplete[r.out.Len()-1] = r.partial || r.fine != Trades && r.count < int64(r.out.Interval/r.fine)
	r.count = 0
}

// Forget lets the bars so far go on in Columns that are new, with those of the last n that
// there are, and room for more. What was returned before stays as it is.
func (r *Resampler) Forget(n, room int) {
	r.out = r.out.Tail(n, room)
}
