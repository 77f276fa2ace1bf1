package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// noVenue names, in flags and settings, the venue of series that were stored without one.
const noVenue = "none"

// storedVenue returns the venue as which --venue stores. Case makes no other venue.
func storedVenue(flag string) string {
	if flag == noVenue {
		return ""
	}
	return strings.ToLower(flag)
}

// atVenue reports whether a stored venue is the one that is asked for; "" asks for any.
func atVenue(asked, stored string) bool {
	return asked == "" || asked == stored || storedVenue(asked) == stored
}

// venueName names a stored venue as --venue does.
func venueName(stored string) string { return cmp.Or(stored, noVenue) }

// plainSymbol refuses a symbol written as a pair.
func plainSymbol(symbol string) error {
	if strings.ContainsAny(symbol, "/:") {
		pair, _, _ := strings.Cut(symbol, ":")
		return usageError("write it as the venue does: "+strings.ReplaceAll(pair, "/", ""), "%q is not a symbol", symbol)
	}
	return nil
}

// wants is what a run asks of the stored series of a symbol.
type wants struct {
	venue             string // "" is any
	perpetual, trades bool
	intervals         []market.Interval // there must be bars of them, or such as they can be made of
}

// wanted says what an account asks of a symbol.
func wanted(a *config.Account, symbol string, trades bool) wants {
	w := wants{venue: a.Venue, perpetual: a.Margin != nil, trades: trades}
	for _, s := range a.Strategies {
		if slices.Contains(s.Symbols, symbol) {
			w.intervals = append(w.intervals, s.Interval)
		}
	}
	if a.Detail != 0 {
		w.intervals = append(w.intervals, a.Detail)
	}
	return w
}

// met reports whether the series of a venue are enough.
func (w *wants) met(list []store.Series) bool {
	has := func(ok func(d market.Interval) bool) bool {
		return slices.ContainsFunc(list, func(s store.Series) bool { return ok(s.Interval) })
	}
	if w.trades && !has(func(d market.Interval) bool { return d == market.Trades }) {
		return false
	}
	return !slices.ContainsFunc(w.intervals, func(want market.Interval) bool {
		return !has(func(d market.Interval) bool { return (d != market.Trades || w.trades) && want.Holds(d) })
	})
}

// choose returns the series of a symbol at the one venue that a run takes: of several,
// those of the account's market, those that have what is needed, and those with a name.
func (w *wants) choose(all []store.Series, symbol string) ([]store.Series, error) {
	if err := plainSymbol(symbol); err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(all), func(s store.Series) bool { return s.Symbol != symbol || !atVenue(w.venue, s.Venue) })
	if len(found) == 0 {
		return nil, notStored(all, w.venue, symbol)
	}
	venues := byVenue(preferred(found, w.perpetual))
	if enough := slices.DeleteFunc(slices.Clone(venues), func(list []store.Series) bool { return !w.met(list) }); len(enough) > 0 {
		venues = enough
	}
	if venues = withName(venues); len(venues) > 1 {
		return nil, severalVenues(symbol, slices.Concat(venues...), " in the account, or --venue")
	}
	return venues[0], nil
}

// tellVenues notes which venue's bars are traded where others of the account's market
// have the symbol too, and none was named.
func (c *command) tellVenues(r store.Reader, a *account) error {
	all, err := r.SeriesList()
	if err != nil || a.config.Venue != "" {
		return err
	}
	for i := range a.history.Instruments {
		in := &a.history.Instruments[i]
		of := slices.DeleteFunc(slices.Clone(all), func(s store.Series) bool { return s.Symbol != in.Symbol })
		if venues := venuesOf(preferred(of, a.config.Margin != nil)); len(venues) > 1 {
			c.note("note: %s is stored for the venues %s: the bars of %s are traded; venue = in the account chooses", in.Symbol, strings.Join(venues, ", "), venueName(in.Venue))
		}
	}
	return nil
}

// byVenue parts a symbol's series by venue, in the order of venues.
func byVenue(list []store.Series) (venues [][]store.Series) {
	for _, s := range list {
		k, known := slices.BinarySearchFunc(venues, s, func(of []store.Series, s store.Series) int { return strings.Compare(of[0].Venue, s.Venue) })
		if !known {
			venues = slices.Insert(venues, k, nil)
		}
		venues[k] = append(venues[k], s)
	}
	return venues
}

// withName leaves out what was stored without a venue, where there is something else.
func withName(venues [][]store.Series) [][]store.Series {
	if len(venues) > 1 && venues[0][0].Venue == "" {
		return venues[1:]
	}
	return venues
}

// severalVenues asks to choose one of the venues of some series.
func severalVenues(what string, list []store.Series, where string) error {
	venues := venuesOf(list)
	if where == "" {
		return usageError("choose one with --venue "+venues[0], "%s is stored for the venues %s", what, strings.Join(venues, ", "))
	}
	return usageError(fmt.Sprintf("choose one with venue = %q%s %s", venues[0], where, venues[0]), "%s is stored for the venues %s", what, strings.Join(venues, ", "))
}

// venuesOf names the venues of series, each once.
func venuesOf(list []store.Series) (venues []string) {
	for _, s := range list {
		venues = append(venues, venueName(s.Venue))
	}
	slices.Sort(venues)
	return slices.Compact(venues)
}

// bringBars says how bars come into the store.
const bringBars = "get some with 'signalman data fetch' or 'signalman data import'; to try it out, take bundled ones: " +
	"'signalman data export BTCUSDT 1h BTCUSDT-1h.csv --history sample', then 'signalman data import BTCUSDT-1h.csv --venue binance'"

// notStored says of a symbol that is not stored, or not for a venue, what there is.
func notStored(all []store.Series, venue, symbol string) error {
	e := &market.Error{Class: market.Data, Where: symbol, Hint: "import it with 'signalman data import', or fetch it with 'signalman data fetch'"}
	elsewhere := slices.DeleteFunc(slices.Clone(all), func(s store.Series) bool { return s.Symbol != symbol })
	switch {
	case len(elsewhere) > 0 && slices.ContainsFunc(all, func(s store.Series) bool { return atVenue(venue, s.Venue) }):
		e.Err = fmt.Errorf("not stored for the venue %s; it is for %s", venue, strings.Join(venuesOf(elsewhere), ", "))
	case len(elsewhere) > 0:
		e.Err = fmt.Errorf("no venue %s; it is stored for %s", venue, strings.Join(venuesOf(elsewhere), ", "))
	case len(all) == 0:
		e.Err, e.Hint = errors.New("no such symbol: the history has no candles"), bringBars
	default:
		var symbols []string
		for _, s := range all {
			symbols = append(symbols, s.Symbol)
		}
		e.Err = fmt.Errorf("no such symbol in the history, which has %s", few(symbols))
	}
	return e
}

// shownNames bounds the names that an error lists.
const shownNames = 10

// few lists names in order, each once, and says how many more there are.
func few(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	text := strings.Join(names[:min(len(names), shownNames)], ", ")
	if more := len(names) - shownNames; more > 0 {
		text += fmt.Sprintf(" and %d more: see 'signalman data list'", more)
	}
	return text
}

// findSeries returns the stored series of a symbol and interval, or says what there is.
func findSeries(r store.Reader, venue, symbol string, d market.Interval) (store.Series, error) {
	if err := plainSymbol(symbol); err != nil {
		return store.Series{}, err
	}
	all, err := r.SeriesList()
	if err != nil {
		return store.Series{}, err
	}
	var found, near []store.Series
	for _, s := range all {
		if s.Symbol != symbol || !atVenue(venue, s.Venue) {
			continue
		}
		if near = append(near, s); s.Interval == d {
			found = append(found, s)
		}
	}
	venues := withName(byVenue(found))
	switch {
	case len(venues) == 1:
		return venues[0][0], nil
	case len(venues) > 1:
		return store.Series{}, severalVenues(fmt.Sprintf("%s %s", symbol, d), slices.Concat(venues...), "")
	case len(near) == 0:
		return store.Series{}, notStored(all, venue, symbol)
	}
	var stored []string
	for _, s := range near {
		stored = append(stored, s.String())
	}
	return store.Series{}, &market.Error{
		Class: market.Data, Where: symbol, Err: fmt.Errorf("no stored bars of %s; stored: %s", d, strings.Join(stored, ", ")),
		Hint: "make longer bars of shorter ones with 'signalman data resample'",
	}
}
