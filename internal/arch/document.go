package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode"
)

// checkDocuments finds packages without exactly one package comment, and exported
// identifiers without a comment: types, functions, methods of exported types,
// constants, variables, and outside internal/ the methods of exported interfaces,
// whose comments are the contract that others implement.
func (t *tree) checkDocuments() []finding {
	var found []finding
	comments := map[string][]*source{}
	for _, s := range t.sources {
		if s.test() {
			continue
		}
		documented := comments[s.dir]
		if s.file.Doc.Text() != "" {
			documented = append(documented, s)
		}
		comments[s.dir] = documented
		if s.file.Name.Name != "main" {
			found = append(found, t.checkDecls(s)...)
		}
	}
	for _, dir := range t.dirs() {
		documented, ok := comments[dir]
		if ok && len(documented) == 0 {
			found = append(found, finding{dir, "the package has no package comment: add a doc.go"})
		}
		for _, s := range documented[min(1, len(documented)):] {
			found = append(found, t.at(s.file.Doc.Pos(), "a second package comment: %s has one already", documented[0].path))
		}
	}
	return found
}

func (t *tree) checkDecls(s *source) []finding {
	var found []finding
	for _, decl := range s.file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && exportedReceiver(decl) && decl.Doc.Text() == "" {
				found = append(found, t.undocumented(decl.Name))
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				found = append(found, t.checkSpec(decl, spec)...)
				if !match("internal/...", s.dir) {
					found = append(found, t.checkMethods(decl, spec)...)
				}
			}
		}
	}
	return found
}

// checkSpec checks one type or one line of constants or variables. A comment on a
// group speaks for the constants and variables in it, not for types.
func (t *tree) checkSpec(decl *ast.GenDecl, spec ast.Spec) []finding {
	var found []finding
	group := decl.Doc.Text() != ""
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		alone := decl.Lparen == token.NoPos && group
		if spec.Name.IsExported() && !alone && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
			found = append(found, t.undocumented(spec.Name))
		}
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() && !group && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
				found = append(found, t.undocumented(name))
			}
		}
	}
	return found
}

// checkMethods checks the methods of an exported interface. One that the comment of
// the interface speaks of by name needs no other.
func (t *tree) checkMethods(decl *ast.GenDecl, spec ast.Spec) []finding {
	named, ok := spec.(*ast.TypeSpec)
	if !ok || !named.Name.IsExported() {
		return nil
	}
	i, ok := named.Type.(*ast.InterfaceType)
	if !ok {
		return nil
	}
	words := strings.FieldsFunc(decl.Doc.Text()+" "+named.Doc.Text(), func(r rune) bool { return !unicode.IsLetter(r) })
	var found []finding
	for _, field := range i.Methods.List {
		for _, name := range field.Names {
			commented := field.Doc.Text() != "" || field.Comment.Text() != ""
			if name.IsExported() && !commented && !slices.Contains(words, name.Name) {
				found = append(found, t.undocumented(name))
			}
		}
	}
	return found
}

func (t *tree) undocumented(name *ast.Ident) finding {
	return t.at(name.Pos(), "exported %s has no comment", name.Name)
}

// exportedReceiver reports whether a function is no method, or one of an exported
// type.
func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	e := decl.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
