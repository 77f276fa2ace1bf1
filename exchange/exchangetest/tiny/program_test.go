package tiny_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/exchange/exchangetest/tiny"
)

// TestProgram checks a configuration that names the exchange, with the program that has it.
func TestProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), "state"))
	t.Setenv("TINY_KEY", "made-up-key")
	settings := tiny.Plugin().Sample + `
[account.main]
exchange = "tiny"
mode     = "live"

[strategy.trend]
type     = "sma_cross"
account  = "main"
symbols  = ["BTCUSDT"]
interval = "1h"
weight   = "1"
`
	if err := os.WriteFile("strategies.toml", []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	plugins := app.Default()
	plugins.Exchanges = append(plugins.Exchanges, tiny.Plugin())
	var out, errs bytes.Buffer
	if code := app.Run(t.Context(), plugins, []string{"check"}, &out, &errs); code != 0 {
		t.Fatalf("check ends with %d: %s", code, errs.String())
	}
	if text := out.String(); !strings.Contains(text, "http://127.0.0.1:8700") || strings.Contains(text, "made-up-key") {
		t.Errorf("check prints\n%s", text)
	}
}
