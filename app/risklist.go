package app

import (
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
)

func (c *command) riskCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "risk",
		Short:   "list the rules and sizers that a chain may name",
		Example: "  signalman risk list\n  signalman risk list stop_loss",
		Args:    group,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.riskListCommand())
	return cmd
}

func (c *command) riskListCommand() *cobra.Command {
	return c.pluginListCommand("risk", "rules and sizers", func() (list []plugged) {
		for _, p := range c.plugins.Rules {
			list = append(list, plugged{p.Name, "rule", p.Doc, config.Params(p.New()), p.Sample})
		}
		for _, p := range c.plugins.Sizers {
			list = append(list, plugged{p.Name, "sizer", p.Doc, config.Params(p.New()), p.Sample})
		}
		return list
	}, "stop_loss")
}
