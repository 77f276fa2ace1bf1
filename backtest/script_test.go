package backtest_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/testkit"
	"github.com/signalman-trading/signalman/market"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata expect")

// drivers are the ways in which scripts run to a transcript, by the names in their
// driver lines. TestScriptsOnPaper compares paper sessions with what sim gives.
func drivers() map[string]testkit.Driver {
	return map[string]testkit.Driver{"sim": testkit.Sim{}}
}

func scripts(t *testing.T, f func(t *testing.T, path, text string, s *testkit.Script)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts in testdata", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := testkit.Parse(filepath.ToSlash(path), string(text))
			if err != nil {
				t.Fatal(err)
			}
			f(t, path, string(text), s)
		})
	}
}

// TestScripts runs every script with each of its drivers.
func TestScripts(t *testing.T) {
	scripts(t, func(t *testing.T, path, text string, s *testkit.Script) {
		for _, name := range s.Drivers {
			d := drivers()[name]
			if d == nil {
				continue
			}
			p, out, err := d.Run(context.Background(), s)
			got := p.Transcript(out, err)
			if *update && name == "sim" {
				if err := os.WriteFile(path, []byte(testkit.Update(text, got)), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if diff := cmp.Diff(s.Expected, got); diff != "" {
				t.Errorf("driver %s: expected (-) and got (+), see internal/testkit for the language:\n%s", name, diff)
			}
		}
	})
}

// TestScriptsKnowNoFuture proves for every script that its decisions up to any of
// them depend neither on whether data goes on (semantics D3) nor on what it is (D4).
func TestScriptsKnowNoFuture(t *testing.T) {
	scripts(t, func(t *testing.T, _, _ string, s *testkit.Script) {
		full := decisions(t, s)
		for k := range full {
			cut := full[k].Time
			want := until(full, cut)
			if diff := cmp.Diff(want, until(decisions(t, s.Cut(cut)), cut)); diff != "" {
				t.Errorf("cut at %s: full run (-), cut run (+):\n%s", cut, diff)
			}
			if diff := cmp.Diff(want, until(decisions(t, s.Poison(cut)), cut)); diff != "" {
				t.Errorf("other data after %s: full run (-), other run (+):\n%s", cut, diff)
			}
		}
	})
}

func decisions(t *testing.T, s *testkit.Script) []testkit.Decision {
	t.Helper()
	p, _, err := testkit.Sim{}.Run(context.Background(), s)
	if err != nil && len(p.Decisions) > 0 {
		t.Fatal(err)
	}
	return p.Decisions
}

func until(all []testkit.Decision, t market.Time) []testkit.Decision {
	n := 0
	for n < len(all) && all[n].Time <= t {
		n++
	}
	return all[:n:n]
}
