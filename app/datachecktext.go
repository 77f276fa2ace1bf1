package app

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/signalman-trading/signalman/internal/datacheck"
)

// shownFindings is how many findings of a kind the text lists.
const shownFindings = 10

// printCheckTable prints a line for each series, and the hash of all.
func printCheckTable(out io.Writer, r *checkResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERIES\tBARS\tFROM\tTO\tERRORS\tWARNINGS\tGAPS\tMISSING\tHASH")
	for _, one := range r.Series {
		gaps := one.report.Of(datacheck.Gap)
		from, to := "-", "-"
		if one.Bars > 0 {
			from, to = one.From.String(), one.To.String()
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%d\t%d\t%d\t%.12s\n", one.name(), one.Bars, from, to, one.Errors, one.Warnings, gaps.Count, gaps.Bars, one.Hash)
	}
	fmt.Fprintf(w, "all\t\t\t\t%d\t%d\t\t\t%.12s\n", r.Errors, r.Warnings, r.Hash)
	return w.Flush()
}

// printFindings prints what was found in a series, kind by kind.
func printFindings(out io.Writer, one *checked, all bool) {
	if len(one.Kinds)+len(one.Compared) == 0 && !one.NewestFirst {
		return
	}
	fmt.Fprintf(out, "\n%s\n", one.name())
	if one.NewestFirst {
		fmt.Fprintln(out, "  the file runs from the latest bar to the earliest")
	}
	for _, x := range one.Compared {
		fmt.Fprintf(out, "  %d of %s agree with those of %s%s\n", x.Bars-x.Differ, plural(x.Bars, "bar"), x.With, unjudged(x.Incomplete))
		if x.Absent > 0 {
			fmt.Fprintf(out, "  %s could be made of those of %s and are not there\n", plural(x.Absent, "bar"), x.With)
		}
	}
	for _, t := range one.Kinds {
		fmt.Fprintf(out, "  %s\n", headline(t))
		printKind(out, one, t, all)
	}
}

// unjudged says of how many bars finer ones are missing.
func unjudged(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d not judged: finer ones are missing", n)
}

// headline sums a kind up.
func headline(t datacheck.Tally) string {
	severity := "warning"
	if t.Kind.Error() {
		severity = "error"
	}
	text := severity + ": " + counted(t.Count, t.Kind)
	switch t.Kind {
	case datacheck.Gap:
		text += fmt.Sprintf(", %s missing, the longest %d from %s; %s", plural(int(t.Bars), "bar"), t.Longest, t.At, known(t))
	case datacheck.ZeroVolume, datacheck.Stale:
		text += fmt.Sprintf(", %s, the longest %d from %s", plural(int(t.Bars), "bar"), t.Longest, t.At)
	}
	return text
}

// nouns names one finding of each kind, and several.
var nouns = map[datacheck.Kind][2]string{
	datacheck.Unreadable:   {"part that cannot be read", "parts that cannot be read"},
	datacheck.Unsorted:     {"row out of order", "rows out of order"},
	datacheck.Duplicate:    {"duplicate", "duplicates"},
	datacheck.OffGrid:      {"time off the grid", "times off the grid"},
	datacheck.Impossible:   {"impossible bar", "impossible bars"},
	datacheck.Gap:          {"gap", "gaps"},
	datacheck.Jump:         {"jump", "jumps"},
	datacheck.Spike:        {"spike", "spikes"},
	datacheck.Scale:        {"change of scale", "changes of scale"},
	datacheck.ZeroVolume:   {"run of bars without volume", "runs of bars without volume"},
	datacheck.Stale:        {"run of bars that are alike", "runs of bars that are alike"},
	datacheck.Unfinished:   {"end that is not finished", "ends that are not finished"},
	datacheck.LateStart:    {"first bar that is not whole", "first bars that are not whole"},
	datacheck.Disagreement: {"bar that finer ones do not make", "bars that finer ones do not make"},
}

// counted returns a number with its noun.
func counted(n int, k datacheck.Kind) string {
	if n == 1 {
		return "1 " + nouns[k][0]
	}
	return fmt.Sprintf("%d %s", n, nouns[k][1])
}

// known says how many gaps are explained.
func known(t datacheck.Tally) string {
	switch t.Known {
	case 0:
		return "in no known outage"
	case t.Count:
		return "all in known outages"
	}
	return fmt.Sprintf("%d in known outages", t.Known)
}

// printKind lists the findings of a kind. Rows name themselves, times stand before the
// rest. What to do is said once where it is the same for the next.
func printKind(out io.Writer, one *checked, t datacheck.Tally, all bool) {
	shown, hint := 0, ""
	for _, f := range one.Findings {
		if f.Kind != t.Kind || shown == shownFindings && !all {
			continue
		}
		shown++
		line := f.Text
		if f.From != 0 && (one.File == "" || !f.Kind.Error()) {
			line = strings.TrimSpace(fmt.Sprintf("%s  %s  %s", f.From, f.Text, f.Outage))
		}
		if f.Kind == datacheck.Gap {
			line = strings.TrimSpace(fmt.Sprintf("%s to %s  %s  %s", f.From, f.To, plural(int(f.Bars), "bar"), f.Outage))
		}
		if f.Hint != "" && f.Hint != hint {
			line += "; " + f.Hint
		}
		hint = f.Hint
		fmt.Fprintf(out, "    %s\n", line)
	}
	if more := t.Count - shown; more > 0 {
		tail := "; --all lists them"
		if all {
			tail = ""
		}
		fmt.Fprintf(out, "    and %d more%s\n", more, tail)
	}
}
