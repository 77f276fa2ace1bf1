package arch

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// finding is a place that breaks a rule.
type finding struct {
	at  string // file:line:column, relative to the root of the module
	why string // what is wrong and what to do instead
}

func (f finding) String() string { return f.at + ": " + f.why }

// source is one Go file.
type source struct {
	path  string // relative to the root, with slashes
	dir   string // the package's directory: "." for the root
	file  *ast.File
	lines int
}

// test reports whether the file is compiled for tests only.
func (s *source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// external reports whether the file belongs to an external test package.
func (s *source) external() bool {
	return s.test() && strings.HasSuffix(s.file.Name.Name, "_test")
}

// tree is every Go file of a module, sorted by path.
type tree struct {
	module  string // the module's path
	fset    *token.FileSet
	sources []*source
}

// parseTree parses the module whose go.mod is at the root of fsys. As for the go
// command, nested modules, vendor, testdata and names that begin with a dot or an
// underscore are not part of it. A file that does not parse is an error.
func parseTree(fsys fs.FS) (*tree, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, err
	}
	t := &tree{module: modulePath(mod), fset: token.NewFileSet()}
	if t.module == "" {
		return nil, fmt.Errorf("go.mod names no module")
	}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(fsys, name)
		}
		if !strings.HasSuffix(name, ".go") || hidden(name) {
			return nil
		}
		return t.add(fsys, name)
	})
	return t, err
}

// enter returns fs.SkipDir for a directory that is not part of the module.
func enter(fsys fs.FS, dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if hidden(dir) || base == "testdata" || base == "vendor" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func hidden(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func (t *tree) add(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	lines := t.fset.File(file.FileStart).LineCount()
	t.sources = append(t.sources, &source{path: name, dir: path.Dir(name), file: file, lines: lines})
	return nil
}

// at makes a finding at pos.
func (t *tree) at(pos token.Pos, format string, args ...any) finding {
	return finding{at: t.fset.Position(pos).String(), why: fmt.Sprintf(format, args...)}
}

// dirs returns the directories that hold Go files, sorted.
func (t *tree) dirs() []string {
	var dirs []string
	for _, s := range t.sources {
		dirs = append(dirs, s.dir)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// importPath returns the import path of the package in dir.
func (t *tree) importPath(dir string) string { return path.Join(t.module, dir) }

// inModule returns the directory of an import path, if it is of this module.
func (t *tree) inModule(importPath string) (dir string, ok bool) {
	if importPath == t.module {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.module+"/")
}

// modulePath returns the path that a go.mod declares.
func modulePath(mod []byte) string {
	for _, fields := range modLines(mod) {
		if fields[0] == "module" && len(fields) > 1 {
			return strings.Trim(fields[1], `"`)
		}
	}
	return ""
}

// modLines returns the words of each line of a go.mod by line number, comments and
// blank lines left out. A block's keyword stands before each line of the block.
func modLines(mod []byte) map[int][]string {
	lines, block := map[int][]string{}, ""
	scan := bufio.NewScanner(bytes.NewReader(mod))
	for n := 1; scan.Scan(); n++ {
		text, _, _ := strings.Cut(scan.Text(), "//")
		fields := strings.Fields(strings.ReplaceAll(text, "(", " ( "))
		switch {
		case len(fields) == 0:
		case fields[0] == ")":
			block = ""
		case len(fields) == 2 && fields[1] == "(":
			block = fields[0]
		case block != "":
			lines[n] = append([]string{block}, fields...)
		default:
			lines[n] = fields
		}
	}
	return lines
}

// replacements finds the replace directives of a go.mod: who installs a command
// with "go install path@version" or imports the module does not get them.
func replacements(mod []byte) []finding {
	var found []finding
	for n, fields := range modLines(mod) {
		if fields[0] == "replace" {
			found = append(found, finding{fmt.Sprintf("go.mod:%d", n), "replace directives do not reach users of the module"})
		}
	}
	return found
}
