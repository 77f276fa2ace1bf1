package app_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestKindsTable holds the table of docs/signals.md and the code equal.
// SIGNALMAN_UPDATE=1 writes the table anew.
func TestKindsTable(t *testing.T) {
	const file, head = "../docs/signals.md", "| kind | subject | unit | range | better | maximum age | says | where it comes from |\n|---|---|---|---|---|---|---|---|\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), head)
	if !found {
		t.Fatal("the table is not there")
	}
	end := strings.Index(rest, "\n\n") + 1
	var table strings.Builder
	for _, k := range market.Kinds() {
		subject := "an asset"
		if k.Market {
			subject = "`*`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", k.Name, subject, k.Unit, bounds(k.Min, k.Max), k.Direction, k.MaxAge, k.Says, k.From)
	}
	if os.Getenv("SIGNALMAN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(before+head+table.String()+rest[end:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table.String(), rest[:end]); diff != "" {
		t.Errorf("docs/signals.md differs from market.Kinds (-code +docs):\n%s", diff)
	}
}

// bounds writes a range as the table has it.
func bounds(from, to float64) string {
	switch low, high := math.IsInf(from, 0), math.IsInf(to, 0); {
	case low && high:
		return "any"
	case high:
		return minus(fmt.Sprintf("from %v", from))
	case from == to:
		return minus(fmt.Sprint(from))
	}
	return minus(fmt.Sprintf("%v to %v", from, to))
}

func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
