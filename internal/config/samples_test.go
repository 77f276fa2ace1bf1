package config_test

import (
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	riskall "github.com/signalman-trading/signalman/risk/all"
)

// TestSamplesOfRulesAreRead parses what each rule and sizer shows as its use, and what that
// is with all defaults.
func TestSamplesOfRulesAreRead(t *testing.T) {
	const around = `
[account.main]
exchange = "sim"
mode = "paper"
[strategy.s]
type = "sma_cross"
account = "main"
symbols = ["BTCUSDT"]
interval = "1h"
weight = "1"
risk = "main"
`
	all, samples := plugins(), map[string]string{}
	all.Rules, all.Sizers = riskall.Rules(), riskall.Sizers()
	for _, p := range all.Rules {
		samples[p.Name] = p.Sample
	}
	for _, p := range all.Sizers {
		samples[p.Name] = p.Sample
	}
	for name, sample := range samples {
		cfg, err := config.Parse("strategies.toml", []byte(around+sample), all, nil)
		if err != nil {
			t.Errorf("%s: %v in its sample:\n%s", name, err, sample)
			continue
		}
		again, err := config.Parse("resolved.toml", cfg.Resolved(), all, nil)
		if err != nil || again.Hash() != cfg.Hash() {
			t.Errorf("%s: with its defaults filled in it is another configuration (%v)", name, err)
		}
	}
}
