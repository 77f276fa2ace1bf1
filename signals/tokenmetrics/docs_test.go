package tokenmetrics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// documented is a line of the table of endpoints in docs/tokenmetrics.md, but for its
// method.
func documented(e tokenmetrics.Endpoint) string {
	own := e.Parameters(tokenmetrics.V2)
	text := func(g tokenmetrics.Generation) string {
		more := slices.DeleteFunc(e.Parameters(g), func(p string) bool { return slices.Contains(own, p) })
		if !slices.Contains(e.Generations, g) || len(more) == 0 {
			return ""
		}
		return fmt.Sprintf("; %s: %s", g, strings.Join(more, ", "))
	}
	in := "v3"
	if !slices.Contains(e.Generations, tokenmetrics.V3) {
		in = "–"
	}
	status, _, _ := strings.Cut(e.Status, ";")
	return fmt.Sprintf(" `%s` | %s | %s%s%s | %s |", e.Path, in, strings.Join(own, ", "), text(tokenmetrics.V3), text(tokenmetrics.V2Legacy), status)
}

func TestTheDocumentListsWhatThereIs(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "tokenmetrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range tokenmetrics.Endpoints() {
		if !strings.Contains(string(doc), documented(e)) {
			t.Errorf("docs/tokenmetrics.md should have\n|%s", documented(e))
		}
	}
	for _, g := range tokenmetrics.Generations() {
		s, err := g.Settings()
		line := fmt.Sprintf("| `%s` | `%s` | `%s` | %d | %d |", g, s.BaseURL, s.Header, s.FirstPage, s.PageSize)
		if g == tokenmetrics.V1 {
			line = fmt.Sprintf("| `%s` | `%s` | `%s` | – | – |", g, s.BaseURL, s.Header)
		}
		if err != nil || !strings.Contains(string(doc), line) {
			t.Errorf("docs/tokenmetrics.md should have\n%s", line)
		}
	}
}
