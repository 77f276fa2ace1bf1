package all_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/all"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
)

func ratio(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// settings are the configurations under which each rule runs the suite.
var settings = map[string][]func(risk.Rule){
	"max_drawdown": {
		func(r risk.Rule) { r.(*halt.MaxDrawdown).Limit = ratio("0.01") },
		func(r risk.Rule) {
			*r.(*halt.MaxDrawdown) = halt.MaxDrawdown{Limit: ratio("0.02"), Per: "week", Scope: "strategy", Action: "flatten"}
		},
		func(r risk.Rule) {
			*r.(*halt.MaxDrawdown) = halt.MaxDrawdown{Limit: ratio("0.1"), Per: "total", Scope: "account", Action: "flatten"}
		},
	},
	"max_open": {func(r risk.Rule) { r.(*limit.MaxOpen).Count = 1 }, func(r risk.Rule) { r.(*limit.MaxOpen).Count = 2 }},
	"max_order": {
		func(r risk.Rule) { r.(*limit.MaxOrder).Amount = ratio("700") },
		func(r risk.Rule) { *r.(*limit.MaxOrder) = limit.MaxOrder{Percent: ratio("0.1")} },
	},
	"max_position": {
		func(r risk.Rule) { r.(*limit.MaxPosition).Percent = ratio("0.333") },
		func(r risk.Rule) { r.(*limit.MaxPosition).Amount = ratio("5") },
	},
	"stop_loss": {func(r risk.Rule) { r.(*exit.StopLoss).Percent = ratio("0.01") }},
}

func TestRulesKeepTheContract(t *testing.T) {
	for _, p := range all.Rules() {
		if len(settings[p.Name]) == 0 {
			t.Errorf("rule %s has no settings to be tried with", p.Name)
			continue
		}
		risktest.Run(t, p, settings[p.Name]...)
	}
}

func TestListsAreSortedAndDocumented(t *testing.T) {
	var rules, sizers []string
	for _, p := range all.Rules() {
		rules = append(rules, p.Name)
	}
	for _, p := range all.Sizers() {
		sizers = append(sizers, p.Name)
		if p.Doc == "" || !strings.Contains(p.Sample, p.Name) || p.New() == nil {
			t.Errorf("sizer %s has no documentation, no sample or no New", p.Name)
		}
	}
	if !slices.IsSorted(rules) || !slices.IsSorted(sizers) {
		t.Errorf("rules %v and sizers %v are not sorted", rules, sizers)
	}
}
