package app_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const grades = "BTC-trader-grades-daily.csv"

// besideGrades goes to a directory with the real grades of Token Metrics.
func besideGrades(t *testing.T) {
	t.Helper()
	file := recorded(t, "signals-tokenmetrics/"+grades)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Skip("the recorded grades are not there: ", err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), "state"))
	if err := os.WriteFile(grades, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// gradesStored is besideGrades with the hours of the bundled history and both imports of
// docs/signals.md in the store.
func gradesStored(t *testing.T) {
	t.Helper()
	besideGrades(t)
	within(t, "data", "export", "BTCUSDT", "1h", "BTCUSDT-1h.csv", "--history", "sample")
	within(t, "data", "import", "BTCUSDT-1h.csv", "--venue", "binance")
	within(t, "signals", "import", grades, "--subject", "BTC")
	within(t, "signals", "import", grades, "--source", "lookahead", "--subject", "BTC", "--lag", "0s", "--columns", "effective=DATE", "--values", "trader_grade=TM_TRADER_GRADE")
}

// section returns a part of docs/signals.md, up to the next of its level.
func section(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/signals.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n## "+name+"\n")
	if !found {
		t.Fatalf("docs/signals.md has no section %s", name)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// TestShownStudies runs what docs/signals.md shows over the real grades.
func TestShownStudies(t *testing.T) {
	text := section(t, "Study") + section(t, "What look-ahead would have claimed")
	besideGrades(t)
	if n := rerun(t, text); n != 3 {
		t.Errorf("%d outputs under their commands", n)
	}
}

type coefficient struct{ R, Low, High float64 }

func (c coefficient) holdsZero() bool { return c.Low < 0 && 0 < c.High }

type measured struct {
	Measure           string
	Steps             int
	N                 int
	InTime            int `json:"in_time"`
	Pearson, Spearman coefficient
}

type studied struct {
	Rows, Observed, Assumed, Tradable int
	Coverage                          struct{ Expected, Missing, Gaps int }
	Horizons                          []measured
	LookAhead                         []measured `json:"look_ahead"`
	Notes                             []string
}

func studyOf(t *testing.T, args ...string) studied {
	t.Helper()
	var list struct{ Studies []studied }
	if err := json.Unmarshal(within(t, append([]string{"--format", "json", "signals", "study"}, args...)...), &list); err != nil || len(list.Studies) != 1 {
		t.Fatalf("%v: %+v", err, list)
	}
	return list.Studies[0]
}

// TestRecordedStudy: the change of a real grade goes with the return of its own day and of
// the day before, and with no return that could be had.
func TestRecordedStudy(t *testing.T) {
	gradesStored(t)
	s := studyOf(t, "ta_grade", "--horizon", "1d,3d,7d,14d")
	if s.Rows != 543 || s.Observed != 0 || s.Tradable != 543 || s.Coverage.Expected != 546 || s.Coverage.Missing != 3 || s.Coverage.Gaps != 2 {
		t.Errorf("%+v", s)
	}
	want := map[int]float64{-1: 0.177, 0: 0.371, 1: 0.007}
	for _, o := range s.LookAhead {
		if o.Measure != "change" {
			continue
		}
		if math.Abs(o.Pearson.R-want[o.Steps]) > 0.002 || o.Pearson.holdsZero() != (o.Steps == 1) {
			t.Errorf("%d steps from its day: %+v, want %v", o.Steps, o, want[o.Steps])
		}
		if known := o.InTime > 0; known != (o.Steps == 1) {
			t.Errorf("%d steps from its day: %d known by then", o.Steps, o.InTime)
		}
	}
	for _, h := range s.Horizons {
		if !h.Pearson.holdsZero() || !h.Spearman.holdsZero() {
			t.Errorf("what could be traded goes with the grade: %+v", h)
		}
	}
	honest, cheat := studyOf(t, "trader_grade", "--source", "tokenmetrics", "--horizon", "1d"), studyOf(t, "trader_grade", "--source", "lookahead", "--horizon", "1d")
	if a, b := honest.Horizons[1].Pearson, cheat.Horizons[1].Pearson; math.Abs(a.R-0.005) > 0.001 || math.Abs(b.R-0.372) > 0.001 || !a.holdsZero() || b.holdsZero() {
		t.Errorf("known at the end of the day %+v, at its start %+v", a, b)
	}
	if len(cheat.Notes) == 0 || !strings.Contains(cheat.Notes[0], "used before its time") {
		t.Errorf("nothing is said of look-ahead: %q", cheat.Notes)
	}
}

// followed is what came of grade_follow.
type followed struct {
	Orders []struct {
		Time time.Time
		Side string
	}
	Trades  []struct{ PnL json.Number }
	Metrics struct {
		Return   float64 `json:"total_return"`
		Drawdown float64 `json:"max_drawdown"`
		Sharpe   float64
	}
}

func (f *followed) won() (n int) {
	for _, t := range f.Trades {
		if !strings.HasPrefix(t.PnL.String(), "-") {
			n++
		}
	}
	return n
}

// TestLookAhead: the table of docs/signals.md is what grade_follow makes of the real grades,
// honestly, with look-ahead, and in a grade that never says out; and look-ahead is the same
// orders a day earlier.
func TestLookAhead(t *testing.T) {
	table := strings.ReplaceAll(section(t, "What look-ahead would have claimed"), "−", "-")
	gradesStored(t)
	runs := [3]followed{}
	for i, sets := range [][]string{{"source=tokenmetrics"}, {"source=lookahead"}, {"source=tokenmetrics", "enter=1", "exit=0"}} {
		args := []string{"--format", "json", "backtest", "--history", "store", "--symbol", "BTCUSDT", "--interval", "1h", "--strategy", "grade_follow", "--from", "2021-01-01", "--to", "2022-07-01"}
		for _, s := range sets {
			args = append(args, "--set", s)
		}
		if err := json.Unmarshal(within(t, args...), &runs[i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []struct {
		name string
		cell func(f *followed) string
	}{
		{"total return", func(f *followed) string { return fmt.Sprintf("%+.2f %%", 100*f.Metrics.Return) }},
		{"worst drawdown", func(f *followed) string { return fmt.Sprintf("%+.2f %%", 100*f.Metrics.Drawdown) }},
		{"Sharpe ratio", func(f *followed) string { return fmt.Sprintf("%.2f", f.Metrics.Sharpe) }},
		{"trades, won", func(f *followed) string { return fmt.Sprintf("%d, %d", len(f.Trades), f.won()) }},
	} {
		want := "| " + line.name
		for i := range runs {
			want += " | " + line.cell(&runs[i])
		}
		if !strings.Contains(table, want+" |\n") {
			t.Errorf("docs/signals.md has no line %s |", want)
		}
	}
	honest, cheat := runs[0].Orders, runs[1].Orders
	if len(honest) != 18 || len(cheat) != 18 {
		t.Fatalf("%d and %d orders", len(honest), len(cheat))
	}
	for i := range honest {
		if early := honest[i].Time.Sub(cheat[i].Time); honest[i].Side != cheat[i].Side || early != 24*time.Hour && (i > 0 || early != 23*time.Hour) {
			t.Errorf("order %d: %+v and %+v", i, honest[i], cheat[i])
		}
	}
}
