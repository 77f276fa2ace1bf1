package sim_test

import (
	"flag"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// words prints updates whole, one a line.
func words(list []market.OrderUpdate) []string {
	var out []string
	for _, u := range list {
		s := fmt.Sprintf("%s %s %s filled %s", clock(u.Time), u.ID, u.State, u.Filled)
		if f := u.Fill; f != nil {
			s += fmt.Sprintf(": %s @ %s at %s fee %s %s maker %v", f.Quantity, f.Price, clock(f.Time), f.Fee, f.FeeAsset, f.Maker)
		}
		if u.Reason != "" {
			s += " (" + u.Reason + ")"
		}
		out = append(out, s)
	}
	return out
}

// check runs a property on random cases, SIGNALMAN_SEEDS of them, or few.
func check(t *testing.T, few uint64, property func(*rapid.T)) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		defer flag.Set("rapid.checks", f.DefValue)
		flag.Set("rapid.checks", strconv.FormatUint(seeds(few), 10))
	}
	rapid.Check(t, property)
}

// agree plays random trials on both venues, which must tell the same, word for word.
func agree(t *testing.T, d drawer) {
	check(t, 1000, func(rt *rapid.T) {
		d := d
		d.T = rt
		s := d.draw()
		if diff := cmp.Diff(words(s.plain()), words(s.venue(t))); diff != "" {
			rt.Fatalf("the plain venue (-) and the simulated one (+) differ:\n%s\n%s", diff, s)
		}
	})
}

// TestOrdersAgree: orders of every type and time in force.
func TestOrdersAgree(t *testing.T) { agree(t, drawer{}) }

// TestLinkedOrdersAgree: entries with exits and exits alone, among others.
func TestLinkedOrdersAgree(t *testing.T) { agree(t, drawer{linked: true}) }
