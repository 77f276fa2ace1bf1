package testkit

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// at reads what happens at a time: a command, or what a strategy does.
func (p *parser) at() {
	t := p.time()
	if p.more() && p.operator(t, p.words[0]) {
		return
	}
	part := p.part()
	part.acts = append(part.acts, act{at: t, line: p.line, do: p.verb()})
}

// operator reads what an operator does, and reports whether the word begins that.
func (p *parser) operator(t market.Time, word string) bool {
	e := market.Event{Time: t, Kind: market.KindCommand, Instrument: market.NoInstrument}
	switch word {
	case "kill":
		e.Command = market.Kill
	case "resume":
		e.Command = market.Resume
	case "deposit", "withdraw":
		e.Kind = market.KindAccount
	case "transfer":
		e.Command = market.Transfer
	default:
		return false
	}
	p.word()
	if e.Kind == market.KindAccount || e.Command == market.Transfer {
		e.Flow = p.flow()
		if word == "withdraw" {
			e.Flow.Amount = e.Flow.Amount.Neg()
		}
	}
	p.script.History.Events = append(p.script.History.Events, e)
	return true
}

// flow reads "50", "50 BTC", "50 to a", "50 from a to b".
func (p *parser) flow() *market.Flow {
	f := &market.Flow{Amount: p.decimal(), Asset: "USDT"}
	if p.more() && p.words[0] != "from" && p.words[0] != "to" {
		f.Asset = p.word()
	}
	p.properties(map[string]func(){"from": set(&f.From, p.word), "to": set(&f.To, p.word)})
	return f
}

func (p *parser) verb() func(*actor, *strategy.Context) error {
	switch w := p.word(); w {
	case "buy", "sell":
		o := p.order(w)
		return func(_ *actor, c *strategy.Context) error { _, err := c.Submit(o); return err }
	case "bracket", "list", "oco":
		l := p.linked(w)
		return func(_ *actor, c *strategy.Context) error { _, err := c.SubmitLinked(l); return err }
	case "replace":
		n, o := p.int(), p.order(p.word())
		return func(a *actor, c *strategy.Context) error { _, err := c.Replace(a.id(n), o); return err }
	case "cancel":
		n := p.int()
		return func(a *actor, c *strategy.Context) error { return c.Cancel(a.id(n)) }
	case "amend":
		n, quantity, _, price := p.int(), p.decimal(), p.word(), p.decimal()
		return func(a *actor, c *strategy.Context) error { return c.Amend(a.id(n), quantity, price) }
	case "target":
		weight, i := p.float(), p.instrument()
		return func(_ *actor, c *strategy.Context) error { return c.Target(i, weight) }
	case "print":
		return (*actor).print
	case "filters":
		i := p.instrument()
		return func(a *actor, c *strategy.Context) error { return a.filters(c, i) }
	case "read":
		kind, subject := p.word(), p.word()
		return func(a *actor, c *strategy.Context) error { return a.read(c, kind, subject) }
	case "fail":
		return func(_ *actor, c *strategy.Context) error { c.Fail(errors.New("made to fail")); return nil }
	case "panic":
		return func(*actor, *strategy.Context) error { panic("made to panic") }
	case "rand":
		return func(a *actor, c *strategy.Context) error { a.say(c, "draws %d", c.Rand().Uint64()%1000); return nil }
	default:
		p.fail("unknown verb %q", w)
		return nil
	}
}

// linked reads orders between slashes: an entry and its exits, or for "oco" exits alone.
func (p *parser) linked(kind string) market.Linked {
	orders := []market.Order{p.order(p.word())}
	for p.more() && p.words[0] == "/" {
		p.word()
		orders = append(orders, p.order(p.word()))
	}
	if kind == "oco" {
		return market.Linked{Exits: orders, Profile: market.ByVenue}
	}
	l := market.Linked{Entry: orders[0], Exits: orders[1:], Profile: market.ByVenue}
	if kind == "bracket" {
		l.Profile = market.ByEngine
	}
	return l
}

// order reads "limit 1 BTC @ 100 post-only": a number alone is the quantity, another word
// alone the asset.
func (p *parser) order(side string) market.Order {
	o := market.Order{Side: market.Buy, Instrument: market.NoInstrument}
	if side == "sell" {
		o.Side = market.Sell
	}
	kind := p.word()
	for _, t := range market.Types() {
		if t.String() == kind {
			o.Type = t
		}
	}
	known := map[string]func(){
		"quote": set(&o.Quote, p.decimal), "@": set(&o.Price, p.decimal), "stop": set(&o.Stop, p.decimal),
		"post-only": flag(&o.PostOnly), "reduce-only": flag(&o.ReduceOnly),
		"ioc": func() { o.TIF = market.IOC }, "fok": func() { o.TIF = market.FOK },
		"gtd":          func() { o.TIF, o.Expire = market.GTD, p.time() },
		"expire-after": func() { o.ExpireAfter = market.Duration(p.duration()) },
		"trail":        func() { o.Trail.By, o.Trail.Unit = p.distance() }, "activate": set(&o.Trail.Activate, p.decimal),
	}
	for p.more() && p.words[0] != "/" {
		switch _, err := parseFloat(p.words[0]); {
		case known[p.words[0]] != nil:
			known[p.word()]()
		case err == nil:
			o.Quantity = p.decimal()
		default:
			o.Instrument = p.instrument()
		}
	}
	if o.Type == 0 || o.Instrument < 0 {
		p.fail("an order needs a type (one of %v) and an asset; got %q", market.Types(), kind)
	}
	return o
}

// distance reads how far a trailing stop stays behind: 5, 5% or 50bps.
func (p *parser) distance() (decimal.Decimal, market.TrailUnit) {
	text, unit := p.word(), market.TrailPrice
	for _, u := range []market.TrailUnit{market.TrailPercent, market.TrailBps} {
		if number, found := strings.CutSuffix(text, trailSuffix[u]); found {
			text, unit = number, u
		}
	}
	by, err := decimal.NewFromString(text)
	if err != nil {
		p.fail("distance %q is not like 5, 5%% or 50bps", text)
	}
	return by, unit
}

var trailSuffix = [...]string{market.TrailPrice: "", market.TrailPercent: "%", market.TrailBps: "bps"}
