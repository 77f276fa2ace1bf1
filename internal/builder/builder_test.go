package builder

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// write writes files of a module, by name.
func write(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// needsGo skips a test where Go is not installed, and lets it run offline.
func needsGo(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("Go is not installed")
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "")
}

func TestParseModule(t *testing.T) {
	dir := write(t, map[string]string{
		"go.mod":     "module example.com/my_idea // mine\n\ngo 1.26.0\n\nreplace (\n\t" + Core + " => ../core\n)\n",
		"sub/go.mod": "go 1.26.0\n",
	})
	core := filepath.Join(filepath.Dir(dir), "core")
	for text, want := range map[string]Module{
		"example.com/my_idea":               {Path: "example.com/my_idea"},
		"example.com/my_idea/v2@v2.1.0":     {Path: "example.com/my_idea/v2", Version: "v2.1.0"},
		"example.com/my_idea=" + dir:        {Path: "example.com/my_idea", Dir: dir, root: "example.com/my_idea", core: core},
		"example.com/my_idea/myidea=" + dir: {Path: "example.com/my_idea/myidea", Dir: dir, root: "example.com/my_idea", core: core},
		dir:                                 {Path: "example.com/my_idea", Dir: dir, root: "example.com/my_idea", core: core},
	} {
		got, err := ParseModule(text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Module{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", text, err, diff)
		}
	}
	for text, why := range map[string]string{
		"":                               "not the path of a module",
		"my_idea":                        "write ./my_idea for the directory",
		"example.com/my idea":            "not the path of a module",
		"example.com/my_idea=":           "ends with =",
		"example.com/my_idea@":           "ends with @",
		"example.com/my_idea@v1.0.0=dir": "a version and a directory",
		"example.com/my_idea=" + filepath.Join(dir, "none"): "not the directory of a module",
		"example.com/my_idea=" + filepath.Join(dir, "sub"):  "does not say which module it is",
		"example.com/other=" + dir:                          "holds the module example.com/my_idea, not example.com/other; write --with example.com/my_idea=",
	} {
		if _, err := ParseModule(text); err == nil || !strings.Contains(err.Error(), why) || market.ClassOf(err) != market.Usage {
			t.Errorf("%q: %v, want %q", text, err, why)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for path, why := range map[string]string{
		"example.com/my_idea":    "",
		"example.com/Me/idea/v2": "",
		"my-own.example.com":     "",
		"bad path":               "not the path of a module",
		"example.com/a/":         "not the path of a module",
		"example.com/.a":         "not the path of a module",
		"example.com/a.":         "not the path of a module",
		"example.com/a/v1":       "not the path of a module",
		"example.com/vendor/a":   "not the path of a module",
		"../a":                   "not the path of a module",
		"my_idea":                "has to begin with a domain",
		"testing":                "has to begin with a domain",
		"Example.com/a":          "has to begin with a domain, in lower case",
		Core:                     "the path of signalman itself",
		Core + "/strategy":       "the path of signalman itself",
	} {
		err := CheckPath(path)
		if why == "" && err != nil || why != "" && (err == nil || !strings.Contains(err.Error(), why) || market.ClassOf(err) != market.Usage) {
			t.Errorf("%q: %v, want %q", path, err, why)
		}
	}
}

func TestCheckoutOfGoMod(t *testing.T) {
	for text, want := range map[string]string{
		"replace " + Core + " => ../core":              "/src/core",
		"replace " + Core + " v0.1.0 => ./core":        "/src/mine/core",
		"replace (\n\t" + Core + " => \"/a/b\"\n)":     "/a/b",
		"replace " + Core + " => example.com/f v1.0.0": "",
		"replace " + Core + "/more => ../core":         "",
		"require " + Core + " v0.1.0":                  "",
	} {
		if got := filepath.ToSlash(replaced([]byte("module m\n"+text+"\n"), filepath.FromSlash("/src/mine"))); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestVersionOfLocalCopies(t *testing.T) {
	for path, want := range map[string]string{"example.com/a": "v0.0.0", "example.com/a/v2": "v2.0.0", "gopkg.in/a.v3": "v3.0.0", "example.com/v2/a": "v0.0.0"} {
		if got := stand(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// What counts is the type that a function returns, by whatever name a file knows it.
func TestFind(t *testing.T) {
	dir := write(t, map[string]string{
		"a.go": "package p\nimport (\n\"" + Core + "/strategy\"\nr \"" + Core + "/risk\"\n)\n" +
			"func Plugin() strategy.Plugin { return strategy.Plugin{} }\nfunc Plugins() []r.SizerPlugin { return nil }\n",
		"b.go": "package p\nimport \"example.com/strategy\"\ntype t struct{}\nfunc (t) Plugin() strategy.Plugin { return nil }\nfunc Plugin() strategy.Plugin { return nil }\n",
		"c.go": "package p\nimport \"" + Core + "/signals\"\nfunc Plugin(x int) signals.Plugin { return signals.Plugin{} }\nfunc Plugins() signals.Plugin { panic(0) }\n",
		"d.go": "package p\nfunc Plugin() (a, b int) { return 0, 0 }\nfunc Plugins() {}\n",
	})
	for file, want := range map[string][]Plugin{
		"a.go": {{"strategy", "example.com/p", "Plugin", "Strategies"}, {"sizer", "example.com/p", "Plugins", "Sizers"}},
		"b.go": nil, "c.go": nil, "d.go": nil,
	} {
		got, others, err := find("example.com/p", dir, []string{file})
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Plugin{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", file, err, diff)
		}
		if want == nil && (len(others) == 0 || !strings.HasPrefix(others[0], "example.com/p.Plugin")) {
			t.Errorf("%s: it says nothing of the functions that it did not take: %q", file, others)
		}
	}
}

// What comes close is told beside what is taken.
func TestLeftOut(t *testing.T) {
	needsGo(t)
	const strategies = "import \"" + Core + "/strategy\"\n"
	dir := write(t, map[string]string{
		"go.mod":             "module example.com/a\n\ngo 1.26.0\n\nrequire " + Core + " v0.0.0\n\nreplace " + Core + " => ./core\n",
		"core/go.mod":        "module " + Core + "\n",
		"core/strategy/a.go": "package strategy\n",
		"good/a.go":          "package good\n" + strategies + "func Plugin() strategy.Plugin { return strategy.Plugin{} }\n",
		"alias/a.go":         "package alias\n" + strategies + "type P = strategy.Plugin\nfunc Plugin() P { return P{} }\n",
		"two/a.go":           "package two\n" + strategies + "func Plugin() (strategy.Plugin, error) { return strategy.Plugin{}, nil }\n",
	})
	said := &strings.Builder{}
	b := Build{Log: said, dir: dir}
	list, err := b.plugins(context.Background(), Module{Path: "example.com/a"})
	if err != nil || len(list) != 1 || list[0].Package != "example.com/a/good" {
		t.Fatal(list, err)
	}
	for _, line := range []string{"left out: example.com/a/alias.Plugin is func() P; ", "left out: example.com/a/two.Plugin is func() (strategy.Plugin, error); "} {
		if !strings.Contains(said.String(), line) {
			t.Errorf("there is no %q in\n%s", line, said)
		}
	}
}

func TestUnreachable(t *testing.T) {
	const read = "go: example.com/a@v1.0.0: reading https://proxy.golang.org/example.com/a/@v/v1.0.0.info: "
	for text, want := range map[string]bool{
		read + "403 Forbidden":             true,
		read + "503 Service Unavailable":   true,
		read + "404 Not Found":             false, // there is no such version
		"dial tcp: lookup a: no such host": true,
		"a.go:403: undefined: strategy":    false,
	} {
		if unreachable.MatchString(text) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func TestProgram(t *testing.T) {
	text := string(program([]Plugin{{"rule", "example.com/a", "Plugin", "Rules"}, {"sizer", "example.com/a/b", "Plugins", "Sizers"}}))
	for _, line := range []string{
		"\tp0 \"example.com/a\"\n\tp1 \"example.com/a/b\"\n",
		"\tplugins.Rules = append(plugins.Rules, p0.Plugin())\n\tplugins.Sizers = append(plugins.Sizers, p1.Plugins()...)\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("there is no %q in\n%s", line, text)
		}
	}
}

func TestWithoutGo(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := (&Build{}).Run(context.Background())
	if !errors.Is(err, ErrNoGo) || !strings.Contains(err.Error(), "install it") {
		t.Error(err)
	}
}

// What is found wrong before anything is compiled.
func TestRefusals(t *testing.T) {
	needsGo(t)
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	const mod = "module example.com/a\n\ngo 1.26.0\n"
	empty := write(t, map[string]string{"go.mod": mod, "a.go": "package a\n\nfunc Plugin() string { return \"\" }\n", "internal/b/b.go": "package b\n"})
	broken := write(t, map[string]string{"go.mod": mod, "a.go": "package a\n\nfunc Plugin( {}\n"})
	for _, c := range []struct {
		name  string
		with  []string
		local string
		class market.Class
		why   string
	}{
		{"no plug-in", []string{empty}, root, market.Usage, "example.com/a has no plug-in: example.com/a.Plugin is func() string"},
		{"no such package", []string{"example.com/a/c=" + empty}, root, market.Usage, "example.com/a/c has no plug-in: none of its packages"},
		{"twice", []string{empty, empty}, root, market.Usage, "stands twice"},
		{"the core", []string{Core + "=" + root}, "", market.Usage, "--local DIR"},
		{"does not parse", []string{broken}, root, market.Failed, "a.go:3:14: expected ')'"},
		{"no network", []string{"example.com/a"}, root, market.Venue, "check the network and GOPROXY"},
		{"no network for the core", []string{empty}, "", market.Venue, "check the network and GOPROXY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := Build{Local: c.local, Version: "v0.1.0", Output: filepath.Join(t.TempDir(), "out"), Log: io.Discard}
			for _, text := range c.with {
				m, err := ParseModule(text)
				if err != nil {
					t.Fatal(err)
				}
				b.Modules = append(b.Modules, m)
			}
			_, err := b.Run(context.Background())
			if err == nil || !strings.Contains(err.Error(), c.why) || market.ClassOf(err) != c.class {
				t.Errorf("%v, class %d; want %q, %d", err, market.ClassOf(err), c.why, c.class)
			}
			if _, err := os.Stat(b.dir); b.dir != "" && err == nil {
				t.Errorf("%s is left behind", b.dir)
			}
		})
	}
}

// TestUnpublished: where Go cannot find the version of the core, the error says what to do.
func TestUnpublished(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\necho unknown revision >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if path, err := exec.LookPath("go"); err != nil || filepath.Dir(path) != dir {
		t.Skip("this system runs no scripts by their name")
	}
	b := Build{Version: "v0.1.0", Output: filepath.Join(t.TempDir(), "out"), Log: io.Discard}
	_, err := b.Run(context.Background())
	if want := "where " + Core + "@v0.1.0 is not published, name a checkout of it with --local DIR"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
