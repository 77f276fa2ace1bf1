package exchangetest

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// Outcome is how a case ended.
type Outcome string

// The outcomes.
const (
	Pass    Outcome = "pass"
	Fail    Outcome = "fail"
	Skipped Outcome = "skipped"
)

// Result is how a case ended at one venue.
type Result struct {
	Case    Case
	Outcome Outcome
	Why     string // of a failure, or why it was skipped
}

// Run plays every case at the harness's venue, each as a subtest, and returns what came of
// those that were not filtered out.
func Run(t *testing.T, h Harness) []Result {
	t.Helper()
	var results []Result
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			r := Play(t, h, c)
			results = append(results, r)
			switch r.Outcome {
			case Fail:
				t.Errorf("%s\n\tthe case: %s\n\tthe contract: %s", r.Why, c.Doc, c.Says)
			case Skipped:
				t.Skip(r.Why)
			}
		})
	}
	return results
}

// Play plays one case and says how it ended, without failing the test.
func Play(t *testing.T, h Harness, c Case) Result {
	r := Result{Case: c, Outcome: Pass}
	switch reason := h.reason(c.Name); {
	case reason != "":
		r.Outcome, r.Why = Skipped, reason
	case c.only == spot && h.Perpetual:
		r.Outcome, r.Why = Skipped, "of spot alone"
	case c.only == perpetual && !h.Perpetual:
		r.Outcome, r.Why = Skipped, "of perpetuals alone"
	case h.Bubble:
		synctest.Test(t, func(t *testing.T) { r.Outcome, r.Why = stage(t, h, c) })
	default:
		r.Outcome, r.Why = stage(t, h, c)
	}
	return r
}

// reason returns why a case is skipped, or "".
func (h *Harness) reason(name string) string {
	for pattern, reason := range h.Skip {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return reason
		}
	}
	return ""
}

// stage opens a venue for a case, plays it and clears up.
func stage(t *testing.T, h Harness, c Case) (Outcome, string) {
	before := goleak.IgnoreCurrent()
	p := plan(h.Perpetual)
	if c.plan != nil {
		c.plan(&p)
	}
	k := &trial{T: t, Stage: h.Open(t, p), plan: p, changed: make(chan struct{}), patience: 10 * time.Second}
	if h.Bubble {
		k.virtual, k.patience = true, 5*time.Minute
	}
	k.play(c)
	k.end()
	if k.Close != nil {
		k.Close()
	}
	if k.skipped != "" {
		return Skipped, k.skipped
	}
	if err := goleak.Find(before); err != nil && len(k.failures) == 0 {
		k.errorf("a goroutine is left behind: %v", err)
	}
	if len(k.failures) > 0 {
		return Fail, strings.Join(k.failures, "\n")
	}
	return Pass, ""
}

// Table writes results of the same cases at several venues as a table in Markdown, with the
// reasons of what was skipped below.
func Table(names []string, results [][]Result) string {
	var b strings.Builder
	notes := notes{}
	fmt.Fprintf(&b, "| case | what it plays | %s |\n|---|---|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for i, c := range Cases() {
		fmt.Fprintf(&b, "| `%s` | %s |", c.Name, c.Doc)
		for _, column := range results {
			fmt.Fprintf(&b, " %s |", notes.cell(column[i]))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for k, reason := range notes {
		fmt.Fprintf(&b, "%d. %s\n", k+1, reason)
	}
	return b.String()
}

// notes are the reasons of what was skipped, in order of appearance.
type notes []string

func (n *notes) cell(r Result) string {
	if r.Outcome != Skipped {
		return string(r.Outcome)
	}
	for k, reason := range *n {
		if reason == r.Why {
			return fmt.Sprintf("– (%d)", k+1)
		}
	}
	*n = append(*n, r.Why)
	return fmt.Sprintf("– (%d)", len(*n))
}
