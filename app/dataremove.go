package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// What data remove removes beside the series of an interval.
const (
	fundingWord     = "funding"
	instrumentsWord = "instruments"
)

func (c *command) removeCommand() *cobra.Command {
	var venue string
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove SYMBOL [INTERVAL|trades|funding|instruments]...",
		Short: "remove stored series, fundings and filters of a symbol",
		Long: `Removes what was stored of a symbol at one venue: the series of the intervals that are
named, its single trades, its fundings, its filters; all of them where none is named. Where
several venues have the symbol, --venue says which one it is. What is to go is listed, and
goes at once, or stays as it was. On a terminal you are asked before; elsewhere --yes is needed.
The room is for what is stored next; data compact gives it back.`,
		Example: `  signalman data remove ETHUSDT 1h
  signalman data remove ETHUSDT --venue none --yes
  signalman data remove BTCUSDT trades funding --venue binance-usdm`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("see 'signalman data remove --help'", "signalman data remove takes a symbol")
			}
			return plainSymbol(args[0])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.removeData(cmd, venue, args[0], args[1:], yes)
		},
	}
	cmd.Flags().StringVar(&venue, "venue", "", "exchange, where several have the symbol; none for what was stored without one")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// held is something that is stored of a symbol.
type held struct {
	Venue    string      `json:"venue"`
	Symbol   string      `json:"symbol"`
	Interval string      `json:"interval"` // or trades, funding, instruments
	Rows     int         `json:"rows"`
	From     market.Time `json:"from"`
	To       market.Time `json:"to"`
	interval market.Interval
}

func (c *command) removeData(cmd *cobra.Command, venue, symbol string, what []string, yes bool) error {
	list, err := c.toRemove(venue, symbol, what)
	if err != nil {
		return err
	}
	if c.format != "json" || !yes {
		if err := printHeld(c.err, list); err != nil {
			return err
		}
	}
	if err := c.confirm(cmd, yes); err != nil {
		return err
	}
	r := store.Removal{Venue: list[0].Venue, Symbol: symbol}
	for _, h := range list {
		switch h.Interval {
		case fundingWord:
			r.Fundings = true
		case instrumentsWord:
			r.Instruments = true
		default:
			r.Intervals = append(r.Intervals, h.interval)
		}
	}
	db, err := c.patientStore(true)
	if err != nil {
		return err
	}
	if err := errors.Join(db.Remove(r), db.Close()); err != nil {
		return err
	}
	if c.format == "json" {
		return c.json(list)
	}
	_, err = fmt.Fprintf(c.out, "removed %s %s\n", list[0].name(), textOf(list))
	return err
}

// toRemove lists what is to be removed, of one venue. Files are closed again: nobody
// waits for an answer.
func (c *command) toRemove(venue, symbol string, what []string) ([]held, error) {
	db, err := c.openStore(false)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	all, err := holdings(db, symbol)
	if err != nil {
		return nil, err
	}
	list, err := heldAt(db, all, venue, symbol)
	if err != nil {
		return nil, err
	}
	if list, err = namedHeld(list, what); err != nil {
		return nil, err
	}
	live, err := c.openLive()
	if live == nil || err != nil {
		return list, err
	}
	defer live.Close()
	more, err := holdings(live, symbol)
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		if slices.ContainsFunc(more, func(m held) bool { return m.Venue == h.Venue && m.Interval == h.Interval }) {
			return nil, &market.Error{Class: market.Failed, Where: h.name(), Err: errors.New(liveFile + " has some of it too"), Hint: "run 'signalman data fold' first"}
		}
	}
	return list, nil
}

// holdings lists what a file has of a symbol, at all venues.
func holdings(r store.Reader, symbol string) (list []held, err error) {
	all, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Symbol == symbol {
			st, err := r.Stats(s)
			if err != nil && market.ClassOf(err) != market.Data { // damage can be removed
				return nil, err
			}
			list = append(list, held{s.Venue, symbol, s.Interval.String(), st.Rows, st.First, st.Last, s.Interval})
		}
	}
	perpetuals, err := r.FundingList()
	if err != nil {
		return nil, err
	}
	for _, p := range perpetuals {
		if p.Symbol == symbol {
			rows, err := r.Fundings(p.Venue, symbol, 0, 0)
			if err != nil && market.ClassOf(err) != market.Data {
				return nil, err
			}
			h := held{Venue: p.Venue, Symbol: symbol, Interval: fundingWord, Rows: len(rows)}
			if len(rows) > 0 {
				h.From, h.To = rows[0].Time, rows[len(rows)-1].Time
			}
			list = append(list, h)
		}
	}
	known, err := r.Listings(0, 0)
	for _, s := range known {
		in := &s.Instrument
		if in.Symbol != symbol || in.Assumed {
			continue
		}
		if n := len(list) - 1; n >= 0 && list[n].Interval == instrumentsWord && list[n].Venue == in.Venue {
			list[n].Rows++
			list[n].To = s.From
			continue
		}
		list = append(list, held{Venue: in.Venue, Symbol: symbol, Interval: instrumentsWord, Rows: 1, From: s.From, To: s.From})
	}
	return list, err
}

// heldAt returns what is of the one venue that is meant.
func heldAt(r store.Reader, all []held, venue, symbol string) ([]held, error) {
	of := func(ok func(stored string) bool) (list []held) {
		for _, h := range all {
			if ok(h.Venue) {
				list = append(list, h)
			}
		}
		return list
	}
	list := of(func(stored string) bool { return venue != "" && stored == venue })
	if len(list) == 0 {
		list = of(func(stored string) bool { return atVenue(venue, stored) })
	}
	var venues []store.Series
	for _, h := range all {
		venues = append(venues, store.Series{Venue: h.Venue, Symbol: symbol})
	}
	switch {
	case len(all) == 0:
		stored, err := r.SeriesList()
		return nil, errors.Join(err, notStored(stored, venue, symbol))
	case len(list) == 0:
		return nil, notStored(venues, venue, symbol)
	case len(venuesOf(venues)) > 1 && venue == "":
		return nil, severalVenues(symbol, venues, "")
	}
	return list, nil
}

// namedHeld keeps what is named, all where nothing is.
func namedHeld(list []held, what []string) (kept []held, err error) {
	if len(what) == 0 {
		return list, nil
	}
	for _, w := range slices.Compact(slices.Sorted(slices.Values(what))) {
		k := slices.IndexFunc(list, func(h held) bool { return h.Interval == w })
		if k < 0 {
			return nil, &market.Error{Class: market.Data, Where: list[0].name(), Err: fmt.Errorf("no %s is stored; there is %s", w, textOf(list)), Hint: "see 'signalman data list'"}
		}
		kept = append(kept, list[k])
	}
	return kept, nil
}

func (h *held) name() string { return strings.TrimSpace(h.Venue + " " + h.Symbol) }

// textOf lists what is held.
func textOf(list []held) string {
	var parts []string
	for _, h := range list {
		parts = append(parts, h.Interval)
	}
	return strings.Join(parts, ", ")
}

func printHeld(out io.Writer, list []held) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VENUE\tSYMBOL\tINTERVAL\tROWS\tFIRST\tLAST")
	for _, h := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", venueName(h.Venue), h.Symbol, h.Interval, h.Rows, h.From, h.To)
	}
	return w.Flush()
}

// confirm asks on a terminal whether to remove what was listed, unless --yes was given.
func (c *command) confirm(cmd *cobra.Command, yes bool) error {
	if yes {
		return nil
	}
	in := cmd.InOrStdin()
	if !onTerminal(in) || !onTerminal(c.err) {
		return usageError("add --yes", "this would be removed for good, and there is no terminal to ask on")
	}
	fmt.Fprint(c.err, "Remove this for good? [y/N] ")
	if !agreed(cmd.Context(), in) {
		return errors.New("nothing was removed")
	}
	return nil
}

// agreed reports whether the next line says yes.
func agreed(ctx context.Context, in io.Reader) bool {
	word := strings.ToLower(typed(ctx, in))
	return word == "y" || word == "yes"
}

// typed returns the word on the next line, and does not wait for it once ctx ends.
func typed(ctx context.Context, in io.Reader) string {
	answer := make(chan string, 1)
	go func() {
		var word string
		_, _ = fmt.Fscanln(in, &word)
		answer <- word
	}()
	select {
	case <-ctx.Done():
		return ""
	case word := <-answer:
		return word
	}
}
