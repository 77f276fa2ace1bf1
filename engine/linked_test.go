package engine_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// This file lets one strategy meet a venue that says what the test tells it to, and
// watches what the strategy has free after each word.

// desk is a market of flat bars at 100, in which a test speaks for strategy and venue.
type desk struct {
	t      *testing.T
	engine *engine.Engine
	bars   *market.Columns
	steps  []step
	sent   []string // what reached the venue
	seen   []string // what the strategy had after each step
	filled map[market.OrderID]decimal.Decimal
	act    func(*strategy.Context)
	in     market.Instrument
}

// step is one instant: what the strategy does at a bar, or what the venue says.
type step struct {
	act     func(*strategy.Context)
	updates []string
}

func does(act func(*strategy.Context)) step { return step{act: act} }

// says takes updates such as "1 partial 0.4 @ 99" and "2 cancelled exit filled".
func says(updates ...string) step { return step{updates: updates} }

func (d *desk) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Interval: market.Minute}, func(c *strategy.Context, _ *strategy.Series) {
		if d.act != nil {
			d.act(c)
		}
	})
	return nil
}

func (d *desk) Submit(_ market.Time, o market.Order) {
	text := fmt.Sprintf("%s %s %s %s", o.ID, o.Side, o.Type, o.Quantity)
	for _, tie := range []string{o.Parent.String(), o.Group, o.Replaces.String()} {
		text += " " + strings.ReplaceAll(tie, "a/", "")
	}
	d.sent = append(d.sent, strings.TrimRight(text, " "))
}
func (d *desk) Cancel(_ market.Time, id market.OrderID) {
	d.sent = append(d.sent, "cancel "+id.String())
}
func (d *desk) Amend(_ market.Time, o market.Order) { d.sent = append(d.sent, "amend "+o.ID.String()) }

func (d *desk) note() {
	a := d.engine.Accounts()[0]
	d.seen = append(d.seen, fmt.Sprintf("cash %s reserved %s held %s locked %s", a.Cash, a.Reserved, a.Holdings[0].Held, a.Holdings[0].Locked))
}

func (d *desk) Next(context.Context, market.Time) ([]market.Event, error) {
	if d.bars.Len() > 0 {
		d.note()
	}
	if d.act = nil; len(d.steps) == 0 {
		return nil, io.EOF
	}
	s := d.steps[0]
	d.steps = d.steps[1:]
	open := market.Time(market.Minute) * market.Time(d.bars.Len())
	if s.updates == nil {
		d.act = s.act
		d.bars.Append(market.Bar{OpenTime: open, Open: 100, High: 100, Low: 100, Close: 100, Volume: 1})
		row := int32(d.bars.Len() - 1)
		return []market.Event{{Time: open + market.Time(market.Minute), Kind: market.KindBar, Interval: market.Minute, Bars: d.bars, Row: row}}, nil
	}
	var events []market.Event
	for _, text := range s.updates {
		events = append(events, market.Event{Time: open, Kind: market.KindUpdate, Update: d.update(open, text)})
	}
	return events, nil
}

func (d *desk) update(now market.Time, text string) *market.OrderUpdate {
	words := strings.Fields(text)
	u := &market.OrderUpdate{Symbol: d.in.Symbol, Time: now}
	u.ID, _ = market.ParseOrderID("a/" + words[0])
	for s := market.Pending; s <= market.Refused; s++ {
		if s.String() == words[1] {
			u.State = s
		}
	}
	if len(words) == 5 && words[3] == "@" {
		u.Fill = &market.Fill{Time: now, Quantity: dec(words[2]), Price: dec(words[4])}
		if o := d.engine.Result().Orders[u.ID.Sequence-1]; o.Side == market.Buy {
			u.Fill.Fee, u.Fill.FeeAsset = market.Fee(u.Fill.Quantity, d.in.Fees.Worst(), 8), d.in.Base
		}
		d.filled[u.ID] = d.filled[u.ID].Add(u.Fill.Quantity)
	} else {
		u.Reason = strings.Join(words[2:], " ")
	}
	u.Filled = d.filled[u.ID]
	return u
}

// play runs steps with a fee of 1 % and a step of 0.01.
func play(t *testing.T, steps ...step) *desk {
	t.Helper()
	d := &desk{t: t, steps: steps, filled: map[market.OrderID]decimal.Decimal{}, in: market.Bare("BTCUSDT", "BTC", "USDT")}
	d.in.Step, d.in.Tick, d.in.Fees = dec("0.01"), dec("0.1"), market.Fees{Maker: dec("0.01"), Taker: dec("0.01")}
	d.bars = market.MakeColumns(market.Minute, len(steps))
	e, err := engine.New(engine.Config{
		Cash: dec("1000"), TargetBand: engine.DefaultTargetBand(), Instruments: []market.Instrument{d.in},
		Instances: []engine.Instance{{Name: "a", Strategy: d, Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: dec("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.engine = e
	e.Connect(d, d, []market.Interval{market.Minute})
	if err := e.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) want(sent string, seen ...string) {
	d.t.Helper()
	if diff := cmp.Diff(strings.Fields(strings.ReplaceAll(sent, ";", " ; ")), strings.Fields(strings.Join(d.sent, " ; "))); diff != "" {
		d.t.Errorf("the venue was sent other orders than wanted:\n%s", diff)
	}
	if diff := cmp.Diff(seen, d.seen); diff != "" {
		d.t.Errorf("the strategy had, wanted (-) and got (+):\n%s", diff)
	}
}

var (
	entry  = market.Order{Side: market.Buy, Type: market.Limit, Quantity: dec("2"), Price: dec("100")}
	stop   = market.Order{Side: market.Sell, Type: market.Stop, Stop: dec("95")}
	profit = market.Order{Side: market.Sell, Type: market.Limit, Price: dec("110")}
)

func sized(o market.Order, quantity string) market.Order {
	o.Quantity = dec(quantity)
	return o
}

func linked(l market.Linked) step {
	return does(func(c *strategy.Context) {
		if _, err := c.SubmitLinked(l); err != nil {
			panic(err)
		}
	})
}

func submits(o market.Order) step {
	return does(func(c *strategy.Context) {
		if _, err := c.Submit(o); err != nil {
			panic(err)
		}
	})
}

// A bracket locks what each fill of its entry brought after the fee, once for both exits.
func TestBracketGrowsAndShares(t *testing.T) {
	play(t,
		linked(market.Bracket(entry, stop, profit)),
		says("1 accepted", "2 accepted waits", "3 accepted waits"),
		says("1 partial 0.5 @ 100", "2 accepted", "3 accepted"),
		says("3 partial 0.2 @ 110"),
		says("1 filled 1.5 @ 100"),
		says("2 filled 1.78 @ 95", "3 cancelled exit filled"),
	).want("a/1 buy limit 2; a/2 sell stop 0 1 2; a/3 sell limit 0 1 2",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 950 reserved 150 held 0.495 locked 0.49",
		"cash 972 reserved 150 held 0.295 locked 0.29",
		"cash 822 reserved 0 held 1.78 locked 1.78",
		"cash 991.1 reserved 0 held 0 locked 0")
}

// What the entry of a list brought is kept for its exits from the first fill on, although
// they live only once it has filled whole: then what they named, which is what the entry
// brings after the fee.
func TestListKeepsWhatItsEntryBrought(t *testing.T) {
	play(t,
		linked(market.Linked{Entry: entry, Exits: []market.Order{stop, sized(profit, "5")}, Profile: market.ByVenue}),
		says("1 partial 0.5 @ 100"),
		says("1 filled 1.5 @ 100"),
		says("2 partial 0.98 @ 95", "3 cancelled exit filled"),
		says("2 cancelled"),
	).want("a/1 buy limit 2; a/2 sell stop 1.98 1 2; a/3 sell limit 1.98 1 2",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 950 reserved 150 held 0.495 locked 0.49",
		"cash 800 reserved 0 held 1.98 locked 1.98",
		"cash 893.1 reserved 0 held 1 locked 1",
		"cash 893.1 reserved 0 held 1 locked 0")
}

// Two exits of a position lock it once, at their decision; a sell beside them gets the rest.
func TestTwoExitsLockOnce(t *testing.T) {
	d := play(t,
		submits(entry),
		says("1 filled 2 @ 100"),
		linked(market.OCO(sized(stop, "1.5"), sized(profit, "1"))),
		does(func(c *strategy.Context) {
			c.Submit(market.Order{Side: market.Sell, Type: market.Market, Quantity: dec("0.49")})
			c.Submit(market.Order{Side: market.Sell, Type: market.Market, Quantity: dec("0.48")})
			c.Submit(market.Order{Side: market.Sell, Type: market.Market, ReduceOnly: true})
			c.Target(0, 0)
		}),
		says("2 cancelled"),
		says("3 cancelled"),
	)
	d.want("a/1 buy limit 2; a/2 sell stop 1.5 2; a/3 sell limit 1 2; a/5 sell market 0.48",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 800 reserved 0 held 1.98 locked 0",
		"cash 800 reserved 0 held 1.98 locked 1.5",
		"cash 800 reserved 0 held 1.98 locked 1.98",
		"cash 800 reserved 0 held 1.98 locked 1.48",
		"cash 800 reserved 0 held 1.98 locked 0.48")
	d.refused("4 engine: sells 0.49 BTC, limit 0.48 held and not in other orders",
		"6 engine: nothing to sell: locked by working exits")
}

// refused compares how the refused orders ended.
func (d *desk) refused(want ...string) {
	d.t.Helper()
	var got []string
	for _, o := range d.engine.Result().Orders {
		if o.State == market.Refused {
			got = append(got, fmt.Sprintf("%d %s", o.ID.Sequence, o.End))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("refusals, wanted (-) and got (+):\n%s", diff)
	}
}

// Linked orders leave together or not at all, and each says why.
func TestLinkedOrdersAreRefusedTogether(t *testing.T) {
	play(t,
		linked(market.Bracket(sized(entry, "20"), stop, profit)),
		linked(market.Bracket(entry, stop, sized(profit, "0.001"))),
		linked(market.OTO(sized(entry, "0.01"), stop)),
		linked(market.OCO(sized(stop, "1"), sized(profit, "1"))),
	).refused(
		"1 engine: needs 2000, limit 1000 of free cash",
		"2 engine: its linked order a/1 was refused",
		"3 engine: its linked order a/1 was refused",
		"4 engine: its linked order a/6: quantity is under one step, limit 0.01",
		"5 engine: its linked order a/4 was refused",
		"6 engine: its linked order a/4 was refused",
		"7 engine: its linked order a/8: the entry brings nothing to close, limit 0.01",
		"8 engine: its linked order a/7 was refused",
		"9 engine: sells 1 BTC, limit 0 held and not in other orders",
		"10 engine: its linked order a/9 was refused")
}

func TestLinkedOrdersThatMakeNoSense(t *testing.T) {
	play(t, does(func(c *strategy.Context) {
		short := entry
		short.Side = market.Sell
		cover := stop
		cover.Side = market.Buy
		tied, elsewhere := stop, stop
		tied.Group, elsewhere.Instrument = "g", 7
		for want, l := range map[string]market.Linked{
			"closed by selling":      market.OTO(short, cover),
			"use SubmitLinked":       market.OTO(entry, tied),
			"not one of":             market.OTO(entry, elsewhere),
			"does not close":         market.OTO(entry, entry),
			"expires at":             market.OTO(market.Order{Side: market.Buy, Type: market.Limit, Price: dec("1"), TIF: market.GTD, Expire: 1}, stop),
			"names no quantity":      market.OCO(stop, profit),
			"ByVenue or ByEngine":    {Entry: entry, Exits: []market.Order{stop}},
			"not linked to anything": {Exits: []market.Order{stop}, Profile: market.ByVenue},
		} {
			if _, err := c.SubmitLinked(l); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	})).want("", "cash 1000 reserved 0 held 0 locked 0")
}

func replaces(n uint32, o market.Order, want string) step {
	return does(func(c *strategy.Context) {
		_, err := c.Replace(market.OrderID{Strategy: "a", Sequence: n}, o)
		if got := fmt.Sprint(err); got != want {
			panic(got)
		}
	})
}

// A replacement reserves what it needs beyond the order that it replaces, and all of it
// once that one has let go.
func TestReplacement(t *testing.T) {
	d := play(t,
		submits(sized(entry, "6")),
		replaces(1, sized(entry, "9"), "<nil>"),
		replaces(1, sized(entry, "9"), "order a/1 is being cancelled or replaced already"),
		says("1 cancelled replaced", "2 accepted"),
		replaces(2, sized(entry, "11"), "<nil>"), // refused: the old one stays
		replaces(2, sized(entry, "1"), "<nil>"),
		says("2 filled 9 @ 100"),
		says("4 rejected too late"), // the old one had traded
		replaces(4, entry, "order a/4 is not working"),
		submits(sized(stop, "5")),
		replaces(5, sized(profit, "8"), "<nil>"),
		replaces(5, entry, "order a/5 is replaced by one on its instrument and side, or cancelled"),
		says("5 cancelled replaced"),
	)
	d.want("a/1 buy limit 6; a/2 buy limit 9 1; a/4 buy limit 1 2; a/5 sell stop 5; a/6 sell limit 8 5",
		"cash 1000 reserved 600 held 0 locked 0",
		"cash 1000 reserved 900 held 0 locked 0",
		"cash 1000 reserved 900 held 0 locked 0",
		"cash 1000 reserved 900 held 0 locked 0",
		"cash 1000 reserved 900 held 0 locked 0",
		"cash 1000 reserved 900 held 0 locked 0",
		"cash 100 reserved 0 held 8.91 locked 0",
		"cash 100 reserved 0 held 8.91 locked 0",
		"cash 100 reserved 0 held 8.91 locked 0",
		"cash 100 reserved 0 held 8.91 locked 5",
		"cash 100 reserved 0 held 8.91 locked 8",
		"cash 100 reserved 0 held 8.91 locked 8",
		"cash 100 reserved 0 held 8.91 locked 8")
	d.refused("3 engine: needs 200, limit 100 of free cash")
}

// What the old order traded meanwhile is not taken off the new one. Where too little is
// left for that, it is cancelled.
func TestReplacementThatIsNotFunded(t *testing.T) {
	play(t,
		submits(sized(entry, "6")),
		replaces(1, sized(entry, "9"), "<nil>"),
		says("1 partial 3 @ 100", "1 cancelled replaced", "2 accepted"),
		says("2 cancelled"),
		submits(sized(stop, "2")),
		replaces(3, sized(stop, "2.5"), "<nil>"),
		says("3 partial 1 @ 95", "3 cancelled replaced", "4 accepted"),
	).want("a/1 buy limit 6; a/2 buy limit 9 1; cancel a/2; a/3 sell stop 2; a/4 sell stop 2.5 3; cancel a/4",
		"cash 1000 reserved 600 held 0 locked 0",
		"cash 1000 reserved 900 held 0 locked 0",
		"cash 700 reserved 700 held 2.97 locked 0",
		"cash 700 reserved 0 held 2.97 locked 0",
		"cash 700 reserved 0 held 2.97 locked 2",
		"cash 700 reserved 0 held 2.97 locked 2.5",
		"cash 795 reserved 0 held 1.97 locked 1.97")
}

// The replacement of an exit takes its place beside the other, with what is left.
func TestReplacedExit(t *testing.T) {
	higher := sized(stop, "0")
	higher.Stop = dec("98")
	play(t,
		linked(market.Bracket(entry, stop, profit)),
		says("1 partial 1 @ 100"),
		replaces(2, higher, "order a/2 is linked to an entry that still works: cancel, and submit anew"),
		says("1 filled 1 @ 100"),
		says("3 partial 0.5 @ 110"),
		replaces(2, higher, "<nil>"),
		says("2 cancelled replaced", "4 accepted"),
		says("4 filled 1.48 @ 98", "3 cancelled exit filled"),
	).want("a/1 buy limit 2; a/2 sell stop 0 1 2; a/3 sell limit 0 1 2; a/4 sell stop 1.48 2 2",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 900 reserved 100 held 0.99 locked 0.99",
		"cash 900 reserved 100 held 0.99 locked 0.99",
		"cash 800 reserved 0 held 1.98 locked 1.98",
		"cash 855 reserved 0 held 1.48 locked 1.48",
		"cash 855 reserved 0 held 1.48 locked 1.48",
		"cash 855 reserved 0 held 1.48 locked 1.48",
		"cash 1000.04 reserved 0 held 0 locked 0")
}

// Exits that name more than their entry bought are cancelled, should a venue call an order
// filled that is not.
func TestExitsWithoutBase(t *testing.T) {
	play(t,
		linked(market.OTO(entry, stop)),
		says("1 filled 1 @ 100", "2 accepted"),
		says("2 cancelled"),
	).want("a/1 buy limit 2; a/2 sell stop 1.98 1; cancel a/2",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 900 reserved 0 held 0.99 locked 0.99",
		"cash 900 reserved 0 held 0.99 locked 0")
}

// The end of an entry before it filled whole gives a list's exits nothing to do.
func TestListThatEndsInPart(t *testing.T) {
	play(t,
		linked(market.OTO(entry, stop)),
		says("1 partial 1 @ 100"),
		says("1 cancelled"),
		says("2 cancelled entry ended"),
	).want("a/1 buy limit 2; a/2 sell stop 1.98 1",
		"cash 1000 reserved 200 held 0 locked 0",
		"cash 900 reserved 100 held 0.99 locked 0.99",
		"cash 900 reserved 0 held 0.99 locked 0",
		"cash 900 reserved 0 held 0.99 locked 0")
}

// What the end of one bracket left below a step is there for the exits of another.
func TestExitsTakeTheirDust(t *testing.T) {
	part := sized(entry, "0.5")
	play(t,
		linked(market.Bracket(part, stop, profit)),
		linked(market.Bracket(part, stop, profit)),
		says("1 filled 0.5 @ 100"),                            // brings 0.495
		says("4 partial 0.004 @ 100"),                         // brings 0.00396, under one step
		says("2 filled 0.49 @ 95", "3 cancelled exit filled"), // and with it 0.005: dust
		says("4 partial 0.007 @ 100"),                         // brings 0.00693: one step in all
		says("5 partial 0.01 @ 95"),
	).want("a/1 buy limit 0.5; a/2 sell stop 0 1 2; a/3 sell limit 0 1 2; a/4 buy limit 0.5; a/5 sell stop 0 4 5; a/6 sell limit 0 4 5",
		"cash 1000 reserved 50 held 0 locked 0",
		"cash 1000 reserved 100 held 0 locked 0",
		"cash 950 reserved 50 held 0.495 locked 0.49",
		"cash 949.6 reserved 49.6 held 0.49896 locked 0.49",
		"cash 996.15 reserved 49.6 held 0 locked 0",
		"cash 995.45 reserved 48.9 held 0.01 locked 0.01",
		"cash 996.4 reserved 48.9 held 0 locked 0")
}
