package market

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// InstrumentID is the index of an instrument in one run's list: dense, and valid
// for that run only. Journals and stores write symbols.
type InstrumentID int32

// NoInstrument marks an event, order or signal that is about no instrument.
const NoInstrument InstrumentID = -1

// An Instrument is something a venue trades, with the filters its orders obey. A
// zero limit means that the venue sets none.
type Instrument struct {
	ID     InstrumentID `json:"-"`
	Venue  string       `json:"venue,omitzero"` // the exchange that lists it: "binance"; empty for a bare file
	Symbol string       `json:"symbol"`         // as the venue writes it: "BTCUSDT"
	Base   string       `json:"base"`           // the asset that is bought and sold
	Quote  string       `json:"quote"`          // the asset that pays

	Tick        decimal.Decimal `json:"tick"`                  // prices of orders are multiples of it
	Step        decimal.Decimal `json:"step"`                  // quantities of orders are multiples of it
	MinQuantity decimal.Decimal `json:"min_quantity,omitzero"` // in base
	MaxQuantity decimal.Decimal `json:"max_quantity,omitzero"` // in base
	MinNotional decimal.Decimal `json:"min_notional,omitzero"` // price × quantity, in quote
	// PriceBandUp and PriceBandDown bound the price of a limit order to multiples
	// of the last close: 1.2 and 0.8 allow ±20 %.
	PriceBandUp   decimal.Decimal `json:"price_band_up,omitzero"`
	PriceBandDown decimal.Decimal `json:"price_band_down,omitzero"`

	MaxNotional decimal.Decimal `json:"max_notional,omitzero"` // price × quantity, in quote
	MaxOrders   int             `json:"max_orders,omitzero"`   // working orders at a time
	MaxStops    int             `json:"max_stops,omitzero"`    // of them, those that wait for a trigger price

	BasePrecision  int32 `json:"base_precision"`  // decimals of an amount of base
	QuotePrecision int32 `json:"quote_precision"` // decimals of an amount of quote

	Fees    Fees    `json:"fees"`
	Margin  *Margin `json:"margin,omitempty"` // of a perpetual future; nil on spot
	Assumed bool    `json:"assumed,omitzero"` // the filters were not recorded for the time of the run
}

// Perpetual reports whether the instrument is a linear perpetual future, which is
// settled in quote and may be held short, rather than a spot pair.
func (i *Instrument) Perpetual() bool { return i.Margin != nil }

// Margin is what a position in a perpetual future must be backed by (semantics M6).
type Margin struct {
	Leverage       decimal.Decimal `json:"leverage"`                 // the account's setting: initial margin is notional ÷ leverage
	Isolated       bool            `json:"isolated,omitzero"`        // the account's setting: the position has a margin of its own
	Brackets       []MarginBracket `json:"brackets,omitempty"`       // by rising Cap; the last may have none. None at all: no leverage limit, no maintenance margin
	LiquidationFee decimal.Decimal `json:"liquidation_fee,omitzero"` // fraction of the notional that a liquidation costs
}

// MarginBracket holds for positions of up to Cap notional.
type MarginBracket struct {
	Cap         decimal.Decimal `json:"cap,omitzero"` // notional in quote; 0 is unbounded
	MaxLeverage decimal.Decimal `json:"max_leverage"`
	Rate        decimal.Decimal `json:"rate"`               // maintenance margin is notional × Rate − Deduction
	Deduction   decimal.Decimal `json:"deduction,omitzero"` // in quote; makes maintenance margin continuous across brackets
}

// Bare returns an instrument that is known from a file alone (semantics X11): tick
// and step 1e-8, precision 8, no minimum.
func Bare(symbol, base, quote string) Instrument {
	grid := decimal.New(1, -8)
	return Instrument{Symbol: symbol, Base: base, Quote: quote, Tick: grid, Step: grid, BasePrecision: 8, QuotePrecision: 8}
}

// Validate reports the first thing about i that no engine could trade.
func (i *Instrument) Validate() error {
	switch {
	case i.Symbol == "" || len(i.Symbol) > 64 || strings.ContainsAny(i.Symbol, " /\\\x00\n"):
		return fmt.Errorf("instrument %q: symbol must be 1 to 64 characters without space or slash", i.Symbol)
	case i.Base == "" || i.Quote == "" || i.Base == i.Quote:
		return fmt.Errorf("instrument %s: base %q and quote %q must be two assets", i.Symbol, i.Base, i.Quote)
	case !i.Tick.IsPositive() || !i.Step.IsPositive():
		return fmt.Errorf("instrument %s: tick %s and step %s must be above 0", i.Symbol, i.Tick, i.Step)
	case i.BasePrecision < 0 || i.BasePrecision > 18 || i.QuotePrecision < 0 || i.QuotePrecision > 18:
		return fmt.Errorf("instrument %s: precisions must lie between 0 and 18", i.Symbol)
	case -i.Step.Exponent() > i.BasePrecision && !i.Fees.InQuote:
		return fmt.Errorf("instrument %s: step %s is finer than the %d decimals of %s, in which fees are charged", i.Symbol, i.Step, i.BasePrecision, i.Base)
	case i.Perpetual() && !i.Fees.InQuote:
		return fmt.Errorf("instrument %s: fees of a perpetual are charged in quote", i.Symbol)
	}
	if err := i.Fees.Validate(); err != nil {
		return fmt.Errorf("instrument %s: %w", i.Symbol, err)
	}
	if i.Perpetual() {
		if err := i.Margin.Validate(); err != nil {
			return fmt.Errorf("instrument %s: %w", i.Symbol, err)
		}
	}
	return i.validateFilters()
}

func (i *Instrument) validateFilters() error {
	limits := [...]decimal.Decimal{i.MinQuantity, i.MaxQuantity, i.MinNotional, i.MaxNotional, i.PriceBandUp, i.PriceBandDown}
	if slices.ContainsFunc(limits[:], decimal.Decimal.IsNegative) || i.MaxOrders < 0 || i.MaxStops < 0 || max(i.MaxOrders, i.MaxStops) > maxCount {
		return fmt.Errorf("instrument %s: limits must not be negative, and no number of orders above %d", i.Symbol, maxCount)
	}
	return nil
}

// maxCount bounds MaxOrders and MaxStops.
const maxCount = 1_000_000

// Relist takes over the filters that a venue lists from now on (semantics X11). What the
// instrument is, its ID, Fees and the account's part of Margin stay. It writes through no
// pointer: a copy made before keeps its own.
func (i *Instrument) Relist(to *Instrument) {
	was := *i
	*i = *to
	i.ID, i.Venue, i.Symbol, i.Base, i.Quote, i.Fees, i.Margin = was.ID, was.Venue, was.Symbol, was.Base, was.Quote, was.Fees, was.Margin
	if was.Margin != nil && to.Margin != nil {
		m := *to.Margin
		m.Leverage, m.Isolated = was.Margin.Leverage, was.Margin.Isolated
		i.Margin = &m
	}
}

// Filters writes what an instrument's orders obey, the same text for the same filters.
// It names the limits that there are.
func (i *Instrument) Filters() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tick %s step %s", i.Tick, i.Step)
	for _, f := range [...]struct {
		name  string
		value decimal.Decimal
	}{
		{"min-quantity", i.MinQuantity}, {"max-quantity", i.MaxQuantity}, {"min-notional", i.MinNotional}, {"max-notional", i.MaxNotional},
		{"band-up", i.PriceBandUp}, {"band-down", i.PriceBandDown},
		{"max-orders", decimal.NewFromInt(int64(i.MaxOrders))}, {"max-stops", decimal.NewFromInt(int64(i.MaxStops))},
	} {
		if !f.value.IsZero() {
			fmt.Fprintf(&b, " %s %s", f.name, f.value)
		}
	}
	if m := i.Margin; m != nil {
		fmt.Fprintf(&b, " liquidation-fee %s", m.LiquidationFee)
		for _, r := range m.Brackets {
			fmt.Fprintf(&b, " bracket %s %s %s %s", r.Cap, r.MaxLeverage, r.Rate, r.Deduction)
		}
	}
	return b.String()
}

// quotes are the quote assets that SplitSymbol knows; the longest match wins.
var quotes = []string{
	"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "DAI", "UST", "USD", "EUR", "GBP", "TRY", "BRL", "JPY",
	"AUD", "RUB", "UAH", "BIDR", "IDRT", "NGN", "ZAR", "PLN", "RON", "ARS", "MXN", "BTC", "ETH", "BNB", "VAI", "XRP", "TRX", "DOGE",
}

// Dollar reports whether an asset is the US dollar or stands for it, so that a price in USD is
// one in that asset.
func Dollar(asset string) bool {
	switch asset {
	case "USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USDP", "DAI":
		return true
	}
	return false
}

// SplitSymbol returns the base and quote of a symbol by its longest known quote
// suffix, or an error that asks for them.
func SplitSymbol(symbol string) (base, quote string, err error) {
	for _, q := range quotes {
		if strings.HasSuffix(symbol, q) && len(symbol) > len(q) && len(q) > len(quote) {
			base, quote = strings.TrimRight(symbol[:len(symbol)-len(q)], "-_"), q
		}
	}
	if quote == "" || base == "" {
		return "", "", fmt.Errorf("symbol %q ends in no known quote asset: name its assets with --base and --quote", symbol)
	}
	return base, quote, nil
}
