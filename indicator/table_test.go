package indicator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An entry is a row of docs/indicators.md, without what only people can check.
type entry struct{ Constructor, Update, Outputs string }

// TestTable holds the table of docs/indicators.md against the code: each type that has a
// constructor, how it is made and fed, and what it says. The column of TA-Lib must name
// the functions that the tests compare with.
func TestTable(t *testing.T) {
	entries, talib := readTable(t)
	if diff := cmp.Diff(readCode(t), entries); diff != "" {
		t.Errorf("docs/indicators.md differs from the code (-code +table):\n%s", diff)
	}
	parameters := regexp.MustCompile(`(_\d+)+`)
	tested := map[string]bool{"SMAPair": true} // two averages at once: smapair_test.go
	for _, s := range subjects() {
		kind, _, _ := strings.Cut(s.name, "(")
		tested[kind] = true
		for _, column := range s.talib {
			name, _, _ := strings.Cut(parameters.ReplaceAllString(column, " "), " ")
			if name != "" && !slices.Contains(strings.FieldsFunc(talib[kind], func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') }), name) {
				t.Errorf("the row of %s does not name TA-Lib's %s", kind, name)
			}
		}
	}
	for kind := range entries {
		if !tested[kind] {
			t.Errorf("%s is no subject of the tests", kind)
		}
	}
}

// readTable returns the rows by type, and their last cells.
func readTable(t *testing.T) (entries map[string]entry, talib map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/indicators.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, talib = map[string]entry{}, map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), "`", "")
		}
		if len(cells) != 6 || cells[0] == "type" || cells[0] == "---" {
			continue
		}
		if _, twice := entries[cells[0]]; twice || cells[4] == "" {
			t.Errorf("the row of %s stands twice, or says no warm-up", cells[0])
		}
		entries[cells[0]] = entry{cells[1], cells[2], cells[3]}
		talib[cells[0]] = cells[5]
	}
	return entries, talib
}

// readCode returns what the source says of each type X that has a NewX.
func readCode(t *testing.T) map[string]entry {
	t.Helper()
	entries := map[string]entry{}
	methods := map[string][]*ast.FuncDecl{}
	for _, f := range functions(t) {
		kind := receiver(f)
		if name, ok := strings.CutPrefix(f.Name.Name, "New"); ok && kind == "" {
			entries[name] = entry{Constructor: f.Name.Name + "(" + names(f.Type.Params) + ")"}
		}
		methods[kind] = append(methods[kind], f)
	}
	for kind, e := range entries {
		var outputs []string
		for _, f := range methods[kind] {
			switch {
			case f.Name.Name == "Update":
				e.Update = names(f.Type.Params)
			case f.Name.Name != "Value" && f.Name.IsExported() && f.Type.Params.NumFields() == 0 && isFloat(f.Type.Results):
				outputs = append(outputs, f.Name.Name)
			}
		}
		e.Outputs = strings.Join(outputs, ", ")
		entries[kind] = e
	}
	return entries
}

// functions returns the functions of the package, file by file.
func functions(t *testing.T) (found []*ast.FuncDecl) {
	t.Helper()
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

// receiver returns the type of which f is a method, or "".
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// names returns the names of a list of parameters as a table shows them.
func names(list *ast.FieldList) string {
	var all []string
	for _, field := range list.List {
		for _, name := range field.Names {
			all = append(all, name.Name)
		}
	}
	return strings.Join(all, ", ")
}

// isFloat reports whether results are floats.
func isFloat(results *ast.FieldList) bool {
	if results == nil {
		return false
	}
	kind, ok := results.List[0].Type.(*ast.Ident)
	return ok && kind.Name == "float64"
}
