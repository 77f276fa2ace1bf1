package exit_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
)

// TestSettingsThatMakeNoSense looks for the key in each error.
func TestSettingsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		rule risk.Rule
		want string
	}{
		{&exit.StopLoss{}, "percent"}, {&exit.StopLoss{Percent: dec("-0.05")}, "percent"}, {&exit.StopLoss{Percent: dec("1")}, "percent"},
		{&exit.StopLoss{Percent: dec("5")}, "percent"}, {&exit.StopLoss{Percent: dec("0.05"), At: "home"}, "at"},
		{&exit.TakeProfit{}, "percent"}, {&exit.TakeProfit{Percent: dec("-1")}, "percent"}, {&exit.TakeProfit{Percent: dec("1"), At: "home"}, "at"},
		{&exit.TrailingStop{}, "percent"}, {&exit.TrailingStop{Percent: dec("0.1"), Tight: dec("0.2")}, "tight"},
		{&exit.TrailingStop{Percent: dec("0.1"), Tight: dec("-0.2")}, "tight"}, {&exit.TrailingStop{Percent: dec("0.1"), Offset: dec("-0.2")}, "offset"},
		{&exit.TrailingStop{Percent: dec("0.1"), At: "home"}, "at"},
		{&exit.BreakEven{}, "gain"}, {&exit.BreakEven{Gain: dec("0.05"), Offset: dec("0.05")}, "offset"},
		{&exit.BreakEven{Gain: dec("0.05"), Offset: dec("-0.05")}, "offset"}, {&exit.BreakEven{Gain: dec("0.05"), At: "home"}, "at"},
		{&exit.Chandelier{Multiple: 3}, "period"}, {&exit.Chandelier{Period: 1 << 30, Multiple: 3}, "period"}, {&exit.Chandelier{Period: 22}, "multiple"},
		{&exit.Chandelier{Period: 22, Multiple: 3, At: "home"}, "at"},
		{&exit.ROI{}, "table"}, {&exit.ROI{Table: table("soon", "0.1")}, "soon"}, {&exit.ROI{Table: table("-1", "0.1")}, "-1"}, {&exit.ROI{Table: table("05", "0.1")}, "05"},
		{&exit.ROI{Table: table("5", "-1.1")}, "-1.1"}, {&exit.ROI{Table: table("5", "1"), At: "home"}, "at"},
		{&exit.TimeStop{}, "after"}, {&exit.TimeStop{Bars: -1}, "bars"}, {&exit.TimeStop{After: -1}, "after"},
		{&exit.SignalDecay{}, "kind"}, {&exit.SignalDecay{Kind: "x", Subject: "x"}, "subject"}, {&exit.SignalDecay{Kind: "x", Subject: "asset", OnAbsent: "x"}, "on_absent"},
		{&exit.SignalDecay{Kind: "x", Subject: "asset", OnAbsent: "keep"}, "fall"}, {&exit.SignalDecay{Kind: "x", Subject: "asset", OnAbsent: "keep", Fall: -1}, "fall"},
		{&exit.SignalDecay{Kind: "x", Subject: "asset", OnAbsent: "keep", Fall: 1, MaxAge: -1}, "max_age"},
	} {
		if err := c.rule.Init(nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v does not say what is wrong with %s", c.rule, err, c.want)
		}
	}
}
