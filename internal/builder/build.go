package builder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A Build makes one program.
type Build struct {
	Modules []Module
	Local   string    // checkout of Core; "" takes that of the modules' go.mod, or Version
	Version string    // of Core, where there is no checkout
	Output  string    // file to write
	Log     io.Writer // gets what Go says while it works, and what is left out

	dir string // of the module that is built
}

// ErrNoGo says that building needs Go.
var ErrNoGo = errors.New("this needs Go, and there is no 'go' on the PATH")

// FindGo returns the go command. The error wraps ErrNoGo, and says what to do.
func FindGo() (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", &market.Error{Class: market.Failed, Err: ErrNoGo, Hint: "install it from https://go.dev/dl/"}
	}
	return path, nil
}

// Run builds the program, and returns the plug-ins that were added, in the order of the
// modules and by package. Nothing is left behind where it fails. Errors are of class usage
// where a module has no plug-in, and of class venue where the network is missing.
func (b *Build) Run(ctx context.Context) (list []Plugin, err error) {
	if _, err := FindGo(); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "signalman-build-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.dir)
	if err := b.begin(ctx); err != nil {
		return nil, err
	}
	for _, m := range b.Modules {
		found, err := b.plugins(ctx, m)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "main.go"), program(list), 0o600); err != nil {
		return nil, err
	}
	return list, b.build(ctx)
}

// build compiles the program, and starts it once where this system can: what it says
// against its plug-ins, such as two of one name, is said now.
func (b *Build) build(ctx context.Context) error {
	out, err := filepath.Abs(b.Output)
	if err != nil {
		return err
	}
	if err := b.profile(ctx); err != nil {
		return err
	}
	made := out + ".new"
	defer os.Remove(made)
	if _, err := b.run(ctx, "build", "-mod=mod", "-buildvcs=false", "-o", made, "."); err != nil {
		return err
	}
	target, err := b.run(ctx, "env", "GOOS", "GOARCH")
	if err != nil {
		return err
	}
	if strings.Join(strings.Fields(string(target)), "/") == runtime.GOOS+"/"+runtime.GOARCH {
		if text, err := exec.CommandContext(ctx, made, "version").CombinedOutput(); err != nil {
			return &market.Error{Class: market.Failed, Err: fmt.Errorf("the program does not start: %w: %s", err, bytes.TrimSpace(text))}
		}
	}
	return os.Rename(made, out)
}

// check refuses modules that stand twice or are no plug-ins, and an output that cannot be
// written; and finds the checkout.
func (b *Build) check() error {
	if info, err := os.Stat(b.Output); err == nil && info.IsDir() {
		return usage("name a file", "%s is a directory", b.Output)
	}
	if info, err := os.Stat(filepath.Dir(b.Output)); err != nil || !info.IsDir() {
		return usage("make it first, or name a file elsewhere", "%s is to be written into a directory that does not exist", b.Output)
	}
	for i, m := range b.Modules {
		if m.Path == Core || m.root == Core {
			return usage("name a checkout of it with --local DIR", "%s is what plug-ins are added to", Core)
		}
		if slices.ContainsFunc(b.Modules[:i], func(o Module) bool { return o.Path == m.Path }) {
			return usage("leave one away", "%s stands twice", m.Path)
		}
		if b.Local == "" {
			b.Local = m.core
		}
	}
	return nil
}

// begin writes the go.mod of the program, with the local copies in it, and lets Go add
// the published modules. The sums of local copies are known: with them nothing that Go has
// downloaded before is asked for again.
func (b *Build) begin(ctx context.Context) error {
	mod, sums := bytes.NewBufferString("module signalman.build/custom\n\ngo 1.26.0\n"), &bytes.Buffer{}
	local := func(path, dir string) error {
		fmt.Fprintf(mod, "\nrequire %s %s\n\nreplace %[1]s => %[3]q\n", path, stand(path), dir)
		text, err := os.ReadFile(filepath.Join(dir, "go.sum"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		sums.Write(text)
		return err
	}
	get := []string{"get"}
	if b.Local == "" {
		get = append(get, Core+"@"+b.Version)
	} else if err := local(Core, b.Local); err != nil {
		return err
	}
	var copies []string
	for _, m := range b.Modules {
		switch {
		case m.Dir == "" && m.Version != "":
			get = append(get, m.Path+"@"+m.Version)
		case m.Dir == "":
			get = append(get, m.Path+"@latest")
		case !slices.Contains(copies, m.root):
			copies = append(copies, m.root)
			if err := local(m.root, m.Dir); err != nil {
				return err
			}
		}
	}
	err := os.WriteFile(filepath.Join(b.dir, "go.mod"), mod.Bytes(), 0o600)
	if err = errors.Join(err, os.WriteFile(filepath.Join(b.dir, "go.sum"), sums.Bytes(), 0o600)); err == nil && len(get) > 1 {
		_, err = b.run(ctx, get...)
	}
	var e *market.Error
	if b.Local == "" && errors.As(err, &e) && e.Class == market.Failed {
		e.Hint += fmt.Sprintf("; where %s is not published, name a checkout of it with --local DIR", get[1])
	}
	return err
}

// listed is what Go says of a package.
type listed struct {
	ImportPath, Name, Dir string
	GoFiles               []string
}

// plugins returns the plug-ins of a module, or of the package that it names.
func (b *Build) plugins(ctx context.Context, m Module) (list []Plugin, err error) {
	text, err := b.run(ctx, "list", "-mod=mod", "-json=ImportPath,Name,Dir,GoFiles", m.Path+"/...")
	if err != nil {
		return nil, err
	}
	var others []string
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Name == "main" || slices.Contains(strings.Split(p.ImportPath, "/"), "internal") {
			continue // no other program can import it
		}
		found, odd, err := find(p.ImportPath, p.Dir, p.GoFiles)
		if err != nil {
			return nil, err
		}
		list, others = append(list, found...), append(others, odd...)
	}
	const hint = "see docs/plugins.md: func Plugin() strategy.Plugin, or one of risk, signals or exchange, without an alias or an error"
	if len(list) > 0 {
		for _, odd := range others {
			fmt.Fprintf(b.Log, "left out: %s; %s\n", odd, hint)
		}
		return list, nil
	}
	why := "none of its packages has a function Plugin() or Plugins()"
	if len(others) > 0 {
		why = strings.Join(others, ", ")
	}
	return nil, usage(hint, "%s has no plug-in: %s", m.Path, why)
}

// profile takes over what tells the compiler which code is hot, where the core has it.
func (b *Build) profile(ctx context.Context) error {
	dir, err := b.run(ctx, "list", "-mod=mod", "-m", "-f", "{{.Dir}}", Core)
	if err != nil {
		return err
	}
	const name = "default.pgo"
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "cmd", "signalman", name))
	if err != nil {
		return nil // slower, and right all the same
	}
	return os.WriteFile(filepath.Join(b.dir, name), text, 0o600)
}

// program is the main package.
func program(list []Plugin) []byte {
	var imports, adds strings.Builder
	for i, p := range list {
		fmt.Fprintf(&imports, "\tp%d %q\n", i, p.Package)
		more := ""
		if p.Call == "Plugins" {
			more = "..."
		}
		fmt.Fprintf(&adds, "\tplugins.%s = append(plugins.%[1]s, p%d.%s()%s)\n", p.list, i, p.Call, more)
	}
	return fmt.Appendf(nil, `// Command signalman with further plug-ins.
package main

import (
	"os"

	"%s/app"

%s)

func main() {
	plugins := app.Default()
%s	os.Exit(app.Main(plugins))
}
`, Core, &imports, &adds)
}

// unreachable is what Go says where the network is missing, or a proxy refuses.
var unreachable = regexp.MustCompile(`reading http\S+: (403|407|429|5\d\d) |dial tcp|no such host|i/o timeout|connection refused|network is unreachable|TLS handshake|GOPROXY=off|proxyconnect`)

// run runs Go in the module, and returns its output.
func (b *Build) run(ctx context.Context, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	c := Command(ctx, b.dir, "go", args...)
	c.Stdout, c.Stderr = &out, io.MultiWriter(&said, b.Log)
	c.Env = append(os.Environ(), "GOWORK=off", "PWD="+b.dir)
	err := Run(ctx, c)
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case unreachable.Match(said.Bytes()):
		return nil, &market.Error{Class: market.Venue, Err: fmt.Errorf("go %s: what it needs could not be downloaded", args[0]),
			Hint: "check the network and GOPROXY, or name local copies: --with MODULE=DIR, --local DIR"}
	}
	return nil, &market.Error{Class: market.Failed, Err: fmt.Errorf("go %s failed: %w", args[0], err), Hint: "what it said stands above"}
}
