package app

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of the program, as CHANGELOG.md lists it.
const release = "0.1.0"

// binary names the build: the release, and the commit where the build knows it.
func binary() string {
	name := "signalman " + release
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			name += " " + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			name += "+"
		}
	}
	return name
}

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version of the program",
		Example: "  signalman version",
		Args:    exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			if c.format == "json" {
				return c.json(map[string]string{"version": release, "binary": binary(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			_, err := fmt.Fprintf(c.out, "%s, %s, %s/%s\n", binary(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// json prints a result as JSON.
func (c *command) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
