package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// TestFreqtradeConfiguration runs the configuration that docs/freqtrade.md shows.
func TestFreqtradeConfiguration(t *testing.T) {
	text, err := os.ReadFile("../docs/freqtrade.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```toml\n")
	settings, _, _ := strings.Cut(rest, "```")
	file := filepath.Join(t.TempDir(), "strategies.toml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"check", "backtest"} {
		var out, errs bytes.Buffer
		if code := app.Run(t.Context(), app.Default(), []string{command, "--config", file, "--data", t.TempDir()}, &out, &errs); code != 0 {
			t.Errorf("%s ends with %d: %s", command, code, errs.String())
		}
	}
}
