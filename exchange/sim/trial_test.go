package sim_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// trial is a random market with random orders.
type trial struct {
	in   market.Instrument
	o    sim.Options
	cash decimal.Decimal
	rows []string // as of bars
	asks []ask
}

// drawer draws a trial. Everything shrinks to what is simplest: flat bars, no option, a
// market buy.
type drawer struct {
	*rapid.T
	linked, scarce bool
	tick           int // in hundredths
	step           decimal.Decimal
	closes         []int
	orders         uint32
	groups         int
	trial
}

func (d *drawer) pick(label string, from ...string) decimal.Decimal {
	return dec(rapid.SampledFrom(from).Draw(d.T, label))
}

func (d *drawer) n(label string, from, to int) int { return rapid.IntRange(from, to).Draw(d.T, label) }

func (d *drawer) rarely(label string) bool { return d.n(label, 0, 5) == 5 }

func (d *drawer) maybe(label string) bool { return rapid.Bool().Draw(d.T, label) }

// near returns a price in hundredths some ticks around another.
func (d *drawer) near(price int) decimal.Decimal {
	return hundredths(price/d.tick*d.tick + d.tick*d.n("ticks away", -9, 9))
}

func hundredths(n int) decimal.Decimal { return decimal.New(int64(n), -2) }

func (d *drawer) draw() trial {
	d.drawVenue()
	d.drawBars()
	d.cash = dec("1000000000")
	stock := order(market.Buy, market.Market, "10000") // more than a trial can sell
	if d.scarce {
		d.cash = decimal.New(int64(d.n("cash", 100, 900)), 0)
		stock.Quantity = decimal.New(int64(d.n("stock", 1, 9)), 0)
	}
	stock.ID = market.OrderID{Strategy: "stock", Sequence: 1}
	d.asks = []ask{{start - d.o.Latency, "submit", stock}}
	for range d.n("asks", 1, 6) {
		at := market.Time(d.n("minute", 1, len(d.rows)-1))*minute + market.Time(30*d.n("half", 0, 1))*minute/60
		d.drawAsk(start + at)
	}
	slices.SortStableFunc(d.asks, func(a, b ask) int { return cmp.Compare(a.at, b.at) })
	d.number()
	return d.trial
}

// number gives each strategy's orders their numbers, in order of time.
func (d *drawer) number() {
	ids, last := map[market.OrderID]market.OrderID{}, map[string]uint32{}
	for _, a := range d.asks {
		if id := a.order.ID; a.verb == "submit" {
			last[id.Strategy]++
			ids[id] = market.OrderID{Strategy: id.Strategy, Sequence: last[id.Strategy]}
		}
	}
	for i := range d.asks {
		o := &d.asks[i].order
		o.ID, o.Parent, o.Replaces = ids[o.ID], ids[o.Parent], ids[o.Replaces]
	}
}

func (d *drawer) drawVenue() {
	d.in = coin()
	d.tick, d.step = rapid.SampledFrom([]int{1, 5}).Draw(d.T, "tick"), d.pick("step", "1", "0.1")
	d.in.Tick, d.in.Step = hundredths(d.tick), d.step
	if d.rarely("has fees") {
		d.in.Fees = market.Fees{Maker: d.pick("maker", "0.0013", "0", "0.02"), Taker: d.pick("taker", "0.0075", "0.03"), InQuote: d.maybe("fee in quote")}
		places := int32(d.n("precision", 1, 8))
		d.in.BasePrecision, d.in.QuotePrecision = places, places
	}
	d.o = off()
	d.o.Path = sim.Path(d.n("path", 0, 2))
	d.o.Latency = market.Time(rapid.SampledFrom([]int{0, 0, 0, 30, 60, 90}).Draw(d.T, "latency")) * minute / 60
	d.o.Touch = d.rarely("touch")
	if d.rarely("slips") {
		d.o.SlippageBps = d.pick("slippage", "15", "200")
	}
	if d.maybe("capped") {
		d.o.Participation, d.o.OverflowBps = d.pick("participation", "0.5", "0.1"), d.pick("overflow", "50", "0", "333")
	}
	if d.rarely("waits") {
		d.o.MaxWait = minute / 2
	}
}

func (d *drawer) drawBars() {
	price := 1000
	d.rows, d.closes = []string{"10 10 10 10 1000000"}, []int{price}
	for range d.n("bars", 2, 6) {
		if d.n("gap", 0, 9) == 9 {
			d.rows = append(d.rows, "-")
			d.closes = append(d.closes, price)
			continue
		}
		open := price
		if d.rarely("jumps") {
			open += d.n("jump", -15, 15)
		}
		price = open + d.n("move", -10, 10)
		high, low := max(open, price)+d.n("up", 0, 10), min(open, price)-d.n("down", 0, 10)
		volume := rapid.SampledFrom([]int{100, 0, 7, 20, 1000}).Draw(d.T, "volume")
		d.rows = append(d.rows, fmt.Sprintf("%s %s %s %s %d", hundredths(open), hundredths(high), hundredths(low), hundredths(price), volume))
		d.closes = append(d.closes, price)
	}
}

func (d *drawer) drawAsk(at market.Time) {
	last := d.closes[int((at-start)/minute)-1]
	what := d.n("what", 0, 9)
	switch {
	case what == 8 && len(d.earlier(at)) > 0:
		d.ask(at, "cancel", market.Order{ID: d.one(d.earlier(at))})
	case what == 9 && len(d.earlier(at)) > 0:
		d.ask(at, "amend", market.Order{ID: d.one(d.earlier(at)), Quantity: d.quantity(), Price: d.near(last)})
	case what >= 5 && d.linked:
		d.drawLinked(at, last)
	default:
		o := d.drawOrder(at, last)
		if len(d.earlier(at)) > 0 && d.rarely("replaces") {
			o.Replaces = d.one(d.earlier(at))
			o.ID.Strategy = o.Replaces.Strategy
			if o.TIF == market.GTD {
				o.TIF, o.Expire = market.GTC, 0
			}
		}
		d.submit(at, o)
	}
}

// earlier returns the orders that are submitted by a time.
func (d *drawer) earlier(at market.Time) (ids []market.OrderID) {
	for _, a := range d.asks {
		if a.verb == "submit" && a.at <= at && a.order.ID.Strategy != "stock" {
			ids = append(ids, a.order.ID)
		}
	}
	return ids
}

func (d *drawer) one(of []market.OrderID) market.OrderID {
	return rapid.SampledFrom(of).Draw(d.T, "order")
}

func (d *drawer) quantity() decimal.Decimal {
	return d.step.Mul(decimal.New(int64(d.n("quantity", 1, 20)), 0))
}

func (d *drawer) ask(at market.Time, verb string, o market.Order) {
	d.asks = append(d.asks, ask{at, verb, o})
}

// submit asks for an order of a strategy, the last one's where it is linked to that.
func (d *drawer) submit(at market.Time, o market.Order) market.OrderID {
	if o.ID.Strategy == "" {
		o.ID.Strategy = rapid.SampledFrom([]string{"x", "x", "y"}).Draw(d.T, "strategy")
	}
	d.orders++
	o.ID.Sequence = d.orders
	d.ask(at, "submit", o)
	return o.ID
}

func (d *drawer) drawOrder(at market.Time, last int) market.Order {
	side := market.Buy
	if d.maybe("sells") {
		side = market.Sell
	}
	return d.drawKind(at, last, side, market.Types())
}

func (d *drawer) drawKind(at market.Time, last int, side market.Side, kinds []market.Type) market.Order {
	o := order(side, rapid.SampledFrom(kinds).Draw(d.T, "type"), "0")
	o.Quantity = d.quantity()
	if o.Priced() {
		o.Price = d.near(last)
	}
	if o.Triggered() {
		o.Stop = d.near(last)
	}
	if o.Type == market.TrailingStop {
		o.Trail = d.drawTrail(last)
	}
	switch {
	case o.Type == market.Market && side == market.Buy && d.rarely("by quote"):
		o.Quote, o.Quantity = o.Quantity.Mul(decimal.New(11, 0)), decimal.Zero
	case o.Type == market.Limit && d.rarely("post-only"):
		o.PostOnly = true
	case d.rarely("reduces"):
		o.ReduceOnly = true
	}
	if d.rarely("in force") {
		d.drawTIF(at, &o)
	}
	return o
}

// drawTIF limits how long an order stays, as far as that goes with the rest of it.
func (d *drawer) drawTIF(at market.Time, o *market.Order) {
	o.TIF = rapid.SampledFrom([]market.TIF{market.IOC, market.FOK, market.GTD}).Draw(d.T, "tif")
	switch {
	case o.TIF == market.GTD:
		o.Expire = at + market.Time(d.n("expires", 1, 6))*minute/2
	case o.Validate() != nil:
		o.TIF = market.GTC
	}
}

func (d *drawer) drawTrail(last int) market.Trail {
	t := market.Trail{By: hundredths(d.n("by", 1, 9)), Unit: market.TrailUnit(d.n("unit", 0, 2))}
	switch t.Unit {
	case market.TrailPercent:
		t.By = t.By.Mul(decimal.New(10, 0))
	case market.TrailBps:
		t.By = t.By.Mul(decimal.New(1000, 0))
	}
	if d.maybe("activates") {
		t.Activate = d.near(last)
	}
	return t
}

// drawLinked draws an entry with exits, or two exits.
func (d *drawer) drawLinked(at market.Time, last int) {
	d.groups++
	profile := market.Profile(d.n("profile", 1, 2))
	entry := d.drawOrder(at, last)
	id := market.OrderID{Strategy: "x"}
	side := entry.Side
	if d.maybe("has an entry") {
		if profile == market.ByVenue { // a venue takes no other entry
			entry = d.drawKind(at, last, side, []market.Type{market.Limit})
			if entry.TIF == market.IOC || entry.TIF == market.FOK {
				entry.TIF = market.GTC
			}
		}
		entry.Profile = profile
		id = d.submit(at, entry)
		side = market.Buy + market.Sell - side
	}
	count := 2
	if id.Sequence > 0 {
		count = d.n("exits", 1, 2)
	}
	for k := range count {
		x := d.drawExit(at, last, side, k == 0)
		x.Profile, x.Group, x.ID.Strategy = profile, fmt.Sprint("g", d.groups), id.Strategy
		if id.Sequence > 0 {
			x.Parent = id
			if entry.Quantity.IsPositive() {
				x.Quantity = entry.Quantity
			}
			if profile == market.ByEngine && d.maybe("takes what there is") {
				x.Quantity = decimal.Zero
			}
		}
		d.submit(at, x)
	}
}

// drawExit draws a target or a stop, on its side of the last price.
func (d *drawer) drawExit(at market.Time, last int, side market.Side, target bool) market.Order {
	kinds := []market.Type{market.Stop, market.StopLimit, market.TrailingStop}
	away := -d.tick
	if target {
		kinds = []market.Type{market.Limit, market.TakeProfit, market.TakeProfitLimit}
		away = d.tick
	}
	if side == market.Buy {
		away = -away
	}
	x := d.drawKind(at, last, side, kinds)
	if x.TIF != market.GTD {
		x.TIF = market.GTC
	}
	x.PostOnly = false
	level := hundredths((last/d.tick + away/d.tick*d.n("away", 1, 9)) * d.tick)
	if x.Type == market.Limit {
		x.Price = level
	} else if x.Triggered() {
		x.Stop = level
	}
	return x
}

// String prints a trial as a script.
func (s trial) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "option latency %ds slippage %s participation %s overflow %s path %s max-wait %ds", s.o.Latency/1e9, s.o.SlippageBps, s.o.Participation, s.o.OverflowBps, s.o.Path, s.o.MaxWait/1e9)
	if s.o.Touch {
		b.WriteString(" touch")
	}
	fees := s.in.Fees
	fmt.Fprintf(&b, "\ninstrument AAA tick %s step %s maker %s taker %s precision %d", s.in.Tick, s.in.Step, fees.Maker, fees.Taker, s.in.BasePrecision)
	if fees.InQuote {
		b.WriteString(" fee-asset quote")
	}
	fmt.Fprintf(&b, "\ncash %s\nbars AAA 1m\n", s.cash)
	for i, r := range s.rows {
		fmt.Fprintf(&b, "%s %s\n", clock(at(i, 0)), r)
	}
	for _, a := range s.asks {
		fmt.Fprintf(&b, "at %s %s\n", clock(a.at), a)
	}
	return b.String()
}

// String prints what is asked for as a script does.
func (a ask) String() string {
	o := &a.order
	switch a.verb {
	case "cancel":
		return fmt.Sprintf("%s cancel %d", o.ID.Strategy, o.ID.Sequence)
	case "amend":
		return fmt.Sprintf("%s amend %d %s @ %s", o.ID.Strategy, o.ID.Sequence, o.Quantity, o.Price)
	}
	s := fmt.Sprintf("%s %s %s %s", o.ID, o.Side, o.Type, o.Quantity)
	for _, part := range []struct {
		is   bool
		text string
	}{
		{o.Quote.IsPositive(), "quote " + o.Quote.String()},
		{o.Triggered(), "stop " + o.Stop.String()},
		{o.Priced(), "@ " + o.Price.String()},
		{o.Type == market.TrailingStop, fmt.Sprintf("by %s %s activate %s", o.Trail.By, o.Trail.Unit, o.Trail.Activate)},
		{o.PostOnly, "post-only"},
		{o.ReduceOnly, "reduce-only"},
		{o.TIF != market.GTC, o.TIF.String()},
		{o.TIF == market.GTD, "expire " + clock(o.Expire)},
		{o.Parent.Sequence > 0, "parent " + o.Parent.String()},
		{o.Group != "", "group " + o.Group + " of " + o.Profile.String()},
		{o.Replaces.Sequence > 0, "replaces " + o.Replaces.String()},
	} {
		if part.is {
			s += " " + part.text
		}
	}
	return s
}

// play returns the simulated venue's play of a trial.
func (s *trial) play(t *testing.T) *play {
	p := newPlay(t, s.in, s.o, bars(s.rows...))
	p.venue = sim.New([]market.Instrument{s.in}, map[string]decimal.Decimal{"USDT": s.cash}, s.o)
	p.venue.Watch(0, market.Minute)
	for _, a := range s.asks {
		p.do(a.at, func() {
			switch a.verb {
			case "submit":
				p.venue.Submit(p.now, a.order)
			case "cancel":
				p.venue.Cancel(p.now, a.order.ID)
			case "amend":
				p.venue.Amend(p.now, a.order)
			}
		})
	}
	return p
}

// venue returns what the simulated venue tells.
func (s *trial) venue(t *testing.T) []market.OrderUpdate {
	p := s.play(t)
	p.run()
	return upTo(p.end(), p.fills)
}

// upTo leaves out what is told after a time. What is known after the last bar depends on
// when the market is over.
func upTo(end market.Time, told []market.OrderUpdate) []market.OrderUpdate {
	return slices.DeleteFunc(told, func(u market.OrderUpdate) bool { return u.Time > end })
}

// bars returns the bars of a trial.
func (s *trial) bars() (list []plainBar) {
	c := bars(s.rows...)
	for i := range c.Len() {
		b := c.Bar(i)
		price := func(x float64) decimal.Decimal { return market.Price(x, 2) }
		list = append(list, plainBar{b.OpenTime, c.Time(i), price(b.Open), price(b.High), price(b.Low), price(b.Close), price(b.Volume)})
	}
	return list
}

// plain returns what the plain venue tells.
func (s *trial) plain() []market.OrderUpdate {
	v := &plainVenue{in: s.in, o: s.o, bars: s.bars()}
	return upTo(v.bars[len(v.bars)-1].closes, v.play(s.asks))
}
