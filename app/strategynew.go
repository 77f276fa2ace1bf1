package app

import (
	"bytes"
	"embed"
	"fmt"
	"go/doc"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/builder"
	"github.com/signalman-trading/signalman/market"
)

// The templates of a new strategy. Their names end in .tmpl, so that no tool takes
// them for code of this module.
//
//go:embed scaffold
var scaffold embed.FS

// module is the path of this module.
const module = builder.Core

// strategyName is what a strategy may be called: it becomes a type in a
// configuration, a package and a directory.
var strategyName = regexp.MustCompile(`^[a-z][a-z0-9_]{1,30}$`)

// newStrategy is what the templates are filled with.
type newStrategy struct {
	Name    string // of the type in a configuration: my_idea
	Package string // of the Go package: myidea
	Module  string // path of the new module
	Local   string // checkout of this module to build against; may be empty
	Version string // of this module that is required where Local is empty
	Require string // requirements of this module, for go.mod; may be empty
	History string // that the strategy runs over
}

// templates are the kinds of strategies there are templates of: what they show, and the
// history that has what they need.
var templates = map[string]struct{ doc, history string }{
	"bars":      {"an indicator of each instrument, at each bar", "sample"},
	"signals":   {"grades of a provider, absent ones too", "demo"},
	"portfolio": {"a choice among all instruments, on a schedule", "sample"},
}

func (c *command) strategyNewCommand() *cobra.Command {
	var dir, modulePath, local, kind string
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "write a Go module with a strategy of your own, a test and a binary that runs it",
		Long: `Writes a Go module: the strategy, its sample configuration, a test that looks for
peeking into the future and other cheats, a story of a few bars, a README, and a main that
is the signalman program with the strategy added.

Templates:
` + templateList() + `
Bars, signals and schedules may be mixed: a template is a beginning.`,
		Example: `  signalman strategy new my_idea
  signalman strategy new my_idea --template signals
  signalman strategy new my_idea --local ../signalman    build against a checkout`,
		Args: exact(1, "one name"),
		RunE: func(_ *cobra.Command, args []string) error {
			if !strategyName.MatchString(args[0]) {
				return usageError("use a name such as my_idea", "strategy name %q must be 2 to 31 lower-case letters, digits and underscores, and begin with a letter", args[0])
			}
			if err := c.freeName(args[0]); err != nil {
				return err
			}
			t, ok := templates[kind]
			if !ok {
				return usageError("use one of "+strings.Join(slices.Sorted(maps.Keys(templates)), ", "), "there is no template %q", kind)
			}
			n := newStrategy{Name: args[0], Package: packageName(args[0]), Module: modulePath, Version: "v" + release, History: t.history}
			if dir == "" {
				dir = args[0]
			}
			if n.Module == "" {
				n.Module = "example.com/" + args[0]
			}
			if err := builder.CheckPath(n.Module); err != nil {
				return err
			}
			if err := n.useLocal(local); err != nil {
				return err
			}
			return c.writeStrategy(n, dir, kind)
		},
	}
	cmd.Flags().StringVar(&kind, "template", "bars", "what to begin with: bars, signals or portfolio")
	cmd.Flags().StringVar(&dir, "dir", "", "directory to write to, which must not exist (default: NAME)")
	cmd.Flags().StringVar(&modulePath, "module", "", "path of the new module (default: example.com/NAME)")
	cmd.Flags().StringVar(&local, "local", "", "build against this checkout of signalman instead of a published version (default: the current directory, if it is one)")
	return cmd
}

// templateList has a line for each template.
func templateList() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, templates[name].doc)
	}
	return b.String()
}

// packageName is the Go package of a strategy.
func packageName(name string) string { return strings.ReplaceAll(name, "_", "") }

// otherwise are names that a package may have in Go, but not here: folders that Go treats
// in a way of its own, and variables of the templates that would hide the package.
var otherwise = []string{"main", "init", "documentation", "internal", "vendor", "testdata", "plugins", "story"}

// imports finds the paths that a template imports.
var imports = regexp.MustCompile(`(?m)^\t(?:_ )?"([^"<]+)"$`)

// templateImports lists the names of the packages that the templates import.
func templateImports() (list []string, err error) {
	err = fs.WalkDir(scaffold, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := scaffold.ReadFile(name)
		for _, m := range imports.FindAllSubmatch(text, -1) {
			list = append(list, path.Base(string(m[1])))
		}
		return err
	})
	return list, err
}

// freeName refuses names that no package can have, or that a strategy has already.
func (c *command) freeName(name string) error {
	pkg := packageName(name)
	if token.IsKeyword(pkg) || doc.IsPredeclared(pkg) || slices.Contains(otherwise, pkg) {
		return usageError("use a name such as my_idea", "strategy name %q means something else in Go, or in the module that is written", name)
	}
	taken, err := templateImports()
	if err != nil {
		return err
	}
	if slices.Contains(taken, pkg) {
		return usageError("use a name such as my_idea", "strategy name %q is that of a package which the new module imports", name)
	}
	for _, p := range c.plugins.Strategies {
		if p.Name == name {
			return usageError("see 'signalman strategy list'", "there is a strategy %q already", name)
		}
	}
	return nil
}

// checkout returns the absolute path of a checkout of this module: of dir, or where that is
// empty of the current directory, if it is one; else "".
func checkout(dir string) (string, error) {
	named := dir != ""
	if !named {
		dir = "."
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(abs, "go.mod"))
	switch {
	case err == nil && bytes.HasPrefix(mod, []byte("module "+module+"\n")):
		return abs, nil
	case named:
		return "", usageError("name the directory that holds its go.mod", "--local %s is not a checkout of %s", dir, module)
	}
	return "", nil
}

// useLocal takes the requirements of a checkout over, so that the new module builds
// against it without any download.
func (n *newStrategy) useLocal(dir string) (err error) {
	if n.Local, err = checkout(dir); err != nil || n.Local == "" {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(n.Local, "go.mod"))
	var list []string
	for line := range strings.Lines(string(mod)) {
		if needs, ok := strings.CutPrefix(line, "\t"); ok {
			needs, _, _ = strings.Cut(needs, "//")
			list = append(list, "\t"+strings.TrimSpace(needs)+" // indirect\n")
		}
	}
	slices.Sort(list)
	n.Require = "require (\n" + strings.Join(list, "") + ")"
	return err
}

// writeStrategy fills the templates in. Nothing is left behind where it fails.
func (c *command) writeStrategy(n newStrategy, dir, kind string) (err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return &market.Error{Class: market.Usage, Err: err, Hint: "choose another name, or a directory with --dir"}
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	root, err := fs.Sub(scaffold, "scaffold")
	if err != nil {
		return err
	}
	files, err := template.New("").Delims("<<", ">>").ParseFS(root, "*.tmpl", kind+"/*.tmpl")
	if err != nil {
		return err
	}
	for _, t := range files.Templates() {
		name := strings.TrimSuffix(strings.ReplaceAll(t.Name(), "NAME", n.Package), ".tmpl")
		if name == "gitignore" {
			name = "." + name // a pattern of Go's embed takes no file with a dot
		}
		if err := n.write(t, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if n.Local != "" {
		sums, err := os.ReadFile(filepath.Join(n.Local, "go.sum"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644); err != nil {
			return err
		}
	}
	return c.welcome(n, dir)
}

func (n *newStrategy) write(t *template.Template, path string) error {
	if slices.Contains([]string{"NAME.go.tmpl", "NAME_test.go.tmpl", "example_test.go.tmpl", "sample.toml.tmpl"}, t.Name()) {
		path = filepath.Join(filepath.Dir(path), n.Package, filepath.Base(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, n); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func (c *command) welcome(n newStrategy, dir string) error {
	tidy := ""
	if n.Local == "" {
		tidy = fmt.Sprintf(`  go mod tidy        # downloads signalman %s
                     # where that is not published, build against a checkout of it, DIR:
                     #   go mod edit -replace %s=DIR
                     # 'signalman strategy new' does so with --local DIR
`, n.Version, module)
	}
	_, err := fmt.Fprintf(c.out, `%s: strategy %s written. Next:
  cd %s
%s  go test ./...
  go run . backtest
`, dir, n.Name, dir, tidy)
	return err
}
