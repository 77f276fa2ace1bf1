package app

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
)

// kindEntry is a documented kind as JSON.
type kindEntry struct {
	Kind      market.SignalKind `json:"kind"`
	Subject   string            `json:"subject"` // "asset" or "market"
	Unit      string            `json:"unit"`
	Min       *float64          `json:"min"` // null: no bound
	Max       *float64          `json:"max"`
	Direction market.Direction  `json:"direction"`
	MaxAge    market.Duration   `json:"max_age"`
	Says      string            `json:"says"`
	From      string            `json:"from"`
}

func (c *command) signalsKindsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kinds [KIND…]",
		Short: "list the documented kinds of signals",
		Long: `Lists the documented kinds of signals: unit, range, which way is better, and the age
after which a row is absent unless the strategy says otherwise. Kinds are open: a file
or a source may hold others. In a name # stands for a number and @ for a name.`,
		Example: `  signalman signals kinds
  signalman signals kinds trader_grade prediction_7d
  signalman signals kinds --format json`,
		RunE: func(_ *cobra.Command, names []string) error {
			list, err := kindsNamed(names)
			if err != nil {
				return err
			}
			return c.printKinds(list)
		},
	}
}

// kindsNamed returns the documented kinds, or those that are named.
func kindsNamed(names []string) ([]market.KindInfo, error) {
	if len(names) == 0 {
		return market.Kinds(), nil
	}
	var list []market.KindInfo
	for _, name := range names {
		kind, ok := market.KindOf(market.SignalKind(name))
		if !ok {
			return nil, usageError("'signalman signals kinds' lists them; others are allowed, and have no unit that is known",
				"%q is no documented kind", name)
		}
		list = append(list, kind)
	}
	return list, nil
}

func (c *command) printKinds(list []market.KindInfo) error {
	if c.format == "json" {
		entries := make([]kindEntry, len(list))
		for i := range list {
			k := &list[i]
			entries[i] = kindEntry{k.Name, k.Subject(), k.Unit, bound(k.Min), bound(k.Max), k.Direction, k.MaxAge, k.Says, strings.ReplaceAll(k.From, "`", "")}
		}
		return c.json(entries)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tSUBJECT\tUNIT\tBETTER\tMAX AGE\tSAYS")
	for i := range list {
		k := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.Name, k.Subject(), k.Unit, k.Direction, k.MaxAge, k.Says)
	}
	return w.Flush()
}

// bound returns nil for no bound.
func bound(x float64) *float64 {
	if math.IsInf(x, 0) {
		return nil
	}
	return &x
}
