package crash_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// marked is a place in the source; mark is what the adapter calls around its requests.
var marked = regexp.MustCompile(`\b(?:failpoint\.(?:Hit|Error)|mark)\((?:q, )?"([^"]+)"`)

// TestEveryPlaceIsListed: docs/crash.md has the places of the source, and no other.
func TestEveryPlaceIsListed(t *testing.T) {
	places := map[string]string{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			if d != nil && d.IsDir() && d.Name() == ".git" {
				return fs.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range marked.FindAllStringSubmatch(string(text), -1) {
			places[m[1]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range listed(t) {
		if places[x.name] == "" {
			t.Errorf("docs/crash.md lists %s, which no source has", x.name)
		}
		delete(places, x.name)
	}
	for _, name := range sorted(places) {
		t.Errorf("%s: %s is not in the table of docs/crash.md", places[name], name)
	}
}
