package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTutorial builds the module that docs/plugins.md writes, with every whole file of
// Go in it, runs its tests, and the strategies that it shows.
func TestTutorial(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("Go is not installed")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "plugins.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "my_idea")
	goes := func(in string, args ...string) string {
		t.Helper()
		c := exec.Command("go", args...)
		c.Dir, c.Env = in, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	goes(root, "run", "./cmd/signalman", "strategy", "new", "my_idea", "--dir", dir, "--local", root)
	files := writeBlocks(t, dir, text)
	if files != 10 {
		t.Errorf("the text shows %d whole files, not 10: is each in this test?", files)
	}
	goes(dir, "vet", "./...")
	goes(dir, "test", "./...")
	for _, name := range []string{"dip", "rider"} {
		out := goes(dir, "run", ".", "backtest", "--history", "sample", "--symbol", "BTCUSDT", "--interval", "1h", "--strategy", name)
		if !regexp.MustCompile(`(?m)^` + name + ` +BTCUSDT +[1-9][0-9]+ `).MatchString(out) {
			t.Errorf("%s makes no trades:\n%s", name, out)
		}
	}
}

// writeBlocks writes the whole files of Go that a text shows into a module, and returns
// how many there are.
func writeBlocks(t *testing.T, dir string, text []byte) (files int) {
	t.Helper()
	named := map[string]string{"main": "main.go", "myidea": "myidea/myidea.go", "myidea_test": "myidea/example_test.go"}
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1) {
		m := regexp.MustCompile(`(?m)^package ((\w+?)(?:_test)?)$`).FindSubmatch(block[1])
		if m == nil {
			continue // a part of a file
		}
		path, ok := named[string(m[1])]
		if !ok {
			path = filepath.Join(string(m[2]), string(m[1])+".go")
		}
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, block[1], 0o600); err != nil {
			t.Fatal(err)
		}
		files++
	}
	return files
}
