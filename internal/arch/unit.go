package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
)

// listed is what "go list" says of a package.
type listed struct {
	ImportPath, Export string
	GoFiles            []string
}

// listing is the answer of "go list", by import path.
type listing map[string]listed

// list asks the go command, in the module at root, for packages and all that they
// depend on, with the files that hold their export data.
func list(root string, packages ...string) (listing, error) {
	args := []string{"list", "-e", "-export", "-deps", "-json=ImportPath,Export,GoFiles", "--"}
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Dir = root
	var errText bytes.Buffer
	cmd.Stderr = &errText
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, errText.String())
	}
	found := listing{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		found[l.ImportPath] = l
	}
}

// importer returns an importer that reads the export data of the listing.
func (l listing) importer(fset *token.FileSet) types.Importer {
	return importer.ForCompiler(fset, "gc", func(name string) (io.ReadCloser, error) {
		export := l[name].Export
		if export == "" {
			return nil, fmt.Errorf("no export data of %s: it does not compile, or nothing lists it", name)
		}
		return os.Open(export)
	})
}

// unit is one type-checked package, without its tests.
type unit struct {
	dir   string
	files []*ast.File
	info  *types.Info
}

// check type-checks the package in dir. Where it cannot, that is a finding: a rule
// that silently checks nothing would be worse than none.
func (t *tree) check(dir string, imports types.Importer) (*unit, []finding) {
	u := &unit{dir: dir, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}}
	for _, s := range t.sources {
		if s.dir == dir && !s.test() {
			u.files = append(u.files, s.file)
		}
	}
	var found []finding
	conf := types.Config{Importer: imports, Error: func(err error) {
		if len(found) == 0 {
			found = append(found, finding{dir, "cannot be type-checked: " + err.Error()})
		}
	}}
	if _, err := conf.Check(t.importPath(dir), t.fset, u.files, u.info); err != nil && len(found) == 0 {
		found = append(found, finding{dir, "cannot be type-checked: " + err.Error()})
	}
	return u, found
}

// checkBuilt finds files of the package in dir that the current platform does not
// build as plain Go, which the type-checked rules would not see.
func (t *tree) checkBuilt(dir string, l listing) []finding {
	p, ok := l[t.importPath(dir)]
	if !ok || len(p.GoFiles) == 0 {
		return []finding{{dir, "cannot be type-checked: the go command builds no file of it here"}}
	}
	built := " " + strings.Join(p.GoFiles, " ") + " "
	var found []finding
	for _, s := range t.sources {
		if s.dir == dir && !s.test() && !strings.Contains(built, " "+path.Base(s.path)+" ") {
			found = append(found, finding{s.path, "a build constraint or cgo hides this file from the check"})
		}
	}
	return found
}
