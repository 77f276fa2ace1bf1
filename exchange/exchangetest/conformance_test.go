package exchangetest_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/exchange/exchangetest"
)

var update = flag.Bool("update", false, "rewrite the table in docs/conformance.md")

// page holds the table, after its last heading.
const page = "../../docs/conformance.md"

// TestConformance puts every exchange that comes with the project to the suite, and compares
// the table in docs with what came of it.
func TestConformance(t *testing.T) {
	var names []string
	var results [][]exchangetest.Result
	whole := true
	for _, h := range []exchangetest.Harness{simulated(false), simulated(true), throughBinance(false), throughBinance(true)} {
		t.Run(h.Name, func(t *testing.T) {
			results = append(results, exchangetest.Run(t, h))
		})
		names = append(names, h.Name)
		whole = whole && len(results) == len(names) && len(results[len(names)-1]) == len(exchangetest.Cases())
	}
	if !whole {
		t.Skip("not every case was played: the table is not compared")
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const heading = "\n## The table\n\n"
	head, _, ok := strings.Cut(string(text), heading)
	if !ok {
		t.Fatalf("%s has no heading %q", page, strings.TrimSpace(heading))
	}
	want := head + heading + exchangetest.Table(names, results)
	switch {
	case want == string(text):
	case *update:
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not say what the cases say: run go test ./exchange/exchangetest -run TestConformance -update", page)
	}
}
