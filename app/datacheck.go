package app

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// checked is what a look at one series found. Problems are errors: a backtest would
// be wrong. Gaps and bars without volume are warnings.
type checked struct {
	Series     string   `json:"series"`
	Bars       int      `json:"bars"`
	Gaps       int      `json:"gaps"`
	Missing    int64    `json:"missing_bars"`
	LongestGap string   `json:"longest_gap,omitempty"`
	NoVolume   int      `json:"bars_without_volume"`
	Hash       string   `json:"hash"` // of the rows
	Problems   []string `json:"problems"`
}

func (c *command) dataCheckCommand() *cobra.Command {
	var f seriesFlags
	history := "store"
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "look for gaps and impossible bars, stored or in files",
		Long: `Reads every stored series, or the files given, and reports gaps, bars without
volume, impossible prices and times off the grid. Exit code 3 means errors; gaps and
bars without volume are warnings only.`,
		Example: "  signalman data check\n  signalman data check candles.csv --symbol BTCUSDT --interval 1m",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return c.checkFiles(args, f)
			}
			return c.checkStored(history)
		},
	}
	f.add(cmd)
	historyFlag(cmd, &history)
	return cmd
}

func (c *command) checkStored(history string) error {
	r, done, err := c.reader(history, sampleFlag)
	if err != nil {
		return err
	}
	defer done()
	all, err := r.SeriesList()
	if err != nil {
		return err
	}
	list := []checked{}
	for _, s := range all {
		cols, err := r.Bars(s, 0, 0)
		if err != nil {
			list = append(list, checked{Series: s.String(), Problems: []string{err.Error()}})
			continue
		}
		list = append(list, examine(s.String(), cols))
	}
	return c.printChecked(list)
}

func (c *command) checkFiles(files []string, f seriesFlags) error {
	list := []checked{}
	for _, path := range files {
		s, err := f.series(path)
		if err != nil {
			return err
		}
		r, err := barfile.ReadFile(path, barfile.Options{Interval: s.Interval, SkipBad: true})
		if err != nil {
			var e *market.Error
			if !errors.As(err, &e) || e.Class != market.Data {
				return err
			}
			list = append(list, checked{Series: path, Problems: []string{err.Error()}})
			continue
		}
		one := examine(path, r.Columns)
		for _, b := range r.Bad {
			one.Problems = append(one.Problems, b.Error())
		}
		if more := r.BadCount - len(r.Bad); more > 0 {
			one.Problems = append(one.Problems, fmt.Sprintf("%d more bad rows", more))
		}
		list = append(list, one)
	}
	return c.printChecked(list)
}

// examine looks at the bars of one series.
func examine(name string, c *market.Columns) checked {
	one := checked{Series: name, Bars: c.Len(), Problems: []string{}}
	longest := market.Time(0)
	for row := range c.OpenTime {
		if err := c.Bar(row).Check(); err != nil {
			one.Problems = append(one.Problems, fmt.Sprintf("bar of %s: %v", c.OpenTime[row], err))
		}
		if c.Volume[row] == 0 {
			one.NoVolume++
		}
		if row == 0 {
			continue
		}
		step := c.OpenTime[row] - c.OpenTime[row-1]
		if step <= 0 || !c.Interval.Aligned(c.OpenTime[row]) {
			one.Problems = append(one.Problems, fmt.Sprintf("bar of %s: off the grid or out of order", c.OpenTime[row]))
		}
		if missing := int64(step/market.Time(c.Interval)) - 1; missing > 0 {
			one.Gaps++
			one.Missing += missing
			if step > longest {
				longest = step
				one.LongestGap = fmt.Sprintf("%s to %s", c.Time(row-1), c.OpenTime[row])
			}
		}
	}
	h := backtest.History{Instruments: []market.Instrument{{}}, Series: []backtest.Series{{Columns: c}}}
	one.Hash = h.InputsHash([]market.Interval{c.Interval}).String()
	return one
}

func (c *command) printChecked(list []checked) error {
	bad := 0
	for i := range list {
		if len(list[i].Problems) > 0 {
			bad++
		}
	}
	if c.format == "json" {
		if err := c.json(list); err != nil {
			return err
		}
	} else if err := c.printCheckedText(list); err != nil {
		return err
	}
	if bad > 0 {
		return &market.Error{
			Class: market.Data, Err: fmt.Errorf("%d of %d series have errors", bad, len(list)),
			Hint: "repair the file, or import it with --skip-bad",
		}
	}
	return nil
}

func (c *command) printCheckedText(list []checked) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERIES\tBARS\tGAPS\tMISSING\tNO VOLUME\tERRORS\tHASH\tLONGEST GAP")
	for _, l := range list {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%.12s\t%s\n", l.Series, l.Bars, l.Gaps, l.Missing, l.NoVolume, len(l.Problems), l.Hash, l.LongestGap)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range list {
		for _, p := range l.Problems {
			fmt.Fprintf(c.out, "%s: %s\n", l.Series, p)
		}
	}
	return nil
}
