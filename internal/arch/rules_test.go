package arch

import (
	"fmt"
	"strings"
	"testing"
)

func TestForbiddenArrowsAreReported(t *testing.T) {
	rules, err := parseArrows(arrows)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, imports, want string }{
		{"engine/engine.go", "market", ""},
		{"engine/engine.go", "live", "engine may not import live"},
		{"engine/engine.go", "internal/testkit", "engine may not import internal/testkit"},
		{"engine/engine_test.go", "internal/testkit", ""},
		{"engine/engine_test.go", "live", "engine may not import live"},
		{"engine/example_test.go", "live", ""}, // an external test package, see below
		{"strategy/smacross/smacross.go", "indicator", ""},
		{"strategy/smacross/smacross.go", "internal/desk", "strategy/smacross may not import internal/desk"},
		{"strategy/smacross/smacross.go", "strategy/emacross", "may not import strategy/emacross"},
		{"strategy/all/all.go", "strategy/emacross", ""},
		{"strategy/all/all.go", "strategy", ""},
		{"strategy/all/all.go", "risk", "strategy/all may not import risk"},
		{"strategy/strategytest/suite.go", "backtest", ""},
		{"strategy/strategytest/suite.go", "live/control", "may not import live/control"},
		{"backtest/run.go", "store", "backtest may not import store"}, // not a conformance package
		{"exchange/sim/sim.go", "exchange", ""},
		{"exchange/binance/binance.go", "exchange/sim", "exchange/binance may not import exchange/sim"},
		{"market/bar.go", "indicator", "may: nothing of this module"},
		{"app/app.go", "live", ""},
		{"app/app.go", "cmd/signalman", "app may not import cmd/signalman"},
		{"cmd/signalman/main.go", "market", "cmd/signalman may not import market"},
		{"cmd/mksample/main.go", "market", ""},
		{"surprise/surprise.go", "market", "no line of the table of arrows in internal/arch/policy_test.go"},
	} {
		name := "x"
		if strings.Contains(c.file, "example_test") {
			name = "x_test"
		}
		tree := parse(t, map[string]string{c.file: fmt.Sprintf("package %s\nimport _ %q\n", name, "example.org/m/"+c.imports)})
		want(t, c.file+" imports "+c.imports, tree.checkArrows(rules), c.want)
	}
}

func TestTableOfArrowsMustParse(t *testing.T) {
	for _, table := range []string{"a", "< b", "a < b < c"} {
		if _, err := parseArrows(table); err == nil {
			t.Errorf("%q parses", table)
		}
	}
}

func TestMissingCommentsAreReported(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"func F() {}", "x.go:4:6: exported F has no comment"},
		{"// F is.\nfunc F() {}\nfunc g() {}", ""},
		{"type T int", "exported T"},
		{"// T is.\ntype T struct{ Field int }", ""},
		{"// group\ntype (\nT int\n)", "exported T"},
		{"// T is.\ntype T int\nfunc (T) M() {}", "exported M"},
		{"type t int\nfunc (t) M() {}", ""},
		{"// T is.\ntype T[K any] struct{}\nfunc (*T[K]) M() {}", "exported M"},
		{"// I is.\ntype I interface{ M() }", "exported M"},
		{"// I is. M does.\ntype I interface{ M() }", ""},
		{"// I is.\ntype I interface{\n// M does.\nM() }", ""},
		{"const C = 1", "exported C"},
		{"// The cs.\nconst (\nC = 1\nD = 2\n)", ""},
		{"var (\nV = 1 // is one\n)", ""},
		{"var V int", "exported V"},
		{"//go:noinline\nfunc F() {}", "exported F"},
	} {
		tree := parse(t, map[string]string{"x/x.go": "// Package x is.\npackage x\n\n" + c.code + "\n"})
		want(t, c.code, tree.checkDocuments(), c.want)
	}
}

func TestPackageCommentsAreCounted(t *testing.T) {
	none := parse(t, map[string]string{"x/x.go": "package x\n", "y/y_test.go": "package y\n"})
	want(t, "none", none.checkDocuments(), "x: the package has no package comment")
	two := parse(t, map[string]string{"x/a.go": "// Package x is.\npackage x\n", "x/b.go": "// Package x is.\npackage x\n"})
	want(t, "two", two.checkDocuments(), "x/b.go:1:1: a second package comment: x/a.go has one already")
}

func TestSizesAreReported(t *testing.T) {
	long := func(lines int) string { return "package x\nfunc f() {\n" + strings.Repeat("\n", lines-3) + "}\n" }
	files := map[string]string{}
	for i := range 10 {
		files[fmt.Sprintf("x/%d.go", i)] = "package x\nfunc f() {}\n"
	}
	want(t, "small", parse(t, files).checkSizes(), "")
	files["x/0.go"], files["x/t_test.go"] = long(800), long(800)
	want(t, "one long file of ten", parse(t, files).checkSizes(), "")
	files["x/t_test.go"] = long(801)
	want(t, "too long", parse(t, files).checkSizes(), "x/t_test.go: 801 lines")
	delete(files, "x/t_test.go")
	files["x/1.go"] = long(401)
	found := parse(t, files).checkSizes()
	if len(found) != 2 || !strings.Contains(found[0].why, " 401 x/1.go") || !strings.Contains(found[1].why, " 799 x/0.go:2 f") {
		t.Errorf("want files and functions with the worst of each, have %v", found)
	}
	want(t, "median", parse(t, map[string]string{"x/x.go": long(13)}).checkSizes(), "functions: the median has 12 lines")
}

func TestReplacementsAreReported(t *testing.T) {
	want(t, "none", replacements([]byte("module m\nrequire a v1.0.0 // replace\n")), "")
	want(t, "line", replacements([]byte("module m\nreplace a => ../a\n")), "go.mod:2: replace")
	want(t, "block", replacements([]byte("module m\nreplace (\n\ta => ../a\n)\n")), "go.mod:3: replace")
}

func TestLeaksAreReported(t *testing.T) {
	slash, key := "/", strings.Repeat("aB3dE5gH7jK9mN1p", 4)
	for _, c := range []struct{ text, want string }{
		{"see " + slash + "root/x", "doc.md:1: looks like a path of one machine"},
		{"one\ndata = \"" + slash + "home/me/x\"", "doc.md:2: looks like a path"},
		{"https://example.org" + slash + "work/x, frame" + slash + "work/x, ~" + slash + "work/", ""},
		{"key = " + key, "looks like a Binance key"},
		{"hash " + strings.Repeat("0123456789abcdef", 4), ""},
		{strings.Fields(public)[0], ""},
		{"tm-" + "1234abcd-56ef-7890-abcd-0123456789ef", "looks like a Token Metrics key"},
		{"tm-00000000-0000-0000-0000-000000000000", ""},
		{"sk-" + "abcdefghijklmnopqrstuvwx", "looks like an API key"},
		{"-----BEGIN EC " + "PRIVATE KEY-----\n" + strings.Repeat("MHcC", 12), "looks like a private key"},
		{"-----BEGIN " + "PRIVATE KEY-----\n…", ""},
	} {
		want(t, c.text, checkText("doc.md", c.text, strings.Fields(public)), c.want)
	}
}

func TestNotesAreReported(t *testing.T) {
	tree := parse(t, map[string]string{"x.go": "package x\n\n// TO" + "DO: later\n"})
	want(t, "note", tree.checkNotes(), "x.go:3:1: TO"+"DO: do it, or leave it out")
}

func TestTreeLeavesOutWhatIsNotOfTheModule(t *testing.T) {
	tree := parse(t, map[string]string{
		"a/a.go": "package a\n", "a/testdata/b.go": "package b\n", ".git/c.go": "package c\n", "_d/d.go": "package d\n",
		"e/go.mod": "module e\n", "e/e.go": "package e\n", "vendor/f/f.go": "package f\n",
	})
	if dirs := tree.dirs(); len(dirs) != 1 || dirs[0] != "a" {
		t.Errorf("want a only, have %v", dirs)
	}
}

// want expects one finding that contains a text, or none where it is empty.
func want(t *testing.T, what string, found []finding, text string) {
	t.Helper()
	switch {
	case text == "" && len(found) > 0:
		t.Errorf("%s: want nothing, have %v", what, found)
	case text != "" && (len(found) != 1 || !strings.Contains(found[0].String(), text)):
		t.Errorf("%s: want %q, have %v", what, text, found)
	}
}
