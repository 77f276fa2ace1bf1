package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/signalman-trading/signalman/internal/signalstudy"
	"github.com/signalman-trading/signalman/market"
)

func printStudies(out io.Writer, list []study) error {
	for i := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := printStudy(out, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

func printStudy(out io.Writer, s *study) error {
	fmt.Fprintf(out, "%s of %s by %s, and the returns of %s %s\n\n", s.Kind, s.Subject, s.Source, s.Bars.Symbol, s.Bars.Interval)
	parts := []func(io.Writer, *study){printMatter, printTradable, printFifths, printDecay, printLookAhead}
	if s.Tradable == 0 {
		parts = parts[:1] // a note says why
	}
	for _, part := range parts {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		part(w, s)
		fmt.Fprintln(w)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, n := range s.Notes {
		if _, err := fmt.Fprintf(out, "note: %s\n", n); err != nil {
			return err
		}
	}
	return nil
}

// printMatter says what the rows are, apart from any return.
func printMatter(w io.Writer, s *study) {
	v, t, r := &s.Values, &s.Turnover, &s.Revisions
	fmt.Fprintf(w, "rows\t%d, %d observed, %d assumed, about %s to %s\n", s.Rows, s.Observed, s.Assumed, s.From, s.To)
	fmt.Fprintf(w, "coverage\t%s: %d of %s of %s have a value, %d null, %d missing in %s\n", share(s.Coverage.Share), s.Coverage.Present,
		plural(s.Coverage.Expected, "step"), days(s.Step), s.Coverage.Null, s.Coverage.Missing, plural(s.Coverage.Gaps, "gap"))
	for _, g := range s.Coverage.Longest[:min(3, len(s.Coverage.Longest))] {
		fmt.Fprintf(w, "\t%d missing between %s and %s\n", g.Missing, g.After, g.Before)
	}
	fmt.Fprintf(w, "age\t%s\n", ageLine(&s.Staleness))
	fmt.Fprintf(w, "lag\tobserved %s; assumed %s\n", spanOf(s.Lag.Observed), spanOf(s.Lag.Assumed))
	fmt.Fprintf(w, "revisions\t%s\n", revised(r))
	if v.Spread != nil {
		fmt.Fprintf(w, "value\tmedian %s, half from %s to %s, nine in ten from %s to %s, all from %s to %s\n", number(v.Spread.Median), number(v.Spread.P25),
			number(v.Spread.P75), number(v.Spread.P5), number(v.Spread.P95), number(v.Spread.Min), number(v.Spread.Max))
		fmt.Fprintf(w, "\tmean %s, deviation %s\n", optional(v.Mean), optional(v.SD))
	}
	fmt.Fprintf(w, "change\t%s of %s moved it, by %s on average\n", share(t.Moved), plural(t.Changes, "step"), optional(t.Mean))
	half := ""
	if t.HalfLife != nil {
		half = fmt.Sprintf(", under one half after %s", plural(*t.HalfLife, "step"))
	}
	fmt.Fprintf(w, "memory\tautocorrelation at one step: value %s%s; change %s\n", coefficient(t.ValueRho), half, coefficient(t.ChangeRho))
}

func ageLine(s *signalstudy.Staleness) string {
	if s.Age == nil {
		return "no bar from when the first row was known on"
	}
	return fmt.Sprintf("at %s: median %s, 95 %% up to %s, most %s; older than %s at %s, null at %s", plural(s.Bars, "bar"), s.Age.Median, s.Age.P95, s.Age.Max,
		s.MaxAge, partOf(s.Old, s.Bars), partOf(s.Null, s.Bars))
}

func revised(r *signalstudy.Revisions) string {
	if r.Changes == 0 {
		return "none"
	}
	text := fmt.Sprintf("%s of the times that it is about were corrected, %s in all", share(r.Share), plural(r.Changes, "correction"))
	if r.Size != nil {
		text += fmt.Sprintf(", by %s at the median (%s deviations)", number(r.Size.Median), optional(r.Relative))
	}
	if r.Delay != nil {
		text += fmt.Sprintf(", %s after the first row", spanOf(r.Delay))
	}
	return text
}

// printTradable compares with what could be traded.
func printTradable(w io.Writer, s *study) {
	fmt.Fprintf(w, "WHAT COULD BE TRADED: %d of %s, from the open of the first bar once each was known; * leaves 0 out\n", s.Tradable, plural(s.Observations, "value"))
	fmt.Fprintln(w, "HORIZON\tOF\tN\tAMOUNT TO\tPEARSON\tRANK\tHITS\tRISING")
	for i := range s.Horizons {
		h := &s.Horizons[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s%s\t%s\n", days(h.Horizon), h.Measure, h.N, nearest(h.Effective), interval(&h.Pearson), interval(&h.Spearman),
			share(h.Hits.Rate), bounds(h.Hits.Low, h.Hits.High, share), share(h.Hits.Rising))
	}
}

func printFifths(w io.Writer, s *study) {
	fmt.Fprintln(w, "MEAN RETURN by fifths of the value, and of its change")
	fmt.Fprintln(w, "HORIZON\tOF\tLOWEST\t2\t3\t4\tHIGHEST\tHIGHEST − LOWEST")
	for i := range s.Horizons {
		h := &s.Horizons[i]
		cells := []string{days(h.Horizon), string(h.Measure)}
		for k := range h.Fifths {
			cells = append(cells, percent(h.Fifths[k].Mean))
		}
		fmt.Fprintln(w, strings.Join(append(cells, percent(h.Spread)), "\t"))
	}
}

func printDecay(w io.Writer, s *study) {
	fmt.Fprintf(w, "DECAY: with the return of one step, so many steps of %s after that first bar\n", days(s.ReturnStep))
	printOffsets(w, s.Decay, "STEPS ON", func(o *signalstudy.Offset) string { return strconv.Itoa(o.Steps) })
}

// offsets names the returns that a value is compared with by what it is about.
var offsets = map[int]string{-1: "the step before", 0: "the same step", 1: "the next step"}

func printLookAhead(w io.Writer, s *study) {
	fmt.Fprintln(w, "LOOK-AHEAD, UNUSABLE where not known by then: with the returns around the step that it is about")
	printOffsets(w, s.LookAhead, "RETURN OF", func(o *signalstudy.Offset) string { return offsets[o.Steps] })
}

func printOffsets(w io.Writer, list []signalstudy.Offset, head string, name func(*signalstudy.Offset) string) {
	fmt.Fprintf(w, "%s\tOF\tN\tPEARSON\tRANK\tKNOWN BY THEN\n", head)
	for i := range list {
		o := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", name(o), o.Measure, o.N, interval(&o.Pearson), interval(&o.Spearman), partOf(o.InTime, o.N))
	}
}

// interval prints a coefficient with its interval, and marks one that leaves 0 out.
func interval(c *signalstudy.Correlation) string {
	mark := ""
	if c.Low != nil && (*c.Low > 0 || *c.High < 0) {
		mark = " *"
	}
	return coefficient(c.R) + bounds(c.Low, c.High, coefficient) + mark
}

func bounds(low, high *float64, print func(*float64) string) string {
	if low == nil || high == nil {
		return ""
	}
	return " [" + print(low) + ", " + print(high) + "]"
}

func coefficient(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return fmt.Sprintf("%+.3f", *x)
}

// share prints a fraction as a percentage without a sign.
func share(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return fmt.Sprintf("%.1f %%", *x*100)
}

func partOf(n, of int) string {
	if of == 0 {
		return "n/a"
	}
	return share(new(float64(n) / float64(of)))
}

func nearest(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return fmt.Sprintf("%.0f", *x)
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func optional(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return number(*x)
}

// spanOf prints the middle of spans and their ends.
func spanOf(s *signalstudy.Spread[market.Duration]) string {
	switch {
	case s == nil:
		return "none"
	case s.Min == s.Max:
		return s.Min.String()
	}
	return fmt.Sprintf("median %s, nine in ten from %s to %s, all from %s to %s", s.Median, s.P5, s.P95, s.Min, s.Max)
}

// days prints whole days as such.
func days(d market.Duration) string {
	if d > 0 && d%market.Duration(market.Day) == 0 {
		return strconv.Itoa(int(d/market.Duration(market.Day))) + "d"
	}
	return d.String()
}
