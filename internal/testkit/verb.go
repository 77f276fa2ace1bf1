package testkit

import (
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// at reads what happens at a time: a command, or what a strategy does.
func (p *parser) at() {
	t := p.time()
	if p.more() {
		for _, c := range []market.Command{market.Kill, market.Resume} {
			if p.words[0] == c.String() {
				p.words = p.words[1:]
				p.script.Commands = append(p.script.Commands, market.Event{Time: t, Kind: market.KindCommand, Instrument: market.NoInstrument, Command: c})
				return
			}
		}
	}
	part := p.part()
	part.acts = append(part.acts, act{at: t, line: p.line, do: p.verb()})
}

func (p *parser) verb() func(*actor, *strategy.Context) error {
	switch w := p.word(); w {
	case "buy":
		return submit(p.order(market.Buy))
	case "sell":
		return submit(p.order(market.Sell))
	case "cancel":
		return cancel(uint32(p.int()))
	case "amend":
		n, q := uint32(p.int()), p.decimal()
		p.word() // @
		return amend(n, q, p.decimal())
	case "target":
		weight := p.float()
		return target(p.optionalInstrument(), weight)
	case "print":
		return (*actor).print
	case "read":
		kind, subject := p.word(), p.word()
		return func(a *actor, c *strategy.Context) error { return a.read(c, kind, subject) }
	case "rand":
		return chance
	case "fail":
		return fail
	case "panic":
		return func(*actor, *strategy.Context) error { panic("as scripted") }
	default:
		p.fail("unknown verb %q", w)
		return nil
	}
}

// optionalInstrument reads an instrument, the first where the line ends.
func (p *parser) optionalInstrument() market.InstrumentID {
	if !p.more() {
		return 0
	}
	return p.instrument()
}

// order reads "limit 1 BTC @ 100 post-only".
func (p *parser) order(side market.Side) market.Order {
	o := market.Order{Side: side}
	kind := p.word()
	types := []market.Type{market.Market, market.Limit, market.Stop, market.StopLimit}
	k := slices.IndexFunc(types, func(t market.Type) bool { return t.String() == kind })
	if k < 0 {
		p.fail("unknown type of order %q", kind)
		return o
	}
	o.Type = types[k]
	for p.more() {
		switch w := p.words[0]; {
		case w == "quote":
			p.word()
			o.Quote = p.decimal()
		case w == "@":
			p.word()
			o.Price = p.decimal()
		case w == "stop":
			p.word()
			o.Stop = p.decimal()
		case w == "post-only":
			o.PostOnly = p.word() != ""
		case w == "reduce-only":
			o.ReduceOnly = p.word() != ""
		default:
			if _, err := strconv.ParseFloat(w, 64); err == nil {
				o.Quantity = p.decimal()
			} else {
				o.Instrument = p.instrument()
			}
		}
	}
	return o
}
