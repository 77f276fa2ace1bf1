package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// TestShownOutputs runs the commands of docs/operating.md beside which their output
// stands, a block of commands right before one of text, and compares. Each … of the text
// may be anything, and one that is a line of its own any number of lines.
func TestShownOutputs(t *testing.T) {
	text, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile("../strategies.toml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), "state"))
	if err := os.WriteFile("strategies.toml", settings, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := rerun(t, string(text)); n < 3 {
		t.Errorf("%d outputs under their commands", n)
	}
}

// TestShownFaults compares the list of docs/venue.md with what the program prints.
func TestShownFaults(t *testing.T) {
	text, err := os.ReadFile("../docs/venue.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := rerun(t, string(text)); n != 1 {
		t.Errorf("%d outputs under their commands", n)
	}
}

// TestShownCrashes runs the tables of crashes in docs/risk.md again.
func TestShownCrashes(t *testing.T) {
	t.Chdir("..")
	text, err := os.ReadFile("docs/risk.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(text), "\n## Two crashes\n")
	if n := rerun(t, chapter); n < 6 {
		t.Errorf("%d outputs under their commands", n)
	}
}

// TestShownMinutes runs the week of minutes in docs/risk.md again, where its bars are at hand.
func TestShownMinutes(t *testing.T) {
	bars := filepath.Join(recordings(t), "binance-spot-1m-tttienthinh", "2021-05-15_2021-05-22", "BTCUSDT-1m.csv.gz")
	text, err := os.ReadFile("../docs/risk.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### A week of minutes\n")
	command := "signalman backtest --config ../examples/crashes/minutes.toml --rules --symbol BTCUSDT --interval 1m --csv " + bars
	if n := rerun(t, strings.Replace(section, "```text", "```sh\n"+command+"\n```\n\n```text", 1)); n != 1 {
		t.Errorf("%d outputs", n)
	}
}

// rerun runs the commands of a text beside which their output stands, compares, and returns
// how many outputs there were.
func rerun(t *testing.T, text string) int {
	t.Helper()
	blocks := regexp.MustCompile("(?s)```sh\n([^`]*)```\n\n```text\n(.*?)```").FindAllStringSubmatch(text, -1)
	for _, b := range blocks {
		var out, errs bytes.Buffer
		for line := range strings.Lines(b[1]) {
			out.Reset()
			if code := app.Run(t.Context(), app.Default(), strings.Fields(line)[1:], &out, &errs); code != 0 {
				t.Errorf("%sends with %d: %s", line, code, errs.String())
			}
		}
		want := strings.ReplaceAll(strings.ReplaceAll(regexp.QuoteMeta(b[2]), "\n…\n", "\n(?s:.*)\n"), "…", ".*")
		if got := regexp.MustCompile(`(?m) +$`).ReplaceAllString(strings.TrimLeft(out.String(), "\n"), ""); !regexp.MustCompile("^" + want + "$").MatchString(got) {
			t.Errorf("%sprints\n%s\nand not\n%s", b[1], got, b[2])
		}
	}
	return len(blocks)
}

// TestShownSources reads each table of docs/sources.md, beside the account and the strategy
// that stand first there.
func TestShownSources(t *testing.T) {
	text, err := os.ReadFile("../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), "state"))
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	whole := ""
	for i, b := range blocks {
		whole += b[1]
		if i == 0 {
			continue
		}
		for _, settings := range []string{blocks[0][1] + b[1], whole} {
			if err := os.WriteFile("strategies.toml", []byte(settings), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			if code := app.Run(t.Context(), app.Default(), []string{"signals", "plan"}, &out, &errs); code != 0 {
				t.Errorf("%sends with %d: %s", b[1], code, errs.String())
			}
		}
	}
	if len(blocks) < 6 {
		t.Errorf("%d tables", len(blocks))
	}
}
