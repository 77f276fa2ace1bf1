package backtest

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// Absence says how often a strategy that looked at a signal about one subject would have
// found it absent (semantics S3).
type Absence struct {
	Strategy    string
	Query       market.SignalQuery
	Subject     market.Subject
	Rows        int         // known by the last bar; 0 where there is none
	First, Last market.Time // the earliest and the latest that they are about
	Bars        int         // that the strategy watches of the instruments concerned, once they are warm
	NoneYet     int         // of them, before the first row
	Null        int         // of them, while the row in force was null
	TooOld      int         // of them, while it was older than the query allows
}

// Absent counts the bars at which there was no value.
func (a *Absence) Absent() int { return a.NoneYet + a.Null + a.TooOld }

// Absences looks at every query of signals that the strategies of an engine watch: about
// each of their assets, and last about the market as a whole. It goes by the history, and
// costs the run itself nothing. The error is that of NewFeed.
func Absences(h *History, e *engine.Engine) ([]Absence, error) {
	subs := e.Subscriptions()
	series, err := h.executions(subs)
	if err != nil {
		return nil, err
	}
	var list []Absence
	for len(subs) > 0 {
		name := subs[0].Strategy
		n := slices.IndexFunc(subs, func(s engine.Subscription) bool { return s.Strategy != name })
		if n < 0 {
			n = len(subs)
		}
		if queries := e.SignalQueries(name); len(queries) > 0 {
			list = append(list, absences(name, queries, h.bars(subs[:n], series), h.Signals)...)
		}
		subs = subs[n:]
	}
	return list, nil
}

// warmBars is when the bars of an asset close that a strategy watches, once they are warm.
type warmBars struct {
	asset  market.Subject
	closes []market.Time
}

// bars returns those of each instrument, of the interval that was subscribed to first.
func (h *History) bars(subs []engine.Subscription, series []*market.Columns) []warmBars {
	var list []warmBars
	var seen []market.InstrumentID
	for _, s := range subs {
		if slices.Contains(seen, s.Instrument) {
			continue
		}
		seen = append(seen, s.Instrument)
		c := series[s.Instrument]
		if c.Interval != s.Interval {
			c = market.Resample(c, s.Interval, h.end())
		}
		b := warmBars{asset: market.Subject(h.Instruments[s.Instrument].Base)}
		for row := max(s.Warmup-1, 0); row < c.Len(); row++ {
			b.closes = append(b.closes, c.Time(row))
		}
		list = append(list, b)
	}
	return list
}

func absences(strategy string, queries []market.SignalQuery, bars []warmBars, rows []market.Signal) (list []Absence) {
	var subjects []market.Subject
	for _, b := range bars {
		if !slices.Contains(subjects, b.asset) {
			subjects = append(subjects, b.asset)
		}
	}
	for _, q := range queries {
		for _, subject := range append(subjects, market.MarketWide) {
			a := Absence{Strategy: strategy, Query: q, Subject: subject}
			for _, b := range bars {
				if subject == b.asset || subject == market.MarketWide {
					a.count(rows, b.closes)
				}
			}
			list = append(list, a)
		}
	}
	return list
}

// count replays the rows through the engine's own table, and looks at it at each close.
func (a *Absence) count(rows []market.Signal, closes []market.Time) {
	if len(closes) == 0 {
		return
	}
	last := closes[len(closes)-1]
	rows = a.seen(rows, last)
	table := desk.NewMarket(nil).Signals
	feed := table.Feed(a.Query.Source, a.Query.Kind, a.Subject)
	k, stamp := 0, uint64(1)
	for _, now := range closes {
		for ; k < len(rows) && rows[k].Known <= now; k++ {
			if k > 0 && rows[k].Known > rows[k-1].Known {
				stamp++
			}
			table.Apply(&rows[k], stamp)
		}
		_, ok := feed.At(now, market.Time(a.Query.MaxAge))
		switch {
		case ok:
		case feed.Row == nil:
			a.NoneYet++
		case feed.Row.Null:
			a.Null++
		default:
			a.TooOld++
		}
	}
	a.Bars += len(closes)
}

// seen returns the rows that the query covers and that are known by a time, in the order
// in which they become known, and notes what they are about.
func (a *Absence) seen(rows []market.Signal, by market.Time) []market.Signal {
	var list []market.Signal
	for i := range rows {
		s := &rows[i]
		if s.Known <= by && s.Kind == a.Query.Kind && s.Subject == a.Subject && (a.Query.Source == "" || a.Query.Source == s.Source) {
			list = append(list, *s)
		}
	}
	slices.SortStableFunc(list, func(a, b market.Signal) int { return cmp.Compare(a.Known, b.Known) })
	for i := range list {
		if a.First == 0 || list[i].Effective < a.First {
			a.First = list[i].Effective
		}
		a.Last = max(a.Last, list[i].Effective)
	}
	a.Rows = max(a.Rows, len(list))
	return list
}
