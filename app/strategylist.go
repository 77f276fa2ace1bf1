package app

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
)

func (c *command) strategyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "strategy",
		Short:   "list strategies, or begin one of your own",
		Example: "  signalman strategy list\n  signalman strategy new my_idea",
		Args:    group,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.strategyListCommand(), c.strategyNewCommand())
	return cmd
}

// listedStrategy is one strategy that a configuration may name.
type listedStrategy struct {
	Name   string         `json:"name"`
	Doc    string         `json:"doc"`
	Params []config.Param `json:"params"`
	Sample string         `json:"sample"`
}

func (c *command) strategyListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list [NAME]",
		Short:   "list the strategies with their parameters, or one with its sample",
		Example: "  signalman strategy list\n  signalman strategy list sma_cross",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("see 'signalman strategy list --help'", "list takes at most one name")
			}
			list := []listedStrategy{}
			for _, p := range c.plugins.Strategies {
				if len(args) == 0 || args[0] == p.Name {
					list = append(list, listedStrategy{p.Name, p.Doc, config.Params(p.New()), p.Sample})
				}
			}
			if len(list) == 0 {
				return usageError("see 'signalman strategy list'", "there is no strategy %q", args[0])
			}
			if c.format == "json" {
				return c.json(list)
			}
			return c.printStrategiesList(list, len(args) == 1)
		},
	}
}

func (c *command) printStrategiesList(list []listedStrategy, sample bool) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Doc)
		for _, p := range s.Params {
			fmt.Fprintf(w, "  %s\t%s; default %v\n", p.Key, p.Doc, p.Default)
		}
	}
	if err := w.Flush(); err != nil || !sample {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\n%s", list[0].Sample)
	return err
}
