package app

import (
	"fmt"
	"io"
	"regexp"

	"github.com/signalman-trading/signalman/backtest"
)

// shownRefusals is how many kinds of refusals a report shows.
const shownRefusals = 3

// figures are what differs between refusals of one kind: amounts, times, numbers of orders.
var figures = regexp.MustCompile(`[0-9][0-9.,:TZ-]*`)

// refusals are those orders that were refused for reasons that differ in figures alone.
type refusals struct {
	first *backtest.OrderLine
	count int
}

// printRefused says why orders were refused: the first order for each kind of reason, with
// the number of those like it, and how to ask for more.
func printRefused(w io.Writer, orders []backtest.OrderLine) {
	var list []*refusals
	by := map[string]*refusals{}
	for i := range orders {
		o := &orders[i]
		if o.OrderTrace == nil || o.Refused == nil {
			continue
		}
		kind := figures.ReplaceAllString(o.Refused.Error(), "#")
		if by[kind] == nil {
			by[kind] = &refusals{first: o}
			list = append(list, by[kind])
		}
		by[kind].count++
	}
	for _, r := range list[:min(len(list), shownRefusals)] {
		more := ""
		if r.count > 1 {
			more = fmt.Sprintf(", and %d like it", r.count-1)
		}
		fmt.Fprintf(w, "\t%s  %s %s %s refused by %s%s\n", r.first.Time, r.first.ID, r.first.Side, r.first.Symbol, r.first.Refused, more)
	}
	if more := len(list) - shownRefusals; more > 0 {
		fmt.Fprintf(w, "\tand for %s; --format json lists them\n", plural(more, "more reason"))
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "\t'signalman why %s' tells more, of a backtest with --result DIR after --out DIR\n", list[0].first.ID)
	}
}
