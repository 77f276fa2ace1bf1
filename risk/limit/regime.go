package limit

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const regime = "regime"

const regimeSample = `[risk.main]
rules = ["bullish", "trend"]
  [risk.main.bullish]
  type    = "regime"
  kind    = "market_trend"
  least   = "1"
  [risk.main.trend]
  type     = "regime"
  symbol   = "BTCUSDT"
  interval = "1d"
  average  = 200
`

// RegimePlugin describes the rule regime.
func RegimePlugin() risk.Plugin {
	return risk.Plugin{
		Name:   regime,
		Doc:    "lets new risk pass only while a signal lies within bounds, or a symbol closes on one side of its average",
		Sample: regimeSample,
		New:    func() risk.Rule { return &Regime{Reading: Reading{Subject: ofMarket}, Side: above} },
	}
}

// Regime lets new risk pass only in a kind of market: while a signal lies from Least to Most
// (Kind is set), while the last close of Symbol lies on one Side of the mean of its last
// Average closes (Symbol is set), or both. Where the signal or the average is absent, nothing
// passes.
type Regime struct {
	Reading
	Least    decimal.NullDecimal `toml:"least" doc:"the signal's least value; none unless it is set"`
	Most     decimal.NullDecimal `toml:"most" doc:"the signal's greatest value; none unless it is set"`
	Symbol   string              `toml:"symbol" doc:"whose closes are averaged, such as BTCUSDT; a symbol of the run"`
	Interval market.Interval     `toml:"interval" doc:"length of its bars; that of the strategy unless it is set"`
	Average  int                 `toml:"average" param:"min=0,max=5000,step=1" doc:"bars of the average"`
	Side     string              `toml:"side" param:"oneof=above|below" doc:"on which side of its average the close must lie"`

	bars      *risk.Bars // nil without a symbol
	reference market.InstrumentID
}

// The values of Side.
const above, below = "above", "below"

// Init checks what is asked for, and subscribes to it.
func (r *Regime) Init(s *risk.Setup) error {
	switch {
	case r.Kind == "" && r.Symbol == "":
		return fmt.Errorf("set kind, with least or most, or symbol, with average")
	case r.Kind != "" && !r.Least.Valid && !r.Most.Valid:
		return fmt.Errorf("set least, most or both: the values of %s at which risk may be taken", r.Kind)
	case r.Least.Valid && r.Most.Valid && r.Least.Decimal.GreaterThan(r.Most.Decimal):
		return fmt.Errorf("least = %s is above most = %s", r.Least.Decimal, r.Most.Decimal)
	case r.Symbol != "" && (r.Average < 2 || r.Average > 5000):
		return fmt.Errorf("average = %d must be from 2 to 5000 bars", r.Average)
	case r.Side != above && r.Side != below:
		return fmt.Errorf("side = %q must be above or below", r.Side)
	}
	if r.Kind != "" {
		if err := r.watch(s); err != nil {
			return err
		}
	}
	if r.Symbol == "" {
		return nil
	}
	return r.follow(s)
}

// follow subscribes to the bars of the symbol.
func (r *Regime) follow(s *risk.Setup) error {
	all := s.Instruments()
	k := slices.IndexFunc(all, func(in market.Instrument) bool { return in.Symbol == r.Symbol })
	if k < 0 {
		return fmt.Errorf("symbol = %q is not in the run: add it to the symbols of a strategy of the account", r.Symbol)
	}
	r.reference = all[k].ID
	r.bars = s.Bars(risk.BarQuery{Interval: r.Interval, Lookback: r.Average, Instruments: []market.InstrumentID{r.reference}}, nil)
	return nil
}

// Review refuses an order in the wrong kind of market.
func (r *Regime) Review(v *risk.View, o market.Order) (market.Order, error) {
	if r.signals != nil {
		if err := r.reviewSignal(v, &o); err != nil {
			return o, err
		}
	}
	if r.bars != nil {
		return o, r.reviewTrend(v)
	}
	return o, nil
}

// reviewSignal refuses where the signal is absent or out of bounds.
func (r *Regime) reviewSignal(v *risk.View, o *market.Order) error {
	row, err := r.read(v, regime, o)
	if err != nil {
		return err
	}
	value := market.Price(row.Value, market.FreeScale)
	measured := r.about(v, o) + " " + value.String()
	v.Found(measured, r.bounds())
	if r.Least.Valid && value.LessThan(r.Least.Decimal) || r.Most.Valid && value.GreaterThan(r.Most.Decimal) {
		return &market.Refusal{Rule: regime, Measured: measured, Limit: r.bounds()}
	}
	return nil
}

// bounds says between which values the signal must lie.
func (r *Regime) bounds() string {
	switch {
	case !r.Most.Valid:
		return "from " + r.Least.Decimal.String()
	case !r.Least.Valid:
		return "up to " + r.Most.Decimal.String()
	}
	return "from " + r.Least.Decimal.String() + " to " + r.Most.Decimal.String()
}

// reviewTrend refuses where the last close of the symbol lies on the wrong side of its
// average. On a grid of ticks a tie is a tie (semantics D5), and lies on neither side.
func (r *Regime) reviewTrend(v *risk.View) error {
	s := r.bars.At(v, r.reference)
	if s == nil || s.Len() < r.Average {
		return &market.Refusal{Rule: regime, Measured: tooFew(s, r.Symbol), Limit: fmt.Sprintf("at least %d for the average", r.Average)}
	}
	last, average := indicator.NewSMA(1, s.PriceScale()), indicator.NewSMA(r.Average, s.PriceScale())
	for _, x := range s.Close() {
		average.Update(x)
	}
	last.Update(s.LastClose())
	digits := s.PriceScale()
	if digits != market.FreeScale {
		digits += 2
	}
	measured := fmt.Sprintf("%s closed at %s", r.Symbol, market.Price(s.LastClose(), s.PriceScale()))
	limit := fmt.Sprintf("%s its average of %s over %d bars", r.Side, market.Price(average.Value(), digits), r.Average)
	v.Found(measured, limit)
	if c := indicator.Compare(last, average); r.Side == above && c > 0 || r.Side == below && c < 0 {
		return nil
	}
	return &market.Refusal{Rule: regime, Measured: measured, Limit: limit}
}
