package expression

import (
	"math"
	"reflect"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// environment is what a text may name. Money is in quote, quantities are in base, times in
// seconds. The documentation of the names is in docs/risk.md.
type environment struct {
	Order    orderPart    `expr:"order"`
	Position positionPart `expr:"position"`
	Strategy strategyPart `expr:"strategy"`
	Account  accountPart  `expr:"account"`
	Equity   float64      `expr:"equity"`
	Price    float64      `expr:"price"`
	Bar      barPart      `expr:"bar"`
	Now      nowPart      `expr:"now"`
}

type orderPart struct {
	Notional float64 `expr:"notional"`
	Quantity float64 `expr:"quantity"`
	Price    float64 `expr:"price"`
	Side     string  `expr:"side"`
	Type     string  `expr:"type"`
	Symbol   string  `expr:"symbol"`
	Base     string  `expr:"base"`
}

type positionPart struct {
	Notional float64 `expr:"notional"`
	Quantity float64 `expr:"quantity"`
	Entry    float64 `expr:"entry"`
	PnL      float64 `expr:"pnl"`
	Open     bool    `expr:"open"`
}

type strategyPart struct {
	Equity   float64 `expr:"equity"`
	Cash     float64 `expr:"cash"`
	Exposure float64 `expr:"exposure"`
	Open     float64 `expr:"open"`
}

type accountPart struct {
	Equity float64 `expr:"equity"`
	Gross  float64 `expr:"gross"`
	Net    float64 `expr:"net"`
}

type barPart struct {
	Age float64 `expr:"age"`
}

type nowPart struct {
	Hour    float64 `expr:"hour"`
	Minute  float64 `expr:"minute"`
	Weekday float64 `expr:"weekday"`
	Unix    float64 `expr:"unix"`
}

// Reading is a row of a signal: its value in the unit of its kind, its age and when it became
// known in seconds, and who said it.
type Reading struct {
	Value  float64 `expr:"value"`
	Age    float64 `expr:"age"`
	Known  float64 `expr:"known"`
	Source string  `expr:"source"`
}

// words lists names with their parts, in the order of the structs.
type words []word

type word struct {
	name  string
	parts []string
}

var vocabulary = wordsOf(reflect.TypeFor[environment]())

func wordsOf(t reflect.Type) (list words) {
	for f := range fields(t) {
		w := word{name: f.Tag.Get("expr"), parts: []string{}}
		if f.Type.Kind() == reflect.Struct {
			for part := range fields(f.Type) {
				w.parts = append(w.parts, part.Tag.Get("expr"))
			}
		}
		list = append(list, w)
	}
	return list
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for k := range t.NumField() {
			if !yield(t.Field(k)) {
				return
			}
		}
	}
}

var signalParts = wordsOf(reflect.TypeFor[struct {
	Signal Reading `expr:"signal"`
}]())[0].parts

// parts returns the parts of a name, none of one that is a value; nil of one that is not known.
func (w words) parts(name string) []string {
	if name == "signal" {
		return signalParts
	}
	if k := slices.IndexFunc(w, func(x word) bool { return x.name == name }); k >= 0 {
		return w[k].parts
	}
	return nil
}

func (w words) names() (list []string) {
	for _, x := range w {
		list = append(list, x.name)
	}
	slices.Sort(list)
	return list
}

// fill sets what a text names of an order under review. What takes a walk over all positions
// is left out where it is not named.
func (p *Program) fill(v *risk.View, o *market.Order) {
	i := o.Instrument
	in, last, held := v.Instrument(i), v.Price(i), v.Position(i)
	unit := *o
	unit.Quantity, unit.Quote = decimal.New(1, 0), decimal.Zero
	e := &p.env
	e.Equity, e.Price = v.EquityF(), last
	e.Order = orderPart{
		Notional: market.Float(v.Notional(o)), Quantity: market.Float(o.Quantity), Price: market.Float(market.Notional(&unit, v.LastPrice(i))),
		Side: o.Side.String(), Type: o.Type.String(), Symbol: in.Symbol, Base: in.Base,
	}
	if o.Quote.IsPositive() {
		e.Order.Quantity = e.Order.Notional / e.Order.Price
	}
	e.Position = positionPart{Quantity: market.Float(held), Open: !held.IsZero()}
	if p.names("position.notional") {
		e.Position.Notional = market.Float(v.Exposure(i))
	}
	if e.Position.Open {
		e.Position.Entry = market.Float(v.Entry(i))
		e.Position.PnL = (last - e.Position.Entry) / e.Position.Entry * math.Copysign(1, e.Position.Quantity)
	}
	p.fillTotals(v)
	p.fillTimes(v, i)
}

// fillTotals sets what a strategy and the account have.
func (p *Program) fillTotals(v *risk.View) {
	e := &p.env
	e.Strategy.Equity = e.Equity
	if p.names("strategy.cash") {
		e.Strategy.Cash = market.Float(v.Cash())
	}
	if p.names("strategy.open") {
		e.Strategy.Open = float64(v.Open())
	}
	if p.names("strategy.exposure") {
		long, short := exposure(v, false)
		e.Strategy.Exposure = long + short
	}
	if p.names("account.equity") {
		e.Account.Equity = v.AccountEquityF()
	}
	if p.names("account.gross") || p.names("account.net") {
		long, short := exposure(v, true)
		e.Account.Gross, e.Account.Net = long+short, long-short
	}
}

// exposure sums what is or may come to be held long and short.
func exposure(v *risk.View, account bool) (long, short float64) {
	for _, x := range v.Exposures(account) {
		long += market.Float(x.Long)
		short += market.Float(x.Short)
	}
	return long, short
}

func (p *Program) fillTimes(v *risk.View, i market.InstrumentID) {
	now := v.Now().UTC()
	weekday := float64(now.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	p.env.Now = nowPart{float64(now.Hour()), float64(now.Minute()), weekday, float64(now.Unix())}
	p.env.Bar.Age = seconds(v.Now() - v.BarTime(i))
}

func seconds(t market.Time) float64 { return float64(t) / 1e9 }
