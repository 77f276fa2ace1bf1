package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) instrumentsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "instruments",
		Short: "import and list the filters that orders obey, as of dates",
		Example: `  signalman data instruments import exchangeInfo.json
  signalman data instruments list BTCUSDT`,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.instrumentsImportCommand(), c.instrumentsListCommand())
	return cmd
}

func (c *command) instrumentsImportCommand() *cobra.Command {
	var asOf, market string
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "store what exchangeInfo lists as the filters from its time on",
		Long: `Stores the tick, step, least and greatest quantities and notionals, price bands and
numbers of orders of every symbol in a saved answer of Binance's /api/v3/exchangeInfo or
/fapi/v1/exchangeInfo, in the schemas since 2018, plain or compressed. They hold from the
answer's own time on, or from --as-of. A symbol whose filters make no sense is left out
and listed with the reason. LEAN's table of symbol properties (.csv) is read too.`,
		Example: `  signalman data instruments import exchangeInfo.json
  signalman data instruments import spot-2024-09-08.json.xz usdm-2022-05-04.json.xz
  signalman data instruments import symbol-properties.csv --as-of 2025-01-01`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("see 'signalman data instruments import --help'", "no file to import")
			}
			return c.importInstruments(args, asOf, market)
		},
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "time from which they hold (RFC 3339 or a date; default: the time in the file)")
	cmd.Flags().StringVar(&market, "market", "", "refuse files of another market: spot or usdm")
	return cmd
}

// listedInstruments says what became of one venue of a file.
type listedInstruments struct {
	File    string            `json:"file"`
	Venue   string            `json:"venue"`
	AsOf    market.Time       `json:"as_of"`
	Symbols int               `json:"symbols"`
	Skipped []binance.Skipped `json:"left_out"`

	Replaced []replacedFilters `json:"replaced"` // that were stored as of the same time, and differ
}

// replacedFilters are other filters of one time.
type replacedFilters struct {
	Symbol string `json:"symbol"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// replacedBy compares filters that were stored with those that take their place.
func replacedBy(old, list []market.Instrument) []replacedFilters {
	replaced := []replacedFilters{}
	for i := range old {
		for k := range list {
			if list[k].Symbol == old[i].Symbol {
				replaced = append(replaced, replacedFilters{old[i].Symbol, old[i].Filters(), list[k].Filters()})
			}
		}
	}
	return replaced
}

func (c *command) importInstruments(files []string, asOf, kind string) (err error) {
	var from market.Time
	if asOf != "" {
		if from, err = market.ParseTime(asOf); err != nil {
			return usageError("", "--as-of: %w", err)
		}
	}
	venue, ok := map[string]string{"": "", "spot": binance.Spot, "usdm": binance.USDM}[kind]
	if !ok {
		return usageError("", "--market %q is neither spot nor usdm", kind)
	}
	db, err := c.openStore(true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	done := []listedInstruments{}
	for _, path := range files {
		more, err := importInstrumentFile(db, path, from, venue)
		if err != nil {
			return errors.Join(c.tellInstruments(done), err)
		}
		done = append(done, more...)
	}
	return c.tellInstruments(done)
}

// maxInfo bounds a file of instruments: an answer of today has 4 MB.
const maxInfo = 256 << 20

func importInstrumentFile(db *store.DB, path string, from market.Time, venue string) (done []listedInstruments, err error) {
	text, err := barfile.ReadText(path, maxInfo)
	if err != nil {
		return nil, err
	}
	all, err := parseInstruments(text)
	if err != nil {
		return nil, inFile(path, err)
	}
	for _, info := range all {
		if venue != "" && info.Venue != venue {
			if len(all) > 1 {
				continue
			}
			return nil, inFile(path, usageError("leave --market away, or name another file", "the file lists the market of %s, not of %s", info.Venue, venue))
		}
		as := info.Time
		if from != 0 {
			as = from
		}
		if as == 0 {
			return nil, inFile(path, usageError("say from when they hold with --as-of 2024-09-08", "the file has no time"))
		}
		old, err := db.PutInstruments(as, info.Instruments)
		if err != nil {
			return nil, err
		}
		done = append(done, listedInstruments{path, info.Venue, as, len(info.Instruments), info.Skipped, replacedBy(old, info.Instruments)})
	}
	return done, nil
}

// parseInstruments reads an answer of exchangeInfo, alone or in a recording of requests
// (lines of address -> time: answer), or a symbol table.
func parseInstruments(text []byte) ([]binance.ExchangeInfo, error) {
	if binance.IsSymbolTable(text) {
		return binance.ParseSymbolTable(text)
	}
	for line := range bytes.Lines(text) {
		address, answer, found := bytes.Cut(line, []byte(": {"))
		if bytes.HasPrefix(line, []byte("http")) && found && bytes.Contains(address, []byte("/exchangeInfo")) {
			text = append([]byte("{"), answer...)
			break
		}
	}
	info, err := binance.ParseExchangeInfo(text)
	if err != nil {
		return nil, err
	}
	return []binance.ExchangeInfo{*info}, nil
}

// inFile names the file in an error that names a place in it, or none.
func inFile(path string, err error) error {
	var e *market.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Where = path
	if e.Where != "" {
		placed.Where += ": " + e.Where
	}
	return &placed
}

// shownSkipped is how many symbols that were left out are shown as text.
const shownSkipped = 20

func (c *command) tellInstruments(list []listedInstruments) error {
	if c.format == "json" {
		for k := range list {
			list[k].Skipped = append([]binance.Skipped{}, list[k].Skipped...)
		}
		return c.json(list)
	}
	for _, l := range list {
		fmt.Fprintf(c.out, "%s: filters of %s at %s from %s", l.File, plural(l.Symbols, "symbol"), l.Venue, l.AsOf)
		if len(l.Skipped) > 0 {
			fmt.Fprintf(c.out, "; %d left out", len(l.Skipped))
		}
		if len(l.Replaced) > 0 {
			fmt.Fprintf(c.out, "; %d replaced others of that time", len(l.Replaced))
		}
		fmt.Fprintln(c.out)
		for n, r := range l.Replaced {
			if n == shownSkipped {
				c.note("  and %d more; --format json lists all", len(l.Replaced)-n)
				break
			}
			c.note("  %s: %s, where %s was stored", r.Symbol, r.New, r.Old)
		}
		for n, s := range l.Skipped {
			if n == shownSkipped {
				c.note("  and %d more; --format json lists all", len(l.Skipped)-n)
				break
			}
			c.note("  %s: %s", s.Symbol, s.Reason)
		}
	}
	return nil
}

func (c *command) instrumentsListCommand() *cobra.Command {
	history, venue := "store", ""
	cmd := &cobra.Command{
		Use:   "list [SYMBOL]",
		Short: "show the stored filters, and from when they hold",
		Example: `  signalman data instruments list BTCUSDT
  signalman data instruments list --venue binance-usdm --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("see '"+cmd.CommandPath()+" --help'", "%s takes one symbol, or none", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			symbol := ""
			if len(args) > 0 {
				symbol = args[0]
			}
			return c.listInstruments(history, venue, symbol)
		},
	}
	cmd.Flags().StringVar(&venue, "venue", "", "exchange, where several list the symbol")
	historyFlag(cmd, &history)
	return cmd
}

// listedFilters is one snapshot of an instrument.
type listedFilters struct {
	Venue   string      `json:"venue"`
	Symbol  string      `json:"symbol"`
	Base    string      `json:"base"`
	Quote   string      `json:"quote"`
	From    market.Time `json:"from"`
	Filters string      `json:"filters"`
	of      *market.Instrument
}

func (c *command) listInstruments(history, venue, symbol string) error {
	r, done, err := c.reader(history, sampleFlag)
	if err != nil {
		return err
	}
	defer done()
	known, err := r.Listings(0, 0)
	if err != nil {
		return err
	}
	list := []listedFilters{}
	for _, s := range known {
		in := &s.Instrument
		if in.Assumed || !atVenue(venue, in.Venue) || symbol != "" && !strings.EqualFold(in.Symbol, symbol) {
			continue
		}
		list = append(list, listedFilters{in.Venue, in.Symbol, in.Base, in.Quote, s.From, in.Filters(), in})
	}
	if len(list) == 0 && symbol+venue != "" {
		return &market.Error{Class: market.Data, Where: symbol, Err: errors.New("no filters are stored"), Hint: "import an answer of exchangeInfo with 'signalman data instruments import'"}
	}
	if c.format == "json" {
		return c.json(list)
	}
	return printFilters(c.out, list)
}

func printFilters(out io.Writer, list []listedFilters) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VENUE\tSYMBOL\tFROM\tTICK\tSTEP\tQUANTITY\tNOTIONAL\tBAND\tORDERS")
	for _, l := range list {
		in := l.of
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", venueName(l.Venue), l.Symbol, l.From.UTC().Format(time.DateOnly), in.Tick, in.Step,
			limits(in.MinQuantity, in.MaxQuantity), limits(in.MinNotional, in.MaxNotional), limits(in.PriceBandDown, in.PriceBandUp),
			counts(in.MaxOrders, in.MaxStops))
	}
	return w.Flush()
}

// counts writes how many orders there may be, and how many stops among them; 0 is no limit.
func counts(orders, stops int) string {
	text := func(n int) string {
		if n == 0 {
			return "-"
		}
		return strconv.Itoa(n)
	}
	if stops == 0 {
		return text(orders)
	}
	return text(orders) + "/" + text(stops)
}

// limits writes the least and the greatest value, of which 0 is none.
func limits(least, most decimal.Decimal) string {
	switch {
	case least.IsZero() && most.IsZero():
		return "-"
	case least.IsZero():
		return "≤" + most.String()
	case most.IsZero():
		return "≥" + least.String()
	}
	return least.String() + "–" + most.String()
}
