package app_test

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// TestShownPlans runs the plan of docs/feeds.md with the configuration that stands above
// it, and of the configuration that is called whole.
func TestShownPlans(t *testing.T) {
	text, err := os.ReadFile("../docs/feeds.md")
	if err != nil {
		t.Fatal(err)
	}
	settings := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(text, -1)
	shown := regexp.MustCompile("(?s)signalman signals plan\n```\n\n```text\n(.*?)```").FindSubmatch(text)
	if len(settings) != 2 || shown == nil {
		t.Fatalf("%d configurations", len(settings))
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for i, code := range []int{0, 2} {
		if err := os.WriteFile("strategies.toml", settings[i][1], 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if got := app.Run(t.Context(), app.Default(), []string{"signals", "plan"}, &out, &errs); got != code {
			t.Errorf("ends with %d: %s", got, &errs)
		}
		if i == 1 && out.String() != string(shown[1]) {
			t.Errorf("prints\n%s\nand not\n%s", &out, shown[1])
		}
	}
}
