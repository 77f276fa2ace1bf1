package portfolio

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
)

const maxVar = "max_var"

const maxVarSample = `[risk.main]
rules = ["max_var"]
  [risk.main.max_var]
  percent    = "0.05"      # of equity
  confidence = "0.95"
  measure    = "cvar"      # the mean of the losses beyond it
  interval   = "1d"
  bars       = 120
`

// MaxVarPlugin describes the rule max_var.
func MaxVarPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxVar,
		Doc:    "bounds the value at risk, or the expected shortfall, of all positions together; cuts orders to what fits",
		Sample: maxVarSample,
		New: func() risk.Rule {
			return &MaxVar{Basis: basis(), Confidence: decimal.New(95, -2), Horizon: 1, Method: "historical", Measure: "var", Cut: true}
		},
	}
}

// MaxVar bounds what the positions may lose together over Horizon bars: the value at
// risk, which is exceeded in a share 1 − Confidence of the time only, or the conditional
// one (expected shortfall), the mean loss of that share. It measures positions, working
// orders and the order at hand at the worst price of the collar. An order that does not
// raise the measure passes whatever the limit. At least one of Percent and Amount must be
// set; the lower bound holds.
type MaxVar struct {
	Basis
	Percent    decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"share of equity: 0.05 is 5 %; 0 sets none"`
	Amount     decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
	Confidence decimal.Decimal `toml:"confidence" param:"min=0.9,max=0.999" doc:"share of bars that lose no more: 0.95"`
	Horizon    int             `toml:"horizon" param:"min=1,max=250,step=1" doc:"bars over which the loss is measured"`
	Method     string          `toml:"method" param:"oneof=historical|parametric" doc:"historical takes the losses of the window as they were, parametric a normal distribution"`
	Measure    string          `toml:"measure" param:"oneof=var|cvar" doc:"var is the loss that is exceeded so rarely, cvar the mean of the losses beyond it"`
	Cut        bool            `toml:"cut" doc:"cut a larger order to what fits, rather than refuse it"`

	tail      *tail
	portfolio portfolio
	noted     market.OrderID // the last order that a note was about
}

// Init checks the settings and subscribes to bars.
func (r *MaxVar) Init(s *risk.Setup) (err error) {
	one := decimal.New(1, 0)
	switch {
	case r.Percent.IsNegative() || r.Percent.GreaterThan(one):
		return risk.OutOfBounds("percent", r.Percent, "a share of equity from 0 to 1: 0.05 is 5 %")
	case r.Amount.IsNegative():
		return fmt.Errorf("amount = %s must not be negative", r.Amount)
	case r.Percent.IsZero() && r.Amount.IsZero():
		return fmt.Errorf("set percent, amount or both")
	case r.Confidence.LessThan(decimal.New(9, -1)) || r.Confidence.GreaterThan(decimal.New(999, -3)):
		return risk.OutOfBounds("confidence", r.Confidence, "from 0.9 to 0.999")
	case r.Horizon < 1:
		return fmt.Errorf("horizon = %d must be at least 1", r.Horizon)
	case r.Method != "historical" && r.Method != "parametric":
		return fmt.Errorf("method = %q must be historical or parametric", r.Method)
	case r.Measure != "var" && r.Measure != "cvar":
		return fmt.Errorf("measure = %q must be var or cvar", r.Measure)
	}
	if r.tail, err = newTail(r.Method == "parametric", r.Measure == "cvar", r.Confidence, r.Bars, r.Horizon); err != nil {
		return err
	}
	if err := r.init(maxVar, s); err != nil {
		return err
	}
	s.Fills(r.filled)
	return nil
}

// Review cuts an order to what fits, or refuses it.
func (r *MaxVar) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := limit.Priced(v, maxVar, &o); err != nil {
		return o, err
	}
	p, most := &r.portfolio, r.limit(v)
	if l := p.fill(&r.Basis, v, &o); l != nil {
		return r.unready(v, o, l)
	}
	room, measured := p.room(r.measure, most)
	v.Measured(shown(measured), shown(most), v.Instrument(o.Instrument).Quote)
	if part, ok := cut(v, o, p.notional, room); ok && (r.Cut || room >= p.notional) {
		return part, nil
	}
	quote := v.Instrument(o.Instrument).Quote
	return o, &market.Refusal{
		Rule: maxVar,
		Measured: fmt.Sprintf("%s %s of %s %s over %d × %s at %s with the order", r.Method, r.Measure, shown(measured), quote,
			r.Horizon, r.Interval, r.Confidence),
		Limit: shown(most).String() + " " + quote,
	}
}

func (r *MaxVar) measure(p *portfolio, x float64) float64 { return r.tail.of(p.profits(x)) }

// filled notes once that a fill beyond the price at which its order was counted brought
// the measure above the limit (semantics D2): what is filled at the price of the fill,
// the rest at the last closes. New risk is measured by what is held, so that none passes
// until it is within the limit again.
func (r *MaxVar) filled(d *risk.Desk, u market.OrderUpdate) {
	counted := d.CountedAt(u.ID)
	if !counted.IsPositive() || !u.Fill.Price.GreaterThan(counted) || r.noted == u.ID {
		return
	}
	o, _, _ := d.Order(u.ID)
	o.Quantity, o.Quote = decimal.Zero, decimal.Zero
	p := &r.portfolio
	if p.fill(&r.Basis, &d.View, &o) != nil {
		return
	}
	held := p.own.ends[none] / d.Price(o.Instrument) * market.Float(u.Fill.Price)
	is, most := r.measure(p, held)/collar, r.limit(&d.View) // the measure grows as its exposures do
	if is <= most {
		return
	}
	r.noted = u.ID
	quote := d.Instrument(o.Instrument).Quote
	d.Note(fmt.Sprintf("%s %s of %s %s exceeds its limit of %s since %s filled at %s, beyond the collar: nothing is added until it is within the limit again",
		r.Method, r.Measure, shown(is), quote, shown(most), u.ID, u.Fill.Price))
}

// limit returns the limit in quote.
func (r *MaxVar) limit(v *risk.View) float64 {
	amount := market.Float(r.Amount)
	if r.Percent.IsZero() {
		return amount
	}
	share := market.Float(r.Percent) * r.equity(v)
	if r.Amount.IsPositive() {
		return min(amount, share)
	}
	return share
}
