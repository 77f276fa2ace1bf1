package app

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
)

// plugged is one plug-in that a configuration may name.
type plugged struct {
	Name   string         `json:"name"`
	Kind   string         `json:"kind,omitempty"` // where a list has several
	Doc    string         `json:"doc"`
	Params []config.Param `json:"params"`
	Sample string         `json:"sample"`
}

// pluginListCommand makes the command that lists the plug-ins of a group, or one with its sample.
func (c *command) pluginListCommand(group, what string, all func() []plugged, example string) *cobra.Command {
	return &cobra.Command{
		Use:     "list [NAME]",
		Short:   "list the " + what + " with their parameters, or one with its sample",
		Example: fmt.Sprintf("  signalman %s list\n  signalman %[1]s list %s", group, example),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("see 'signalman "+group+" list --help'", "list takes at most one name")
			}
			list := []plugged{}
			for _, p := range all() {
				if len(args) == 0 || args[0] == p.Name {
					list = append(list, p)
				}
			}
			if len(list) == 0 {
				return usageError("see 'signalman "+group+" list'", "none of the %s is named %q", what, args[0])
			}
			if c.format == "json" {
				return c.json(list)
			}
			return c.printList(list, len(args) == 1)
		},
	}
}

func (c *command) printList(list []plugged, sample bool) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, p := range list {
		name := p.Name
		if p.Kind == "sizer" {
			name += " (sizer)"
		}
		for _, line := range wrapped(strings.Fields(p.Doc), " ", docWidth) {
			fmt.Fprintf(w, "%s\t%s\n", name, line)
			name = ""
		}
		for _, param := range p.Params {
			fmt.Fprintf(w, "  %s\t%s%s\n", param.Key, param.Doc, choice(param))
		}
	}
	if err := w.Flush(); err != nil || !sample {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\n%s", list[0].Sample)
	return err
}

// choice says what a parameter may be, and what it is where it is not set.
func choice(p config.Param) string {
	if len(p.OneOf) > 0 {
		return fmt.Sprintf(": %s; default %v", strings.Join(p.OneOf, ", "), p.Default)
	}
	return fmt.Sprintf("; default %v", p.Default)
}
