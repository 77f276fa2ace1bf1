package binance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// The venues of Binance, as instruments and stored series name them.
const (
	Spot = "binance"      // spot pairs
	USDM = "binance-usdm" // perpetual futures that are settled in quote
)

// ExchangeInfo is what a venue lists: the answer of its exchangeInfo.
type ExchangeInfo struct {
	Venue       string              // [Spot] or [USDM]
	Time        market.Time         // of the venue's clock; 0 where the answer has none
	Instruments []market.Instrument // by symbol; IDs are 0, and Margin is the venue's part
	Skipped     []Skipped           // what was left out, in the order of the answer
}

// Skipped is a symbol that was left out, and why.
type Skipped struct {
	Symbol string `json:"symbol"`
	Reason string `json:"reason"`
}

const (
	maxSymbols = 100_000
	maxFilters = 100
)

// ParseExchangeInfo reads the answer of exchangeInfo, of spot or of USD-M futures, in the
// schemas since 2018. A symbol whose filters are missing or make no sense is left out with
// the reason, and so is what is no spot pair or perpetual. Symbols that do not trade are
// kept: their rules hold for the time that they did. Errors are of class [market.Data].
func ParseExchangeInfo(b []byte) (*ExchangeInfo, error) {
	var all struct {
		FuturesType string            `json:"futuresType"`
		ServerTime  json.Number       `json:"serverTime"`
		Symbols     []json.RawMessage `json:"symbols"`
	}
	var other *json.UnmarshalTypeError
	switch err := json.Unmarshal(b, &all); {
	case errors.As(err, &other) && other.Field == "":
		return nil, badInfo(fmt.Errorf("no exchangeInfo: it is a JSON %s, not an object with symbols", other.Value))
	case errors.As(err, &other):
		return nil, badInfo(fmt.Errorf("no exchangeInfo: its %s is a JSON %s", other.Field, other.Value))
	case err != nil:
		return nil, badInfo(fmt.Errorf("no exchangeInfo: %w", err))
	}
	if len(all.Symbols) == 0 || len(all.Symbols) > maxSymbols {
		return nil, badInfo(fmt.Errorf("it lists %d symbols, where 1 to %d are expected", len(all.Symbols), maxSymbols))
	}
	info := &ExchangeInfo{Venue: Spot}
	var first listing
	if err := json.Unmarshal(all.Symbols[0], &first); all.FuturesType != "" || err == nil && first.future() {
		info.Venue = USDM
	}
	if ms, err := all.ServerTime.Int64(); err == nil {
		info.Time, _ = when(ms) // else it has none
	}
	info.list(all.Symbols)
	if len(info.Instruments) == 0 {
		return nil, badInfo(fmt.Errorf("none of its %d symbols can be used; %s: %s", len(all.Symbols), info.Skipped[0].Symbol, info.Skipped[0].Reason))
	}
	return info, nil
}

func badInfo(err error) error {
	return &market.Error{Class: market.Data, Err: err, Hint: "save the answer of /api/v3/exchangeInfo or /fapi/v1/exchangeInfo as it is"}
}

func (info *ExchangeInfo) list(symbols []json.RawMessage) {
	seen := map[string]bool{}
	for n, raw := range symbols {
		var l listing
		err := json.Unmarshal(raw, &l)
		symbol := cmp.Or(l.Symbol, fmt.Sprintf("symbol %d", n+1))
		if len(symbol) > 64 {
			symbol = symbol[:64]
		}
		var in market.Instrument
		if err == nil && seen[symbol] {
			err = errors.New("it is listed twice")
		}
		seen[symbol] = true
		if err == nil {
			in, err = l.instrument(info.Venue)
		}
		if err != nil {
			info.Skipped = append(info.Skipped, Skipped{symbol, strings.TrimPrefix(err.Error(), "instrument "+symbol+": ")})
			continue
		}
		info.Instruments = append(info.Instruments, in)
	}
	slices.SortFunc(info.Instruments, func(a, b market.Instrument) int { return strings.Compare(a.Symbol, b.Symbol) })
}

// A listing is one symbol of the answer.
type listing struct {
	Symbol              string            `json:"symbol"`
	Base                string            `json:"baseAsset"`
	Quote               string            `json:"quoteAsset"`
	MarginAsset         string            `json:"marginAsset"`
	ContractType        *string           `json:"contractType"`
	ContractSize        json.Number       `json:"contractSize"` // of coin-margined futures
	BasePrecision       *int32            `json:"baseAssetPrecision"`
	QuotePrecision      *int32            `json:"quotePrecision"` // named quoteAssetPrecision since 2020
	QuoteAssetPrecision *int32            `json:"quoteAssetPrecision"`
	LiquidationFee      amount            `json:"liquidationFee"`
	Filters             []json.RawMessage `json:"filters"`
}

func (l *listing) future() bool { return l.ContractType != nil || l.MarginAsset != "" }

func (l *listing) instrument(venue string) (market.Instrument, error) {
	in := market.Instrument{Venue: venue, Symbol: l.Symbol, Base: l.Base, Quote: l.Quote}
	if l.BasePrecision == nil {
		return in, errors.New("it has no baseAssetPrecision")
	}
	precision := cmp.Or(l.QuoteAssetPrecision, l.QuotePrecision)
	if precision == nil {
		return in, errors.New("it has no quotePrecision")
	}
	in.BasePrecision, in.QuotePrecision = *l.BasePrecision, *precision
	if l.future() != (venue == USDM) {
		return in, errors.New("spot pairs and futures are mixed")
	}
	if venue == USDM {
		if err := l.perpetual(&in); err != nil {
			return in, err
		}
	}
	if err := l.filter(&in); err != nil {
		return in, err
	}
	return in, listable(in)
}

// listable reports what of an instrument no engine could trade, whatever the account's
// part of its margin is.
func listable(in market.Instrument) error {
	if in.Margin != nil {
		in.Margin = &market.Margin{Leverage: decimal.New(1, 0), LiquidationFee: in.Margin.LiquidationFee}
	}
	return in.Validate()
}

// perpetual takes what only futures have.
func (l *listing) perpetual(in *market.Instrument) error {
	switch {
	case l.ContractSize != "":
		return errors.New("it is margined in coin, not in quote")
	case l.ContractType == nil || *l.ContractType != "PERPETUAL" && *l.ContractType != "TRADIFI_PERPETUAL":
		return errors.New("it is no perpetual: it has a day of delivery, or is not listed yet")
	case l.MarginAsset != l.Quote:
		return fmt.Errorf("it is margined in %q, not in its quote %q", l.MarginAsset, l.Quote)
	}
	in.Margin = &market.Margin{LiquidationFee: l.LiquidationFee.Decimal}
	in.Fees.InQuote = true
	return nil
}

// filter takes the filters.
func (l *listing) filter(in *market.Instrument) error {
	if len(l.Filters) > maxFilters {
		return fmt.Errorf("it has %d filters", len(l.Filters))
	}
	have := map[string]bool{}
	for n, raw := range l.Filters {
		var f filter
		if err := json.Unmarshal(raw, &f); err != nil {
			return fmt.Errorf("filter %d %s: %w", n+1, f.Type, err)
		}
		if have[f.Type] {
			return fmt.Errorf("filter %s is listed twice", f.Type)
		}
		have[f.Type] = true
		if err := f.apply(in); err != nil {
			return fmt.Errorf("filter %s: %w", f.Type, err)
		}
	}
	for _, name := range []string{"PRICE_FILTER", "LOT_SIZE"} {
		if !have[name] {
			return fmt.Errorf("it has no %s", name)
		}
	}
	return nil
}

// A filter holds the fields of all filters that are used.
type filter struct {
	Type string `json:"filterType"`

	TickSize          amount      `json:"tickSize"`
	MinQty            amount      `json:"minQty"`
	MaxQty            amount      `json:"maxQty"`
	StepSize          amount      `json:"stepSize"`
	MinNotional       amount      `json:"minNotional"`
	Notional          amount      `json:"notional"` // the minimum, of futures
	MaxNotional       amount      `json:"maxNotional"`
	MultiplierUp      amount      `json:"multiplierUp"`
	MultiplierDown    amount      `json:"multiplierDown"`
	BidMultiplierUp   amount      `json:"bidMultiplierUp"`
	BidMultiplierDown amount      `json:"bidMultiplierDown"`
	AskMultiplierUp   amount      `json:"askMultiplierUp"`
	AskMultiplierDown amount      `json:"askMultiplierDown"`
	Limit             json.Number `json:"limit"` // of orders, of futures
	MaxNumOrders      json.Number `json:"maxNumOrders"`
	MaxNumAlgoOrders  json.Number `json:"maxNumAlgoOrders"`
}

// apply narrows the limits of in by those of f, so that an order that obeys in obeys
// every filter, whatever its type and side.
func (f *filter) apply(in *market.Instrument) (err error) {
	switch f.Type {
	case "":
		return errors.New("it has no filterType")
	case "PRICE_FILTER":
		in.Tick, err = f.TickSize.positive("tickSize")
	case "LOT_SIZE":
		if _, err = f.StepSize.positive("stepSize"); err == nil {
			err = f.lot(in)
		}
	case "MARKET_LOT_SIZE":
		err = f.lot(in)
	case "MIN_NOTIONAL", "NOTIONAL":
		least := f.MinNotional
		if !least.given {
			least = f.Notional
		}
		if !least.given {
			return errors.New("it says no least notional")
		}
		in.MinNotional = decimal.Max(in.MinNotional, least.Decimal)
		in.MaxNotional = tighter(in.MaxNotional, f.MaxNotional.Decimal)
	case "PERCENT_PRICE":
		err = band(in, f.MultiplierUp, f.MultiplierDown)
	case "PERCENT_PRICE_BY_SIDE":
		if err = band(in, f.BidMultiplierUp, f.BidMultiplierDown); err == nil {
			err = band(in, f.AskMultiplierUp, f.AskMultiplierDown)
		}
	case "MAX_NUM_ORDERS":
		in.MaxOrders, err = count(cmp.Or(f.MaxNumOrders, f.Limit))
	case "MAX_NUM_ALGO_ORDERS":
		in.MaxStops, err = count(cmp.Or(f.MaxNumAlgoOrders, f.Limit))
	}
	return err
}

// lot narrows quantities. A step of 0 limits nothing.
func (f *filter) lot(in *market.Instrument) error {
	if !f.MinQty.given || !f.MaxQty.given || !f.StepSize.given {
		return errors.New("it needs minQty, maxQty and stepSize")
	}
	in.MinQuantity = decimal.Max(in.MinQuantity, f.MinQty.Decimal)
	in.MaxQuantity = tighter(in.MaxQuantity, f.MaxQty.Decimal)
	switch step := f.StepSize.Decimal; {
	case step.IsZero():
	case in.Step.IsZero() || step.Mod(in.Step).IsZero():
		in.Step = step
	case !in.Step.Mod(step).IsZero():
		return fmt.Errorf("steps of %s and of %s do not fit together", in.Step, step)
	}
	if in.MaxQuantity.IsPositive() && in.MaxQuantity.LessThan(in.MinQuantity) {
		return fmt.Errorf("quantities from %s to %s allow none", in.MinQuantity, in.MaxQuantity)
	}
	return nil
}

// tighter returns the smaller of two limits, of which 0 is none.
func tighter(a, b decimal.Decimal) decimal.Decimal {
	if a.IsZero() || b.IsPositive() && b.LessThan(a) {
		return b
	}
	return a
}

// band narrows the band of prices.
func band(in *market.Instrument, up, down amount) error {
	if !up.given || !down.given || up.LessThan(down.Decimal) {
		return fmt.Errorf("multipliers %s and %s are no band", up, down)
	}
	in.PriceBandUp = tighter(in.PriceBandUp, up.Decimal)
	in.PriceBandDown = decimal.Max(in.PriceBandDown, down.Decimal)
	return nil
}

// maxCount bounds the number of orders that a filter may allow.
const maxCount = 1_000_000

func count(n json.Number) (int, error) {
	v, err := n.Int64()
	if err != nil || v < 0 || v > maxCount {
		return 0, fmt.Errorf("%q is no number of orders", n)
	}
	return int(v), nil
}

// An amount is a decimal without sign or exponent, as text or as a number.
type amount struct {
	decimal.Decimal
	given bool
}

// maxDigits bounds an amount: the store keeps no more.
const maxDigits = 36

// UnmarshalJSON reads an amount; null is none.
func (a *amount) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	text := string(bytes.Trim(b, `"`))
	whole, part, dot := strings.Cut(text, ".")
	if len(text) > maxDigits || whole == "" || dot && part == "" || strings.Trim(whole+part, "0123456789") != "" {
		return fmt.Errorf("%.40s is no amount", b)
	}
	d, err := decimal.NewFromString(text)
	a.Decimal, a.given = canonical(d), err == nil
	return err
}

// canonical drops zeros at the end, so that equal filters are stored as the same bytes
// and a step says its decimals.
func canonical(d decimal.Decimal) decimal.Decimal {
	c, err := decimal.NewFromString(d.String())
	if err != nil {
		return d
	}
	return c
}

func (a amount) positive(name string) (decimal.Decimal, error) {
	if !a.IsPositive() {
		return a.Decimal, fmt.Errorf("%s must be above 0", name)
	}
	return a.Decimal, nil
}
