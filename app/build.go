package app

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/builder"
)

func (c *command) buildCommand() *cobra.Command {
	var with []string
	var out, local string
	cmd := &cobra.Command{
		Use:   "build --with MODULE[=DIR] ...",
		Short: "build a signalman that has plug-ins of other modules too",
		Long: `Builds a program that is signalman with further plug-ins: those of all packages of the
modules that have a function Plugin(), which returns a strategy.Plugin, risk.Plugin,
risk.SizerPlugin, signals.Plugin or exchange.Plugin, or Plugins(), which returns a list
of them. It needs Go, and the network for what Go has not downloaded before.

A module is named by its path, with a version behind an @ where it is not to be the
latest: example.com/my_idea@v1.2.0. With =DIR a local copy is taken; a directory alone,
as ./my_idea, says by its go.mod which module it is. The path of a package takes the
plug-ins of that one, and of those below it.`,
		Example: `  signalman build --with example.com/my_idea
  signalman build --with ./my_idea --output signalman-mine
  signalman build --with example.com/my_idea=../my_idea --with example.com/rules@v1.2.0 --local ../signalman`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(with) == 0 {
				return usageError("name one with --with MODULE[=DIR]", "there is no plug-in to build with")
			}
			if out == "" {
				out = "signalman" + exeSuffix()
			}
			b := builder.Build{Version: "v" + release, Output: out, Log: c.err}
			for _, text := range with {
				m, err := builder.ParseModule(text)
				if err != nil {
					return err
				}
				b.Modules = append(b.Modules, m)
			}
			var err error
			if b.Local, err = checkout(local); err != nil {
				return err
			}
			list, err := b.Run(cmd.Context())
			if err != nil {
				return err
			}
			return c.built(out, list)
		},
	}
	cmd.Flags().StringArrayVar(&with, "with", nil, "module with plug-ins: MODULE[@VERSION][=DIR], or DIR; as often as there are modules")
	cmd.Flags().StringVar(&out, "output", "", "file to write (default: signalman)")
	cmd.Flags().StringVar(&local, "local", "", "build this checkout of signalman instead of its published version (default: the current directory, if it is one; else what the go.mod of a DIR replaces it by)")
	return cmd
}

// exeSuffix is what the name of a program ends with.
func exeSuffix() string {
	system := os.Getenv("GOOS")
	if system == "" {
		system = runtime.GOOS
	}
	if system == "windows" {
		return ".exe"
	}
	return ""
}

// built tells what is in a program.
func (c *command) built(path string, list []builder.Plugin) error {
	if c.format == "json" {
		return c.json(map[string]any{"output": path, "plugins": list})
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s: signalman with\n", path)
	for _, p := range list {
		fmt.Fprintf(w, "  %s\t%s\n", p.Kind, p.Package)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	run := path
	if filepath.Base(path) == path {
		run = "." + string(filepath.Separator) + path
	}
	_, err := fmt.Fprintf(c.out, "Next:\n  %s strategy list\n", run)
	return err
}
