package tiny_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestPage holds docs/adding-an-exchange.md to the code: each block of Go that names a file
// stands in it.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../../docs/adding-an-exchange.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n// (\\S+\\.go)\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 6 {
		t.Errorf("there are %d blocks", len(blocks))
	}
	for _, b := range blocks {
		code, err := os.ReadFile(b[1])
		if err != nil || !strings.Contains(string(code), b[2]) {
			t.Errorf("%s does not hold (%v):\n%s", b[1], err, b[2])
		}
	}
}
