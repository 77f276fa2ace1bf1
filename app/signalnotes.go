package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
	"github.com/signalman-trading/signalman/strategy"
)

const (
	// notable is the percentage of bars at which a signal is absent and a note says so.
	notable = 5
	// fewNames bounds the names in a note about signals, and the notes.
	fewNames = 5
)

// The values of a parameter subject, by which a strategy says whose signals it reads.
const (
	ofAssets = "asset"
	ofMarket = "market"
)

// subjectOf returns what a strategy's parameter subject says, or "" where it has none.
func subjectOf(s strategy.Strategy) string {
	for _, p := range config.Params(s) {
		if p.Key == "subject" {
			return p.Default // what the struct holds
		}
	}
	return ""
}

// assets returns the assets that a strategy trades, as subjects of signals.
func (a *account) assets(s *config.Strategy) (list []market.Subject) {
	for i := range a.history.Instruments {
		if in := &a.history.Instruments[i]; slices.Contains(s.Symbols, in.Symbol) {
			list = append(list, market.Subject(in.Base))
		}
	}
	return list
}

// rows counts the signal rows in the history about subjects that a query covers.
func (a *account) rows(q market.SignalQuery, subjects ...market.Subject) (n int) {
	for i := range a.history.Signals {
		row := &a.history.Signals[i]
		if row.Kind == q.Kind && (q.Source == "" || q.Source == row.Source) && slices.Contains(subjects, row.Subject) {
			n++
		}
	}
	return n
}

// blind warns of strategies that wait for signals of which there is not one, or none about
// what they read.
func (a *account) blind(e *engine.Engine) []string {
	var list []string
	for _, s := range a.config.Strategies {
		for _, q := range e.SignalQueries(s.Name) {
			assets, all := a.rows(q, a.assets(s)...), a.rows(q, market.MarketWide)
			switch subject := subjectOf(s.Value); {
			case assets+all == 0:
				list = append(list, fmt.Sprintf("strategy %s reads signals of kind %s and the history has no row of it for its symbols or the market; %s", s.Name, q.Kind, a.instead(q)))
			case subject == ofAssets && assets == 0:
				list = append(list, fmt.Sprintf("strategy %s reads %s of each asset, and all rows are about the market: set subject = %q in [strategy.%s.params]", s.Name, q.Kind, ofMarket, s.Name))
			case subject == ofMarket && all == 0:
				list = append(list, fmt.Sprintf("strategy %s reads %s of the market, and all rows are about assets: set subject = %q in [strategy.%s.params]", s.Name, q.Kind, ofAssets, s.Name))
			}
		}
		for _, q := range e.RuleSignals(s.Name) {
			if a.rows(q.Query, append(a.assets(s), market.MarketWide)...) == 0 {
				list = append(list, fmt.Sprintf("rule %s of strategy %s reads signals of kind %s and the history has no row of it for its symbols or the market; %s", q.Rule, s.Name, q.Query.Kind, a.instead(q.Query)))
			}
		}
	}
	return list
}

// instead says what signals the history has: those of the kind about others, or else the
// kinds.
func (a *account) instead(q market.SignalQuery) string {
	if builtIn(a.origin) && a.stored != nil {
		if n := a.stored(q.Kind); n > 0 {
			return fmt.Sprintf(`the store has %s of that kind: run over the store (--history store, or history = "store" in [data])`, plural(n, "row"))
		}
	}
	all := feeds(a.history.Signals)
	if len(all) == 0 {
		if a.origin == "" {
			return "a file of candles has none: import both, and leave --csv away"
		}
		return "it has no signals at all up to its end: import some with 'signalman signals import'"
	}
	var same, kinds []string
	for _, f := range all {
		if f.Kind == q.Kind {
			same = append(same, fmt.Sprintf("%s of %s by %s", f.Kind, f.Subject, f.Source))
		}
		if !slices.Contains(kinds, string(f.Kind)) {
			kinds = append(kinds, string(f.Kind))
		}
	}
	list := "signals list"
	if builtIn(a.origin) {
		list += " --history " + a.origin
	}
	if len(same) == 0 && a.origin == config.Sample && bundled(config.Demo, q.Kind) {
		return `made-up ones come with --history demo, or history = "demo" in [data]`
	}
	if len(same) == 0 {
		return fmt.Sprintf("its kinds are %s; see 'signalman %s'", atMost(kinds), list)
	}
	others := ""
	if q.Source != "" && slices.ContainsFunc(all, func(f feed) bool { return f.Kind == q.Kind && f.Source != q.Source }) {
		others = fmt.Sprintf("; source = %q leaves out what others say", q.Source)
	}
	return fmt.Sprintf("it has %s%s; see 'signalman %s'", atMost(same), others, list)
}

// atMost joins the first few words of a list, and counts the rest.
func atMost(list []string) string {
	text := strings.Join(list[:min(len(list), fewNames)], ", ")
	if more := len(list) - fewNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// signalNotes says which signals were absent for much of a run, and what they are about
// where a strategy that reads them ordered nothing.
func (a *account) signalNotes(e *engine.Engine, r *engine.Result) []string {
	all, err := backtest.Absences(a.history, e)
	if err != nil {
		return nil // there was no run then
	}
	var list []string
	for _, s := range a.config.Strategies {
		idle := !slices.ContainsFunc(r.Orders, func(o *engine.Order) bool { return o.ID.Strategy == s.Name })
		for _, q := range e.SignalQueries(s.Name) {
			assets := a.rows(q, a.assets(s)...)
			if idle && subjectOf(s.Value) == "" && assets == 0 && a.rows(q, market.MarketWide) > 0 {
				list = append(list, fmt.Sprintf("strategy %s ordered nothing: all rows of %s are about the market, and it may read those about its assets", s.Name, q.Kind))
				continue
			}
			for i := range all {
				if x := &all[i]; x.Strategy == s.Name && x.Query == q && reads(subjectOf(s.Value), x, assets > 0) && x.Absent()*100 >= notable*x.Bars {
					list = append(list, absent(x))
				}
			}
		}
	}
	if more := len(list) - fewNames; more > 0 {
		list = append(list[:fewNames:fewNames], "the same of "+plural(more, "more signal"))
	}
	return list
}

// reads reports whether a strategy is likely to read a signal: by its parameter, or else
// by what there are rows about.
func reads(subject string, x *backtest.Absence, assets bool) bool {
	switch {
	case x.Bars == 0:
		return false
	case x.Subject == market.MarketWide:
		return subject != ofAssets && x.Rows > 0
	}
	return subject != ofMarket && assets
}

// absent says how often a signal was absent, and why.
func absent(x *backtest.Absence) string {
	about := string(x.Subject)
	if x.Subject == market.MarketWide {
		about = "the market"
	}
	if x.Rows == 0 {
		return fmt.Sprintf("strategy %s: no row of %s of %s was known in the run", x.Strategy, x.Query.Kind, about)
	}
	share := func(n int) string { return fmt.Sprintf("%.3g %%", float64(n)*100/float64(x.Bars)) }
	var why []string
	for _, w := range [...]struct {
		n    int
		text string
	}{{x.NoneYet, "before the first row"}, {x.Null, "null"}, {x.TooOld, "older than " + market.Duration(x.Query.MaxAge).String()}} {
		if w.n > 0 {
			why = append(why, share(w.n)+" "+w.text)
		}
	}
	return fmt.Sprintf("strategy %s: %s of %s was absent at %s of its bars (%s); the rows are about %s to %s",
		x.Strategy, x.Query.Kind, about, share(x.Absent()), strings.Join(why, ", "), x.First, x.Last)
}

// storedRows counts the signal rows of a kind in the store, whatever they are about; none
// where it cannot be read now.
func (c *command) storedRows(kind market.SignalKind) int {
	r, done, err := c.reader(config.Store, "")
	if err != nil {
		return 0
	}
	defer done()
	rows, err := r.Signals(store.SignalFilter{Kind: kind})
	if err != nil {
		return 0
	}
	return len(rows)
}
