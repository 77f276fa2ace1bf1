package observe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestNews shows what each record means, as the log has it.
func TestNews(t *testing.T) {
	id := market.OrderID{Strategy: "a", Sequence: 3}
	at := market.Time(0)
	order := market.Order{ID: id, Strategy: "a", Side: market.Buy, Type: market.Market}
	halt := func(scope, text string) market.Record {
		return market.Record{Kind: market.RecordHalt, Time: at, Scope: scope, Text: text}
	}
	update := func(u market.OrderUpdate) market.Record {
		u.Symbol = "BTCUSDT"
		return market.Record{Kind: market.RecordEvent, Time: at, Event: market.Event{Kind: market.KindUpdate, Update: &u}}
	}
	said := func(c market.Command, w *market.Word) market.Record {
		return market.Record{Kind: market.RecordEvent, Time: at, Event: market.Event{Kind: market.KindCommand, Command: c, Word: w}}
	}
	decided := func(d market.Decision) market.Record {
		return market.Record{Kind: market.RecordDecision, Time: at, Decision: &d}
	}
	fill := &market.Fill{Quantity: amount("0.1"), Price: amount("60000"), Fee: amount("0.0001"), FeeAsset: "BTC"}
	moved := &market.Flow{Asset: "USDT", Amount: amount("-500")}
	adopted := said(market.Adopt, &market.Word{Rule: "reconcile", Text: "the account has 5 BNB beside the session's"})
	adopted.Event.Flow = &market.Flow{Asset: "BNB", Amount: amount("5")}
	p := NewReporter([]market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")})
	var got []string
	for _, r := range []market.Record{
		halt("account", "kill: new risk stopped by the operator until resume"),
		halt("a", "max_drawdown: 5.1 %, limit 5 %"),
		halt("a", "lifted max_drawdown"),
		halt("account", "lifted kill"),
		halt("account", "cooldown on BTCUSDT: a trade closed; lifts at 2026-01-02"),
		halt("account", "lifted cooldown on BTCUSDT"),
		halt("a", "stop_loss notes: the venue takes no stops: see what it says"),
		halt("a", "stopped: index out of range"),
		halt("account", "something else"),
		halt("account", "max_loss stays: 21 % of the cash is lost"),
		halt("account", "stale: BTCUSDT: no bar since 10:00, 3 bars are missing; new risk waits until it comes again"),
		halt("a", "max_drawdown: 6 %, limit 5 %, lifts at 2026-01-02"),
		decided(market.Decision{Action: market.Submit, Order: order}),
		decided(market.Decision{Action: market.Cancel, Order: order}),
		decided(market.Decision{Action: market.Submit, Order: market.Order{ID: id, Side: market.Buy, Instrument: 7}, Refused: &market.Refusal{Rule: "max_position", Measured: "7", Limit: "5"}}),
		update(market.OrderUpdate{ID: id, State: market.Accepted}),
		update(market.OrderUpdate{ID: id, State: market.Partial, Fill: fill}),
		update(market.OrderUpdate{ID: id, State: market.Expired, Reason: "volume"}),
		update(market.OrderUpdate{ID: market.OrderID{Strategy: "a", Sequence: 4}, State: market.Rejected, Reason: "insufficient balance"}),
		update(market.OrderUpdate{ID: market.OrderID{Strategy: "a", Sequence: 5}, State: market.Refused, Reason: "max_position"}),
		update(market.OrderUpdate{State: market.Filled, Fill: fill, Reason: market.Liquidation}),
		{Kind: market.RecordEvent, Time: at, Event: market.Event{Kind: market.KindAccount, Flow: moved}},
		halt("account", "withdrawal of 500 USDT refused: the account has 100 of cash"),
		adopted, // which is no news: the account has it, and nothing moved
		said(market.Quit, &market.Word{Text: "the process was told to end"}),
		said(market.Downtime, &market.Word{}),
		said(market.Kill, nil),
		{Kind: market.RecordSetup, Scope: "session", Text: "{}"},
	} {
		if n, ok := p.Report(&r); ok {
			line := fmt.Sprintf("%s %s: %s", n.Level, n.Event, n.Text)
			for _, a := range n.Attrs {
				if a.Key != "at" {
					line += " " + a.String()
				}
			}
			got = append(got, line)
		}
	}
	want := strings.Split(strings.TrimSpace(`
ERROR halt: HALT of the account by kill: new risk stopped by the operator until resume; new risk is refused, positions may be closed; once you know why, 'signalman resume' ends it scope=account rule=kill
WARN halt: HALT of strategy a by max_drawdown: 5.1 %, limit 5 %; new risk is refused, positions may be closed; once you know why, 'signalman resume a' ends it scope=a rule=max_drawdown
INFO lift: the halt of strategy a by max_drawdown is over: new risk is allowed scope=a rule=max_drawdown
INFO lift: the halt of the account by kill is over: new risk is allowed scope=account rule=kill
WARN halt: HALT of the account by cooldown on BTCUSDT: a trade closed; lifts at 2026-01-02; new risk is refused, positions may be closed; it ends by itself scope=account rule=cooldown symbol=BTCUSDT
INFO lift: the halt of the account by cooldown on BTCUSDT is over: new risk is allowed scope=account rule=cooldown symbol=BTCUSDT
WARN : strategy a: stop_loss notes: the venue takes no stops: see what it says scope=a
ERROR fault: strategy a stopped with an error and decides nothing more; its position stays: index out of range; close it with 'signalman close-all a', or mend the strategy and run again scope=a
WARN : the account: something else scope=account
WARN : the account: max_loss stays: 21 % of the cash is lost scope=account
ERROR halt: HALT of the account by stale: BTCUSDT: no bar since 10:00, 3 bars are missing; new risk waits until it comes again; new risk is refused, positions may be closed; it ends by itself scope=account rule=stale
WARN halt: HALT of strategy a by max_drawdown: 6 %, limit 5 %, lifts at 2026-01-02; new risk is refused, positions may be closed; it ends by itself scope=a rule=max_drawdown
INFO : a/3: buy BTCUSDT market was decided order=a/3 decided=1970-01-01T00:00:00Z
INFO : a/3: cancel was decided order=a/3 decided=1970-01-01T00:00:00Z
INFO : a/3: buy instrument 7 was refused by max_position: 7, limit 5 order=a/3 decided=1970-01-01T00:00:00Z rule=max_position
INFO fill: a/3: filled 0.1 BTCUSDT at 60000, fee 0.0001 BTC order=a/3 symbol=BTCUSDT decided=1970-01-01T00:00:00Z
INFO : a/3: expired: volume order=a/3 symbol=BTCUSDT decided=1970-01-01T00:00:00Z
WARN reject: a/4: the venue rejected the order for BTCUSDT: insufficient balance order=a/4 symbol=BTCUSDT
ERROR fault: LIQUIDATION: the venue closed 0.1 BTCUSDT at 60000 order=liquidation symbol=BTCUSDT
INFO flow: money moves: withdrawal of 500 USDT
WARN flow: withdrawal of 500 USDT refused: the account has 100 of cash
INFO : the session ends: the process was told to end
WARN downtime: no process ran since 1970-01-01T00:00:00Z: bars that were missed are asked for, and schedules that were due did not run
`), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.decided) > 0 {
		t.Errorf("%v are kept", p.decided)
	}
}
