package signalstudy

import (
	"slices"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// An observation is a row that came in force, the first about its effective time.
type observation struct {
	effective, known market.Time
	value            float64
	null             bool
	change           float64 // since the observation a step before
	changed          bool    // there is one, and both have a value
}

// observe walks through the rows as they became known, by the engine's own table.
func observe(rows []market.Signal, step market.Duration) (list []observation) {
	feed, apply := feedOf(rows)
	for i := 0; i < len(rows); {
		now := rows[i].Known
		i = apply(i, now)
		row := feed.Row
		if n := len(list); n > 0 && row.Effective <= list[n-1].effective {
			continue
		}
		o := observation{effective: row.Effective, known: now, value: row.Value, null: row.Null}
		if n := len(list); n > 0 && !o.null && !list[n-1].null && follows(o.effective-list[n-1].effective, step) {
			o.change, o.changed = o.value-list[n-1].value, true
		}
		list = append(list, o)
	}
	return list
}

// feedOf returns the feed of the rows, and what applies those known by a time, from row i
// on, and returns the next row.
func feedOf(rows []market.Signal) (*desk.Feed, func(i int, now market.Time) int) {
	table, stamp := desk.NewMarket(nil).Signals, uint64(0)
	feed := table.Feed(rows[0].Source, rows[0].Kind, rows[0].Subject)
	return feed, func(i int, now market.Time) int {
		for ; i < len(rows) && rows[i].Known <= now; i++ {
			if i == 0 || rows[i].Known != rows[i-1].Known {
				stamp++
			}
			table.Apply(&rows[i], stamp)
		}
		return i
	}
}

// follows reports whether a distance is one step, give or take less than half of one.
func follows(d market.Time, step market.Duration) bool { return missing(d, step) == 0 }

// missing returns how many steps have no row between two that are a distance apart.
func missing(d market.Time, step market.Duration) int {
	if step == 0 {
		return 0
	}
	return max(0, int((d+market.Time(step)/2)/market.Time(step))-1)
}

// effectives returns what times the rows are about, each once and in order.
func effectives(rows []market.Signal) []market.Time {
	list := make([]market.Time, len(rows))
	for i := range rows {
		list[i] = rows[i].Effective
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// steps are the usual ones. What is within a twentieth of one is that one: sources that
// stamp their rows with the second of their making are late by a little.
var steps = []string{"1m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w"}

// stepOf infers the step: the median distance of effective times, or 0 where there are
// fewer than two.
func stepOf(times []market.Time) market.Duration {
	var apart []market.Time
	for i := 1; i < len(times); i++ {
		apart = append(apart, times[i]-times[i-1])
	}
	if len(apart) == 0 {
		return 0
	}
	slices.Sort(apart)
	step := quantile(apart, 0.5)
	for _, s := range steps {
		d, err := market.ParseInterval(s)
		if usual := market.Time(d); err == nil && step > usual-usual/20 && step < usual+usual/20 {
			return market.Duration(usual)
		}
	}
	return market.Duration(step)
}
