package config_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	riskall "github.com/signalman-trading/signalman/risk/all"
	strategyall "github.com/signalman-trading/signalman/strategy/all"
)

func TestTagsThatAreWrong(t *testing.T) {
	for want, v := range map[string]any{
		"field Period: `toml:\"Period X\"`: \"Period X\" cannot be a key": &struct {
			Period int `toml:"Period X" doc:"bars"`
		}{},
		"field Slow: `toml:\"fast\"`: field Fast has that key": &struct {
			Fast int `toml:"fast" doc:"bars"`
			Slow int `toml:"fast" doc:"bars"`
		}{},
		"field Period: `param:\"mn=2,max=1000\"`: it knows no \"mn\"": &struct {
			Period int `toml:"period" param:"mn=2,max=1000" doc:"bars"`
		}{9},
		"field Period: `param:\"min=2;max=1000\"`: min: \"2;max=1000\" is no whole number": &struct {
			Period int `toml:"period" param:"min=2;max=1000" doc:"bars"`
		}{9},
		"it knows no \" max\"": &struct {
			Period int `toml:"period" param:"min=2, max=1000" doc:"bars"`
		}{9},
		"min is above max": &struct {
			Period int `toml:"period" param:"min=20,max=10" doc:"bars"`
		}{9},
		"step must be above 0": &struct {
			Share decimal.Decimal `toml:"share" param:"step=0" doc:"of equity"`
		}{},
		"max: \"soon\" is no duration": &struct {
			Wait market.Duration `toml:"wait" param:"max=soon" doc:"bars"`
		}{},
		"min: \"1\" is no string": &struct {
			Side string `toml:"side" param:"min=1" doc:"bars"`
		}{},
		"oneof: \"two\" is no whole number": &struct {
			Legs int `toml:"legs" param:"oneof=1|two" doc:"how many"`
		}{1},
		"field Size: `param:\"mni=0\"`: it knows no \"mni\"": &struct {
			Exit struct {
				Size float64 `toml:"size" param:"mni=0" doc:"of equity"`
			} `toml:"exit"`
		}{},
		"field Period has no doc tag": &struct {
			Period int `toml:"period" param:"min=2"`
		}{9},
		"field Period: the default that New gives it is 0, and its own tag says that it must be from 2 to 1000": &struct {
			Period int `toml:"period" param:"min=2,max=1000" doc:"bars"`
		}{},
		"field Side: the default that New gives it is empty, and its own tag says that it must be one of long, short": &struct {
			Side string `toml:"side" param:"oneof=long|short" doc:"which way"`
		}{},
	} {
		if err := config.CheckTags(v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

// A tag that cannot be read is no bound: a configuration says so, rather than run without it.
func TestConfigurationRefusesTags(t *testing.T) {
	var v struct {
		Period int `toml:"period" param:"mn=2,max=1000" doc:"bars"`
	}
	err := config.Set(&v, "period", "0")
	if err == nil || !strings.Contains(err.Error(), "field Period: `param:\"mn=2,max=1000\"`: it knows no \"mn\"") {
		t.Errorf("got %v", err)
	}
}

func TestTagsOfTheProgram(t *testing.T) {
	for _, p := range strategyall.All() {
		if err := config.CheckTags(p.New()); err != nil {
			t.Errorf("strategy %s: %v", p.Name, err)
		}
	}
	for _, p := range riskall.Rules() {
		if err := config.CheckTags(p.New()); err != nil {
			t.Errorf("rule %s: %v", p.Name, err)
		}
	}
}

func TestSampleOfAStrategy(t *testing.T) {
	const table = "[strategy.mine]\ntype = \"ema_cross\"\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\n"
	for sample, want := range map[string]string{
		table: "",
		table + "risk = \"main\"\n[risk.main]\nrules = [\"max_order\"]\n[signals.x]\ntype = \"whatever\"\n": "",
		"[strategy.other]\nsymbols = 1\n" + table:                                                           "",
		table + "foo = 1\n":                             `the sample of ema_cross:5:1: unknown key "foo" in [strategy.mine]`,
		table + "[strategy.mine.params]\nfsat = 2\n":    `the sample of ema_cross:6:1: unknown key "fsat"`,
		table + "risk = \"main\"\n":                     "there is no [risk.main]",
		"[strategy.ema_cross]\nsymbols = [\"BTCUSDT\"]": "has no interval",
		table + "[[": "the sample of ema_cross:5",
	} {
		err := config.CheckSample("ema_cross", sample, plugins())
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s\ngot %v, want %q", sample, err, want)
		}
	}
}
