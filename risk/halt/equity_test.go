package halt_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestEquityAndPrices holds 50 units bought for 100 each out of 10,000, without fees: equity
// is 5,000 + 50 × close, from the second close on.
func TestEquityAndPrices(t *testing.T) {
	const six, hour = quarter, market.Hour
	for _, c := range []struct {
		name     string
		interval market.Interval
		closes   []float64
		rule     risk.Rule
		commands []risktest.Command
		want     []string
	}{{
		name: "daily_loss: 3 % of the first equity of the day", interval: six,
		rule:   &halt.DailyLoss{Percent: dec("0.03"), Scope: "account", Action: "reduce_only"},
		closes: closes(12, 100, 100, 95, 93.9, 93, 90, 88.1, 88.1, 88),
		want: []string{ // the day before left 9,695: a loss of 290.85 is too much from 9,404.15 on
			"4 account: rule: the account lost 305.00 since the start of the day, from 10000.00 to 9695.00; limit 300.00; lifts at 2024-01-03T00:00:00Z",
			"8 account: lifted rule",
		},
	}, {
		name: "daily_loss: an amount, of what is lost by 6:00, until midnight; resume begins the day anew", interval: six,
		rule:     &halt.DailyLoss{Percent: dec("0.5"), Amount: dec("199"), Scope: "strategy", Action: "lock"},
		closes:   closes(12, 100, 100, 96, 96, 94, 90, 90, 88, 88),
		commands: []risktest.Command{{Bar: 6, Say: market.Resume}},
		want: []string{
			"3 a: rule: a lost 200.00 since the start of the day, from 10000.00 to 9800.00; limit 199.00; lifts at 2024-01-02T00:00:00Z",
			"4 a: lifted rule",
			// the bar of the lift is the last of its day; the next one begins with 9,800
			"6 a: rule: a lost 300.00 since the start of the day, from 9800.00 to 9500.00; limit 199.00; lifts at 2024-01-03T00:00:00Z",
			"8 a: lifted rule",
		},
	}, {
		name: "loss_speed: 4 % within three hours; afresh after the halt", interval: hour,
		rule:   &halt.LossSpeed{Percent: dec("0.04"), Within: span("3h"), For: span("4h"), Scope: "account", Action: "reduce_only"},
		closes: closes(20, 100, 100, 98, 96, 94, 92, 90.1, 84, 84, 84, 80, 76, 76),
		want: []string{ // at 6:00 the highest of 3:00 to 6:00 is 9,900; at 7:00 9,800, of which 9,408 are left; at 8:00 9,700
			"8 account: rule: equity of the account fell 5.15 % within 3h, from 9700.00 to 9200.00; limit 4 %; lifts at 2024-01-01T12:00:00Z",
			"12 account: lifted rule",
		},
	}, {
		name: "loss_speed until resume", interval: hour,
		rule:     &halt.LossSpeed{Percent: dec("0.04"), Within: span("1h"), Scope: "strategy", Action: "lock"},
		closes:   closes(9, 100, 100, 90, 80, 80, 70, 60),
		commands: []risktest.Command{{Bar: 5, Say: market.Resume}},
		want: []string{
			"3 a: rule: equity of a fell 5.00 % within 1h, from 10000.00 to 9500.00; limit 4 %; stays until resume",
			"5 a: lifted rule",
			"6 a: rule: equity of a fell 5.56 % within 1h, from 9000.00 to 8500.00; limit 4 %; stays until resume",
		},
	}, {
		name: "volatility_halt: a bar that moves more than three times the mean of five, until it is calm", interval: hour,
		rule: &halt.VolatilityHalt{Bars: 1, Among: 5, Factor: dec("3"), Action: "lock"},
		// moves of 1 % each, then one of 10 %: 10 against (4 + 10) / 5 = 2.8
		closes: closes(14, 100, 101, 102.01, 103.0301, 104.060401, 105.10100501, 115.611105511, 116.76721656611, 117.9348887317711, 118),
		want: []string{
			"7 a: rule on A0USDT: 1 bar of A0USDT moved 3.57 times as much as 5 bars; limit 3 times; lifts once it is no more than 2.00 times as much",
			"8 a: lifted rule on A0USDT",
		},
	}, {
		name: "volatility_halt for a time; it does not come back before it was calm", interval: hour,
		rule:   &halt.VolatilityHalt{Bars: 2, Among: 6, Factor: dec("1.9"), Calm: dec("0.5"), For: span("2h"), Action: "flatten"},
		closes: closes(16, 100, 101, 102.01, 103.0301, 104.060401, 105.10100501, 115.611105511, 127.1722160621, 128.443938222721, 129.728),
		want: []string{
			"7 a: rule on A0USDT: 2 bars of A0USDT moved 2.20 times as much as 6 bars; limit 1.9 times; lifts once it is no more than 0.50 times as much, or at 2024-01-01T09:00:00Z",
			"9 a: lifted rule on A0USDT",
		},
	}} {
		t.Run(c.name, func(t *testing.T) {
			h := risktest.History(risktest.Closes(c.interval, c.closes...))
			h.Instruments[0].Fees = market.Fees{}
			got := told(t, risktest.Trial{
				History: h, Commands: c.commands,
				Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.BuyFor(0, "5000")))},
			}, c.rule)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("halts differ (-want +got):\n%s", d)
			}
		})
	}
}

// TestTroubles tells of trouble as a session does, at an hour.
func TestTroubles(t *testing.T) {
	type trouble struct {
		hour        int
		kind, scope string
	}
	for _, c := range []struct {
		name     string
		rule     risk.Rule
		troubles []trouble
		orders   []risktest.Step // those at 120 trigger at once, and are rejected
		want     []string
	}{{
		name: "venue_errors: two rejected orders and a trouble within three hours", rule: &halt.VenueErrors{Count: 3, Within: span("3h"), For: span("5h"), Scope: "account", Action: "reduce_only"},
		troubles: []trouble{{2, "venue", ""}, {5, "venue", ""}, {5, "reconcile", ""}},
		orders: []risktest.Step{
			risktest.At(1, risktest.BuyStop(0, "1", "90")), risktest.At(6, risktest.BuyStop(0, "1", "90")), risktest.At(6, risktest.BuyStop(0, "1", "90")), risktest.At(9, risktest.BuyFor(0, "10")),
		},
		want: []string{"6 account: rule: 3 errors of the venue to the account within 3h; limit 3; lifts at 2024-01-01T11:00:00Z", "9 refused A0USDT", "11 account: lifted rule"},
	}, {
		name: "venue_errors of each strategy", rule: &halt.VenueErrors{Count: 2, Within: span("3h"), Scope: "strategy", Action: "reduce_only"},
		troubles: []trouble{{2, "venue", "b"}, {3, "venue", "a"}, {4, "venue", ""}},
		want: []string{
			"4 a: rule: 2 errors of the venue to a within 3h; limit 2; stays until resume", "4 b: rule: 2 errors of the venue to b within 3h; limit 2; stays until resume",
		},
	}, {
		name: "reconcile_halt", rule: &halt.ReconcileHalt{For: span("2h"), Scope: "account", Action: "flatten"},
		troubles: []trouble{{3, "venue", ""}, {4, "reconcile", ""}, {5, "reconcile", ""}},
		want: []string{
			"4 account: rule: account and books differ: words; lifts at 2024-01-01T06:00:00Z", "5 account: rule: account and books differ: words; lifts at 2024-01-01T07:00:00Z",
			"7 account: lifted rule",
		},
	}} {
		t.Run(c.name, func(t *testing.T) {
			h := risktest.History(risktest.Closes(market.Hour, closes(15, 100)...))
			for _, x := range c.troubles {
				h.Events = append(h.Events, market.Event{
					Time: risktest.Start + market.Time(x.hour)*market.Time(market.Hour), Kind: market.KindCommand, Command: market.Trouble,
					Instrument: market.NoInstrument, Word: &market.Word{Rule: x.kind, Scope: x.scope, Text: "words"},
				})
			}
			got := told(t, risktest.Trial{History: h, Strategies: []strategy.Strategy{risktest.Play(c.orders...), risktest.Play()}}, c.rule)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("halts differ (-want +got):\n%s", d)
			}
		})
	}
}
