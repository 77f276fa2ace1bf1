package app

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) statsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "say what the bytes of the store are for",
		Long: `Lists what is in history.db, and in live.db where there is one: of each series the
candles, blocks, bytes, bytes a candle and its share of the file; fundings, signals, raw
answers and filters; and what of the file is free, which what is stored next uses.
Of history.db data compact gives it back.`,
		Example: "  signalman data stats\n  signalman data stats --format json",
		Args:    exact(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return c.stats() },
	}
}

// fileStats says what is in one file.
type fileStats struct {
	File        string         `json:"file"`
	Schema      int            `json:"schema"`
	Bytes       int64          `json:"bytes"`
	Free        int64          `json:"free_bytes"`
	Series      []seriesStats  `json:"series"`
	Fundings    []fundingStats `json:"fundings"`
	Signals     []signalStats  `json:"signals"`
	Instruments amount         `json:"filters"`
	Raw         amount         `json:"raw_answers"`
}

type amount struct {
	Count int   `json:"count"`
	Bytes int64 `json:"bytes"`
}

type seriesStats struct {
	Venue    string      `json:"venue"`
	Symbol   string      `json:"symbol"`
	Interval string      `json:"interval"`
	Bars     int         `json:"bars"`
	From     market.Time `json:"from"`
	To       market.Time `json:"to"`
	Blocks   int         `json:"blocks"`
	Bytes    int64       `json:"bytes"`
	PerBar   float64     `json:"bytes_per_bar"`
	Share    float64     `json:"share"`
}

type fundingStats struct {
	Venue  string      `json:"venue"`
	Symbol string      `json:"symbol"`
	Rows   int         `json:"rows"`
	From   market.Time `json:"from"`
	To     market.Time `json:"to"`
	Bytes  int64       `json:"bytes"`
}

type signalStats struct {
	Source  string            `json:"source"`
	Kind    market.SignalKind `json:"kind"`
	Subject market.Subject    `json:"subject"`
	Rows    int               `json:"rows"`
	From    market.Time       `json:"from"`
	To      market.Time       `json:"to"`
	Bytes   int64             `json:"bytes"`
}

func (c *command) stats() error {
	history, live, err := c.openBoth()
	if err != nil {
		return err
	}
	list := []fileStats{}
	for i, db := range []*store.DB{history, live} {
		if db == nil {
			continue
		}
		defer db.Close()
		u, err := db.Usage()
		if err != nil {
			return err
		}
		list = append(list, statsOf([]string{historyFile, liveFile}[i], u))
	}
	if c.format == "json" {
		return c.json(list)
	}
	for i, f := range list {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		if err := c.printStats(f); err != nil {
			return err
		}
	}
	return nil
}

func statsOf(name string, u store.Usage) fileStats {
	f := fileStats{
		File: name, Schema: u.Schema, Bytes: u.Size, Free: u.Free, Instruments: amount(u.Instruments), Raw: amount(u.Raw),
		Series: []seriesStats{}, Fundings: []fundingStats{}, Signals: []signalStats{},
	}
	for _, s := range u.Series {
		one := seriesStats{
			Venue: s.Venue, Symbol: s.Symbol, Interval: s.Interval.String(), Bars: s.Rows, From: s.First, To: s.Last,
			Blocks: s.Blocks, Bytes: s.Bytes, Share: float64(s.Bytes) / float64(u.Size),
		}
		if s.Rows > 0 {
			one.PerBar = float64(s.Bytes) / float64(s.Rows)
		}
		f.Series = append(f.Series, one)
	}
	for _, r := range u.Fundings {
		f.Fundings = append(f.Fundings, fundingStats{r.Venue, r.Symbol, r.Count, r.First, r.Last, r.Bytes})
	}
	for _, r := range u.Signals {
		f.Signals = append(f.Signals, signalStats{r.Source, r.Kind, r.Subject, r.Count, r.First, r.Last, r.Bytes})
	}
	return f
}

func (c *command) printStats(f fileStats) error {
	fmt.Fprintf(c.out, "%s: %s, of which %s free; schema %d; %s of filters, %s\n", f.File,
		bytesText(f.Bytes), bytesText(f.Free), f.Schema, plural(f.Instruments.Count, "snapshot"), plural(f.Raw.Count, "raw answer"))
	var times []market.Time
	for _, s := range f.Series {
		times = append(times, s.From, s.To)
	}
	short := shortTimes(times)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for i, s := range f.Series {
		if i == 0 {
			fmt.Fprintln(w, "VENUE\tSYMBOL\tINTERVAL\tROWS\tFIRST\tLAST\tBLOCKS\tBYTES\tB/ROW\tSHARE")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%d\t%d\t%.2f\t%.1f %%\n", venueName(s.Venue), s.Symbol, s.Interval, s.Bars, short(s.From), short(s.To), s.Blocks, s.Bytes, s.PerBar, 100*s.Share)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return errors.Join(printFundingStats(c.out, f.Fundings), printSignalStats(c.out, f.Signals))
}

func printFundingStats(out io.Writer, list []fundingStats) error {
	var times []market.Time
	for _, r := range list {
		times = append(times, r.From, r.To)
	}
	short := shortTimes(times)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, r := range list {
		if i == 0 {
			fmt.Fprintln(w, "\nVENUE\tSYMBOL\tFUNDINGS\tFIRST\tLAST\tBYTES")
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%d\n", venueName(r.Venue), r.Symbol, r.Rows, short(r.From), short(r.To), r.Bytes)
	}
	return w.Flush()
}

func printSignalStats(out io.Writer, list []signalStats) error {
	var times []market.Time
	for _, r := range list {
		times = append(times, r.From, r.To)
	}
	short := shortTimes(times)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, r := range list {
		if i == 0 {
			fmt.Fprintln(w, "\nSOURCE\tKIND\tSUBJECT\tSIGNALS\tFIRST KNOWN\tLAST KNOWN\tBYTES")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%d\n", r.Source, r.Kind, r.Subject, r.Rows, short(r.From), short(r.To), r.Bytes)
	}
	return w.Flush()
}
