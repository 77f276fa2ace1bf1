package app

import (
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
)

func (c *command) strategyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "strategy",
		Short:   "list and test strategies, or begin one of your own",
		Example: "  signalman strategy list\n  signalman strategy new my_idea\n  signalman strategy test sma_cross",
		Args:    group,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.strategyListCommand(), c.strategyNewCommand(), c.strategyTestCommand(), c.strategyDevCommand())
	return cmd
}

func (c *command) strategyListCommand() *cobra.Command {
	return c.pluginListCommand("strategy", "strategies", c.pluggedStrategies, "sma_cross")
}

func (c *command) pluggedStrategies() (list []plugged) {
	for _, p := range c.plugins.Strategies {
		list = append(list, plugged{p.Name, "", p.Doc, config.Params(p.New()), p.Sample})
	}
	return list
}

// unknownStrategy says that no strategy has a name, and which one may be meant.
func (c *command) unknownStrategy(name string) error {
	return unknownName("strategy", "strategies", name, c.pluggedStrategies())
}
