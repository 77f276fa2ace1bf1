package tokenmetrics

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestEveryFeedIsDocumented holds the table of docs/tokenmetrics.md and the code equal.
// SIGNALMAN_UPDATE=1 writes the table anew.
func TestEveryFeedIsDocumented(t *testing.T) {
	const file, head = "../../docs/tokenmetrics.md", "| endpoint | v2-legacy | v2 | v3 | days gone by | kinds |\n|---|---|---|---|---|---|\n"
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
	for _, f := range feeds {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s | %s |\n", f.path, has(f, V2Legacy), has(f, V2), has(f, V3), yes(f.past), kindsText(f))
	}
	if os.Getenv("SIGNALMAN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(before+head+table.String()+rest[max(end, 0):]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table.String(), rest[:max(end, 0)]); diff != "" {
		t.Errorf("docs/tokenmetrics.md differs from the feeds (-code +docs):\n%s", diff)
	}
}

func has(f *feed, g Generation) string {
	if f.in(g) && g == V2 && f.status != current {
		return "removed?"
	}
	return yes(f.in(g))
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// kindsText lists the kinds of a feed, those of some generations with these.
func kindsText(f *feed) string {
	var parts []string
	for _, k := range f.kinds {
		parts = append(parts, "`"+string(k)+"`")
	}
	told := map[string][]string{}
	for _, g := range []Generation{V2Legacy, V2, V3} {
		for _, k := range f.only[g] {
			told[string(k)] = append(told[string(k)], string(g))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(told)) {
		parts = append(parts, "`"+k+"` ("+strings.Join(told[k], ", ")+")")
	}
	return strings.Join(parts, ", ")
}

// TestEveryKindIsDocumented knows the unit of all that is given, and gives all documented
// kinds of the provider.
func TestEveryKindIsDocumented(t *testing.T) {
	given := map[market.SignalKind]bool{}
	for _, f := range feeds {
		for _, k := range slices.Concat(append(slices.Collect(maps.Values(f.only)), f.kinds)...) {
			if info, ok := market.KindOf(k); !ok || info.Name != k {
				t.Errorf("%s gives %s, which is not documented", f.path, k)
			}
			given[k] = true
		}
	}
	for _, k := range market.Kinds() {
		if strings.Contains(k.From, "Token Metrics") && !given[k.Name] {
			t.Errorf("nothing gives %s", k.Name)
		}
	}
}

// TestKnownSymbols wants what is shared to be told so.
func TestKnownSymbols(t *testing.T) {
	for symbol, list := range knownTokens {
		if len(list) > 1 && sharedSymbols[symbol] < len(list) {
			t.Errorf("%s is shared", symbol)
		}
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, symbol := range slices.Sorted(maps.Keys(knownTokens)) {
		if _, err := knownID(symbol); err == nil && !strings.Contains(strings.ReplaceAll(string(text), "\n", " "), symbol+",") && symbol != "BITCOIN" && symbol != "XRP" {
			t.Errorf("README.md does not name %s", symbol)
		}
	}
}
