package app_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// TestNextSessionIsHalted trades on paper over a local venue until a rule halts, and begins anew
// there with --fresh: the halt stands until its time, and nothing is bought before.
func TestNextSessionIsHalted(t *testing.T) {
	data := t.TempDir()
	run := func() (fills []execution, notes string) {
		v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--from", "2024-02-01", "--to", "2024-02-15")
		config := write(t, `[account.main]
exchange = "binance"
[exchange.binance]
env     = "local"
address = "`+v.URL+`"
`+strings.Replace(crossing, "account  =", "risk     = \"main\"\naccount  =", 1)+`
[risk.main]
rules = ["cooldown"]
  [risk.main.cooldown]
  for = "2000h"
`)
		var out, said bytes.Buffer
		code := app.Run(t.Context(), app.Default(), []string{"--data", data, "--format", "json", "run", "--config", config, "--fresh", "--step", v.Admin}, &out, &said)
		if code != 0 {
			t.Fatalf("it ends with %d: %s%s", code, out.String(), said.String())
		}
		return filled(out.String()), said.String()
	}
	if fills, _ := run(); len(fills) != 2 {
		t.Fatalf("%d fills: one trade was to be made", len(fills))
	}
	fills, notes := run()
	if len(fills) != 0 || !strings.Contains(notes, "halted as the session before was: cooldown BTCUSDT: since session ") || !strings.Contains(notes, "still halted since ") {
		t.Errorf("%d fills; it says %s", len(fills), notes)
	}
}
