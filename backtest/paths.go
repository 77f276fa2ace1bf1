package backtest

import (
	"cmp"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// PathsSchema names the published form of a comparison of paths.
const PathsSchema = "signalman.paths/1"

// Paths compares runs that differ in the way that the price takes inside a bar
// (semantics X7, X8).
type Paths struct {
	Schema string `json:"schema"`
	Compared
	Runs []PathRun `json:"runs"`
	// DetailBetween says whether the detailed run ends between the pessimistic and the
	// optimistic one; null without one. No bound is promised for a whole run.
	DetailBetween *bool `json:"detail_between"`
}

// Detailed is the name of the run that replays finer bars or trades.
const Detailed = "detailed"

// PathRun is one of the runs.
type PathRun struct {
	Path string `json:"path"` // pessimistic, optimistic, ohlc or detailed
	Headline
	OtherFills    int          `json:"other_fills"`    // that differ from those of the first run in order, price or quantity
	ComparedFills int          `json:"compared_fills"` // of how many: those of either run, one that both have counted once
	OtherFrom     *market.Time `json:"other_from"`     // time of the first of them; null where there is none
}

// Add adds a run. first is the result of the first one, against which it is held.
func (p *Paths) Add(path string, h Headline, first, r *engine.Result) {
	run := PathRun{Path: path, Headline: h}
	run.OtherFills, run.ComparedFills, run.OtherFrom = otherFills(first, r)
	p.Runs = append(p.Runs, run)
	if path != Detailed {
		return
	}
	low, high := p.equity("pessimistic"), p.equity("optimistic")
	between := !h.FinalEquity.LessThan(decimal.Min(low, high)) && !h.FinalEquity.GreaterThan(decimal.Max(low, high))
	p.DetailBetween = &between
}

func (p *Paths) equity(path string) decimal.Decimal {
	for i := range p.Runs {
		if p.Runs[i].Path == path {
			return p.Runs[i].FinalEquity
		}
	}
	return decimal.Zero
}

// otherFills counts the fills of two runs that differ, of how many, and returns the time
// of the first. A fill is known by its order and its place in it: two that differ are
// one, as is one that only one run has.
func otherFills(a, b *engine.Result) (n, of int, from *market.Time) {
	orders := map[market.OrderID]*engine.Order{}
	for _, o := range a.Orders {
		orders[o.ID] = o
	}
	compare := func(o, was *engine.Order) {
		alike := 0
		if was.Instrument == o.Instrument && was.Side == o.Side {
			for alike < min(len(o.Fills), len(was.Fills)) && sameFill(o.Fills[alike], was.Fills[alike]) {
				alike++
			}
		}
		fills := o.Fills
		if len(was.Fills) > len(fills) {
			fills = was.Fills
		}
		of += len(fills)
		for _, f := range fills[alike:] {
			if n++; from == nil || f.Time < *from {
				from = &f.Time
			}
		}
	}
	none := &engine.Order{}
	for _, o := range b.Orders {
		was := orders[o.ID]
		delete(orders, o.ID)
		compare(o, cmp.Or(was, none))
	}
	for _, o := range a.Orders {
		if orders[o.ID] != nil {
			compare(o, none)
		}
	}
	return n, of, from
}

func sameFill(a, b *market.Fill) bool {
	return a.Price.Equal(b.Price) && a.Quantity.Equal(b.Quantity)
}

// WithDetail returns the history with another Detail.
func (h *History) WithDetail(d market.Interval) *History {
	other := *h
	other.Detail = d
	return &other
}

// Paired returns a history on which runs with and without a detail see the same prices
// in the same period: the series of the detail, and the bars that a run without it is
// filled on, made of that. detail is 0 where nothing finer is stored; h itself is
// returned then. Without a Detail the finest is taken that is stored for all.
func (h *History) Paired(subs []engine.Subscription) (pair *History, detail market.Interval, err error) {
	base := h.WithDetail(0)
	coarse, err := base.executions(subs)
	if err != nil {
		return nil, 0, err
	}
	fine, err := h.finest(subs, coarse)
	if err != nil || fine == nil {
		return base, 0, err
	}
	same := *h
	pair = &same
	pair.Series, pair.Detail, pair.End = nil, 0, 0
	for i, c := range fine {
		if c != nil {
			pair.Series = append(pair.Series, Series{market.InstrumentID(i), c})
			detail = max(detail, c.Interval)
		}
	}
	_, pair.End = pair.Span()
	for i, c := range fine {
		if c == nil {
			continue
		}
		d := coarse[i].Interval
		if d <= c.Interval {
			d = intervals(subs, market.InstrumentID(i))[0]
		}
		if d > c.Interval {
			pair.Series = append(pair.Series, Series{market.InstrumentID(i), market.Resample(c, d, pair.End)})
		}
	}
	return pair, detail, nil
}

// finest returns the series of the detail, or nil where there is none finer.
func (h *History) finest(subs []engine.Subscription, coarse []*market.Columns) ([]*market.Columns, error) {
	if h.Detail > 0 {
		return h.executions(subs)
	}
	var best []*market.Columns
	for _, s := range h.Series {
		fine, err := h.WithDetail(s.Columns.Interval).executions(subs)
		if err == nil && finer(fine, coarse) && (best == nil || finer(fine, best)) {
			best = fine
		}
	}
	return best, nil
}

// finer reports whether series are nowhere coarser than others, and somewhere finer.
func finer(a, b []*market.Columns) (somewhere bool) {
	for i := range a {
		switch {
		case a[i] == nil:
		case a[i].Interval > b[i].Interval:
			return false
		case a[i].Interval < b[i].Interval:
			somewhere = true
		}
	}
	return somewhere
}
