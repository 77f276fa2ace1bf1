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
		Short:   "list the " + what + ", or one with its parameters and its sample",
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
			switch {
			case len(list) == 0:
				return unknownName(group, what, args[0], all())
			case c.format == "json":
				return c.json(list)
			case len(args) == 1:
				return c.printPlugged(&list[0])
			}
			return c.printList(list, group)
		},
	}
}

// unknownName says that no plug-in of a group has a name, and which one may be meant.
func unknownName(group, what, name string, all []plugged) error {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	hint := "see 'signalman " + group + " list'"
	if near := config.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q? 'signalman %s list' prints all", near, group)
	}
	return usageError(hint, "none of the %s is named %q", what, name)
}

// printList prints a line for each plug-in.
func (c *command) printList(list []plugged, group string) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for i := range list {
		fmt.Fprintf(w, "%s\t%s\n", list[i].title(), list[i].Doc)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\n'signalman %s list NAME' prints the parameters of one, and a sample\n", group)
	return err
}

// printPlugged prints one plug-in with its parameters and its sample.
func (c *command) printPlugged(p *plugged) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	name := p.title()
	for _, line := range wrapped(strings.Fields(p.Doc), " ", docWidth) {
		fmt.Fprintf(w, "%s\t%s\n", name, line)
		name = ""
	}
	for i := range p.Params {
		fmt.Fprintf(w, "  %s\t%s%s\n", p.Params[i].Key, p.Params[i].Doc, choice(&p.Params[i]))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\n%s", p.Sample)
	return err
}

// title is the name, with what it names where that is not the rule.
func (p *plugged) title() string {
	if p.Kind == "sizer" {
		return p.Name + " (sizer)"
	}
	return p.Name
}

// choice says what a parameter may be, and what it is where it is not set.
func choice(p *config.Param) string {
	text := prefixed(": ", strings.Join(p.OneOf, ", "))
	switch {
	case p.Min != "" && p.Max != "":
		text += "; " + p.Min + " to " + p.Max
	case p.Min != "":
		text += "; at least " + p.Min
	case p.Max != "":
		text += "; at most " + p.Max
	}
	text += prefixed(", in steps of ", p.Step)
	if p.Default == "" {
		return text + "; none by default"
	}
	return text + "; default " + p.Default
}
