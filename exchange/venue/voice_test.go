package venue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// listener is a venue and what its user stream of spot says.
type listener struct {
	*Venue
	heard []map[string]any
}

// listen opens a venue that lists one pair at 100, in both assets of which there is some.
func listen(t *testing.T) *listener {
	t.Helper()
	d := decimal.RequireFromString
	start := market.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	c := market.MakeColumns(market.Minute, 3)
	c.PriceScale, c.VolumeScale = 2, 3
	for i, price := range []float64{100, 100, 110} {
		c.Append(market.Bar{OpenTime: start + market.Time(i)*market.Time(time.Minute), Open: price, High: price, Low: price, Close: price, Volume: 8000})
	}
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Fees = market.Fees{Maker: d("0.001"), Taker: d("0.001")}
	v, err := New(Options{Start: start, Spot: &Listing{Instruments: []market.Instrument{in}, Bars: []*market.Columns{c},
		Balances: map[string]decimal.Decimal{"USDT": d("1000"), "BTC": d("5")}}})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{Venue: v}
	v.hub.subscribe(userTopic(false), func(_ market.Time, frame []byte) {
		var event map[string]any
		if err := json.Unmarshal(frame, &event); err != nil {
			t.Fatal(err)
		}
		l.heard = append(l.heard, event)
	})
	if _, err := v.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// said writes what was heard since the last call, a line an event, with some of its fields.
func (l *listener) said() string {
	var lines []string
	for _, e := range l.heard {
		var line string
		switch e["e"] {
		case "executionReport":
			line = fmt.Sprintf("%v %v: %v %v, of %v at %v now %v at %v, %v in all", e["c"], e["C"], e["x"], e["X"], e["q"], e["p"], e["l"], e["L"], e["z"])
		case "outboundAccountPosition":
			line = "position"
			for _, b := range e["B"].([]any) {
				b := b.(map[string]any)
				line += fmt.Sprintf(" %v %v/%v", b["a"], b["f"], b["l"])
			}
		case "listStatus":
			line = fmt.Sprintf("list %v %v %v %v %v", e["g"], e["c"], e["l"], e["L"], e["r"])
		case "balanceUpdate":
			line = fmt.Sprintf("balance %v %v", e["a"], e["d"])
		}
		lines = append(lines, strings.NewReplacer("00000000", "0").Replace(line))
	}
	l.heard = nil
	return strings.Join(lines, "\n")
}

func (l *listener) place(t *testing.T, query string) {
	t.Helper()
	if _, err := l.Place(false, "symbol=BTCUSDT&"+query); err != nil {
		t.Fatal(err)
	}
}

// TestUserStreamOfSpot: each change of an order is a report, each change of the account a
// position after it.
func TestUserStreamOfSpot(t *testing.T) {
	l := listen(t)
	check := func(want string) {
		t.Helper()
		if d := cmp.Diff(strings.TrimSpace(strings.ReplaceAll(want, "\n\t\t", "\n")), l.said()); d != "" {
			t.Errorf("(-want +said)\n%s", d)
		}
	}
	l.place(t, "side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=50&newClientOrderId=a")
	check(`
		a : NEW NEW, of 2.0 at 50.0 now 0.0 at 0.0, 0.0 in all
		position BTC 5.0/0.0 USDT 900.0/100.0`)
	l.place(t, "side=SELL&type=MARKET&quantity=1&newClientOrderId=b")
	check(`
		b : NEW NEW, of 1.0 at 0.0 now 0.0 at 0.0, 0.0 in all
		b : TRADE FILLED, of 1.0 at 0.0 now 1.0 at 100.0, 1.0 in all
		position BTC 4.0/0.0 USDT 999.90000000/100.0`)
	if _, r := cancelOrder(l.call("symbol=BTCUSDT&origClientOrderId=a&newClientOrderId=end")); r != nil {
		t.Fatal(r)
	}
	check(`
		end a: CANCELED CANCELED, of 2.0 at 50.0 now 0.0 at 0.0, 0.0 in all
		position BTC 4.0/0.0 USDT 1099.90000000/0.0`)
	l.place(t, "side=SELL&type=LIMIT&timeInForce=FOK&quantity=1&price=200&newClientOrderId=c")
	check(`
		c : NEW NEW, of 1.0 at 200.0 now 0.0 at 0.0, 0.0 in all
		c : EXPIRED EXPIRED, of 1.0 at 200.0 now 0.0 at 0.0, 0.0 in all`)
	if _, r := placeOCO(l.call("symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=105&aboveClientOrderId=d&belowType=STOP_LOSS&belowStopPrice=90&belowClientOrderId=e")); r != nil {
		t.Fatal(r)
	}
	check(`
		list 1 OCO EXEC_STARTED EXECUTING NONE
		d : NEW NEW, of 1.0 at 105.0 now 0.0 at 0.0, 0.0 in all
		e : NEW NEW, of 1.0 at 0.0 now 0.0 at 0.0, 0.0 in all
		position BTC 3.0/1.0 USDT 1099.90000000/0.0`)
	for l.heard == nil {
		if _, err := l.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	check(`
		d : TRADE FILLED, of 1.0 at 105.0 now 1.0 at 105.0, 1.0 in all
		e : EXPIRED EXPIRED, of 1.0 at 0.0 now 0.0 at 0.0, 0.0 in all
		list 1 OCO ALL_DONE ALL_DONE NONE
		position BTC 3.0/0.0 USDT 1204.79500000/0.0`)
	if err := l.Deposit(false, "BTC", decimal.New(2, 0)); err != nil {
		t.Fatal(err)
	}
	check(`
		balance BTC 2.0
		position BTC 5.0/0.0`)
}

// call makes a call of spot, as if it had been signed.
func (l *listener) call(query string) *call {
	p, _ := parseParams(query)
	return &call{venue: l.Venue, side: l.spot, endpoint: &endpoint{}, params: p, header: map[string][]string{}}
}

// TestKeysOfAReport: an executionReport has the keys of the venue's, and null where that
// has it.
func TestKeysOfAReport(t *testing.T) {
	l := listen(t)
	l.place(t, "side=BUY&type=MARKET&quantity=1&strategyId=7&strategyType=1000001")
	if len(l.heard) != 3 {
		t.Fatal(l.said())
	}
	for i, more := range []string{"", "W"} {
		var keys []string
		for k := range l.heard[i] {
			keys = append(keys, k)
		}
		for _, k := range strings.Fields("e E s c S o f q p P F g C x X r i l z L n N T t I w m M O Z Y Q V j J " + more) {
			if !slices.Contains(keys, k) {
				t.Errorf("report %d has no %s: %v", i, k, l.heard[i])
			}
		}
	}
	if l.heard[0]["N"] != nil || l.heard[1]["N"] != "BTC" || l.heard[0]["t"] != -1. || l.heard[1]["t"] != 1. || l.heard[1]["n"] != "0.00100000" {
		t.Error(l.heard[:2])
	}
}
