package builder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A Module is a Go module with plug-ins in some of its packages.
type Module struct {
	Path    string // of the module, or of a package in it
	Version string // "" is the latest; of no account where there is a Dir
	Dir     string // absolute, of a local copy; "" takes the published module

	root string // path of the module that Dir holds
	core string // absolute directory that Dir's go.mod puts in the place of Core; may be empty
}

// Core is the path of the module that plug-ins are added to.
const Core = "github.com/signalman-trading/signalman"

// modulePath is what a module or a package may be called.
var modulePath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9._~-]+)*$`)

// major is a major version in a path that Go does not take: version 2 is the first to stand there.
var major = regexp.MustCompile(`/v(0[0-9]*|1)$`)

// CheckPath refuses, with an error of class usage, what a new module cannot be called: Go wants
// a domain, and keeps some names to itself; those of Core are taken.
func CheckPath(path string) error {
	parts := strings.Split(path, "/")
	odd := func(part string) bool {
		return part == "vendor" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".")
	}
	switch domain := parts[0]; {
	case path == Core || strings.HasPrefix(path, Core+"/"):
		return usage("use a path of your own, such as example.com/my_idea", "%s is the path of signalman itself", path)
	case !modulePath.MatchString(path) || slices.ContainsFunc(parts, odd) || major.MatchString(path):
		return usage("use one such as example.com/my_idea", "%q is not the path of a module", path)
	case !strings.Contains(domain, ".") || strings.ToLower(domain) != domain || strings.ContainsAny(domain, "_~"):
		return usage("use one such as example.com/my_idea", "%q is not the path of a module: it has to begin with a domain, in lower case", path)
	}
	return nil
}

// ParseModule reads MODULE[@VERSION][=DIR]; or a directory alone, which begins with a dot
// or is absolute, and whose go.mod says the rest. The errors are of class usage.
func ParseModule(text string) (Module, error) {
	var m Module
	spec, dir, local := strings.Cut(text, "=")
	switch {
	case !local && (strings.HasPrefix(text, ".") || filepath.IsAbs(text)):
		spec, dir, local = "", text, true
	case local && dir == "":
		return m, usage("name a directory behind it, or leave it away", "%q ends with =", text)
	}
	m.Path, m.Version, _ = strings.Cut(spec, "@")
	switch {
	case local && m.Version != "":
		return m, usage("leave one of them away", "%q has a version and a directory", text)
	case spec != "" && !modulePath.MatchString(m.Path):
		return m, usage("write it as Go does: example.com/my_idea, or example.com/my_idea=DIR", "%q is not the path of a module", m.Path)
	case strings.HasSuffix(spec, "@"):
		return m, usage("name a version behind it, or leave it away", "%q ends with @", spec)
	case local:
		return m, m.open(dir)
	}
	if first, _, _ := strings.Cut(m.Path, "/"); !strings.Contains(first, ".") {
		return m, usage("write ./"+m.Path+" for the directory", "%q is not the path of a module: it would begin with a domain", m.Path)
	}
	return m, nil
}

// open reads what the go.mod of a local copy says.
func (m *Module) open(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	m.Dir = abs
	text, err := os.ReadFile(filepath.Join(abs, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return usage("name the directory that holds a go.mod", "%s is not the directory of a module", dir)
	}
	if err != nil {
		return err
	}
	match := regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)"?`).FindSubmatch(text)
	if match == nil {
		return usage("", "%s does not say which module it is", filepath.Join(dir, "go.mod"))
	}
	m.root = string(match[1])
	if m.Path == "" {
		m.Path = m.root
	}
	if m.Path != m.root && !strings.HasPrefix(m.Path, m.root+"/") {
		return usage(fmt.Sprintf("write --with %s=%s", m.root, dir), "%s holds the module %s, not %s", dir, m.root, m.Path)
	}
	m.core = replaced(text, abs)
	return nil
}

// replaced returns the directory that a go.mod puts in the place of Core, or "".
func replaced(mod []byte, dir string) string {
	match := regexp.MustCompile(`(?m)^(?:replace)?\s*` + regexp.QuoteMeta(Core) + `(?:\s+v\S+)?\s*=>\s*"?((?:\.|/|[A-Za-z]:)[^\s"]*)"?`).FindSubmatch(mod)
	switch {
	case match == nil:
		return ""
	case filepath.IsAbs(string(match[1])):
		return string(match[1])
	}
	return filepath.Join(dir, string(match[1]))
}

// stand is the version that a local copy of a module goes by: Go wants its major version
// to be that of the path.
func stand(path string) string {
	match := regexp.MustCompile(`[/.]v([0-9]+)$`).FindStringSubmatch(path)
	if match == nil {
		return "v0.0.0"
	}
	return "v" + match[1] + ".0.0"
}

func usage(hint, format string, args ...any) error {
	return &market.Error{Class: market.Usage, Err: fmt.Errorf(format, args...), Hint: hint}
}
