package signalstudy

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
)

const (
	// few observations say little; fewer effective ones say nothing.
	few, fewEffective = 100, 30
	// sparse is the coverage under which a step is doubtful.
	sparse = 0.5
)

// notes says what to make of a report, and what not.
func (r *Report) notes(in *Input) []string {
	list := []string{}
	add := func(when bool, format string, args ...any) {
		if when {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	add(r.Observed == 0, "all rows are assumed: when they were known is a guess, and so is what could be traded")
	add(r.Observed > 0 && r.Assumed > r.Observed, "most rows are assumed: when they were known is a guess")
	if l := r.Lag.Observed; l != nil && r.Step == market.Duration(market.Day) {
		add(l.Median >= 0 && l.Median < r.Step, "daily values were seen %s after the start of the day that they are about, at the median: they cannot be made of all of that day", l.Median)
	}
	add(r.Step == 0, "one effective time has no step: what is said by the step counts bars of %s", in.Bars.Interval)
	add(r.Coverage.Share != nil && *r.Coverage.Share < sparse, "under half of the steps have a value: the source may have had another step once, or speak only when there is news; --from and --to study a part")
	add(r.Tradable == 0, "no value has a bar that opens within a step of when it was known: there are no returns; see 'signalman data list'")
	add(r.Tradable > 0 && r.Tradable < few, "%d observations are few: intervals are wide, and those of Fisher's are rough", r.Tradable)
	for _, h := range r.Horizons {
		if h.N >= few && h.Effective != nil && *h.Effective < fewEffective {
			add(true, "returns over %s overlap: %d observations of the %s amount to %.0f", h.Horizon, h.N, h.Measure, *h.Effective)
		}
	}
	add(r.Step > 0 && market.Duration(in.Bars.Interval) > r.Step, "bars of %s are longer than the step of %s: finer ones would show what could be traded in between", in.Bars.Interval, r.Step)
	add(r.Revisions.Changes > 0, "values are those first known; corrections came later, and a history fetched today may hold only those")
	add(r.Tests > 0, "%d intervals of horizons at 95 %%: about %.1f of them leave 0 out by chance alone", r.Tests, float64(r.Tests)/20)
	return list
}
